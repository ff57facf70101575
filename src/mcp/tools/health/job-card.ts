import type { JobHealth } from '../../../queries/health.ts';
import type { JobDefinition } from '../../../queries/inventory.ts';
import { arrayOf, numberOf, objectOf, textOf } from '../../json.ts';
import { isoSeconds, round } from '../../markdown.ts';
import { cleanOrNull, cleanRecord, cleanText } from '../../untrusted.ts';
import { intervalMinutes, readSchedule, startTimes } from './schedule.ts';
import type { JobCard } from './shape.ts';

const MOST_MESSAGES = 5;
const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

/**
 * What is known of a job, from its row of the run and its definition as known then.
 * @param sourceZone of schedules that have no zone of their own; undefined: not known
 */
export function toCard(
  job: JobHealth,
  definition: JobDefinition | undefined,
  sourceZone: string | undefined,
): JobCard {
  return {
    source_id: job.sourceId,
    job_id: cleanText(job.jobId, 100),
    job_name: cleanText(job.jobName),
    job_type: cleanText(job.jobType, 60),
    status: job.status,
    priority: job.priority,
    enabled: job.jobEnabled,
    deleted_at: isoSeconds(job.vanishedAt),
    repository_id: cleanOrNull(job.repositoryId, 100),
    repository_name: cleanOrNull(job.repositoryName),
    freshness: toFreshness(job),
    reliability: toReliability(job),
    failure: {
      streak: job.failureStreak,
      since: isoSeconds(job.failingSince),
      last_at: isoSeconds(job.lastFailureAt),
      reason: cleanOrNull(job.lastFailureReason),
      cause: cleanOrNull(job.lastFailureCause, 60),
    },
    trend: {
      classification: job.trendClassification,
      difference: round(job.trendDifference, 3),
      low: round(job.trendLow, 3),
      high: round(job.trendHigh, 3),
    },
    pattern: { classification: job.patternClassification, ...cleanRecord(job.patternDetail) },
    top_messages: toMessages(job.topMessages),
    median_duration_minutes:
      job.medianDurationSeconds === null ? null : round(job.medianDurationSeconds / 60, 1),
    schedule: definition ? toSchedule(definition, sourceZone) : null,
    recommendation: cleanText(job.recommendation, 400),
  };
}

function toFreshness(job: JobHealth): JobCard['freshness'] {
  return {
    class: job.freshness,
    last_good_end: isoSeconds(job.lastGoodEnd),
    last_good_age_hours: round(job.lastGoodAgeHours, 1),
    rpo_hours: round(job.rpoHours, 1),
    expected_interval_hours: round(job.expectedIntervalHours, 1),
    interval_basis: job.expectedIntervalBasis,
    missed_runs: job.missedRuns,
  };
}

function toReliability(job: JobHealth): JobCard['reliability'] {
  return {
    success_rate: round(job.successRate, 3),
    low: round(job.successRateLow, 3),
    high: round(job.successRateHigh, 3),
    effective_runs: round(job.effectiveRuns, 1),
    total_runs: job.totalRuns,
    success: job.successCount,
    warning: job.warningCount,
    failed: job.failureCount,
    canceled: job.canceledCount,
    running: job.runningCount,
    clean_rate: round(job.cleanRate, 3),
    usable_rate: round(job.usableRate, 3),
    attempts_per_run: round(job.attemptsPerRun, 2),
    recovered_share: round(job.recoveredShare, 3),
  };
}

function toSchedule(definition: JobDefinition, sourceZone: string | undefined): JobCard['schedule'] {
  const schedule = readSchedule(definition.schedule);
  const starts = startTimes(schedule);
  return {
    scheduled: definition.isScheduled,
    kind: schedule?.kind ?? null,
    starts_at: starts[0] ?? null,
    ...(starts.length > 1 ? { all_starts_at: starts } : {}),
    time_zone: starts.length > 0 ? cleanOrNull(schedule?.zone ?? sourceZone, 60) : null,
    weekdays: (schedule?.weekdays ?? []).flatMap((day) => WEEKDAYS[day] ?? []),
    interval_minutes: intervalMinutes(schedule),
    next_run_at: isoSeconds(definition.nextRunAt),
    after_job_id: cleanOrNull(definition.afterJobId, 100),
    retry_count: definition.retryCount,
    retry_wait_minutes: definition.retryWaitMinutes,
    objects: definition.objectsCount,
  };
}

/** A stored time as answers show times; null for anything that is none. */
function isoTime(stored: string | null): string | null {
  const time = stored === null ? Number.NaN : Date.parse(stored);
  return Number.isNaN(time) ? null : isoSeconds(new Date(time));
}

function toMessages(stored: unknown): JobCard['top_messages'] {
  return arrayOf(stored)
    .slice(0, MOST_MESSAGES)
    .map((item) => {
      const message = objectOf(item);
      return {
        fingerprint: cleanText(textOf(message.fingerprint) ?? '', 80),
        template: cleanText(textOf(message.template) ?? '', 200),
        cause: cleanOrNull(textOf(message.cause), 60),
        n: numberOf(message.n) ?? 0,
        last_at: isoTime(textOf(message.last_at)),
      };
    });
}
