import { fromZonedTime, toZonedTime } from '../analysis/zoned-time.ts';
import { AnswerError } from './errors.ts';
import { cleanText } from './untrusted.ts';

const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const HOURS: Record<string, number> = { min: 1 / 60, h: 1, d: 24, w: 168 };
const HOUR_MS = 3_600_000;
const ISO =
  /^(\d{4})-(\d{2})-(\d{2})(?:[t ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(z|[+-]\d{2}:?\d{2})?)?$/;

/**
 * The moment that an `as_of` means. A day (a date, "yesterday", "last friday") means its end in the zone, a time without
 * offset is in the zone, and "24h", "7d", "2w" count back from now.
 * @throws AnswerError that says what is accepted
 */
export function parseMoment(given: string, now: Date, zone: string): Date {
  const text = given.trim().toLowerCase();
  const moment = relative(text, now) ?? namedDay(text, now, zone) ?? calendar(text, now, zone);
  if (!moment) {
    throw new AnswerError(
      `as_of ${quoted(given)} is not a moment. Give a date (2026-10-01: the end of that day), a date and time ` +
        '(2026-10-01T08:00:00Z; without offset it is in the time zone of the source), a time back from now ' +
        '(90min, 24h, 7d, 2w), "yesterday" or "last friday".',
    );
  }
  if (moment > now) {
    throw new AnswerError(
      `as_of ${quoted(given)} is in the future: now is ${now.toISOString()}. Leave as_of out for the latest state.`,
    );
  }
  return moment;
}

/**
 * Length of a window such as "30d", in hours.
 * @throws AnswerError that says what is accepted
 */
export function parseWindow(name: string, given: string, mostDays = 400): number {
  const [, count, unit] = /^(\d{1,5})\s*(h|d|w)$/.exec(given.trim().toLowerCase()) ?? [];
  const hours = Number(count) * (HOURS[unit ?? ''] ?? Number.NaN);
  if (hours >= 1 && hours <= mostDays * 24) return hours;
  throw new AnswerError(
    `${name} ${quoted(given)} is not a length of time: give hours, days or weeks, such as 48h, 30d or 12w, at most ${mostDays}d.`,
  );
}

const quoted = (text: string) => JSON.stringify(cleanText(text, 60));

function relative(text: string, now: Date): Date | undefined {
  if (text === 'now' || text === 'today') return now;
  const [, count, unit] = /^(\d{1,6})\s*(min|h|d|w)(?: ago)?$/.exec(text) ?? [];
  if (!count || !unit) return undefined;
  const moment = now.getTime() - Number(count) * (HOURS[unit] as number) * HOUR_MS;
  return moment >= 0 ? new Date(moment) : undefined; // before 1970 there were no such data, and far before no such years
}

function namedDay(text: string, now: Date, zone: string): Date | undefined {
  const today = toZonedTime(now.getTime(), zone);
  if (text === 'yesterday') return endOfDay(today.dayNumber - 1, zone);
  const weekday = WEEKDAYS.indexOf(text.replace(/^last /, ''));
  if (weekday < 0) return undefined;
  const daysBack = ((today.weekday - weekday + 6) % 7) + 1;
  return endOfDay(today.dayNumber - daysBack, zone);
}

function calendar(text: string, now: Date, zone: string): Date | undefined {
  const [whole, year, month, day, hour, minute, second = '0', fraction = '0', offset] = ISO.exec(text) ?? [];
  if (!whole) return undefined;
  const midnight = Date.UTC(Number(year), Number(month) - 1, Number(day));
  if (new Date(midnight).toISOString().slice(0, 10) !== `${year}-${month}-${day}`) return undefined;
  const dayNumber = midnight / (24 * HOUR_MS);
  if (hour === undefined || minute === undefined) {
    const end = endOfDay(dayNumber, zone);
    const isToday = toZonedTime(now.getTime(), zone).dayNumber === dayNumber;
    return isToday ? now : end;
  }
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const rest = Number(second) * 1000 + Math.floor(Number(`0.${fraction}`) * 1000 + 1e-6);
  if (!offset) return new Date(fromZonedTime(dayNumber, Number(hour) * 60 + Number(minute), zone) + rest);
  return new Date(midnight + (Number(hour) * 60 + Number(minute) - offsetMinutes(offset)) * 60_000 + rest);
}

const endOfDay = (dayNumber: number, zone: string) => new Date(fromZonedTime(dayNumber + 1, 0, zone) - 1);

function offsetMinutes(offset: string): number {
  if (offset === 'z') return 0;
  const [, sign, hours, minutes] = /^([+-])(\d{2}):?(\d{2})$/.exec(offset) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}
