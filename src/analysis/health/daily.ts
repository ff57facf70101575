import { dayNumberToText, toZonedTime } from '../zoned-time.ts';
import type { JobRun } from './runs.ts';

export interface DailyRuns {
  /** Local calendar day, `YYYY-MM-DD`. */
  day: string;
  /** Null: before the first session that is known, so nothing can be said. 0 is a day on which nothing ran. */
  success: number | null;
  warning: number | null;
  failed: number | null;
  /** Part of success and warning: usable only after a retry. */
  recovered: number | null;
  canceled: number | null;
  running: number | null;
  unknown: number | null;
}

const COUNTED = {
  SUCCESS: 'success',
  WARNING: 'warning',
  FAILED: 'failed',
  CANCELED: 'canceled',
  RUNNING: 'running',
  UNKNOWN: 'unknown',
} as const;

/**
 * Runs per local day by outcome, oldest day first, today last: the strip of the last 90 days. A run belongs to the day on
 * which it started in the source's zone.
 *
 * @param knownFrom instant from which sessions are known; earlier days are null. By default that of the first run.
 */
export function dailyRuns(
  runs: readonly JobRun[],
  now: number,
  zone: string,
  days = 90,
  knownFrom: number = runs.reduce(
    (least, { startedAt }) => Math.min(least, startedAt),
    Number.POSITIVE_INFINITY,
  ),
): DailyRuns[] {
  const today = toZonedTime(now, zone).dayNumber;
  const firstKnown = Number.isFinite(knownFrom)
    ? toZonedTime(knownFrom, zone).dayNumber
    : Number.POSITIVE_INFINITY;
  const first = today - days + 1;
  const strip = Array.from({ length: days }, (_, index) =>
    emptyDay(first + index, first + index >= firstKnown ? 0 : null),
  );
  for (const run of runs) {
    const day = strip[toZonedTime(run.startedAt, zone).dayNumber - first];
    if (!day) continue;
    const field = COUNTED[run.outcome];
    day[field] = (day[field] ?? 0) + 1;
    if (run.recoveredByRetry) day.recovered = (day.recovered ?? 0) + 1;
  }
  return strip;
}

function emptyDay(dayNumber: number, count: 0 | null): DailyRuns {
  return {
    day: dayNumberToText(dayNumber),
    success: count,
    warning: count,
    failed: count,
    recovered: count,
    canceled: count,
    running: count,
    unknown: count,
  };
}
