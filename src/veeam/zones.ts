import { WINDOWS_ZONES } from '../wire/windows-zones.ts';
import { createOffsets } from './time.ts';

/** Where a server's zone is known from. `offset`: only today's offset is known, so other seasons may be an hour off. */
export type ZoneBasis = 'configured' | 'iana' | 'windows-name' | 'offset' | 'unknown';
export type ZoneKnowledge = { zone: string; zoneBasis: ZoneBasis };

export type ZoneHints = {
  configured?: string | undefined;
  /** What the server says (rev2). */
  ianaTimeZoneId?: string | undefined;
  /** What Windows shows: `(UTC+01:00) Amsterdam, Berlin, …`, in the server's language. */
  timeZone?: string | undefined;
  /** The server's time as text, if possible with its offset. */
  serverTime?: string | undefined;
};

const OFFSET = /([+-])(\d\d):?(\d\d)$/;

/**
 * The zone in which a server's naive times are meant. A name is believed only if it gives the offset that the server's
 * own time has; else that offset has to do.
 */
export function resolveZone({ configured, ianaTimeZoneId, timeZone, serverTime }: ZoneHints): ZoneKnowledge {
  if (configured) return { zone: configured, zoneBasis: 'configured' };
  const offset = offsetOf(serverTime);
  const at = offset === undefined ? undefined : Date.parse(serverTime ?? '');
  const fits = (zone: string) => isZone(zone) && (at === undefined || createOffsets(zone)(at) === offset);
  if (ianaTimeZoneId && fits(ianaTimeZoneId)) return { zone: ianaTimeZoneId, zoneBasis: 'iana' };
  if (timeZone && timeZone.includes('/') && fits(timeZone)) return { zone: timeZone, zoneBasis: 'iana' };
  const named = candidates(timeZone ?? '').find(fits);
  if (named) return { zone: named, zoneBasis: 'windows-name' };
  if (offset !== undefined) return { zone: toOffsetZone(offset), zoneBasis: 'offset' };
  return { zone: 'UTC', zoneBasis: 'unknown' };
}

/** IANA zones that a Windows name or display text may mean, best first. */
function candidates(text: string): string[] {
  const places = text.replace(/^\((?:UTC|GMT)[^)]*\)\s*/i, '').trim();
  if (!places) return /^\((?:UTC|GMT)\)$/i.test(text.trim()) ? ['Etc/UTC'] : [];
  const wanted = places.toLowerCase();
  const exact = WINDOWS_ZONES.filter(
    (zone) => zone.places.toLowerCase() === wanted || zone.windowsName.toLowerCase() === wanted,
  );
  return (exact.length > 0 ? exact : sharingPlaces(wanted)).map(({ iana }) => iana);
}

/** Display texts in other languages and of other Windows versions share some of the places: most shared first. */
function sharingPlaces(wanted: string): typeof WINDOWS_ZONES {
  const asked = new Set(placesOf(wanted));
  return WINDOWS_ZONES.map((zone) => ({
    zone,
    shared: placesOf(zone.places.toLowerCase()).filter((place) => asked.has(place)).length,
  }))
    .filter(({ shared }) => shared > 0)
    .toSorted((a, b) => b.shared - a.shared)
    .map(({ zone }) => zone);
}

const placesOf = (text: string) => text.split(/[,;]/).map((place) => place.trim());

/** Milliseconds; undefined if the text says no offset. `Z` says none either: it is how UTC is written, wherever one is. */
function offsetOf(serverTime: string | undefined): number | undefined {
  const match = OFFSET.exec(serverTime?.trim() ?? '');
  if (!match || !serverTime?.includes('T')) return undefined;
  const ms = (Number(match[2]) * 60 + Number(match[3])) * 60_000;
  return match[1] === '-' ? -ms : ms;
}

function toOffsetZone(ms: number): string {
  if (ms === 0) return 'UTC';
  const minutes = Math.abs(ms) / 60_000;
  const two = (value: number) => String(value).padStart(2, '0');
  return `${ms < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

function isZone(zone: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: zone }));
  } catch {
    return false;
  }
}
