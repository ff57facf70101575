import * as z from 'zod';
import {
  type AzurePolicy,
  type AzureRetention,
  type AzureSchedule,
  toRetention,
  toSchedule,
} from '../../../azure/policies.ts';
import { longestGapMinutes } from '../../../azure/schedule-gap.ts';
import { cleanOrNull, cleanText } from '../../../mcp/untrusted.ts';

const schedule = z.object({
  kind: z.enum(['hourly', 'daily', 'weekly', 'log', 'unknown']),
  times: z.array(z.string()),
  days: z.array(z.string()),
  interval_h: z.number().nullable(),
  window: z.object({ start: z.string(), hours: z.number() }).optional(),
  tz: z.string().nullable(),
});
const count = z.number().nullable();
const retention = z.object({ daily_d: count, weekly_w: count, monthly_m: count, yearly_y: count });
const times = { schedule: schedule.nullable(), retention: retention.nullable() };

/** A policy in plain terms. */
export const policyRow = z.object({
  name: z.string(),
  id: z.string(),
  type: z.string().nullable(),
  workload_type: z.string().optional(),
  policy_version: z.enum(['V1', 'V2']).nullable(),
  ...times,
  /** Of databases: one for each kind of backup; the schedule above is the first one's. */
  parts: z.array(z.object({ kind: z.string(), ...times })).optional(),
  instant_days: z.number().optional(),
  tiering: z.string().optional(),
  items: z.number().nullable(),
  /** The longest time between two backups that it plans. */
  rpo_target_minutes: z.number().nullable(),
});

export function toPolicyRow(policy: AzurePolicy): z.infer<typeof policyRow> {
  const { subProtectionPolicy = [], instantRpRetentionRangeInDays: instantDays, workLoadType } = policy;
  const parts = subProtectionPolicy.map((part) => ({
    kind: cleanText(part.policyType ?? 'unknown', 40),
    schedule: toSchedule(policy, part.schedulePolicy),
    retention: toRetention(policy, part.retentionPolicy),
  }));
  const own = toSchedule(policy) ?? parts[0]?.schedule ?? null;
  const schedules = parts.length > 0 ? parts.map((part) => part.schedule) : [own];
  const tiering = tieringOf(policy);
  return {
    name: cleanText(policy.name, 150),
    id: cleanText(policy.id, 400),
    type: cleanOrNull(policy.backupManagementType, 40),
    ...(workLoadType ? { workload_type: cleanText(workLoadType, 40) } : {}),
    policy_version: own?.version ?? null,
    schedule: own && toScheduleRow(own),
    retention: toRetentionRow(toRetention(policy) ?? parts[0]?.retention ?? null),
    ...(parts.length > 0
      ? {
          parts: parts.map((part) => ({
            kind: part.kind,
            schedule: part.schedule && toScheduleRow(part.schedule),
            retention: toRetentionRow(part.retention),
          })),
        }
      : {}),
    ...(instantDays === undefined || instantDays < 0 ? {} : { instant_days: instantDays }),
    ...(tiering ? { tiering } : {}),
    items: policy.protectedItemsCount ?? null,
    rpo_target_minutes: shortest(schedules.map((one) => one && longestGapMinutes(one))),
  };
}

function toScheduleRow({ kind, times: at, days, intervalMinutes, window, timeZone }: AzureSchedule) {
  return {
    kind,
    times: at,
    days: days.map((day) => cleanText(day, 20)),
    interval_h: intervalMinutes === null ? null : intervalMinutes / 60,
    ...(window ? { window } : {}),
    tz: cleanOrNull(timeZone, 60),
  };
}

const IN_DAYS: Record<string, number> = { days: 1, weeks: 7 };

/** A short rule of databases counts in any unit; what cannot be said exactly in ours is left out. */
function toRetentionRow(kept: AzureRetention | null): z.infer<typeof retention> | null {
  if (!kept) return null;
  const { daily, weekly, monthly, yearly } = kept;
  const exactly = (rule: AzureRetention['daily'], unit: string) => (rule?.unit === unit ? rule.count : null);
  const factor = IN_DAYS[daily?.unit ?? ''];
  return {
    daily_d: daily && factor !== undefined ? daily.count * factor : null,
    weekly_w: exactly(weekly, 'weeks'),
    monthly_m: exactly(monthly, 'months'),
    yearly_y: exactly(yearly, 'years'),
  };
}

/** When copies go to the archive; undefined: the policy says nothing of that. */
function tieringOf({ tieringPolicy }: AzurePolicy): string | undefined {
  const [, rule] = Object.entries(tieringPolicy ?? {}).find(([name]) => /^archive/i.test(name)) ?? [];
  if (!rule?.tieringMode) return undefined;
  const { tieringMode, duration, durationType } = rule;
  return cleanText(duration ? `${tieringMode} ${duration} ${durationType ?? ''}` : tieringMode, 60);
}

function shortest(gaps: readonly (number | null)[]): number | null {
  const known = gaps.filter((gap) => gap !== null);
  return known.length > 0 ? Math.min(...known) : null;
}
