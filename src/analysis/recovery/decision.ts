import { normaliseTime, type RestoreTarget } from './normalise.ts';
import type { Decision } from './probability.ts';
import type { AssessedTrial } from './trial.ts';

export interface RtoDecision extends Decision {
  isExtrapolated: boolean;
}

const DAY_MS = 86_400_000;

/**
 * Whether a trial shows the target back within `rtoMinutes` (METHODS 3.4 R4.3: it succeeded and t* ≤ RTO). Null where it shows
 * neither: cancelled or still running before the target time, a success without a restore time, a part of unknown size that
 * was quick, a mount of which only a span around the target time is known.
 */
export function decideInTime(
  assessed: AssessedTrial,
  target: RestoreTarget,
  rtoMinutes: number,
  now: number,
): RtoDecision | null {
  if (assessed.excluded !== null) return null;
  const ageDays = ageInDays(assessed, now);
  if (assessed.passed === false) return { isPassed: false, ageDays, isExtrapolated: false };
  const time = normaliseTime(assessed, target);
  if (time === null) return null;
  const { isExtrapolated } = time;
  const isSpan = time.earliestMinutes < time.minutes;
  const isTooLate = isSpan ? time.earliestMinutes > rtoMinutes : time.minutes > rtoMinutes;
  if (isTooLate) return { isPassed: false, ageDays, isExtrapolated };
  if (!assessed.isReached || time.isLowerBound || time.minutes > rtoMinutes) return null;
  return { isPassed: true, ageDays, isExtrapolated };
}

/** Whether a machine came back or passed a verification, in whatever time; null where that was not decided. */
export function decideSuccess({ passed, excluded, ...rest }: AssessedTrial, now: number): Decision | null {
  if (excluded !== null || passed === null) return null;
  return { isPassed: passed, ageDays: ageInDays(rest, now) };
}

function ageInDays({ finishedAt }: { finishedAt: number }, now: number): number {
  return Math.max(0, now - finishedAt) / DAY_MS;
}
