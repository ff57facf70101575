/** A time of the API. `naive`: it came without offset and was read in the server's zone, so an hour a year is ambiguous. */
type ParsedTime = { at: Date; naive: boolean };
export type TimeParser = (text: string | null | undefined) => ParsedTime | null;

const FORM =
  /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?\s*([Zz]|[+-]\d\d(?::?\d\d)?)?$/;
/** Unset dates come as year 1 (.NET), 1601 (Windows) or 1900 and 1901 (databases). */
const LAST_UNSET_YEAR = 1901;
const DAY_MS = 86_400_000;

/**
 * Reads the three forms in which the API writes times: with an offset (and up to seven digits of fraction), with `Z`, and
 * naive in the server's local time. A naive time that comes twice (clocks go back) is taken as the first of the two; one
 * that never comes (clocks go forward) is moved on by the gap. The parser gives null for what is no time, and for years
 * up to 1901, with which the API says "not yet".
 * @param zone IANA name, or an offset such as `+05:30`
 * @throws RangeError if the zone is unknown
 */
export function createTimeParser(zone: string): TimeParser {
  const offsetAt = createOffsets(zone);
  return (text) => {
    const match = text ? FORM.exec(text.trim()) : null;
    if (!match) return null;
    const local = toLocalMs(match);
    if (local === null) return null;
    const offset = match[8];
    if (offset) return { at: new Date(local - toOffsetMs(offset)), naive: false };
    return { at: new Date(resolveNaive(local, offsetAt)), naive: true };
  };
}

/** Milliseconds that the zone is ahead of UTC at an instant; for zones that differ over the year, asked from `Intl` once per quarter hour. */
export function createOffsets(zone: string): (instant: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const known = new Map<number, number>();
  return (instant) => {
    const quarter = Math.floor(instant / 900_000); // zones change their offset on quarters of an hour only
    const cached = known.get(quarter);
    if (cached !== undefined) return cached;
    const offset = readOffset(format, quarter * 900_000);
    if (known.size > 50_000) known.clear();
    known.set(quarter, offset);
    return offset;
  };
}

function readOffset(format: Intl.DateTimeFormat, instant: number): number {
  const part = Object.fromEntries(
    format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]),
  );
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
  return Date.UTC(year, month - 1, day, hour, minute, second) - instant;
}

/** Wall-clock time as if it were UTC; null if there is no such date, or it stands for "unset". */
function toLocalMs(match: RegExpExecArray): number | null {
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((part) => Number(part ?? 0));
  if (year === undefined || month === undefined || day === undefined) return null;
  if (year <= LAST_UNSET_YEAR || (hour ?? 0) > 23 || (minute ?? 0) > 59 || (second ?? 0) > 59) return null;
  const millis = Number((match[7] ?? '').slice(0, 3).padEnd(3, '0'));
  const ms = Date.UTC(year, month - 1, day, hour, minute, second, millis);
  return new Date(ms).getUTCMonth() === month - 1 && new Date(ms).getUTCDate() === day ? ms : null;
}

function toOffsetMs(offset: string): number {
  if (/^z$/i.test(offset)) return 0;
  const [, sign, hours, minutes] = /^([+-])(\d\d):?(\d\d)?$/.exec(offset) ?? [];
  const ms = (Number(hours) * 60 + Number(minutes ?? 0)) * 60_000;
  return sign === '-' ? -ms : ms;
}

/** @see https://tc39.es/proposal-temporal/docs/timezone.html#ambiguity-due-to-dst-or-other-time-zone-offset-changes ("compatible") */
function resolveNaive(local: number, offsetAt: (instant: number) => number): number {
  const before = offsetAt(local - DAY_MS);
  const after = offsetAt(local + DAY_MS);
  const fitting = [before, after].map((offset) => local - offset).filter((at) => at + offsetAt(at) === local);
  return fitting.length > 0 ? Math.min(...fitting) : local - before;
}
