const TIME =
  /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?\s*(?:[Zz]|([+-])(\d\d):?(\d\d))?$/;
const ISO_DURATION = /^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/i;
const CLOCK_DURATION = /^(?:(\d+)\.)?(\d+):(\d\d):(\d\d(?:\.\d+)?)$/;
/** Azure writes "never" as the year 1 and as the beginning of 2001; it had no backups before 2010. */
const UNSET_UNTIL = Date.UTC(2001, 0, 2);

/**
 * A time of the API, all of which are UTC, also where they do not say so. Of up to seven digits of a second three remain.
 * null: none given, unreadable, or one of the times that mean "never".
 */
export function toTime(text: string | null | undefined): Date | null {
  const match = text ? TIME.exec(text.trim()) : null;
  if (!match) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map((part) => Number(part ?? 0));
  const millis = Number((match[7] ?? '').slice(0, 3).padEnd(3, '0'));
  const local = Date.UTC(year, month - 1, day, hour, minute, second, millis);
  const isDate = new Date(local).getUTCDate() === day && new Date(local).getUTCMonth() === month - 1;
  if (!isDate || hour > 23 || minute > 59 || second > 59) return null;
  const offset = (Number(match[9] ?? 0) * 60 + Number(match[10] ?? 0)) * 60_000;
  const at = match[8] === '-' ? local + offset : local - offset;
  return at < UNSET_UNTIL ? null : new Date(at);
}

/** Seconds of a duration in either of its shapes: `PT12.42S`, `1.02:03:04.5`. null: none, or unreadable. */
export function toSeconds(text: string | null | undefined): number | null {
  const trimmed = text?.trim() ?? '';
  const clock = CLOCK_DURATION.exec(trimmed);
  if (clock) return secondsOf(0, ...clock.slice(1));
  const iso = ISO_DURATION.exec(trimmed);
  return iso && /\d/.test(trimmed) ? secondsOf(Number(iso[1] ?? 0), ...iso.slice(2)) : null;
}

/** `HH:mm` of a scheduled time: of its date and its offset only the clock means something, in the policy's own zone. */
export function toWallTime(text: string): string | null {
  const [, hour, minute] = /(?:^|[T ])(\d\d):(\d\d)/i.exec(text.trim()) ?? [];
  return hour !== undefined && minute !== undefined && hour < '24' && minute < '60'
    ? `${hour}:${minute}`
    : null;
}

/** UTC as filters want it, on a 12-hour clock: `2025-01-10 12:00:00 AM` is midnight. */
export function toFilterTime(at: Date): string {
  const [date, clock] = at.toISOString().split(/[T.]/);
  const hour = at.getUTCHours();
  const hour12 = String(hour % 12 === 0 ? 12 : hour % 12).padStart(2, '0');
  return `${date} ${hour12}${clock?.slice(2)} ${hour < 12 ? 'AM' : 'PM'}`;
}

function secondsOf(weeks: number, ...parts: (string | undefined)[]): number {
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = parts.map((part) => Number(part ?? 0));
  return ((weeks * 7 + days) * 24 + hours) * 3600 + minutes * 60 + seconds;
}
