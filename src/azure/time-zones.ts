/**
 * Windows names of time zones, which is what Azure wants, and for each a zone of the IANA that it means.
 * @see https://github.com/unicode-org/cldr/blob/main/common/supplemental/windowsZones.xml
 */
const WINDOWS: readonly (readonly [string, string])[] = [
  ['UTC', 'Etc/UTC'],
  ['Hawaiian Standard Time', 'Pacific/Honolulu'],
  ['Alaskan Standard Time', 'America/Anchorage'],
  ['Pacific Standard Time', 'America/Los_Angeles'],
  ['US Mountain Standard Time', 'America/Phoenix'],
  ['Mountain Standard Time', 'America/Denver'],
  ['Central America Standard Time', 'America/Guatemala'],
  ['Central Standard Time', 'America/Chicago'],
  ['Central Standard Time (Mexico)', 'America/Mexico_City'],
  ['Canada Central Standard Time', 'America/Regina'],
  ['SA Pacific Standard Time', 'America/Bogota'],
  ['Eastern Standard Time', 'America/New_York'],
  ['Atlantic Standard Time', 'America/Halifax'],
  ['SA Western Standard Time', 'America/La_Paz'],
  ['Pacific SA Standard Time', 'America/Santiago'],
  ['Newfoundland Standard Time', 'America/St_Johns'],
  ['E. South America Standard Time', 'America/Sao_Paulo'],
  ['SA Eastern Standard Time', 'America/Cayenne'],
  ['Argentina Standard Time', 'America/Buenos_Aires'],
  ['Paraguay Standard Time', 'America/Asuncion'],
  ['Montevideo Standard Time', 'America/Montevideo'],
  ['Azores Standard Time', 'Atlantic/Azores'],
  ['Cape Verde Standard Time', 'Atlantic/Cape_Verde'],
  ['GMT Standard Time', 'Europe/London'],
  ['Greenwich Standard Time', 'Atlantic/Reykjavik'],
  ['Morocco Standard Time', 'Africa/Casablanca'],
  ['W. Europe Standard Time', 'Europe/Berlin'],
  ['Central Europe Standard Time', 'Europe/Budapest'],
  ['Central European Standard Time', 'Europe/Warsaw'],
  ['Romance Standard Time', 'Europe/Paris'],
  ['W. Central Africa Standard Time', 'Africa/Lagos'],
  ['GTB Standard Time', 'Europe/Bucharest'],
  ['FLE Standard Time', 'Europe/Kiev'],
  ['E. Europe Standard Time', 'Europe/Chisinau'],
  ['Egypt Standard Time', 'Africa/Cairo'],
  ['Israel Standard Time', 'Asia/Jerusalem'],
  ['South Africa Standard Time', 'Africa/Johannesburg'],
  ['Turkey Standard Time', 'Europe/Istanbul'],
  ['Russian Standard Time', 'Europe/Moscow'],
  ['Arab Standard Time', 'Asia/Riyadh'],
  ['Arabic Standard Time', 'Asia/Baghdad'],
  ['E. Africa Standard Time', 'Africa/Nairobi'],
  ['Iran Standard Time', 'Asia/Tehran'],
  ['Arabian Standard Time', 'Asia/Dubai'],
  ['Afghanistan Standard Time', 'Asia/Kabul'],
  ['Pakistan Standard Time', 'Asia/Karachi'],
  ['West Asia Standard Time', 'Asia/Tashkent'],
  ['India Standard Time', 'Asia/Calcutta'],
  ['Sri Lanka Standard Time', 'Asia/Colombo'],
  ['Nepal Standard Time', 'Asia/Katmandu'],
  ['Bangladesh Standard Time', 'Asia/Dhaka'],
  ['Myanmar Standard Time', 'Asia/Rangoon'],
  ['SE Asia Standard Time', 'Asia/Bangkok'],
  ['China Standard Time', 'Asia/Shanghai'],
  ['Singapore Standard Time', 'Asia/Singapore'],
  ['Taipei Standard Time', 'Asia/Taipei'],
  ['W. Australia Standard Time', 'Australia/Perth'],
  ['Tokyo Standard Time', 'Asia/Tokyo'],
  ['Korea Standard Time', 'Asia/Seoul'],
  ['Cen. Australia Standard Time', 'Australia/Adelaide'],
  ['AUS Central Standard Time', 'Australia/Darwin'],
  ['E. Australia Standard Time', 'Australia/Brisbane'],
  ['AUS Eastern Standard Time', 'Australia/Sydney'],
  ['Tasmania Standard Time', 'Australia/Hobart'],
  ['West Pacific Standard Time', 'Pacific/Port_Moresby'],
  ['Central Pacific Standard Time', 'Pacific/Guadalcanal'],
  ['New Zealand Standard Time', 'Pacific/Auckland'],
  ['Tonga Standard Time', 'Pacific/Tongatapu'],
];

/** Windows has more names than stand above; this is how they look. */
const WINDOWS_NAME = /^[A-Z][\w .+-]{1,60} Standard Time(?: (?:\d|\([\w ]+\)))?$|^UTC(?:[+-]\d\d)?$/;

/**
 * The Windows name of a time zone, from that name or a name of the IANA. A zone that is not in the table has the name of
 * one whose clocks show the same all the coming year. null: there is no such zone, or none like it.
 */
export function toWindowsZone(name: string, now: Date): string | null {
  const known = WINDOWS.find(([windows, iana]) => isSame(windows, name) || isSame(iana, name));
  if (known) return known[0];
  if (WINDOWS_NAME.test(name)) return name;
  const clocks = clocksOf(name, now);
  if (clocks === undefined) return null;
  const own = canonical(name);
  const same = WINDOWS.find(([, iana]) => canonical(iana) === own);
  const like = same ?? WINDOWS.find(([, iana]) => clocksOf(iana, now) === clocks);
  return like ? like[0] : null;
}

const isSame = (left: string, right: string) => left.toLowerCase() === right.toLowerCase();

/** Zones have former names: `Asia/Calcutta` is `Asia/Kolkata`. */
const canonical = (zone: string) =>
  new Intl.DateTimeFormat('en-GB', { timeZone: zone }).resolvedOptions().timeZone;

const WEEK_MS = 7 * 86_400_000;
const WEEKS = 53;

/** What the clocks of a zone show at the same moments of each week. undefined: there is no such zone. */
function clocksOf(zone: string, now: Date): string | undefined {
  try {
    const format = new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      dateStyle: 'short',
      timeStyle: 'short',
    });
    const start = now.getTime();
    return Array.from({ length: WEEKS }, (_, week) => format.format(start + week * WEEK_MS)).join(' ');
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
