import { dayNumberToText } from '../../../analysis/zoned-time.ts';

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];
const DAY_MS = 86_400_000;

/** Bytes for people: three digits and a unit of 1,024s, as Veeam counts its GB and TB. */
export function sizeText(bytes: number): string {
  let amount = Math.round(bytes);
  let unit = 0;
  while (Math.abs(amount) >= 999.5 && unit < UNITS.length - 1) {
    amount /= 1024;
    unit += 1;
  }
  // Adding 0 turns -0 into 0.
  return `${Number(amount.toPrecision(3)) + 0} ${UNITS[unit]}`;
}

/** A change of bytes, with its sign. */
export function changeText(bytes: number): string {
  return `${bytes >= 0.5 ? '+' : ''}${sizeText(bytes)}`;
}

/** Bytes as the predecessor's GB, which are 2^30 bytes. */
export const toGb = (bytes: number) => Number((bytes / 2 ** 30).toFixed(1));

/** Whole bytes: fractions of a mean say nothing. */
export function wholeBytes(bytes: number): number;
export function wholeBytes(bytes: number | null): number | null;
export function wholeBytes(bytes: number | null): number | null {
  // Adding 0 turns -0 into 0.
  return bytes === null ? null : Math.round(bytes) + 0;
}

/** Of a local day, YYYY-MM-DD. */
export const toDayNumber = (day: string) => Math.floor(Date.parse(`${day}T00:00:00Z`) / DAY_MS);

/** The local day so many days after another; null: no number of days. */
export function dayAfter(day: string, days: number | null): string | null {
  return days === null ? null : dayNumberToText(toDayNumber(day) + days);
}
