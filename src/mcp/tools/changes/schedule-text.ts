import { readSchedule } from '../health/schedule.ts';

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** A stored schedule in a few words, times local to the source. */
export function describeSchedule(stored: unknown): string {
  const schedule = readSchedule(stored);
  if (!schedule) return 'not readable';
  const { kind, minuteOfDay, intervalMinutes } = schedule;
  const weekdays = schedule.weekdays ?? [];
  const days =
    weekdays.length > 0 && weekdays.length < 7
      ? ` on ${weekdays.map((day) => DAYS[day] ?? day).join(' ')}`
      : '';
  const at = typeof minuteOfDay !== 'number' ? '' : ` at ${clock(minuteOfDay)}`;
  const every = typeof intervalMinutes !== 'number' ? '' : ` every ${intervalMinutes} min`;
  return `${kind}${every}${at}${days}`;
}

const clock = (minute: number) =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
