import * as z from 'zod';
import { loose } from '../wire/lenient.ts';
import { FREQUENCIES, MANAGEMENT_TYPES } from './enums.ts';
import { number, open, resource, text, texts, wallTime, wallTimes } from './wire.ts';

/** Which one it is says `schedulePolicyType`: rows of the newer kind come without `policyType`. Times are `HH:mm`. */
const schedule = z.object({
  schedulePolicyType: text,
  scheduleRunFrequency: open(FREQUENCIES),
  scheduleRunDays: texts,
  scheduleRunTimes: wallTimes,
  scheduleFrequencyInMins: number,
  hourlySchedule: loose(
    z.object({ interval: number, scheduleWindowStartTime: wallTime, scheduleWindowDuration: number }),
  ),
  dailySchedule: loose(z.object({ scheduleRunTimes: wallTimes })),
  weeklySchedule: loose(z.object({ scheduleRunDays: texts, scheduleRunTimes: wallTimes })),
});
export type WireSchedule = z.infer<typeof schedule>;

const duration = z.object({ count: number, durationType: text }).optional();
const kept = loose(z.object({ retentionDuration: duration }));
const retention = z.object({
  retentionPolicyType: text,
  dailySchedule: kept,
  weeklySchedule: kept,
  monthlySchedule: kept,
  yearlySchedule: kept,
  retentionDuration: duration,
});
export type WireRetention = z.infer<typeof retention>;

const tiering = z.record(z.string(), z.object({ tieringMode: text, duration: number, durationType: text }));

export const policySchema = resource({
  backupManagementType: open(MANAGEMENT_TYPES),
  workLoadType: text,
  policyType: text,
  schedulePolicy: loose(schedule),
  retentionPolicy: loose(retention),
  /** Policies of databases have one part for each kind of backup: `Full`, `Differential`, `Log`. */
  subProtectionPolicy: loose(
    z.array(
      z.object({ policyType: text, schedulePolicy: loose(schedule), retentionPolicy: loose(retention) }),
    ),
  ),
  /** Windows zone name, to which the times of the schedule are local. */
  timeZone: text,
  settings: loose(z.object({ timeZone: text })),
  instantRpRetentionRangeInDays: number,
  tieringPolicy: loose(tiering),
  protectedItemsCount: number,
});
