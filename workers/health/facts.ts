import type { Transaction } from 'kysely';
import type { FailureCause } from '../../src/analysis/health/failure-cause.ts';
import type { FailureReason } from '../../src/analysis/health/failure-reasons.ts';
import type { JobFacts } from '../../src/analysis/health/job-health.ts';
import type { RetryPolicy } from '../../src/analysis/health/retry-chain.ts';
import { type JobSchedule, scheduleHours } from '../../src/analysis/health/schedule.ts';
import type { SessionFact } from '../../src/analysis/health/session-fact.ts';
import type { MetricsDB } from '../../src/db/connect.ts';
import { RECOVERY_SESSION_TYPES } from '../../src/veeam/enums.ts';

const DAY_MS = 86_400_000;
/** A deleted job is still listed this long. */
const LISTED_AFTER_DELETION_DAYS = 30;

export type Trx = Transaction<MetricsDB>;

export type JobToAssess = { facts: JobFacts; retry: RetryPolicy; vanishedAt: Date | null };

/** @returns epoch milliseconds */
export const ms = (time: Date | null): number | null => time?.getTime() ?? null;

/** The inventory: jobs that exist, and those deleted within the last 30 days. */
export async function readJobs(trx: Trx, sourceId: string, now: Date): Promise<JobToAssess[]> {
  const rows = await trx
    .selectFrom('job')
    .leftJoin('azure_item', (join) =>
      join.onRef('azure_item.source_id', '=', 'job.source_id').onRef('azure_item.item_id', '=', 'job.job_id'),
    )
    .selectAll('job')
    .select(['azure_item.last_point_at', 'azure_item.first_seen_at as item_seen_at'])
    .where('job.source_id', '=', sourceId)
    .where((or) =>
      or.or([
        or('job.vanished_at', 'is', null),
        or('job.vanished_at', '>', new Date(now.getTime() - LISTED_AFTER_DELETION_DAYS * DAY_MS)),
      ]),
    )
    .orderBy('job.job_id')
    .execute();
  const firstSeen = Math.min(...rows.flatMap(({ item_seen_at }) => ms(item_seen_at) ?? []));
  return rows.map((row) => {
    const seenAt = ms(row.item_seen_at);
    const schedule = row.schedule as JobSchedule | null;
    const hours = scheduleHours(schedule);
    return {
      vanishedAt: row.vanished_at,
      retry: {
        retryCount: row.retry_count,
        awaitMinutes: row.retry_wait_minutes,
        intervalMinutes: hours === null ? null : hours * 60,
      },
      facts: {
        jobId: row.job_id,
        name: row.name,
        type: row.type,
        // What does not exist any more is not judged.
        isEnabled: row.vanished_at ? false : row.is_disabled === null ? null : !row.is_disabled,
        isScheduled: row.is_scheduled,
        schedule,
        afterJobId: row.after_job_id,
        copyMode: row.copy_mode,
        repositoryId: row.repository_id,
        repositoryName: row.repository_name,
        lastRunAt: ms(row.last_run_at),
        lastResult: row.last_result,
        newestCopyAt: ms(row.last_point_at),
        // What was there when the vault was first read may be of any age.
        protectedSince: seenAt !== null && seenAt > firstSeen ? seenAt : null,
      },
    };
  });
}

const SESSION_COLUMNS = [
  'session.session_id',
  'session.job_id',
  'session.session_type',
  'session.name',
  'session.created_at',
  'session.ended_at',
  'session.state',
  'session.result',
  'session.is_canceled',
  'session.parent_session_id',
  'session.related_session_id',
  'session.original_session_id',
  'session.retry_number',
  'session.is_recheck_retry',
  'session.message as session_message',
  'session_reason.message as reason_message',
  'session_reason.fingerprint',
  'session_reason.template',
  'session_reason.cause',
] as const;

export type SessionsRead = { sessions: SessionFact[]; reasons: Map<string, FailureReason> };

/** Sessions of some jobs since a moment, with the reasons that are known. */
export async function readSessions(
  trx: Trx,
  sourceId: string,
  jobIds: string[],
  from: Date,
): Promise<SessionsRead> {
  const rows = await sessionsSince(trx, sourceId, from).where('session.job_id', 'in', jobIds).execute();
  return toSessions(rows);
}

/** Sessions of jobs that the inventory does not have, whose parent session is not stored either: children of copy jobs. */
export async function readOrphans(trx: Trx, sourceId: string, from: Date): Promise<SessionsRead> {
  const rows = await sessionsSince(trx, sourceId, from)
    .where('session.parent_session_id', 'is not', null)
    .where((w) =>
      w.not(
        w.exists(
          w
            .selectFrom('job')
            .select('job_id')
            .whereRef('job.source_id', '=', 'session.source_id')
            .whereRef('job.job_id', '=', 'session.job_id'),
        ),
      ),
    )
    .where((w) =>
      w.not(
        w.exists(
          w
            .selectFrom('session as parent')
            .select('parent.session_id')
            .whereRef('parent.source_id', '=', 'session.source_id')
            .whereRef('parent.session_id', '=', 'session.parent_session_id'),
        ),
      ),
    )
    .limit(50_000)
    .execute();
  return toSessions(rows);
}

/** Restores and verifications are in the same table; they are no runs of a job. */
function sessionsSince(trx: Trx, sourceId: string, from: Date) {
  return trx
    .selectFrom('session')
    .leftJoin('session_reason', (join) =>
      join
        .onRef('session_reason.source_id', '=', 'session.source_id')
        .onRef('session_reason.session_id', '=', 'session.session_id'),
    )
    .select(SESSION_COLUMNS)
    .where('session.source_id', '=', sourceId)
    .where('session.session_type', 'not in', RECOVERY_SESSION_TYPES)
    .where('session.created_at', '>=', from);
}

type SessionRow = Awaited<ReturnType<ReturnType<typeof sessionsSince>['execute']>>[number];

function toSessions(rows: SessionRow[]): SessionsRead {
  const reasons = new Map<string, FailureReason>();
  const sessions = rows.map((row) => {
    if (row.fingerprint && row.template) {
      reasons.set(row.session_id, {
        fingerprint: row.fingerprint,
        template: row.template,
        cause: (row.cause ?? 'UNKNOWN') as FailureCause,
      });
    }
    return {
      sessionId: row.session_id,
      jobId: row.job_id,
      sessionType: row.session_type,
      name: row.name,
      createdAt: row.created_at.getTime(),
      endedAt: ms(row.ended_at),
      state: row.state,
      result: row.result,
      isCanceled: row.is_canceled,
      parentSessionId: row.parent_session_id,
      relatedSessionId: row.related_session_id,
      originalSessionId: row.original_session_id,
      retryNumber: row.retry_number,
      isRecheckRetry: row.is_recheck_retry,
      message: row.reason_message ?? row.session_message,
    };
  });
  return { sessions, reasons };
}
