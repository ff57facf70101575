import type { JobSchedule } from '../../src/analysis/health/schedule.ts';
import { upsertRows } from '../../src/pipeline/bulk.ts';
import { defineCollection } from '../../src/pipeline/collect.ts';
import { listJobStates, listJobs, type VeeamJob } from '../../src/veeam/jobs.ts';
import type { VeeamSource } from '../veeam-source.ts';
import { inventory } from './inventory.ts';

/** All jobs with their present state: the inventory that everything is measured against. */
export const jobStates = inventory({
  endpoint: 'jobs/states',
  table: 'job',
  id: 'job_id',
  optional: false,
  list: ({ source }, reading) => listJobStates(source.client, reading),
  toRow: (job, { source: { parseTime } }) => ({
    job_id: job.id,
    name: job.name ?? job.id,
    type: job.type ?? 'Unknown',
    description: job.description ?? null,
    workload: job.workload ?? null,
    status: job.status ?? null,
    is_disabled: job.status === undefined ? null : job.status === 'Disabled',
    after_job_id: job.runAfterJob?.jobId ?? null,
    copy_mode: job.backupCopyMode ?? null,
    repository_id: job.repositoryId ?? null,
    repository_name: job.repositoryName ?? null,
    objects_count: job.objectsCount ?? null,
    last_run_at: parseTime(job.lastRun)?.at ?? null,
    last_result: job.lastResult ?? null,
    next_run_at: parseTime(job.nextRun)?.at ?? null,
    session_id: job.sessionId ?? null,
  }),
});

/**
 * When jobs start and how often they are tried again. Only columns that the states do not have: jobs of newer platforms
 * have a state but no readable definition, so theirs stay null.
 */
export const jobDefinitions = defineCollection<VeeamSource, VeeamJob, ReturnType<typeof toDefinition>>(
  'health',
  {
    endpoint: 'jobs',
    optional: true,
    extract: async function* ({ source }, _since, reading) {
      for await (const { items } of listJobs(source.client, reading)) yield { rows: items };
    },
    transform: (jobs) => jobs.map(toDefinition),
    load: (trx, definitions, { sourceId, seenAt }) =>
      upsertRows(
        trx,
        'job',
        definitions.map((row) => ({
          source_id: sourceId,
          first_seen_at: seenAt,
          known_from: seenAt,
          ...row,
        })),
        { key: ['source_id', 'job_id'], keep: ['first_seen_at', 'name', 'type'] },
      ),
  },
);

const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const MINUTES: Record<string, number> = { seconds: 1 / 60, minutes: 1, hours: 60, days: 1440 };

function toDefinition(job: VeeamJob) {
  const { schedule } = job;
  const retry = schedule?.retry;
  return {
    job_id: job.id,
    name: job.name ?? job.id,
    type: job.type ?? 'Unknown',
    is_scheduled: schedule?.runAutomatically ?? null,
    schedule: toSchedule(job),
    // A retry that is switched off is none; where the type knows no retries nothing is said.
    retry_count: retry?.isEnabled === false ? 0 : retry?.isEnabled ? (retry.retryCount ?? null) : null,
    retry_wait_minutes: retry?.awaitMinutes ?? null,
  };
}

/** The part of the schedule that is switched on, in our words; null if the job has none that can be read. */
export function toSchedule({ schedule, mode }: VeeamJob): JobSchedule | null {
  if (mode === 'Immediate') return { kind: 'continuous' };
  if (!schedule) return null;
  if (schedule.runAutomatically === false) return { kind: 'manual' };
  if (schedule.afterThisJob?.isEnabled) return { kind: 'chained' };
  if (schedule.continuously?.isEnabled) return { kind: 'continuous' };
  if (schedule.periodically?.isEnabled) return toPeriodic(schedule.periodically);
  if (schedule.monthly?.isEnabled)
    return { kind: 'monthly', minuteOfDay: toMinuteOfDay(schedule.monthly.localTime) };
  if (schedule.daily?.isEnabled) return toDaily(schedule.daily);
  return null;
}

function toPeriodic({
  periodicallyKind,
  frequency,
}: {
  periodicallyKind?: string | undefined;
  frequency?: number | undefined;
}): JobSchedule {
  const minutes = MINUTES[periodicallyKind?.toLowerCase() ?? ''];
  return { kind: 'periodic', intervalMinutes: minutes && frequency ? minutes * frequency : null };
}

function toDaily({
  localTime,
  dailyKind,
  days,
}: {
  localTime?: string | undefined;
  dailyKind?: string | undefined;
  days?: string[] | undefined;
}): JobSchedule {
  const kind = dailyKind?.toLowerCase();
  const chosen = (days ?? []).map((day) => WEEKDAYS.indexOf(day.toLowerCase())).filter((day) => day >= 0);
  const weekdays = kind === 'weekdays' ? [1, 2, 3, 4, 5] : kind === 'selecteddays' ? chosen : [];
  return { kind: 'daily', minuteOfDay: toMinuteOfDay(localTime), weekdays };
}

/** `22:30`, `22:30:00.000` or `10:30 PM` as minutes after midnight. */
function toMinuteOfDay(localTime: string | undefined): number | null {
  const [, hour, minute, half] = localTime?.match(/^(\d{1,2}):(\d{2})(?::[\d.]+)?\s*([AP]M)?$/i) ?? [];
  if (hour === undefined || minute === undefined) return null;
  const hours = half ? (Number(hour) % 12) + (/p/i.test(half) ? 12 : 0) : Number(hour);
  return hours * 60 + Number(minute);
}
