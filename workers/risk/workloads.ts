import type { JobEvidence, OtherProtection, WorkloadEvidence } from '../../src/analysis/risk/facts.ts';
import type { GapEvidence, GapStatus } from '../../src/analysis/risk/gap.ts';
import type { HazardBasis } from '../../src/analysis/risk/hazard.ts';
import type { RecoverEvidence } from '../../src/analysis/risk/recover.ts';
import type {
  NewestPointRow,
  RecoveryPoolRow,
  RecoveryRow,
  RiskHoldingRow,
  RiskWorkloadRow,
  TrialRow,
} from '../../src/queries/risk-workloads.ts';
import type { Input } from './inputs.ts';
import type { IntegrityOf } from './integrity.ts';
import { type About, toTier } from './jobs.ts';

const DAY_MS = 86_400_000;
/** Of a restore test. */
const HALF_LIFE_DAYS = 45;
/** What a machine's own tests are added to (METHODS 3.4 R4.3). */
const PRIOR_TRIALS = 2;
const RESTORES = new Set(['FULL_VM', 'DISK', 'VOLUME', 'INSTANT']);

export type WorkloadRows = {
  workloads: readonly RiskWorkloadRow[];
  holdings: readonly RiskHoldingRow[];
  recovery: readonly RecoveryRow[];
  trials: readonly TrialRow[];
  newest: readonly NewestPointRow[];
  pool: RecoveryPoolRow | undefined;
  jobs: readonly JobEvidence[];
  rto: Input;
  integrityOf: IntegrityOf;
  others: ReadonlyMap<string, readonly OtherProtection[]>;
};

/** All protected objects, those that nothing else is known of too. */
export function toWorkloads(rows: WorkloadRows, about: About): WorkloadEvidence[] {
  const jobs = new Map(rows.jobs.map((job) => [job.id, job]));
  const recovery = new Map(rows.recovery.map((row) => [row.workloadId, row]));
  const holdings = Map.groupBy(rows.holdings, ({ workloadId }) => workloadId);
  const newest = new Map(rows.newest.map((point) => [point.workloadId, point]));
  const trials = Map.groupBy(rows.trials, ({ workloadId }) => workloadId);
  return rows.workloads.map((workload) => {
    const { workloadId, name, tags } = workload;
    const held = holdings.get(workloadId) ?? [];
    const jobIds = [...new Set(held.flatMap(({ jobId }) => jobId ?? []))];
    const jobNames = jobIds.map((id) => jobs.get(id)?.name ?? '');
    const known = recovery.get(workloadId);
    const others = rows.others.get(workloadId);
    return {
      id: workloadId,
      name,
      tier: toTier(about.business, { id: workloadId, name, tags, jobIds, jobNames }),
      jobIds,
      repositoryIds: nextPlaces(held, jobs),
      gap: known ? toGap(known, rows.rto, newest.get(workloadId)) : null,
      integrity: rows.integrityOf(workload, held),
      recover: known ? toRecover(known, trials.get(workloadId) ?? [], rows) : null,
      ...(others && { others }),
    };
  });
}

/** Where its jobs that make points put the next ones; of a job that does not say, where its backups lie. */
function nextPlaces(held: readonly RiskHoldingRow[], jobs: ReadonlyMap<string, JobEvidence>): string[] {
  const places = new Set<string>();
  for (const { jobId, repositoryId, isCopy } of held) {
    const job = jobId === null ? undefined : jobs.get(jobId);
    if (job && (!job.createsPoints || job.isDeleted || job.isEnabled === false)) continue;
    if (job) for (const id of job.repositoryIds) places.add(id);
    else if (!isCopy && repositoryId !== null) places.add(repositoryId);
  }
  return [...places];
}

const GAP_STATUS: Readonly<Record<string, GapStatus>> = {
  MET: 'OK',
  AT_RISK: 'OK',
  BREACHED: 'BREACHED',
  NEVER: 'NEVER',
};

/** By the restore points of the workload itself; its runs are those of its jobs. */
function toGap(row: RecoveryRow, { lookedAt }: Input, newest: NewestPointRow | undefined): GapEvidence {
  return {
    credit: 0,
    weight: 0,
    lastObservedAt: null,
    asOf: lookedAt,
    intervalHours: null,
    rpoHours: row.rpoHours,
    ageHours: row.rpoAgeHours,
    shareBeyondRpo: row.shareBeyond,
    status: GAP_STATUS[row.rpoStatus] ?? 'UNKNOWN',
    isNewerUnusable: isUnusable(newest) && newest.createdAt.getTime() > (row.newestPointAt?.getTime() ?? 0),
    refs: [{ table: 'workload_recovery', id: row.workloadId }],
  };
}

/** By the verdict of the source; both times are by its clock. */
function isUnusable(point: NewestPointRow | undefined): point is NewestPointRow {
  return point?.malwareStatus === 'Infected' || point?.malwareStatus === 'Suspicious';
}

const BASIS: Readonly<Record<string, HazardBasis>> = {
  OWN: 'measured',
  POOLED: 'pooled',
  EXTRAPOLATED: 'pooled',
  ASSUMED: 'assumed',
};

function toRecover(
  row: RecoveryRow,
  trials: readonly TrialRow[],
  { rto, pool }: Pick<WorkloadRows, 'rto' | 'pool'>,
): RecoverEvidence {
  const basis = BASIS[row.basis] ?? 'none';
  const fleet = pool?.lowerBound ?? null;
  // An untested one's own probability is what it inherits.
  const poolBound = basis === 'pooled' ? row.p : basis === 'assumed' ? null : fleet;
  return {
    p: row.p,
    p10: row.p10,
    p90: row.p90,
    basis,
    asOf: rto.lookedAt,
    lastTestAt: row.lastTestAt ? row.lastTestAt.getTime() - rto.skewMs : null,
    trials: weighTrials(row, trials, poolBound, rto),
    poolBound,
    refs: [{ table: 'workload_recovery', id: row.workloadId }],
  };
}

/**
 * Its restores by the weight that their age leaves, and how many of them passed: so many that they give the probability that
 * was concluded, since whether one was in time is not kept. One more then adds to what is there.
 */
function weighTrials(
  { p, basis }: RecoveryRow,
  trials: readonly TrialRow[],
  poolBound: number | null,
  { lookedAt, skewMs }: Input,
): RecoverEvidence['trials'] {
  if (p === null || lookedAt === null) return null;
  if (basis !== 'OWN' && basis !== 'EXTRAPOLATED') return { passed: 0, total: 0 };
  const now = lookedAt + skewMs;
  const total = trials
    .filter((trial) => RESTORES.has(trial.class) && !trial.isExcluded && !trial.isGone)
    .reduce((sum, { at }) => sum + 2 ** (-Math.max(0, now - at.getTime()) / DAY_MS / HALF_LIFE_DAYS), 0);
  const passed = p * (PRIOR_TRIALS + total) - PRIOR_TRIALS * (poolBound ?? 0.5);
  return { passed: Math.min(total, Math.max(0, passed)), total };
}
