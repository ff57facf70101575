import type { MetricsReader, RiskReader } from '../../../db/connect.ts';
import { listRecoveries, type Recovery } from '../../../queries/recovery.ts';
import { type KnownPoint, listPoints } from '../../../queries/recovery-facts.ts';
import {
  type LocationRow,
  listRecoveryLocations,
  listRecoverySummaries,
} from '../../../queries/recovery-lists.ts';
import { listPlanStates, type PlanState } from '../../../queries/remediation-answers.ts';
import { type ComplianceRow, listCompliance } from '../../../queries/risk-compliance.ts';
import {
  listRiskHazards,
  listRiskItems,
  type RiskHazardRow,
  type RiskItemRow,
} from '../../../queries/risk-items.ts';
import {
  getUndeleteUntil,
  listWorkloadAnomalies,
  listWorkloadBackups,
  listWorkloadJobs,
  listWorkloadMalware,
  type WorkloadAnomaly,
  type WorkloadBackup,
  type WorkloadJob,
  type WorkloadMalware,
} from '../../../queries/workload.ts';
import type { ScopeRun } from '../../scope.ts';
import { runOn } from '../find/several-workers.ts';
import { toProtections } from '../recovery/rows.ts';
import type { WorkloadScope } from './answer.ts';
import type { Machine } from './find-machines.ts';

/** All that the databases hold about a machine of one source; undefined and empty where the worker's run has nothing. */
export type MachineFacts = {
  machine: Machine;
  recovery: Recovery | undefined;
  points: KnownPoint[];
  concludedAt: Date | null;
  /** When its restore points were last read to their end. */
  pointsReadAt: Date | null;
  jobs: WorkloadJob[];
  /** Until when its deleted backups can be brought back; null: not said, undefined: they are not deleted. */
  undeleteUntil: Date | null | undefined;
  backups: WorkloadBackup[];
  places: LocationRow[];
  malware: WorkloadMalware[];
  anomalies: WorkloadAnomaly[];
  risk: RiskItemRow | undefined;
  hazards: RiskHazardRow[];
  compliance: ComplianceRow | undefined;
  plans: PlanState[];
};

const MOST_PLACES = 200;
/** A run has at most 50 open plans; those that were never closed may be more. */
const MOST_PLANS = 1_000;

/** Reads a machine of one source by the runs of the answer. */
export async function readMachine(
  metrics: MetricsReader,
  risk: RiskReader,
  scope: WorkloadScope,
  machine: Machine,
): Promise<MachineFacts> {
  const { of } = scope.workers;
  const run = runOn(of.rto, machine.sourceId) as ScopeRun;
  return {
    machine,
    ...(await readRecovery(metrics, scope, run, machine)),
    ...(await readProtection(metrics, scope, run, machine)),
    anomalies: await listWorkloadAnomalies(metrics, {
      sourceId: machine.sourceId,
      workloadId: machine.id,
      runId: runOn(of.efficiency, machine.sourceId)?.runId,
    }),
    ...(await readRisk(risk, scope, machine)),
  };
}

async function readRecovery(db: MetricsReader, { workers }: WorkloadScope, run: ScopeRun, { id }: Machine) {
  const filter = { workloadIds: [id] };
  const [recovery] = await listRecoveries(db, { runs: [run], filter, limit: 1 });
  const [summary] = await listRecoverySummaries(db, [run]);
  const pointIds = [recovery?.safePointId, recovery?.cleanPointId, recovery?.newestPointId];
  const points = await readPoints(
    db,
    [run, ...otherRuns(workers.of.rto.runs, recovery)],
    pointIds.flatMap((point) => point ?? []),
  );
  const places = await listRecoveryLocations(db, { runs: [run], filter, limit: MOST_PLACES, offset: 0 });
  return {
    recovery,
    points,
    places,
    concludedAt: summary?.concludedAt ?? null,
    pointsReadAt: summary?.pointsReadAt ?? null,
  };
}

/** Runs of the sources that protect the machine besides: its newest point may be theirs. */
function otherRuns(runs: readonly ScopeRun[], recovery: Recovery | undefined): ScopeRun[] {
  const others = new Set((recovery ? toProtections(recovery) : []).map(({ source_id }) => source_id));
  return runs.filter(({ sourceId }) => others.has(sourceId));
}

async function readPoints(
  db: MetricsReader,
  runs: readonly ScopeRun[],
  pointIds: string[],
): Promise<KnownPoint[]> {
  const points: KnownPoint[] = [];
  for (const { sourceId, knownAt } of runs)
    points.push(...(await listPoints(db, { sourceId, knownAt, pointIds })));
  return points;
}

async function readProtection(
  db: MetricsReader,
  { workers: { of } }: WorkloadScope,
  { knownAt }: ScopeRun,
  { id: workloadId, sourceId, name }: Machine,
) {
  const backups = await listWorkloadBackups(db, { sourceId, workloadId, knownAt });
  const undeleteUntil = await getUndeleteUntil(db, { sourceId, workloadId, knownAt });
  const health = runOn(of.health, sourceId);
  if (!health) return { backups, undeleteUntil, jobs: [], malware: [] };
  const jobIds = [...new Set(backups.flatMap(({ jobId }) => jobId ?? []))];
  return {
    backups,
    undeleteUntil,
    jobs: await listWorkloadJobs(db, { ...health, jobIds }),
    malware: await listWorkloadMalware(db, {
      sourceId,
      workloadId,
      name,
      knownAt,
      eventsKnownAt: health.knownAt,
    }),
  };
}

async function readRisk(db: RiskReader, { workers: { of } }: WorkloadScope, { id, sourceId }: Machine) {
  const itemId = `workload:${id}`;
  const run = runOn(of.risk, sourceId);
  const [risk] = run ? await listRiskItems(db, { runs: [run], filter: { itemIds: [itemId] }, limit: 1 }) : [];
  const hazards = run && risk ? await listRiskHazards(db, [run], [itemId]) : [];
  const [compliance] = run
    ? await listCompliance(db, { runs: [run], workloadIds: [id], limit: 1, offset: 0 })
    : [];
  const planRun = runOn(of.remediation, sourceId);
  const filter = { statuses: ['OPEN', 'REOPENED'] };
  const open = planRun
    ? await listPlanStates(db, { runs: [planRun], filter, limit: MOST_PLANS, offset: 0 })
    : [];
  const isOfIt = (plan: PlanState) =>
    plan.itemId === itemId ||
    plan.subject.workload_ids.includes(id) ||
    (risk?.causedBy.includes(plan.itemId) ?? false);
  return { risk, hazards, compliance, plans: open.filter(isOfIt) };
}
