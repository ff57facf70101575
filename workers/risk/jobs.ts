import type { IncidentEvidence, JobEvidence } from '../../src/analysis/risk/facts.ts';
import type { GapEvidence, GapStatus } from '../../src/analysis/risk/gap.ts';
import { mergeIncidents } from '../../src/analysis/risk/incidents.ts';
import type { TierEvidence } from '../../src/analysis/risk/priority.ts';
import type { BusinessContext } from '../../src/business/context.ts';
import { targetsOf } from '../../src/business/targets.ts';
import { type Named, tierOf } from '../../src/business/tier.ts';
import type { IncidentRow, RiskJobRow } from '../../src/queries/risk-jobs.ts';
import type { RiskHoldingRow } from '../../src/queries/risk-workloads.ts';
import type { Input } from './inputs.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** Half-life of a run, and the days of runs that the health worker counts. */
const HALF_LIFE_DAYS = 14;
/** They look at what others made. */
const NO_PROTECTION = /surebackup|contentscan/i;
/** Their points are those of another job, or no restore points. */
const MOVES_POINTS = /copy|replica/i;

export type About = {
  business: BusinessContext;
  health: Input;
  now: number;
  /** When the source itself was first seen. */
  sourceSeenAt: number;
};

/** Jobs that protect something, with where their backups go and how their runs went. */
export function toJobs(
  rows: readonly RiskJobRow[],
  holdings: readonly RiskHoldingRow[],
  about: About,
): JobEvidence[] {
  const places = placesByJob(holdings);
  return rows
    .filter(({ type }) => !NO_PROTECTION.test(type))
    .map((row) => {
      const isDeleted = row.vanishedAt !== null;
      return {
        id: row.jobId,
        name: row.name,
        isEnabled: row.isDisabled === null ? null : !row.isDisabled,
        isDeleted,
        createsPoints: !MOVES_POINTS.test(row.type),
        repositoryIds: row.repositoryId ? [row.repositoryId] : [...(places.get(row.jobId) ?? [])],
        tier: toTier(about.business, { id: row.jobId, name: row.name }),
        gap: toGap(row, about),
      };
    });
}

/** A tier with the range of its weight, as the scorer takes it. */
export function toTier(business: BusinessContext, named: Named): TierEvidence {
  const { tier, weight, low, high, rule, basis } = tierOf(business, named);
  return { tier, weight, low, high, rule, basis };
}

function placesByJob(holdings: readonly RiskHoldingRow[]): Map<string, Set<string>> {
  const places = new Map<string, Set<string>>();
  for (const { jobId, repositoryId } of holdings) {
    if (jobId === null || repositoryId === null) continue;
    const known = places.get(jobId);
    if (known) known.add(repositoryId);
    else places.set(jobId, new Set([repositoryId]));
  }
  return places;
}

function toGap(row: RiskJobRow, { business, health, now, sourceSeenAt }: About): GapEvidence | null {
  if (row.freshness === null || health.lookedAt === null) return null;
  const tier = tierOf(business, { id: row.jobId, name: row.name }).tier;
  const target = targetsOf(business, { id: row.jobId, name: row.name, tier });
  // Nobody set one: then what the schedule of the job allows.
  const rpoHours = target.rpoBasis === 'default' ? (row.rpoHours ?? target.rpoHours) : target.rpoHours;
  const lastObservedAt = lastRunOf(row, health.skewMs);
  const runs = row.finishedRuns ?? 0;
  const weight = weightOfRuns(runs, row.intervalHours, lastObservedAt, health.lookedAt);
  return {
    credit: (row.successRate ?? 0) * weight,
    weight,
    lastObservedAt,
    asOf: health.lookedAt,
    intervalHours: row.intervalHours,
    rpoHours,
    ageHours: row.lastGoodAgeHours,
    shareBeyondRpo: null,
    status: statusOf(row, rpoHours),
    isNew: isNew(row, now, sourceSeenAt),
    refs: [{ table: 'job_health', id: row.jobId }],
  };
}

/**
 * Σw of the finished runs (METHODS 3.0 P4). The rate and the number of runs are kept, their times are not: as many runs at
 * the usual interval back from the last one weigh (1 − r^n) / (1 − r), r what an interval leaves of a run.
 */
function weightOfRuns(
  runs: number,
  intervalHours: number | null,
  lastAt: number | null,
  lookedAt: number,
): number {
  if (runs <= 0) return 0;
  const left = 2 ** (-Math.max(0.01, (intervalHours ?? 24) / 24) / HALF_LIFE_DAYS);
  const age = lastAt === null ? 0 : Math.max(0, lookedAt - lastAt) / DAY_MS;
  return (2 ** (-age / HALF_LIFE_DAYS) * (1 - left ** runs)) / (1 - left);
}

function lastRunOf({ lastGoodEnd, lastFailureAt }: RiskJobRow, skewMs: number): number | null {
  const last = Math.max(lastGoodEnd?.getTime() ?? 0, lastFailureAt?.getTime() ?? 0);
  return last === 0 ? null : last - skewMs;
}

function statusOf({ freshness, lastGoodAgeHours }: RiskJobRow, rpoHours: number): GapStatus {
  if (freshness === 'NEVER') return 'NEVER';
  if (lastGoodAgeHours !== null && lastGoodAgeHours > rpoHours) return 'BREACHED';
  // Late by its own rhythm, and still inside the target that was set.
  if (freshness === 'BREACHED' || freshness === 'LATE') return 'LATE';
  return 'OK';
}

/** It appeared within a day, later than the source itself did, and has not ended a run: what was there before us may be old. */
function isNew({ firstSeenAt, finishedRuns, lastGoodEnd }: RiskJobRow, now: number, sourceSeenAt: number) {
  const seen = firstSeenAt.getTime();
  const isYoung = seen > now - DAY_MS && seen > sourceSeenAt + HOUR_MS;
  return isYoung && (finishedRuns ?? 0) === 0 && lastGoodEnd === null;
}

/** Incidents with the jobs that had no usable run since they failed together. */
export function toIncidents(
  rows: readonly IncidentRow[],
  jobs: readonly RiskJobRow[],
  { skewMs }: Input,
): IncidentEvidence[] {
  const lastGood = new Map(jobs.map(({ jobId, lastGoodEnd }) => [jobId, lastGoodEnd?.getTime() ?? null]));
  const incidents = rows.map(({ incidentId, startedAt, endedAt, jobIds, cause }) => ({
    id: incidentId,
    startAt: startedAt.getTime() - skewMs,
    endAt: endedAt.getTime() - skewMs,
    jobIds,
    openJobIds: jobIds.filter((id) => (lastGood.get(id) ?? 0) < startedAt.getTime()),
    cause: causeOf(cause),
    refs: [{ table: 'health_incident', id: incidentId }],
  }));
  return mergeIncidents(incidents);
}

function causeOf(cause: unknown): NonNullable<IncidentEvidence['cause']> | null {
  const { kind, id, name } = (cause ?? {}) as { kind?: unknown; id?: unknown; name?: unknown };
  return typeof kind === 'string' && typeof id === 'string' && typeof name === 'string'
    ? { kind, id, name }
    : null;
}
