import { type JobSchedule, scheduleHours } from '../../../analysis/health/schedule.ts';
import { arrayOf, numberOf, objectOf, textOf } from '../../json.ts';

const KINDS = ['daily', 'monthly', 'periodic', 'continuous', 'chained', 'manual'] as const;

/** The schedule of a job as it is stored; null if it was not readable. */
export function readSchedule(stored: unknown): JobSchedule | null {
  const { kind, minuteOfDay, minutesOfDay, zone, weekdays, intervalMinutes } = objectOf(stored);
  const known = KINDS.find((one) => one === textOf(kind));
  if (!known) return null;
  return {
    kind: known,
    minuteOfDay: numberOf(minuteOfDay),
    minutesOfDay: arrayOf(minutesOfDay).filter((minute) => typeof minute === 'number'),
    zone: textOf(zone) ?? null,
    weekdays: arrayOf(weekdays).filter((day) => typeof day === 'number'),
    intervalMinutes: numberOf(intervalMinutes),
  };
}

/** Minutes between two starts by the schedule; null where it is not periodic or not known. */
export function intervalMinutes(schedule: JobSchedule | null): number | null {
  const hours = scheduleHours(schedule);
  return hours === null ? null : Math.round(hours * 60);
}

/** Starts within a day as HH:MM, earliest first, by the clock of the schedule's own zone, else of the source's. */
export function startTimes(schedule: JobSchedule | null): string[] {
  const { minutesOfDay, minuteOfDay = null } = schedule ?? {};
  const first = minuteOfDay === null ? [] : [minuteOfDay];
  const minutes = minutesOfDay && minutesOfDay.length > 0 ? minutesOfDay : first;
  return [...new Set(minutes)].sort((a, b) => a - b).map(clock);
}

const two = (part: number) => String(Math.floor(part)).padStart(2, '0');
const clock = (minute: number) => `${two(minute / 60)}:${two(minute % 60)}`;
