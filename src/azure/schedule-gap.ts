import type { AzureSchedule } from './policies.ts';

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const DAY = 1440;
const WEEK = 7 * DAY;

/**
 * Minutes of the longest time between two backups that a schedule plans: what may be lost if all goes well. Changes of the
 * clock are not considered. null: the schedule does not say when it runs.
 */
export function longestGapMinutes(schedule: AzureSchedule): number | null {
  if (schedule.kind === 'log') return schedule.intervalMinutes;
  const starts = [...new Set(startsOf(schedule))].sort((a, b) => a - b);
  const [first] = starts;
  if (first === undefined) return null;
  const gaps = starts.map((at, index) => (starts[index + 1] ?? first + WEEK) - at);
  return Math.max(...gaps);
}

/** Minutes of the week, from Sunday on. */
function startsOf({ kind, times, days, intervalMinutes, window }: AzureSchedule): number[] {
  if (kind === 'hourly') {
    if (!intervalMinutes) return [];
    const from = window ? minuteOf(window.start) : 0;
    const length = window ? window.hours * 60 : DAY - 1;
    const runs = Array.from(
      { length: Math.floor(length / intervalMinutes) + 1 },
      (_, i) => from + i * intervalMinutes,
    );
    return everyDay(runs);
  }
  const minutes = times.map(minuteOf);
  if (kind === 'daily') return everyDay(minutes);
  if (kind !== 'weekly') return [];
  const wanted = days.map((day) => DAYS.findIndex((name) => name.toLowerCase() === day.toLowerCase()));
  return wanted.filter((day) => day >= 0).flatMap((day) => minutes.map((minute) => day * DAY + minute));
}

/** A window may go on after midnight. */
const everyDay = (minutes: number[]) =>
  DAYS.flatMap((_, day) => minutes.map((minute) => (day * DAY + minute) % WEEK));

function minuteOf(time: string): number {
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  return hour * 60 + minute;
}
