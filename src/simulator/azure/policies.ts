import { DAY, HOUR, MINUTE } from '../zone.ts';
import type { ItemKind } from './types.ts';
import { zoneOf } from './windows-zones.ts';

export type Frequency = 'Hourly' | 'Daily' | 'Weekly';

/** When backups are made, in local time of a Windows time zone, and how long they are kept. */
export type Policy = {
  index: number;
  name: string;
  kind: ItemKind;
  version: 'V1' | 'V2';
  frequency: Frequency;
  timeZone: string;
  /** Minutes of the local day. */
  minutes: number[];
  /** Of a weekly policy; Monday is 0. */
  weekdays: readonly number[];
  keep: { days: number; weeks: number; months: number };
  /** How long snapshots stay beside the copies in the vault. */
  instantDays: number;
  /** What somebody put there; absent: a policy of the seed. */
  properties?: Record<string, unknown>;
};

const hours = (...list: number[]) => list.map((hour) => hour * 60);
const daily = { frequency: 'Daily', weekdays: [0], timeZone: 'UTC', version: 'V1', kind: 'vm' } as const;

/** Each vault begins with these, and items of the same kind are spread over them. */
export const POLICIES: readonly Policy[] = [
  { ...daily, name: 'DefaultPolicy', minutes: hours(19), keep: keep(30), instantDays: 2 },
  {
    ...daily,
    name: 'vm-daily-gfs',
    timeZone: 'W. Europe Standard Time',
    minutes: hours(2),
    keep: keep(30, 12, 12),
    instantDays: 5,
  },
  {
    ...daily,
    name: 'vm-weekly',
    frequency: 'Weekly' as const,
    weekdays: [5],
    minutes: hours(22),
    keep: keep(0, 12),
    instantDays: 5,
  },
  {
    ...daily,
    name: 'vm-enhanced-4h',
    version: 'V2' as const,
    frequency: 'Hourly' as const,
    minutes: hours(8, 12, 16, 20),
    keep: keep(14),
    instantDays: 2,
  },
  {
    ...daily,
    name: 'vm-enhanced-daily',
    version: 'V2' as const,
    timeZone: 'W. Europe Standard Time',
    minutes: hours(23),
    keep: keep(30),
    instantDays: 7,
  },
  {
    ...daily,
    name: 'sql-hourly-log',
    kind: 'sql' as const,
    minutes: hours(1),
    keep: keep(30),
    instantDays: 0,
  },
  {
    ...daily,
    name: 'files-daily',
    kind: 'files' as const,
    minutes: hours(20),
    keep: keep(30),
    instantDays: 30,
  },
].map((policy, index) => ({ ...policy, index }));

function keep(days: number, weeks = 0, months = 0): Policy['keep'] {
  return { days, weeks, months };
}

export const localDayOf = ({ timeZone }: Policy, at: number): number => zoneOf(timeZone).dayOf(at);
/** Monday is 0: 1970 began on a Thursday. */
const weekdayOf = (day: number): number => (day + 3) % 7;

const known = new Map<number, readonly number[]>();
const DAYS = 100_000;

/** The instants of a local day at which backups begin. */
export function slotsOf(policy: Policy, day: number): readonly number[] {
  const key = policy.index * DAYS + day;
  const found = known.get(key);
  if (found) return found;
  const zone = zoneOf(policy.timeZone);
  const runs = policy.frequency !== 'Weekly' || policy.weekdays.includes(weekdayOf(day));
  const slots = runs ? policy.minutes.map((minute) => zone.toUtc(day * DAY + minute * MINUTE)) : [];
  known.set(key, slots);
  return slots;
}

/** The longest time between two backups of the schedule. */
export function longestGap({ frequency }: Policy): number {
  if (frequency === 'Weekly') return 7 * DAY;
  return frequency === 'Hourly' ? 12 * HOUR : DAY;
}

/** Milliseconds after which no rule of the policy keeps a copy. */
export const longestKept = ({ keep: { days, weeks, months } }: Pick<Policy, 'keep'>): number =>
  Math.max(days, weeks * 7, months * 31) * DAY;

/** Whether a rule keeps the first copy of a local day at a later instant; further copies of a day are kept for days only. */
export function isKept(
  { keep: { days, weeks, months } }: Policy,
  day: number,
  isFirst: boolean,
  age: number,
): boolean {
  if (age <= days * DAY) return true;
  if (!isFirst) return false;
  if (weeks > 0 && age <= weeks * 7 * DAY && (days === 0 || weekdayOf(day) === 6)) return true;
  return months > 0 && age <= months * 31 * DAY && isFirstSunday(day);
}

/** How long after it was made a copy expires, by the rule that keeps it longest. */
export function keptFor({ keep: { days, weeks, months } }: Policy, day: number, isFirst: boolean): number {
  const isOfWeek = isFirst && weeks > 0 && (days === 0 || weekdayOf(day) === 6);
  const isOfMonth = isFirst && months > 0 && isFirstSunday(day);
  return Math.max(days, isOfWeek ? weeks * 7 : 0, isOfMonth ? months * 31 : 0) * DAY;
}

const isFirstSunday = (day: number) => weekdayOf(day) === 6 && new Date(day * DAY).getUTCDate() <= 7;
