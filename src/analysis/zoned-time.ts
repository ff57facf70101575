/** Calendar fields of an instant in a zone. */
export interface ZonedTime {
  /** Days since 1970-01-01 on the zone's calendar. */
  dayNumber: number;
  /** 0 is Sunday. */
  weekday: number;
  hour: number;
  minute: number;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const QUARTER_MS = 900_000;

interface ZoneCache {
  format: Intl.DateTimeFormat;
  byDay: Map<number, number | null>;
  byQuarter: Map<number, number>;
}

const zones = new Map<string, ZoneCache>();

/**
 * Weekday, hour and day of an instant (epoch milliseconds) in an IANA zone (METHODS 3.0 P10).
 * @throws RangeError for a zone that Intl does not know
 */
export function toZonedTime(instant: number, zone: string): ZonedTime {
  const local = instant + zoneOffsetMs(instant, zone);
  const dayNumber = Math.floor(local / DAY_MS);
  const ofDay = local - dayNumber * DAY_MS;
  const hour = Math.floor(ofDay / HOUR_MS);
  // 1970-01-01 was a Thursday.
  const weekday = (((dayNumber + 4) % 7) + 7) % 7;
  return { dayNumber, weekday, hour, minute: Math.floor((ofDay - hour * HOUR_MS) / 60_000) };
}

/** Local calendar day as `YYYY-MM-DD`. */
export function localDay(instant: number, zone: string): string {
  return dayNumberToText(toZonedTime(instant, zone).dayNumber);
}

/** `YYYY-MM-DD` of a day number as in {@link ZonedTime}. */
export function dayNumberToText(dayNumber: number): string {
  return new Date(dayNumber * DAY_MS).toISOString().slice(0, 10);
}

/**
 * Instant of a wall-clock time, given as day number and minutes after local midnight. In the hour that a change to
 * summer time skips the time moves on by the gap; in the hour that occurs twice the first one is meant.
 */
export function fromZonedTime(dayNumber: number, minuteOfDay: number, zone: string): number {
  const wall = dayNumber * DAY_MS + minuteOfDay * 60_000;
  const before = zoneOffsetMs(wall - DAY_MS, zone);
  const after = zoneOffsetMs(wall + DAY_MS, zone);
  const early = wall - Math.max(before, after);
  const late = wall - Math.min(before, after);
  if (early + zoneOffsetMs(early, zone) === wall) return early;
  if (late + zoneOffsetMs(late, zone) === wall) return late;
  return wall - before;
}

/**
 * Offset of the zone from UTC at the instant, in milliseconds, east positive. Intl costs microseconds per call, and this
 * is asked for every session: a UTC day that starts and ends with one offset is answered from a cache, and within the few
 * days that do not, each quarter of an hour is (all zones change on one).
 */
export function zoneOffsetMs(instant: number, zone: string): number {
  const cache = zones.get(zone) ?? openZone(zone);
  const day = Math.floor(instant / DAY_MS);
  let offset = cache.byDay.get(day);
  if (offset === undefined) {
    const atStart = askOffset(cache, day * DAY_MS);
    offset = atStart === askOffset(cache, (day + 1) * DAY_MS) ? atStart : null;
    cache.byDay.set(day, offset);
  }
  return offset ?? quarterOffset(cache, instant);
}

function quarterOffset(cache: ZoneCache, instant: number): number {
  const quarter = Math.floor(instant / QUARTER_MS);
  let offset = cache.byQuarter.get(quarter);
  if (offset === undefined) {
    offset = askOffset(cache, quarter * QUARTER_MS);
    cache.byQuarter.set(quarter, offset);
  }
  return offset;
}

function openZone(zone: string): ZoneCache {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const cache: ZoneCache = { format, byDay: new Map(), byQuarter: new Map() };
  zones.set(zone, cache);
  return cache;
}

function askOffset({ format }: ZoneCache, instant: number): number {
  const whole = Math.floor(instant / 1000) * 1000;
  const field: Record<string, number> = {};
  for (const { type, value } of format.formatToParts(whole)) field[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = field;
  return Date.UTC(year, month - 1, day, hour, minute, second) - whole;
}
