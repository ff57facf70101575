import { median } from 'simple-statistics';
import { fromZonedTime, toZonedTime } from '../zoned-time.ts';
import { allowedHours } from './freshness.ts';

/** When a job starts by its own definition. Times are those of its own zone, else of the source's. */
export interface JobSchedule {
  kind: 'daily' | 'monthly' | 'periodic' | 'continuous' | 'chained' | 'manual';
  /** Minutes after local midnight; daily jobs. */
  minuteOfDay?: number | null;
  /** All starts of a day, where there are several. */
  minutesOfDay?: readonly number[] | null;
  /** IANA zone; missing: that of the source. */
  zone?: string | null;
  /** Days of the week of a daily job, 0 is Sunday; missing or empty: all. */
  weekdays?: readonly number[] | null;
  /** Periodic jobs. */
  intervalMinutes?: number | null;
}

const HOUR_MS = 3_600_000;
const DAY_MINUTES = 1440;
const WEEK_MINUTES = 7 * DAY_MINUTES;
const HOURS_OF_MONTH = 730.5;
const EARLY_MS = 0.5 * HOUR_MS;

/** Hours between two starts by the schedule: the median distance; null where it is not periodic or not known. */
export function scheduleHours(schedule: JobSchedule | null | undefined): number | null {
  if (schedule?.kind === 'monthly') return HOURS_OF_MONTH;
  if (schedule?.kind === 'periodic') {
    const minutes = schedule.intervalMinutes ?? null;
    return minutes !== null && minutes > 0 ? minutes / 60 : null;
  }
  return schedule?.kind === 'daily' ? median(distancesOf(schedule)) / 60 : null;
}

/**
 * Age in hours that a restore point may have by the schedule alone: as a job without an agreed RPO is allowed, and over the
 * longest pause that the schedule plans, such as a weekend, half an interval more than that. null where it is not periodic
 * or not known.
 */
export function promisedHours(schedule: JobSchedule | null | undefined): number | null {
  const hours = scheduleHours(schedule);
  if (hours === null) return null;
  const longest = schedule?.kind === 'daily' ? Math.max(...distancesOf(schedule)) / 60 : hours;
  return Math.max(allowedHours(hours), longest + 0.5 * hours);
}

/** Minutes between the starts of a week. */
function distancesOf(schedule: JobSchedule): number[] {
  const starts = weekdaysOf(schedule).flatMap((day) =>
    (minutesOf(schedule) ?? [0]).map((minute) => day * DAY_MINUTES + minute),
  );
  return starts.map((start, index) => {
    const next = starts[(index + 1) % starts.length] as number;
    return (next - start + WEEK_MINUTES) % WEEK_MINUTES || WEEK_MINUTES;
  });
}

/** Starts that a daily schedule asks for, from (included) to (excluded); null where the schedule does not say. */
export function expectedStarts(
  schedule: JobSchedule | null | undefined,
  from: number,
  to: number,
  sourceZone: string,
): number[] | null {
  const minutes = schedule && minutesOf(schedule);
  if (schedule?.kind !== 'daily' || !minutes) return null;
  const zone = schedule.zone ?? sourceZone;
  const days = new Set(weekdaysOf(schedule));
  const starts: number[] = [];
  const last = toZonedTime(to, zone).dayNumber;
  for (let day = toZonedTime(from, zone).dayNumber; day <= last; day++) {
    if (!days.has((((day + 4) % 7) + 7) % 7)) continue;
    // In the night of a change to summer time two starts may fall together.
    const ofDay = new Set(minutes.map((minute) => fromZonedTime(day, minute, zone)));
    starts.push(...[...ofDay].filter((start) => start >= from && start < to).sort((a, b) => a - b));
  }
  return starts;
}

/** Ascending; null: not known. */
function minutesOf({ minutesOfDay, minuteOfDay }: JobSchedule): number[] | null {
  const all = minutesOfDay?.length ? minutesOfDay : [minuteOfDay ?? null];
  const known = all.filter((minute) => minute !== null);
  return known.length > 0 ? [...new Set(known)].sort((a, b) => a - b) : null;
}

export interface MissedStarts {
  expected: number;
  missed: number;
  /** Missed since the last start; these are what makes a job silent. */
  missedSinceLast: number;
  basis: 'schedule' | 'interval';
}

/**
 * Expected starts without a run since `from`. By a daily schedule: no run from half an hour before until half of the way to
 * the next start. Otherwise by the interval: gaps that are multiples of it. A start counts as missed an hour after it was
 * due. Null without runs or a way to know what was expected.
 *
 * @param starts starts of all runs, ascending
 * @param intervalHours expected interval, null if it is only assumed
 */
export function missedStarts(given: {
  starts: readonly number[];
  isRunning: boolean;
  schedule: JobSchedule | null | undefined;
  intervalHours: number | null;
  from: number;
  now: number;
  zone: string;
}): MissedStarts | null {
  const first = given.starts[0];
  const last = given.starts.at(-1);
  if (first === undefined || last === undefined) return null;
  const from = Math.max(given.from, first - EARLY_MS);
  // While a run is open the next one cannot start.
  const to = given.isRunning ? last : given.now - HOUR_MS;
  const expected = expectedStarts(given.schedule, from, to, given.zone);
  if (expected) return missedBySchedule(expected, given.starts, last);
  return given.intervalHours === null
    ? null
    : missedByInterval(given.starts, given.intervalHours * HOUR_MS, from, to, last);
}

function missedBySchedule(
  expected: readonly number[],
  starts: readonly number[],
  last: number,
): MissedStarts {
  const missed = expected.filter((due, index) => {
    const next = expected[index + 1] ?? due + 24 * HOUR_MS;
    const until = due + (next - due) / 2;
    return !starts.some((start) => start >= due - EARLY_MS && start < until);
  });
  const missedSinceLast = missed.filter((due) => due > last).length;
  return { expected: expected.length, missed: missed.length, missedSinceLast, basis: 'schedule' };
}

function missedByInterval(
  starts: readonly number[],
  intervalMs: number,
  from: number,
  to: number,
  last: number,
): MissedStarts {
  const recent = starts.filter((start) => start >= from);
  let missed = 0;
  for (const [index, start] of recent.entries()) {
    const before = recent[index - 1];
    if (before !== undefined) missed += Math.max(0, Math.round((start - before) / intervalMs) - 1);
  }
  const missedSinceLast = Math.max(0, Math.floor((to - Math.max(last, from)) / intervalMs));
  const all = missed + missedSinceLast;
  return { expected: recent.length + all, missed: all, missedSinceLast, basis: 'interval' };
}

function weekdaysOf({ weekdays }: JobSchedule): number[] {
  const days = [...new Set(weekdays ?? [])].filter((day) => day >= 0 && day <= 6).sort((a, b) => a - b);
  return days.length > 0 ? days : [0, 1, 2, 3, 4, 5, 6];
}
