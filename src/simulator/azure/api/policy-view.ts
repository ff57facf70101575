import { policyId } from '../ids.ts';
import type { Policy } from '../policies.ts';
import type { Vault } from '../types.ts';

export const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

/** A row of the list of policies. Rows of enhanced policies do not say so in `policyType`. */
export const policyRow = (vault: Vault, policy: Policy, protectedItemsCount: number) => ({
  id: policyId(vault, policy.name),
  name: policy.name,
  type: 'Microsoft.RecoveryServices/vaults/backupPolicies',
  properties: { ...(policy.properties ?? PROPERTIES[policy.kind](policy)), protectedItemsCount },
});

const PROPERTIES: Record<Policy['kind'], (policy: Policy) => object> = {
  vm: (policy) => ({
    backupManagementType: 'AzureIaasVM',
    schedulePolicy: policy.version === 'V1' ? scheduleV1(policy) : scheduleV2(policy),
    retentionPolicy: retention(policy),
    instantRpRetentionRangeInDays: policy.instantDays,
    timeZone: policy.timeZone,
    ...(policy.version === 'V1' && { policyType: 'V1' }),
    tieringPolicy: {
      ArchivedRP:
        policy.keep.months > 0
          ? { tieringMode: 'TierAfter', duration: 6, durationType: 'Months' }
          : { tieringMode: 'DoNotTier', duration: 0, durationType: 'Invalid' },
    },
  }),
  sql: (policy) => ({
    backupManagementType: 'AzureWorkload',
    workLoadType: 'SQLDataBase',
    settings: { timeZone: policy.timeZone, issqlcompression: false, isCompression: false },
    subProtectionPolicy: [
      { policyType: 'Full', schedulePolicy: scheduleV1(policy), retentionPolicy: retention(policy) },
      {
        policyType: 'Log',
        schedulePolicy: { schedulePolicyType: 'LogSchedulePolicy', scheduleFrequencyInMins: 60 },
        retentionPolicy: {
          retentionPolicyType: 'SimpleRetentionPolicy',
          retentionDuration: { count: 15, durationType: 'Days' },
        },
      },
    ],
  }),
  files: (policy) => ({
    backupManagementType: 'AzureStorage',
    workLoadType: 'AzureFileShare',
    schedulePolicy: scheduleV1(policy),
    retentionPolicy: retention(policy),
    timeZone: policy.timeZone,
  }),
};

function scheduleV1({ frequency, minutes, weekdays }: Policy) {
  return {
    schedulePolicyType: 'SimpleSchedulePolicy',
    scheduleRunFrequency: frequency,
    ...(frequency === 'Weekly' && { scheduleRunDays: weekdays.map((day) => WEEKDAYS[day]) }),
    scheduleRunTimes: minutes.map(timeOf),
    scheduleWeeklyFrequency: 0,
  };
}

function scheduleV2({ frequency, minutes }: Policy) {
  const [first = 0] = minutes;
  return {
    schedulePolicyType: 'SimpleSchedulePolicyV2',
    scheduleRunFrequency: frequency,
    ...(frequency === 'Hourly'
      ? {
          hourlySchedule: { interval: 4, scheduleWindowStartTime: timeOf(first), scheduleWindowDuration: 12 },
        }
      : { dailySchedule: { scheduleRunTimes: minutes.map(timeOf) } }),
  };
}

function retention({ keep: { days, weeks, months }, minutes: [first = 0] }: Policy) {
  const retentionTimes = [timeOf(first)];
  const kept = (count: number, durationType: string) => ({
    retentionTimes,
    retentionDuration: { count, durationType },
  });
  return {
    retentionPolicyType: 'LongTermRetentionPolicy',
    ...(days > 0 && { dailySchedule: kept(days, 'Days') }),
    ...(weeks > 0 && {
      weeklySchedule: { daysOfTheWeek: [days > 0 ? 'Sunday' : 'Saturday'], ...kept(weeks, 'Weeks') },
    }),
    ...(months > 0 && {
      monthlySchedule: {
        retentionScheduleFormatType: 'Weekly',
        retentionScheduleWeekly: { daysOfTheWeek: ['Sunday'], weeksOfTheMonth: ['First'] },
        ...kept(months, 'Months'),
      },
    }),
  };
}

/** Only the clock of it means something, in the policy's own time zone. */
const timeOf = (minute: number) =>
  new Date(Date.UTC(2018, 0, 24, 0, minute)).toISOString().replace('.000', '');
