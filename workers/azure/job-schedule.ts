import type { JobSchedule } from '../../src/analysis/health/schedule.ts';
import { WINDOWS_ZONES } from '../../src/wire/windows-zones.ts';

/** A part of `azure_policy.schedule`. */
export type SchedulePart = {
  part: string | null;
  kind: string;
  /** `HH:mm` */
  times: string[];
  days: string[];
  intervalMinutes: number | null;
  window: { start: string; hours: number } | null;
};

const DAY_MINUTES = 1440;
const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];

/**
 * When backups of a policy begin, as jobs have it; null where it does not say. Of several parts the one counts that runs
 * most often, without backups of logs where there is any other.
 */
export function toJobSchedule(parts: readonly SchedulePart[], timeZone: string | null): JobSchedule | null {
  const main = parts.filter(({ kind }) => kind !== 'log');
  const all = (main.length > 0 ? main : parts).flatMap((part) => toSchedule(part, timeZone) ?? []);
  return all.toSorted((a, b) => startsPerWeek(b) - startsPerWeek(a))[0] ?? null;
}

function toSchedule(
  { kind, times, days, intervalMinutes, window }: SchedulePart,
  timeZone: string | null,
): JobSchedule | null {
  if (kind === 'log' || (kind === 'hourly' && !window)) return { kind: 'periodic', intervalMinutes };
  const zone = toIanaZone(timeZone);
  const minutes = kind === 'hourly' ? hourlyStarts(window, intervalMinutes) : times.map(toMinute);
  const weekdays = days.map((day) => WEEKDAYS.indexOf(day.toLowerCase())).filter((day) => day >= 0);
  if (!['hourly', 'daily', 'weekly'].includes(kind) || (kind === 'weekly' && weekdays.length === 0))
    return null;
  const own = { kind: 'daily' as const, weekdays: kind === 'weekly' ? weekdays : [] };
  // In a zone that nobody knows no time means anything; how often it runs still does.
  if (zone === null) return { ...own, minuteOfDay: null };
  return {
    ...own,
    minuteOfDay: minutes[0] ?? null,
    ...(minutes.length > 1 && { minutesOfDay: minutes }),
    zone,
  };
}

/** From the begin of the window to its end, both included; a window of a whole day ends where it begins. */
function hourlyStarts(window: SchedulePart['window'], intervalMinutes: number | null): number[] {
  if (!window) return [];
  const starts = new Set<number>();
  const step = intervalMinutes && intervalMinutes > 0 ? intervalMinutes : DAY_MINUTES;
  const length = Math.min(window.hours * 60, DAY_MINUTES);
  for (let after = 0; after <= length; after += step)
    starts.add((toMinute(window.start) + after) % DAY_MINUTES);
  return [...starts].sort((a, b) => a - b);
}

function startsPerWeek({ kind, minutesOfDay, weekdays, intervalMinutes }: JobSchedule): number {
  if (kind === 'periodic') return intervalMinutes ? (7 * DAY_MINUTES) / intervalMinutes : 0;
  return (minutesOfDay?.length ?? 1) * (weekdays?.length || 7);
}

function toMinute(time: string): number {
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  return hour * 60 + minute;
}

const ianaOf = new Map(WINDOWS_ZONES.map(({ windowsName, iana }) => [windowsName.toLowerCase(), iana]));

/** IANA zone of a Windows zone name; policies that name none are in UTC. null: nobody knows the name. */
export function toIanaZone(timeZone: string | null): string | null {
  const name = timeZone?.trim() || 'UTC';
  const iana = ianaOf.get(name.toLowerCase()) ?? name;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: iana }).resolvedOptions().timeZone;
  } catch {
    return null;
  }
}
