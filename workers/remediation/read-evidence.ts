import type {
  AnomalyState,
  AzureItemState,
  EstateState,
  FindingState,
  IncidentState,
  RemediationFacts,
} from '../../src/analysis/remediation/evidence.ts';
import type { MetricsReader } from '../../src/db/connect.ts';
import { getSourceKind, listAzureItems } from '../../src/queries/remediation-azure.ts';
import {
  countProxies,
  type EvidenceRuns,
  listIncidentEvidence,
  listJobEvidence,
  listNotRead,
  listServerFindings,
} from '../../src/queries/remediation-jobs.ts';
import { listRepositoryEvidence } from '../../src/queries/remediation-places.ts';
import {
  getRestoreCapacity,
  listOpenAnomalies,
  listRunTimes,
  listWorkloadEvidence,
} from '../../src/queries/remediation-workloads.ts';
import { toJobState, toRepositoryState, toWorkloadState } from './states.ts';

export type Evidence = Pick<
  RemediationFacts,
  'platform' | 'items' | 'jobs' | 'repositories' | 'workloads' | 'incidents' | 'anomalies' | 'estate'
>;

/** When a collector's run concluded, and what its clock was ahead of ours. */
export type RunTime = { asOf: number | null; skewMs: number };

const MINUTE_MS = 60_000;

/** The rows behind the risks of a run: those of the very runs of the collectors that the risk was judged by. */
export async function readEvidence(metrics: MetricsReader, runs: EvidenceRuns): Promise<Evidence> {
  const times = await readTimes(metrics, runs);
  const { health, capacity, efficiency, rto } = times;
  const jobs = (await listJobEvidence(metrics, runs)).map((row) => toJobState(row, health));
  const repositories = (await listRepositoryEvidence(metrics, runs)).map((row) =>
    toRepositoryState(row, capacity),
  );
  const workloads = (await listWorkloadEvidence(metrics, runs)).map((row) => toWorkloadState(row, rto));
  const platform = await getSourceKind(metrics, runs.sourceId);
  return {
    platform,
    ...(platform === 'azure' && { items: byId(await readItems(metrics, runs, health)) }),
    jobs: byId(jobs),
    repositories: byId(repositories),
    workloads: byId(workloads),
    incidents: byId(await readIncidents(metrics, runs, health)),
    anomalies: await readAnomalies(metrics, runs, efficiency),
    estate: await readEstate(metrics, runs, times),
  };
}

async function readTimes(metrics: MetricsReader, runs: EvidenceRuns) {
  const { sourceId, healthRunId, capacityRunId, efficiencyRunId, rtoRunId } = runs;
  const ids = [healthRunId, capacityRunId, efficiencyRunId, rtoRunId].filter((id) => id !== null);
  const rows = await listRunTimes(metrics, sourceId, ids);
  const of = (runId: string | null): RunTime => {
    const row = rows.find((each) => each.runId === runId);
    if (!row) return { asOf: null, skewMs: 0 };
    const ahead = row.sourceTime ? row.sourceTime.getTime() - row.startedAt.getTime() : 0;
    return { asOf: row.finishedAt?.getTime() ?? null, skewMs: Math.round(ahead / MINUTE_MS) * MINUTE_MS };
  };
  return {
    health: of(healthRunId),
    capacity: of(capacityRunId),
    efficiency: of(efficiencyRunId),
    rto: of(rtoRunId),
  };
}

async function readItems(
  metrics: MetricsReader,
  { sourceId }: EvidenceRuns,
  { asOf, skewMs }: RunTime,
): Promise<AzureItemState[]> {
  const rows = await listAzureItems(metrics, sourceId);
  const ours = (at: Date | null) => (at ? at.getTime() - skewMs : null);
  return rows.map(({ itemId, lastPointAt, deletedForGoodAt, ...row }) => ({
    table: 'azure_item',
    id: itemId,
    asOf,
    ...row,
    lastPointAt: ours(lastPointAt),
    deletedForGoodAt: ours(deletedForGoodAt),
  }));
}

async function readIncidents(
  metrics: MetricsReader,
  runs: EvidenceRuns,
  { asOf }: RunTime,
): Promise<IncidentState[]> {
  const rows = await listIncidentEvidence(metrics, runs);
  return rows.map(({ incidentId, suspectedCause: suspect, failedJobs, activeJobs, tailProbability }) => ({
    table: 'health_incident',
    id: incidentId,
    asOf,
    failedJobs,
    activeJobs,
    tailProbability,
    suspectKind: suspect?.kind ?? null,
    suspectId: suspect?.id ?? null,
    suspectName: suspect?.name ?? null,
    suspectLift: suspect?.lift ?? null,
  }));
}

async function readAnomalies(
  metrics: MetricsReader,
  runs: EvidenceRuns,
  { asOf, skewMs }: RunTime,
): Promise<AnomalyState[]> {
  const rows = await listOpenAnomalies(metrics, runs);
  return rows.map(({ anomalyId, happenedAt, ...row }) => ({
    table: 'efficiency_anomaly',
    id: anomalyId,
    asOf,
    ...row,
    happenedAt: happenedAt.getTime() - skewMs,
  }));
}

async function readEstate(
  metrics: MetricsReader,
  runs: EvidenceRuns,
  { health }: { health: RunTime },
): Promise<EstateState> {
  const restores = await getRestoreCapacity(metrics, runs);
  const { proxies, offline } = await countProxies(metrics, runs.sourceId);
  const findings = await listServerFindings(metrics, runs);
  return {
    table: 'proxy',
    id: runs.sourceId,
    asOf: health.asOf,
    slots: restores?.slots ?? null,
    restoreBandwidthGibPerMinute: restores?.bandwidthGibPerMinute ?? null,
    proxies,
    offlineProxies: offline,
    notRead: await listNotRead(metrics, runs),
    findings: findings.map(({ findingId, kind, severity, entityName, evidence }): FindingState => {
      const numbers = evidence as { daysLeft?: number | null; ageDays?: number | null };
      return {
        table: 'health_finding',
        id: findingId,
        asOf: health.asOf,
        kind,
        severity: severity as FindingState['severity'],
        daysLeft: numbers.daysLeft ?? null,
        ageDays: numbers.ageDays ?? null,
        entityName,
      };
    }),
  };
}

const byId = <T extends { id: string }>(rows: readonly T[]): Map<string, T> =>
  new Map(rows.map((row) => [row.id, row]));
