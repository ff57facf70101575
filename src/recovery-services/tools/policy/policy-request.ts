import * as z from 'zod';
import { toWindowsZone } from '../../../azure/time-zones.ts';
import { nameArg } from '../../arguments.ts';
import { ToolError } from '../../errors.ts';

const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const;
const clock = z
  .string()
  .refine((text) => /^([01]\d|2[0-3]):[0-5]\d$/.test(text), 'it has to be a time like 01:30');
const count = (most: number) => z.number().int().min(1).max(most).optional();

export const policyInput = z.object({
  policy_name: nameArg(150).describe('3 to 150 letters, digits and hyphens; begins with a letter'),
  policy_type: z.enum(['V1', 'V2']).default('V2').describe('V2: Enhanced; V1: Standard'),
  schedule_type: z.enum(['Daily', 'Weekly', 'Hourly']).describe('Hourly only with V2'),
  times: z.array(clock).min(1).max(24).optional().describe('Daily and Weekly: one time; default 01:00'),
  days: z.array(z.enum(DAYS)).min(1).max(7).optional().describe('Weekly only'),
  interval_hours: z.literal([4, 6, 8, 12]).optional().describe('Hourly only'),
  window_start: clock.optional().describe('Hourly only: when the first backup of a day begins'),
  window_hours: z
    .number()
    .int()
    .min(4)
    .max(24)
    .optional()
    .describe('Hourly only: for how long there are more'),
  time_zone: z.string().trim().min(2).max(80).default('UTC').describe('Name of the IANA or of Windows'),
  retention_days: z
    .number()
    .int()
    .min(1)
    .max(9999)
    .describe('Of daily copies; a weekly schedule keeps for weeks: give whole weeks, or retention_weeks too'),
  retention_weeks: count(5163),
  retention_months: count(1188),
  retention_years: count(99),
  instant_restore_days: z
    .number()
    .int()
    .min(1)
    .max(30)
    .default(2)
    .describe('How long snapshots stay for fast restores: V1 1 to 5, V2 1 to 30'),
});
type PolicyArgs = z.output<typeof policyInput>;

const NAME = /^[A-Za-z][-A-Za-z0-9]{1,148}[A-Za-z0-9]$/;

/**
 * The properties of a policy for machines, as Azure wants them.
 * @throws ToolError `validation` for what does not fit together
 */
export function toPolicyProperties(args: PolicyArgs, now: Date): Record<string, unknown> {
  const { policy_type: version, instant_restore_days: instantDays } = args;
  assertName(args.policy_name);
  if (version === 'V1' && instantDays > 5)
    throw mismatch(
      'a Standard policy (V1) keeps snapshots for 1 to 5 days',
      'Lower instant_restore_days, or take V2.',
    );
  const timeZone = toWindowsZone(args.time_zone, now);
  if (timeZone === null)
    throw mismatch(
      'time_zone is no time zone that Azure knows',
      'Give a name like Europe/Berlin or W. Europe Standard Time.',
    );
  return {
    backupManagementType: 'AzureIaasVM',
    ...(version === 'V2' ? { policyType: 'V2' } : {}),
    timeZone,
    instantRpRetentionRangeInDays: instantDays,
    schedulePolicy: scheduleOf(args),
    retentionPolicy: retentionOf(args),
  };
}

function assertName(name: string): void {
  if (NAME.test(name)) return;
  throw mismatch(
    'policy_name is none that Azure takes',
    'Take 3 to 150 letters, digits and hyphens, the first one a letter.',
  );
}

/** Of a time in a policy only the clock means something. */
const at = (time: string) => `2020-01-01T${time}:00Z`;

function scheduleOf(args: PolicyArgs): Record<string, unknown> {
  const { policy_type: version, schedule_type: kind } = args;
  assertParts(args);
  if (kind === 'Hourly') return hourly(args);
  const run = {
    ...(kind === 'Weekly' ? { scheduleRunDays: daysOf(args) } : {}),
    scheduleRunTimes: [at(timeOf(args))],
  };
  if (version === 'V1')
    return { schedulePolicyType: 'SimpleSchedulePolicy', scheduleRunFrequency: kind, ...run };
  return {
    schedulePolicyType: 'SimpleSchedulePolicyV2',
    scheduleRunFrequency: kind,
    [kind === 'Weekly' ? 'weeklySchedule' : 'dailySchedule']: run,
  };
}

