/** Hours between two runs by the default schedule; the advisors follow the collectors and run at least hourly. */
const USUAL_HOURS: Readonly<Record<string, number>> = {
  health: 1,
  capacity: 1,
  efficiency: 24,
  rto: 24,
  risk: 1,
  remediation: 1,
};
const DAY_HOURS = 24;
const HOUR_MS = 3_600_000;

/** Gaps that tell a rhythm: fewer may hold an outage or a run by hand. */
export const FEWEST_GAPS = 3;

/** A run may be missed once; a fifth more for the time a run takes. */
const STALE_INTERVALS = 2.2;
/** A nightly run that is missed leaves data of more than a day: two hours more are for a run that takes long. */
const SLACK_HOURS = 2;

/** Hours between two runs of a worker where its own runs do not tell; a day for one that is not known. */
export const usualHours = (worker: string): number => USUAL_HOURS[worker] ?? DAY_HOURS;

/**
 * Hours between two runs as they were seen, of their ends in epoch milliseconds. Three gaps or more tell the rhythm; of
 * fewer the shortest counts, and not below `usual`.
 */
export function expectedHours(newestFirst: readonly number[], usual: number): number {
  const gaps = newestFirst.slice(1).map((at, index) => ((newestFirst[index] as number) - at) / HOUR_MS);
  if (gaps.length === 0) return usual;
  const sorted = gaps.toSorted((a, b) => a - b);
  if (gaps.length < FEWEST_GAPS) return clamp(sorted[0] as number, usual, Math.max(usual, DAY_HOURS));
  return clamp(sorted[Math.floor((sorted.length - 1) / 2)] as number, Math.min(usual, 1), 7 * DAY_HOURS);
}

/** Age in hours from which data of a rhythm is late: 2.2 intervals, but 26 hours for what runs daily. */
export const staleAfterHours = (expected: number): number =>
  Math.min(STALE_INTERVALS * expected, Math.max(DAY_HOURS, expected) + SLACK_HOURS);

/** When data of a worker becomes late, from the ends of its runs in epoch milliseconds, of which the first made it. */
export function staleFrom(newestFirst: readonly [number, ...number[]], worker: string): number {
  return newestFirst[0] + staleAfterHours(expectedHours(newestFirst, usualHours(worker))) * HOUR_MS;
}

const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));
