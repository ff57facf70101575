import { median } from 'simple-statistics';
import { isUsable, type JobRun } from './runs.ts';

type FreshnessClass = 'OK' | 'LATE' | 'BREACHED' | 'NEVER';

/** How the expected interval was found: from gaps of the last 30 days, of all history, from the schedule, or by default. */
type IntervalBasis = 'measured' | 'measured-long' | 'schedule' | 'assumed';

export interface ExpectedInterval {
  hours: number;
  basis: IntervalBasis;
  gaps: number;
}

export interface Freshness {
  class: FreshnessClass;
  interval: ExpectedInterval;
  rpoHours: number;
  rpoBasis: 'target' | 'interval';
  /** End of the last usable run, epoch milliseconds; null if there never was one. */
  lastGoodEnd: number | null;
  ageHours: number | null;
  /** Age as a multiple of the RPO; null if there never was a usable run. */
  ratio: number | null;
}

export interface FreshnessInput {
  runs: readonly JobRun[];
  now: number;
  /** Hours between two starts by the schedule; null where it is not periodic or not known. */
  scheduleHours?: number | null;
  /** Agreed RPO; null takes the default max(24 h, 1.5 · interval). */
  rpoTargetHours?: number | null;
  /** A usable run that the inventory remembers although its session is no longer kept. */
  rememberedGoodEnd?: number | null;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const DEFAULT_INTERVAL_HOURS = 24;
const FEWEST_GAPS = 3;

/**
 * Age of the last usable run against the RPO (METHODS 3.1 R1.3): OK up to 1, LATE up to 2, BREACHED beyond; NEVER if there
 * is none. A usable run whose end the source did not give counts from its start, which is the careful side.
 */
export function freshness(input: FreshnessInput): Freshness {
  const interval = expectedInterval(input.runs, input.now, input.scheduleHours ?? null);
  const target = input.rpoTargetHours ?? null;
  const rpoHours = target ?? Math.max(24, 1.5 * interval.hours);
  const rpoBasis = target === null ? 'interval' : 'target';
  const lastGoodEnd = lastUsableEnd(input.runs, input.rememberedGoodEnd ?? null);
  if (lastGoodEnd === null) {
    return { class: 'NEVER', interval, rpoHours, rpoBasis, lastGoodEnd, ageHours: null, ratio: null };
  }
  const ageHours = Math.max(0, (input.now - lastGoodEnd) / HOUR_MS);
  const ratio = ageHours / rpoHours;
  const freshnessClass = ratio <= 1 ? 'OK' : ratio <= 2 ? 'LATE' : 'BREACHED';
  return { class: freshnessClass, interval, rpoHours, rpoBasis, lastGoodEnd, ageHours, ratio };
}

/**
 * Expected hours between two runs: median gap between starts of the last 30 days (at least 3 gaps), else the schedule.
 * Where neither is known, the median of all history, so that a monthly job without a readable schedule is not measured by
 * the day; else 24 hours.
 */
export function expectedInterval(
  runs: readonly JobRun[],
  now: number,
  scheduleHours: number | null,
): ExpectedInterval {
  const starts = runs.map(({ startedAt }) => startedAt).toSorted((a, b) => a - b);
  const recent = medianGapHours(starts.filter((start) => start >= now - 30 * DAY_MS));
  if (recent) return { ...recent, basis: 'measured' };
  if (scheduleHours !== null && scheduleHours > 0)
    return { hours: scheduleHours, basis: 'schedule', gaps: 0 };
  const long = medianGapHours(starts);
  if (long) return { ...long, basis: 'measured-long' };
  return { hours: DEFAULT_INTERVAL_HOURS, basis: 'assumed', gaps: 0 };
}

function medianGapHours(starts: readonly number[]): { hours: number; gaps: number } | null {
  const gaps: number[] = [];
  for (const [index, start] of starts.entries()) {
    if (index > 0) gaps.push((start - (starts[index - 1] as number)) / HOUR_MS);
  }
  if (gaps.length < FEWEST_GAPS) return null;
  const hours = median(gaps);
  return hours > 0 ? { hours, gaps: gaps.length } : null;
}

function lastUsableEnd(runs: readonly JobRun[], remembered: number | null): number | null {
  let last = remembered;
  for (const run of runs) {
    if (!isUsable(run)) continue;
    const end = run.endedAt ?? run.startedAt;
    if (last === null || end > last) last = end;
  }
  return last;
}
