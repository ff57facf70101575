import type { Insertable } from 'kysely';
import type { MetricsDB } from '../../src/db/connect.ts';
import type { VeeamSession } from '../../src/veeam/sessions.ts';
import type { TimeParser } from '../../src/veeam/time.ts';

export type SessionRow = Insertable<MetricsDB['session']>;

/**
 * A session as the table has it: times in UTC, ids comparable, zero ids and sentinel dates as null.
 * @returns null if the row has no readable creation time: without one it has no place
 */
export function toSessionRow(
  session: VeeamSession,
  parseTime: TimeParser,
  sourceId: string,
  seenAt: Date,
): SessionRow | null {
  const createdAt = parseTime(session.creationTime)?.at;
  if (!createdAt) return null;
  const { progress } = session;
  return {
    source_id: sourceId,
    session_id: session.id,
    created_at: createdAt,
    ended_at: parseTime(session.endTime)?.at ?? null,
    name: session.name ?? '',
    session_type: session.sessionType ?? 'Unknown',
    job_id: session.jobId ?? null,
    state: session.state ?? 'Unknown',
    result: session.result?.result ?? null,
    message: session.result?.message ?? null,
    is_canceled: session.result?.isCanceled ?? null,
    progress_percent: session.progressPercent ?? null,
    parent_session_id: session.parentSessionId ?? null,
    related_session_id: session.relatedSessionId ?? null,
    original_session_id: session.originalSessionId ?? null,
    retry_number: session.retryInfo?.retryNumber ?? null,
    is_recheck_retry: session.retryInfo?.isRecheckRetry ?? null,
    initiated_by: session.initiatedBy ?? null,
    processed_bytes: progress?.processedSize ?? null,
    read_bytes: progress?.readSize ?? null,
    transferred_bytes: progress?.transferredSize ?? null,
    bottleneck: progress?.bottleneck ?? null,
    usn: session.usn ?? null,
    vanished_at: null,
    known_from: seenAt,
  };
}
