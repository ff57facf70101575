import { ArmFailure } from '../errors.ts';
import type { Frequency, Policy } from '../policies.ts';
import { isWindowsName } from '../windows-zones.ts';
import { WEEKDAYS } from './policy-view.ts';
import { isRecord, type Properties, textIn, wordIn } from './write-call.ts';

const HOUR_MINUTES = 60;
const DAY_MINUTES = 24 * HOUR_MINUTES;
/** Days of snapshots beside the machine, by version. */
const INSTANT = { V1: { most: 5, usual: 2 }, V2: { most: 30, usual: 7 } } as const;
const LIMITS = { daily: 9999, weekly: 5163, monthly: 1188, yearly: 99 } as const;
const UNITS = { daily: 'Days', weekly: 'Weeks', monthly: 'Months', yearly: 'Years' } as const;
type Term = keyof typeof LIMITS;

/** The service has one text for all that is wrong with a policy. */
const invalid = (): ArmFailure =>
  new ArmFailure(
    400,
    'BMSUserErrorInvalidPolicyInput',
    'Input for create or update policy is not in proper format\r\nPlease check format of parameters like schedule time, schedule days, retention time and retention days',
  );

/** A policy for machines, as it is put. @throws ArmFailure 400 for one that the service would refuse */
export function readPolicy(name: string, given: Properties): Omit<Policy, 'index'> {
  wordIn(given, 'backupManagementType', ['AzureIaasVM']);
  const { schedulePolicy, retentionPolicy } = given;
  if (given.backupManagementType === undefined || !isRecord(schedulePolicy) || !isRecord(retentionPolicy))
    throw invalid();
  const version = versionOf(given, schedulePolicy);
  const timeZone = textIn(given, 'timeZone') ?? 'UTC';
  if (!isWindowsName(timeZone)) throw invalid();
  const schedule = version === 'V1' ? readV1(schedulePolicy) : readV2(schedulePolicy);
  const keep = readRetention(retentionPolicy, schedule.frequency);
  return {
    name,
    kind: 'vm',
    version,
    timeZone,
    ...schedule,
    keep,
    instantDays: instantDays(given, version),
    properties: shownOf(given, schedulePolicy, version),
  };
}

function versionOf(given: Properties, schedule: Properties): Policy['version'] {
  const type = textIn(schedule, 'schedulePolicyType');
  const version = textIn(given, 'policyType');
  if (type === 'SimpleSchedulePolicy' && (version === undefined || version === 'V1')) return 'V1';
  if (type === 'SimpleSchedulePolicyV2' && version === 'V2') return 'V2';
  throw invalid();
}

type Schedule = Pick<Policy, 'frequency' | 'minutes' | 'weekdays'>;

function readV1(schedule: Properties): Schedule {
  const frequency = frequencyIn(schedule, ['Daily', 'Weekly']);
  const minutes = timesIn(schedule.scheduleRunTimes);
  const weekdays = frequency === 'Weekly' ? daysIn(schedule.scheduleRunDays) : [0];
  return { frequency, minutes, weekdays };
}

function readV2(schedule: Properties): Schedule {
  const frequency = frequencyIn(schedule, ['Hourly', 'Daily', 'Weekly']);
  const part = schedule[`${frequency.toLowerCase()}Schedule`];
  if (!isRecord(part)) throw invalid();
  if (frequency === 'Hourly') return { frequency, minutes: hoursIn(part), weekdays: [0] };
  const weekdays = frequency === 'Weekly' ? daysIn(part.scheduleRunDays) : [0];
  return { frequency, minutes: timesIn(part.scheduleRunTimes), weekdays };
}

function frequencyIn(schedule: Properties, allowed: readonly Frequency[]): Frequency {
  const found = allowed.find((one) => one === schedule.scheduleRunFrequency);
  if (found) return found;
  throw invalid();
}

/** Every so many hours from the first one on, the end of the window included. */
function hoursIn({
  interval,
  scheduleWindowStartTime,
  scheduleWindowDuration: window,
}: Properties): number[] {
  const [first = 0] = timesIn([scheduleWindowStartTime]);
  const isAllowed = [4, 6, 8, 12].includes(Number(interval)) && Number.isInteger(window);
  if (!isAllowed || Number(window) < Number(interval) || Number(window) > 24) throw invalid();
  const count = Math.min(Math.floor(Number(window) / Number(interval)) + 1, 24 / Number(interval));
  return Array.from(
    { length: count },
    (_, i) => (first + i * Number(interval) * HOUR_MINUTES) % DAY_MINUTES,
  ).sort((a, b) => a - b);
}

/** Minutes of the day; a machine has one backup a day, at a full or a half hour. */
function timesIn(times: unknown): number[] {
  const [time, ...more] = Array.isArray(times) ? times : [];
  const at = typeof time === 'string' ? Date.parse(time) : Number.NaN;
  const minutes = Math.round(at / 60_000) % DAY_MINUTES;
  if (more.length > 0 || Number.isNaN(at) || minutes % 30 !== 0) throw invalid();
  return [minutes];
}

function daysIn(days: unknown): number[] {
  const found = Array.isArray(days) ? days.map((one) => WEEKDAYS.indexOf(String(one))) : [];
  if (found.length === 0 || found.includes(-1)) throw invalid();
  return found;
}

/** A daily or hourly schedule keeps copies for days, a weekly one for weeks; the other terms may come on top. */
function readRetention(retention: Properties, frequency: Frequency): Policy['keep'] {
  if (textIn(retention, 'retentionPolicyType') !== 'LongTermRetentionPolicy') throw invalid();
  const [days, weeks] = [countIn(retention, 'daily'), countIn(retention, 'weekly')];
  const [months, years] = [countIn(retention, 'monthly'), countIn(retention, 'yearly')];
  if (frequency === 'Weekly' ? weeks === 0 || days > 0 : days === 0) throw invalid();
  return { days, weeks, months: Math.max(months, years * 12) };
}

function countIn(retention: Properties, term: Term): number {
  const schedule = retention[`${term}Schedule`];
  if (schedule === undefined || schedule === null) return 0;
  const duration = isRecord(schedule) ? schedule.retentionDuration : undefined;
  const { count, durationType } = isRecord(duration) ? duration : {};
  const isCount = typeof count === 'number' && Number.isInteger(count) && count >= 1 && count <= LIMITS[term];
  if (!isCount || durationType !== UNITS[term]) throw invalid();
  if (isRecord(schedule) && schedule.retentionTimes !== undefined) timesIn(schedule.retentionTimes);
  return count;
}

function instantDays(given: Properties, version: Policy['version']): number {
  const { most, usual } = INSTANT[version];
  const days = given.instantRpRetentionRangeInDays ?? usual;
  if (typeof days === 'number' && Number.isInteger(days) && days >= 1 && days <= most) return days;
  throw invalid();
}

/** What is answered: as it was put, with what the service adds. */
function shownOf(given: Properties, schedule: Properties, version: Policy['version']): Properties {
  const { resourceGuardOperationRequests: _, ...kept } = given;
  if (version === 'V2') return { ...kept, resourceGuardOperationRequests: null };
  return { ...kept, schedulePolicy: { scheduleWeeklyFrequency: 0, ...schedule } };
}
