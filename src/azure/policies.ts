import type * as z from 'zod';
import { API_VERSIONS } from './api-versions.ts';
import type { AzureClient } from './client.ts';
import { type VaultRef, vaultPath } from './paths.ts';
import { policySchema, type WireRetention, type WireSchedule } from './policy-schema.ts';
import { toFilter } from './query.ts';
import { orNull, type Page, type ReadOptions, type RowKind, readOne, readPages } from './rows.ts';

/** When and how long backups are made and kept. */
export type AzurePolicy = z.infer<typeof policySchema>;

export const POLICY: RowKind<AzurePolicy> = { row: policySchema, key: ({ key }) => key };

export type PolicyFilter = { backupManagementType?: string | undefined; workloadType?: string | undefined };

/** The policies of a vault: standard (V1) and enhanced (V2) ones, mixed. */
export function listPolicies(
  client: AzureClient,
  vault: VaultRef,
  filter: PolicyFilter = {},
  options: ReadOptions = {},
): AsyncGenerator<Page<AzurePolicy>> {
  const query = { $filter: toFilter({ ...filter }) };
  const call = { ...options, query, apiVersion: API_VERSIONS.policies };
  return readPages(client, vaultPath(vault, 'backupPolicies'), POLICY, call);
}

/** A policy, or null if there is none of that name. */
export function getPolicy(
  client: AzureClient,
  vault: VaultRef,
  name: string,
  options: ReadOptions = {},
): Promise<AzurePolicy | null> {
  const call = { ...options, apiVersion: API_VERSIONS.policies };
  const path = vaultPath(vault, 'backupPolicies', name);
  return orNull(readOne(client, path, policySchema, call), options.reading);
}

/** A schedule of either kind. Times are `HH:mm` in `timeZone`, a Windows zone name; null: the policy names none. */
export type AzureSchedule = {
  kind: 'hourly' | 'daily' | 'weekly' | 'log' | 'unknown';
  version: 'V1' | 'V2';
  times: string[];
  days: string[];
  /** Minutes between two backups; null for fixed times. */
  intervalMinutes: number | null;
  /** The part of the day in which an hourly schedule runs. */
  window: { start: string; hours: number } | null;
  timeZone: string | null;
};

/** Schedule of a policy, or of one part of it; null if it has none. */
export function toSchedule(
  { timeZone, settings, schedulePolicy }: AzurePolicy,
  part: WireSchedule | undefined = schedulePolicy,
): AzureSchedule | null {
  if (!part) return null;
  const { schedulePolicyType = '', dailySchedule, weeklySchedule, hourlySchedule } = part;
  const kind = kindOf(part);
  const nested = kind === 'weekly' ? weeklySchedule : dailySchedule;
  const hours = hourlySchedule?.scheduleWindowDuration;
  const start = hourlySchedule?.scheduleWindowStartTime;
  return {
    kind,
    version: /V2$/i.test(schedulePolicyType) ? 'V2' : 'V1',
    times: firstFilled(part.scheduleRunTimes, nested?.scheduleRunTimes),
    days: firstFilled(part.scheduleRunDays, weeklySchedule?.scheduleRunDays),
    intervalMinutes: intervalOf(kind, part),
    window: start && hours !== undefined ? { start, hours } : null,
    timeZone: timeZone ?? settings?.timeZone ?? null,
  };
}

/** An enhanced policy may have the lists of a standard one as well, empty. */
const firstFilled = (...lists: (string[] | undefined)[]): string[] =>
  lists.find((list) => list?.length) ?? [];

/** How long copies are kept: a number of days, weeks, months or years per kind of copy; null: no such copies. */
export type AzureRetention = Record<'daily' | 'weekly' | 'monthly' | 'yearly', Kept | null>;
type Kept = { count: number; unit: string };

/** Retention of a policy, or of one part of it; null if it has none. */
export function toRetention(
  { retentionPolicy }: AzurePolicy,
  part: WireRetention | undefined = retentionPolicy,
): AzureRetention | null {
  if (!part) return null;
  return {
    daily: toKept(part.dailySchedule?.retentionDuration ?? part.retentionDuration),
    weekly: toKept(part.weeklySchedule?.retentionDuration),
    monthly: toKept(part.monthlySchedule?.retentionDuration),
    yearly: toKept(part.yearlySchedule?.retentionDuration),
  };
}

const KINDS: Record<string, AzureSchedule['kind']> = { Hourly: 'hourly', Daily: 'daily', Weekly: 'weekly' };

function kindOf({ schedulePolicyType = '', scheduleRunFrequency = '' }: WireSchedule): AzureSchedule['kind'] {
  if (/^LogSchedulePolicy$/i.test(schedulePolicyType)) return 'log';
  return KINDS[scheduleRunFrequency] ?? 'unknown';
}

function intervalOf(
  kind: AzureSchedule['kind'],
  { hourlySchedule, scheduleFrequencyInMins }: WireSchedule,
): number | null {
  if (kind === 'log') return scheduleFrequencyInMins ?? null;
  const hours = hourlySchedule?.interval;
  return kind === 'hourly' && hours !== undefined ? hours * 60 : null;
}

function toKept(duration: WireRetention['retentionDuration']): Kept | null {
  if (duration?.count === undefined || !duration.durationType) return null;
  return { count: duration.count, unit: duration.durationType.toLowerCase() };
}