/** Arguments that belong to another kind of schedule are mistakes. */
const FOREIGN = {
  Daily: ['days', 'interval_hours', 'window_start', 'window_hours'],
  Weekly: ['interval_hours', 'window_start', 'window_hours'],
  Hourly: ['days', 'times'],
} as const;

function assertParts(args: PolicyArgs): void {
  const kind = args.schedule_type;
  const wrong = FOREIGN[kind].filter((name) => args[name] !== undefined);
  if (wrong.length > 0)
    throw mismatch(
      `${wrong.join(', ')} mean nothing in a ${kind} schedule`,
      'Leave them out, or take another schedule_type.',
    );
  if (kind === 'Hourly' && args.policy_type === 'V1')
    throw mismatch('Azure has hourly backups only with V2', 'Take policy_type V2.');
}

function hourly({ interval_hours: interval, window_start: start, window_hours: hours }: PolicyArgs) {
  if (interval === undefined || start === undefined || hours === undefined)
    throw mismatch(
      'an Hourly schedule lacks something',
      'Give interval_hours, window_start and window_hours.',
    );
  if (hours < interval)
    throw mismatch(
      'window_hours is shorter than interval_hours',
      'Give a longer window, or a Daily schedule.',
    );
  return {
    schedulePolicyType: 'SimpleSchedulePolicyV2',
    scheduleRunFrequency: 'Hourly',
    hourlySchedule: {
      interval,
      scheduleWindowStartTime: at(halfHour(start)),
      scheduleWindowDuration: hours,
    },
  };
}

/** When the first copy of a day is made, which is the time of retention too. */
function timeOf({ schedule_type: kind, times = ['01:00'], window_start: start }: PolicyArgs): string {
  const [time = '', ...more] = kind === 'Hourly' ? [start ?? ''] : times;
  if (more.length > 0)
    throw mismatch(
      'Azure makes one backup of a machine a day by such a schedule',
      'Give one time, or an Hourly schedule.',
    );
  return halfHour(time);
}

function halfHour(time: string): string {
  if (/:(00|30)$/.test(time)) return time;
  throw mismatch(
    `${time} is neither a full nor a half hour`,
    'Azure starts backups of machines at full and half hours.',
  );
}

function daysOf({ days }: PolicyArgs): string[] {
  if (days) return DAYS.filter((day) => days.includes(day));
  throw mismatch('a Weekly schedule lacks its days', 'Give days, such as ["Sunday"].');
}

function retentionOf(args: PolicyArgs): Record<string, unknown> {
  const {
    schedule_type: kind,
    retention_days: days,
    retention_months: months,
    retention_years: years,
  } = args;
  const retentionTimes = [at(timeOf(args))];
  const kept = (number: number, durationType: string) => ({
    retentionTimes,
    retentionDuration: { count: number, durationType },
  });
  const daysOfTheWeek = kind === 'Weekly' ? daysOf(args) : ['Sunday'];
  const weeks = kind === 'Weekly' ? weeksOf(args) : args.retention_weeks;
  const first = {
    retentionScheduleFormatType: 'Weekly',
    retentionScheduleWeekly: { daysOfTheWeek: daysOfTheWeek.slice(0, 1), weeksOfTheMonth: ['First'] },
  };
  return {
    retentionPolicyType: 'LongTermRetentionPolicy',
    ...(kind === 'Weekly' ? {} : { dailySchedule: kept(days, 'Days') }),
    ...(weeks === undefined ? {} : { weeklySchedule: { daysOfTheWeek, ...kept(weeks, 'Weeks') } }),
    ...(months === undefined ? {} : { monthlySchedule: { ...first, ...kept(months, 'Months') } }),
    ...(years === undefined
      ? {}
      : { yearlySchedule: { ...first, monthsOfYear: ['January'], ...kept(years, 'Years') } }),
  };
}

/** A weekly schedule keeps its copies for weeks. */
function weeksOf({ retention_days: days, retention_weeks: weeks }: PolicyArgs): number {
  if (weeks !== undefined) return weeks;
  if (days % 7 === 0) return days / 7;
  throw mismatch(
    `a Weekly schedule keeps copies for weeks, and ${days} days are none`,
    'Give retention_days as whole weeks (7, 14, 28 …), or retention_weeks.',
  );
}

const mismatch = (message: string, hint: string) =>
  new ToolError('validation', message, { code: 'policy-arguments', hint });
