const DAY_MS = 86_400_000;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** From a range of values to a range of pixels. */
export function scaleOf(
  [low, high]: readonly [number, number],
  [from, to]: readonly [number, number],
): (value: number) => number {
  const span = high - low || 1;
  return (value) => from + ((value - low) / span) * (to - from);
}

/** About `most` round values from 0 to `high`: steps of 1, 2 or 5 times a power of ten. */
export function roundTicks(high: number, most: number): number[] {
  if (!(high > 0)) return [0];
  const raw = high / Math.max(1, most);
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((times) => times * power).find((size) => size >= raw) ?? raw;
  return Array.from({ length: Math.floor(high / step + 1e-9) + 1 }, (_, index) => index * step);
}

export type ByteUnit = { name: string; bytes: number };
const UNITS: ByteUnit[] = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'].map((name, power) => ({
  name,
  bytes: 1024 ** power,
}));

/** The unit in which so many bytes are a number of a few digits. */
export function byteUnit(bytes: number): ByteUnit {
  return UNITS.findLast((unit) => Math.abs(bytes) >= unit.bytes) ?? (UNITS[0] as ByteUnit);
}

/** A number of three digits at most, without zeros at its end. */
export const short = (value: number) => String(Number(value.toPrecision(Math.abs(value) >= 100 ? 4 : 3)));

export const bytesText = (bytes: number) => {
  const unit = byteUnit(bytes);
  return `${short(bytes / unit.bytes)} ${unit.name}`;
};

/** Days since 1970 of an ISO date. */
export const dayOf = (date: string) => Math.floor(Date.parse(date.slice(0, 10)) / DAY_MS);
export const dateOf = (day: number) => new Date(day * DAY_MS).toISOString().slice(0, 10);
/** `20 Nov`, for an axis that says the year elsewhere. */
export function dayText(day: number): string {
  const date = new Date(day * DAY_MS);
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]}`;
}

/** `6 h`, `3.1 d`: an age that has room in a cell. */
export const ageText = (hours: number) => (hours < 100 ? `${short(hours)} h` : `${short(hours / 24)} d`);

/** `RPO_AT_RISK` as words. */
export const words = (code: string) => code.toLowerCase().replaceAll('_', ' ');

/** `2024-11-20 10:30 UTC`. */
export const momentText = (iso: string) =>
  `${new Date(iso).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
