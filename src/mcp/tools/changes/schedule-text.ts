import { cleanText } from '../../untrusted.ts';
import { readSchedule, startTimes } from '../health/schedule.ts';

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** A stored schedule in a few words; times without a zone are local to the source. */
export function describeSchedule(stored: unknown): string {
  const schedule = readSchedule(stored);
  if (!schedule) return 'not readable';
  const { kind, zone, intervalMinutes } = schedule;
  const starts = startTimes(schedule);
  const weekdays = schedule.weekdays ?? [];
  const days =
    weekdays.length > 0 && weekdays.length < 7
      ? ` on ${weekdays.map((day) => DAYS[day] ?? day).join(' ')}`
      : '';
  const inZone = zone ? ` ${cleanText(zone, 60)}` : '';
  const at = starts.length === 0 ? '' : ` at ${starts.join(', ')}${inZone}`;
  const every = typeof intervalMinutes !== 'number' ? '' : ` every ${intervalMinutes} min`;
  return `${kind === 'daily' && days ? 'weekly' : kind}${every}${at}${days}`;
}
