import { createZone, type Zone } from '../zone.ts';

/** Windows names of time zones that schedules are reckoned in; what is missing here is taken for UTC. */
const IANA: Record<string, string> = {
  UTC: 'UTC',
  'Pacific Standard Time': 'America/Los_Angeles',
  'Mountain Standard Time': 'America/Denver',
  'Central Standard Time': 'America/Chicago',
  'Eastern Standard Time': 'America/New_York',
  'Atlantic Standard Time': 'America/Halifax',
  'E. South America Standard Time': 'America/Sao_Paulo',
  'GMT Standard Time': 'Europe/London',
  'Greenwich Standard Time': 'Atlantic/Reykjavik',
  'W. Europe Standard Time': 'Europe/Berlin',
  'Central Europe Standard Time': 'Europe/Budapest',
  'Central European Standard Time': 'Europe/Warsaw',
  'Romance Standard Time': 'Europe/Paris',
  'E. Europe Standard Time': 'Europe/Chisinau',
  'FLE Standard Time': 'Europe/Kiev',
  'GTB Standard Time': 'Europe/Bucharest',
  'Turkey Standard Time': 'Europe/Istanbul',
  'Israel Standard Time': 'Asia/Jerusalem',
  'South Africa Standard Time': 'Africa/Johannesburg',
  'Arabian Standard Time': 'Asia/Dubai',
  'India Standard Time': 'Asia/Kolkata',
  'Nepal Standard Time': 'Asia/Kathmandu',
  'China Standard Time': 'Asia/Shanghai',
  'Singapore Standard Time': 'Asia/Singapore',
  'Tokyo Standard Time': 'Asia/Tokyo',
  'AUS Eastern Standard Time': 'Australia/Sydney',
  'New Zealand Standard Time': 'Pacific/Auckland',
};

const zones = new Map<string, Zone>();

export function zoneOf(windowsName: string): Zone {
  const iana = IANA[windowsName] ?? 'UTC';
  const zone = zones.get(iana) ?? createZone(iana);
  zones.set(iana, zone);
  return zone;
}

/** Whether a text may be a Windows name; names of the IANA are refused. */
export const isWindowsName = (text: string): boolean =>
  text in IANA || /^[A-Z][\w .()+-]{2,60}Standard Time(?: \([\w ]+\))?$|^UTC[+-]\d\d$/.test(text);
