import type { JobEvidence, RiskFacts } from '../../src/analysis/risk/facts.ts';
import type { Signal } from '../../src/analysis/risk/signals.ts';
import type { RiskInput } from '../../src/analysis/risk/staleness.ts';
import type { BusinessContext } from '../../src/business/context.ts';
import type { MetricsReader } from '../../src/db/connect.ts';
import { listRiskIncidents, listRiskJobs, type RiskJobRow } from '../../src/queries/risk-jobs.ts';
import { getRiskVault } from '../../src/queries/risk-machines.ts';
import { listRiskRepositories, type RiskRepositoryRow } from '../../src/queries/risk-repositories.ts';
import {
  getRecoveryPool,
  listJudgedOwners,
  listNewestPoints,
  listRecovery,
  listRiskHoldings,
  listRiskWorkloads,
  listTrials,
  type RecoveryPoolRow,
  type RecoveryRow,
  type RiskHoldingRow,
  type TrialRow,
} from '../../src/queries/risk-workloads.ts';
import { type Input, readInputs } from './inputs.ts';
import { integrityJudge } from './integrity.ts';
import { toIncidents, toJobs } from './jobs.ts';
import { type Machines, readMachines } from './machines.ts';
import { toRepositories } from './repositories.ts';
import { readSignals } from './signals.ts';
import { readUnread, type UnreadSource } from './unread.ts';
import { toExposure, type VaultPlace } from './vaults.ts';
import { toWorkloads } from './workloads.ts';

/** The facts of one source, and the rows that compliance is judged by besides. */
export type Gathered = {
  facts: RiskFacts;
  inputs: Record<RiskInput['worker'], Input>;
  repositories: RiskRepositoryRow[];
  recovery: RecoveryRow[];
  trials: TrialRow[];
  pool: RecoveryPoolRow | undefined;
  /** Malware events that name no workload that is known. */
  unmappedEvents: number;
  /** Machines that other sources protect too. */
  machines: Machines;
  /** Places that are vaults, by their id as places of this source or of another. */
  vaults: ReadonlyMap<string, VaultPlace>;
  /** Other sources that may hold copies and that nobody could look into lately. */
  unread: UnreadSource[];
};

/** Everything that the collectors know of a source now, brought to our clock. A handful of queries, whatever its size. */
export async function gather(
  metrics: MetricsReader,
  { sourceId, now, business }: { sourceId: string; now: Date; business: BusinessContext },
): Promise<Gathered> {
  const inputs = await readInputs(metrics, sourceId, now);
  const { health, capacity, efficiency, rto } = inputs;
  const healthRun = { sourceId, healthRunId: health.runId };
  const rtoRun = { sourceId, rtoRunId: rto.runId };
  const jobRows = await listRiskJobs(metrics, healthRun);
  const incidents = await listRiskIncidents(metrics, healthRun);
  const repositories = await listRiskRepositories(metrics, { sourceId, capacityRunId: capacity.runId });
  const sourceSeenAt = await sourceFirstSeen(metrics, sourceId, jobRows);
  const vault = await getRiskVault(metrics, sourceId);
  const machines = await readMachines(metrics, { sourceId, now, business, rto, sourceSeenAt });
  const isHere = ({ workloadId }: { workloadId: string }) => !machines.elsewhere.has(workloadId);
  const workloads = (await listRiskWorkloads(metrics, sourceId)).filter(isHere);
  const holdings = await listRiskHoldings(metrics, sourceId);
  const recovery = (await listRecovery(metrics, rtoRun)).filter(isHere).map(machines.freshen);
  const pool = await getRecoveryPool(metrics, rtoRun);
  const trials = [...(await listTrials(metrics, sourceId)), ...machines.trials];
  const newest = await listNewestPoints(metrics, sourceId);
  const owners = await listJudgedOwners(metrics, { sourceId, efficiencyRunId: efficiency.runId });
  const signals = await readSignals(metrics, sourceId, now, { efficiency, health, holdings, newest });

  const about = { business, health, now: now.getTime(), sourceSeenAt };
  const jobs = toJobs(jobRows, holdings, about).map(withElsewhere(machines, holdings));
  const integrityOf = integrityJudge({
    efficiency,
    health,
    now: now.getTime(),
    newest,
    owners,
    signals: joinSignalsOf(signals.byWorkload, machines.signals),
    isVault: vault !== undefined,
  });
  const places = toRepositories(repositories, capacity, signals.byRepository, business.risk.leadTimeDays);
  const facts: RiskFacts = {
    sourceId,
    now: now.getTime(),
    inputs: Object.values(inputs).map(toRiskInput),
    jobs,
    repositories: vault
      ? places.map((place) => ({ ...place, exposure: toExposure(vault, sourceId, health) }))
      : places,
    workloads: toWorkloads(
      {
        workloads,
        holdings,
        recovery,
        trials,
        newest,
        pool,
        jobs,
        rto,
        integrityOf,
        others: machines.others,
      },
      about,
    ),
    incidents: toIncidents(incidents, jobRows, health),
    signals: signals.ofEstate,
  };
  const own = vault ? repositories.map(({ repositoryId }) => [repositoryId, vault] as const) : [];
  return {
    facts,
    inputs,
    repositories: [...repositories, ...machines.repositories],
    recovery,
    trials,
    pool,
    unmappedEvents: signals.unmapped,
    machines,
    vaults: new Map([...own, ...machines.vaults]),
    unread: await readUnread(metrics, { sourceId, now }),
  };
}

/** How many of a job's workloads are listed with another source. */
function withElsewhere({ elsewhere }: Machines, holdings: readonly RiskHoldingRow[]) {
  if (elsewhere.size === 0) return (job: JobEvidence) => job;
  const counts = new Map<string, Set<string>>();
  for (const { jobId, workloadId } of holdings)
    if (jobId !== null && elsewhere.has(workloadId))
      counts.set(jobId, (counts.get(jobId) ?? new Set()).add(workloadId));
  return (job: JobEvidence): JobEvidence => {
    const workloadsElsewhere = counts.get(job.id)?.size;
    return workloadsElsewhere === undefined ? job : { ...job, workloadsElsewhere };
  };
}

function joinSignalsOf(
  own: ReadonlyMap<string, readonly Signal[]>,
  others: ReadonlyMap<string, readonly Signal[]>,
): ReadonlyMap<string, readonly Signal[]> {
  if (others.size === 0) return own;
  const ids = new Set([...own.keys(), ...others.keys()]);
  return new Map([...ids].map((id) => [id, [...(own.get(id) ?? []), ...(others.get(id) ?? [])]]));
}

const toRiskInput = ({
  worker,
  sourceId,
  expectedHours,
  lastSuccessAt,
  completeness,
  missing,
}: Input): RiskInput => ({ worker, sourceId, expectedHours, lastSuccessAt, completeness, missing });

/** Of the source, or of its first job: what came with either was there before we looked. */
async function sourceFirstSeen(
  metrics: MetricsReader,
  sourceId: string,
  jobs: readonly RiskJobRow[],
): Promise<number> {
  const source = await metrics
    .selectFrom('source')
    .select('first_seen_at')
    .where('source_id', '=', sourceId)
    .executeTakeFirst();
  const firstJob = jobs.reduce(
    (first, { firstSeenAt }) => Math.min(first, firstSeenAt.getTime()),
    Number.POSITIVE_INFINITY,
  );
  const seen = source?.first_seen_at.getTime() ?? 0;
  return Number.isFinite(firstJob) ? Math.max(seen, firstJob) : seen;
}
