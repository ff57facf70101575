import { decideInTime } from './decision.ts';
import { normaliseTime, type RestoreTarget } from './normalise.ts';
import type { PooledTrials } from './probability.ts';
import {
  THROUGHPUT_DEFAULTS,
  type ThroughputDefaults,
  type ThroughputModels,
  throughputModels,
} from './throughput.ts';
import type { AssessedTrial } from './trial.ts';

/** Ways in which a machine can be brought back; each has times of its own. */
export type RecoveryMethod = 'RESTORE' | 'INSTANT';

/** What all trials of an estate say together, for those machines that have few of their own. */
export interface RecoveryPool {
  now: number;
  byMethod: Readonly<Record<RecoveryMethod, readonly AssessedTrial[]>>;
  byWorkload: ReadonlyMap<string, readonly AssessedTrial[]>;
  /** Restores and verifications, passed or not, whatever time they took. */
  success: PooledTrials;
  throughput: ThroughputModels;
  /** Excluded trials by reason, and those that lead to no machine. */
  excluded: Readonly<Record<string, number>>;
  unmapped: number;
}

export interface PooledInTime extends PooledTrials {
  /** Share of the decisions whose time rests on the throughput. */
  extrapolatedShare: number;
  /** How likely a success of unknown time was in time: (k + 1) / (n + 2) of those whose time is known. */
  untimedShare: number;
}

const POOL_DAYS = 365;
/** Newest trials of each method; more say nothing new and cost a comparison per machine. */
const MOST = 500;
const DAY_MS = 86_400_000;

/** Pool of the trials of the last year, the newest 500 of each method. Deterministic in the order of `trials`. */
export function recoveryPool(
  trials: readonly AssessedTrial[],
  now: number,
  defaults: ThroughputDefaults = THROUGHPUT_DEFAULTS,
): RecoveryPool {
  const newestFirst = trials.toSorted(
    (a, b) => b.finishedAt - a.finishedAt || (a.trial.trialId < b.trial.trialId ? -1 : 1),
  );
  const valid = newestFirst.filter(({ excluded }) => excluded === null);
  const recent = valid.filter(({ finishedAt }) => finishedAt >= now - POOL_DAYS * DAY_MS);
  const ofMethod = (method: RecoveryMethod) =>
    recent.filter((trial) => trial.method === method).slice(0, MOST);
  const attempts = recent.filter(isAttempt).filter(({ passed }) => passed !== null);
  return {
    now,
    byMethod: { RESTORE: ofMethod('RESTORE'), INSTANT: ofMethod('INSTANT') },
    byWorkload: groupByWorkload(newestFirst),
    success: { n: attempts.length, passed: attempts.filter(({ passed }) => passed === true).length },
    throughput: throughputModels(valid, defaults),
    excluded: countBy(trials.flatMap(({ excluded }) => (excluded === null ? [] : [excluded]))),
    unmapped: valid.filter(({ trial, method }) => method !== 'NONE' && trial.workloadId === null).length,
  };
}

/** Restores, instant recoveries and verifications are attempts at recovery; scans and file-level restores are not. */
export function isAttempt({ method, excluded }: AssessedTrial): boolean {
  return excluded === null && (method === 'RESTORE' || method === 'INSTANT' || method === 'VERIFICATION');
}

/**
 * How many of the pooled trials would have brought back the target in time. Failures decide without a time, so successes
 * whose time is not known count beside them, each for the share that was in time of those whose time is known: left out,
 * they would leave the failures alone. Without a decided trial there is no pool, since they say nothing of time.
 */
export function pooledInTime(
  pool: RecoveryPool,
  method: RecoveryMethod,
  target: RestoreTarget,
  rtoMinutes: number,
): PooledInTime {
  let decided = 0;
  let passed = 0;
  let failed = 0;
  let untimed = 0;
  let extrapolated = 0;
  for (const assessed of pool.byMethod[method]) {
    const decision = decideInTime(assessed, target, rtoMinutes, pool.now);
    if (decision === null) {
      if (isUntimedSuccess(assessed)) untimed++;
      continue;
    }
    decided++;
    if (decision.isPassed) passed++;
    if (assessed.passed === false) failed++;
    if (decision.isExtrapolated) extrapolated++;
  }
  const untimedShare = (passed + 1) / (decided - failed + 2);
  if (decided === 0) return { n: 0, passed: 0, extrapolatedShare: 0, untimedShare };
  return {
    n: decided + untimed,
    passed: passed + untimed * untimedShare,
    extrapolatedShare: extrapolated / decided,
    untimedShare,
  };
}

/** It came back, and whether in time was not decided. */
export const isUntimedSuccess = ({ passed, excluded }: AssessedTrial): boolean =>
  excluded === null && passed === true;

/** Trials of others that can speak for the target's restore time, those of its own repositories apart. */
export function comparableTrials(
  pool: RecoveryPool,
  method: RecoveryMethod,
  target: RestoreTarget,
  repositoryIds: readonly string[] | null,
): AssessedTrial[] {
  return pool.byMethod[method].filter((assessed) => {
    const { repositoryId } = assessed.trial;
    if (repositoryIds !== null && (repositoryId === null || !repositoryIds.includes(repositoryId)))
      return false;
    const time = normaliseTime(assessed, target);
    return time !== null && !time.isExtrapolated && !time.isLowerBound;
  });
}

function groupByWorkload(trials: readonly AssessedTrial[]): Map<string, AssessedTrial[]> {
  const groups = new Map<string, AssessedTrial[]>();
  for (const assessed of trials) {
    const { workloadId } = assessed.trial;
    if (workloadId === null) continue;
    const group = groups.get(workloadId);
    if (group) group.push(assessed);
    else groups.set(workloadId, [assessed]);
  }
  return groups;
}

function countBy(reasons: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const reason of reasons) counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
}
