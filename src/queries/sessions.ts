import { sql } from 'kysely';
import type { MetricsReader } from '../db/connect.ts';
import type { Session } from '../db/metrics-schema.ts';

/** Sessions of one job as they were known at a moment, newest first. */
export function listJobSessions(
  db: MetricsReader,
  {
    sourceId,
    jobId,
    knownAt,
    from,
    limit,
  }: { sourceId: string; jobId: string; knownAt: Date; from: Date; limit: number },
) {
  return db
    .selectFrom(sql<Session>`session_as_of(${knownAt})`.as('s'))
    .leftJoin('session_reason as r', (join) =>
      join
        .onRef('r.source_id', '=', 's.source_id')
        .onRef('r.session_id', '=', 's.session_id')
        .on('r.known_from', '<=', knownAt),
    )
    .select([
      's.session_id as sessionId',
      's.job_id as jobId',
      's.session_type as sessionType',
      's.name',
      's.created_at as createdAt',
      's.ended_at as endedAt',
      's.state',
      's.result',
      's.is_canceled as isCanceled',
      's.parent_session_id as parentSessionId',
      's.related_session_id as relatedSessionId',
      's.original_session_id as originalSessionId',
      's.retry_number as retryNumber',
      's.is_recheck_retry as isRecheckRetry',
      's.message as sessionMessage',
      'r.message as reason',
      'r.basis as reasonBasis',
      'r.cause',
    ])
    .where('s.source_id', '=', sourceId)
    .where('s.job_id', '=', jobId)
    .where('s.created_at', '>=', from)
    .orderBy('s.created_at', 'desc')
    .orderBy('s.session_id')
    .limit(limit)
    .execute();
}

export type JobSession = Awaited<ReturnType<typeof listJobSessions>>[number];
