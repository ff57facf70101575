/** Local time of one IANA zone. "Local" numbers are milliseconds as if the local clock were UTC. */
export type Zone = {
  name: string;
  /** Milliseconds east of UTC at an instant. */
  offsetAt: (utc: number) => number;
  toLocal: (utc: number) => number;
  /** The instant of a local time; the earlier one where it comes twice, the later reading where it is skipped. */
  toUtc: (local: number) => number;
  /** Whole local days since 1970-01-01. */
  dayOf: (utc: number) => number;
};

export const DAY = 86_400_000;
export const HOUR = 3_600_000;
export const MINUTE = 60_000;

const BUCKET = 15 * MINUTE;

export function createZone(name: string): Zone {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' });
  const known = new Map<number, number>();
  const offsetAt = (utc: number): number => {
    const bucket = Math.floor(utc / BUCKET);
    const found = known.get(bucket);
    if (found !== undefined) return found;
    const offset = readOffset(format.format(bucket * BUCKET));
    known.set(bucket, offset);
    return offset;
  };
  const toUtc = (local: number): number => {
    const first = local - offsetAt(local - offsetAt(local));
    const early = local - offsetAt(first - 3 * HOUR);
    return early < first && early + offsetAt(early) === local ? early : first;
  };
  const toLocal = (utc: number) => utc + offsetAt(utc);
  return { name, offsetAt, toLocal, toUtc, dayOf: (utc) => Math.floor(toLocal(utc) / DAY) };
}

function readOffset(text: string): number {
  const [, sign, hours = '0', minutes = '0'] = /GMT(?:([+-])(\d+):(\d+))?/.exec(text) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours) * HOUR + Number(minutes) * MINUTE);
}

/** Monday is 0. */
export const weekdayOf = (day: number): number => (((day + 3) % 7) + 7) % 7;

/** The Windows display name that older revisions give; undefined for a zone whose name is not known here. */
export function windowsName(zone: Zone): string | undefined {
  const cities = WINDOWS_CITIES[zone.name];
  if (cities === undefined) return undefined;
  const standard = Math.min(zone.offsetAt(Date.UTC(2026, 0, 15)), zone.offsetAt(Date.UTC(2026, 6, 15)));
  return `(UTC${standard === 0 && zone.name === 'UTC' ? '' : offsetText(standard)}) ${cities}`;
}

const WINDOWS_CITIES: Record<string, string> = {
  UTC: 'Coordinated Universal Time',
  'Europe/Berlin': 'Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna',
  'Europe/London': 'Dublin, Edinburgh, Lisbon, London',
  'Europe/Paris': 'Brussels, Copenhagen, Madrid, Paris',
  'America/New_York': 'Eastern Time (US & Canada)',
  'America/Chicago': 'Central Time (US & Canada)',
  'America/Los_Angeles': 'Pacific Time (US & Canada)',
  'Asia/Karachi': 'Islamabad, Karachi',
  'Asia/Kolkata': 'Chennai, Kolkata, Mumbai, New Delhi',
  'Asia/Tokyo': 'Osaka, Sapporo, Tokyo',
  'Australia/Sydney': 'Canberra, Melbourne, Sydney',
};

export function offsetText(offset: number): string {
  const minutes = Math.abs(offset) / MINUTE;
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  return `${offset < 0 ? '-' : '+'}${two(minutes / 60)}:${two(minutes % 60)}`;
}
