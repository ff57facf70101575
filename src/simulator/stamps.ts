import { hash } from './random.ts';
import { offsetText, type Zone } from './zone.ts';

/** The forms in which a VBR server prints times. All take milliseconds since 1970 UTC. */
export type Stamps = {
  /** With offset and seven digits of a second, as most of the API. */
  zoned: (utc: number) => string;
  /** Local time without any zone, as backups, backup files and FLR audits have it. */
  naive: (utc: number) => string;
  /** With `Z`, as malware events and the licence have it. */
  utc: (utc: number) => string;
};

export function createStamps(zone: Zone): Stamps {
  const texts = new Map<number, string>();
  const offsetOf = (offset: number): string => {
    const known = texts.get(offset);
    if (known !== undefined) return known;
    const text = offsetText(offset);
    texts.set(offset, text);
    return text;
  };
  return {
    zoned: (utc) => {
      const offset = zone.offsetAt(utc);
      return `${withFraction(utc + offset, 4)}${offsetOf(offset)}`;
    },
    naive: (utc) => withFraction(zone.toLocal(utc), 3),
    utc: (utc) => new Date(utc).toISOString(),
  };
}

/** Digits below a millisecond follow from the millisecond, so that they never change an order. */
function withFraction(ms: number, digits: number): string {
  const text = new Date(ms).toISOString();
  const below = String(hash(ms >>> 0, Math.floor(ms / 0x1_0000_0000)) % 10 ** digits).padStart(digits, '0');
  return text.slice(0, -1) + below;
}

/** `[d.]hh:mm:ss` */
export function durationText(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (value: number) => String(value).padStart(2, '0');
  const days = Math.floor(seconds / 86_400);
  const clock = [Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60, seconds % 60]
    .map(two)
    .join(':');
  return days > 0 ? `${days}.${clock}` : clock;
}
