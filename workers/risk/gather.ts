import type { RiskFacts } from '../../src/analysis/risk/facts.ts';
import type { RiskInput } from '../../src/analysis/risk/staleness.ts';
import type { BusinessContext } from '../../src/business/context.ts';
import type { MetricsReader } from '../../src/db/connect.ts';
import { listRiskIncidents, listRiskJobs, type RiskJobRow } from '../../src/queries/risk-jobs.ts';
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
  type TrialRow,
} from '../../src/queries/risk-workloads.ts';
import { type Input, readInputs } from './inputs.ts';
import { integrityJudge } from './integrity.ts';
import { toIncidents, toJobs } from './jobs.ts';
import { toRepositories } from './repositories.ts';
import { readSignals } from './signals.ts';
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
  const workloads = await listRiskWorkloads(metrics, sourceId);
  const holdings = await listRiskHoldings(metrics, sourceId);
  const recovery = await listRecovery(metrics, rtoRun);
  const pool = await getRecoveryPool(metrics, rtoRun);
  const trials = await listTrials(metrics, sourceId);
  const newest = await listNewestPoints(metrics, sourceId);
  const owners = await listJudgedOwners(metrics, { sourceId, efficiencyRunId: efficiency.runId });
  const signals = await readSignals(metrics, sourceId, now, { efficiency, health, holdings, newest });

  const sourceSeenAt = await sourceFirstSeen(metrics, sourceId, jobRows);
  const about = { business, health, now: now.getTime(), sourceSeenAt };
  const jobs = toJobs(jobRows, holdings, about);
  const integrityOf = integrityJudge({
    efficiency,
    health,
    now: now.getTime(),
    newest,
    owners,
    signals: signals.byWorkload,
  });
  const facts: RiskFacts = {
    sourceId,
    now: now.getTime(),
    inputs: Object.values(inputs).map(toRiskInput),
    jobs,
    repositories: toRepositories(repositories, capacity, signals.byRepository, business.risk.leadTimeDays),
    workloads: toWorkloads(
      { workloads, holdings, recovery, trials, newest, pool, jobs, rto, integrityOf },
      about,
    ),
    incidents: toIncidents(incidents, jobRows, health),
    signals: signals.ofEstate,
  };
  return { facts, inputs, repositories, recovery, trials, pool, unmappedEvents: signals.unmapped };
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
