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
  /** Age as a multiple of the RPO, without pauses that the schedule plans; null if there never was a usable run. */
  ratio: number | null;
  /** Hours of the age that the schedule plans, as over a weekend; 0 where the RPO is an agreed target. */
  plannedPauseHours: number;
}

export interface FreshnessInput {
  runs: readonly JobRun[];
  now: number;
  /** Hours between two starts by the schedule; null where it is not periodic or not known. */
  scheduleHours?: number | null;
  /** Agreed RPO; null takes the default max(24 h, 1.5 · interval). */
  rpoTargetHours?: number | null;
  /** First start that the schedule asks for after an instant, up to now; null if none, undefined if that is not known. */
  firstDueAfter?: (instant: number) => number | null | undefined;
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
 *
 * The default RPO comes from the usual interval, which says nothing of a pause that is planned: a job of working days would
 * be late every weekend. So with a known schedule the age counts from one interval before the first start that was due
 * since. An agreed RPO knows no pause.
 */
export function freshness(input: FreshnessInput): Freshness {
  const interval = expectedInterval(input.runs, input.now, input.scheduleHours ?? null);
  const target = input.rpoTargetHours ?? null;
  const rpoHours = target ?? allowedHours(interval.hours);
  const rpoBasis = target === null ? 'interval' : 'target';
  const lastGoodEnd = lastUsableEnd(input.runs, input.rememberedGoodEnd ?? null);
  if (lastGoodEnd === null) {
    const unknown = { lastGoodEnd, ageHours: null, ratio: null, plannedPauseHours: 0 };
    return { class: 'NEVER', interval, rpoHours, rpoBasis, ...unknown };
  }
  const ageHours = Math.max(0, (input.now - lastGoodEnd) / HOUR_MS);
  const plannedPauseHours = target === null ? plannedPause(input, lastGoodEnd, ageHours, interval.hours) : 0;
  const ratio = (ageHours - plannedPauseHours) / rpoHours;
  const freshnessClass = ratio <= 1 ? 'OK' : ratio <= 2 ? 'LATE' : 'BREACHED';
  return {
    class: freshnessClass,
    interval,
    rpoHours,
    rpoBasis,
    lastGoodEnd,
    ageHours,
    ratio,
    plannedPauseHours,
  };
}

/** RPO where nobody agreed on one: half an interval more than the usual one, and a day at least. */
export const allowedHours = (intervalHours: number): number => Math.max(24, 1.5 * intervalHours);

function plannedPause(
  { now, firstDueAfter }: FreshnessInput,
  lastGoodEnd: number,
  ageHours: number,
  intervalHours: number,
): number {
  const due = firstDueAfter?.(lastGoodEnd);
  if (due === undefined) return 0;
  const sinceDueHours = due === null ? 0 : (now - due) / HOUR_MS;
  return Math.max(0, ageHours - (sinceDueHours + intervalHours));
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
