import { sql, type Transaction } from 'kysely';
import { classifyFailure } from '../../src/analysis/health/failure-cause.ts';
import { fingerprint } from '../../src/analysis/health/fingerprint.ts';
import type { MetricsDB } from '../../src/db/connect.ts';
import { upsertRows } from '../../src/pipeline/bulk.ts';
import type { RunContext } from '../../src/pipeline/worker.ts';
import { RECOVERY_SESSION_TYPES } from '../../src/veeam/enums.ts';

/** Sessions whose reasons are worked out at a time. */
const BATCH = 2_000;

type Unexplained = {
  session_id: string;
  session_message: string | null;
  job_name: string | null;
  task_message: string | null;
  log_message: string | null;
  object_names: string[] | null;
  repository_id: string | null;
};

/**
 * Why sessions failed or warned, for those of which it is not settled yet: the message of the first failed object, else of
 * the log, else of the session itself (brief 8.3). Runs with the conclusions, as later answers rest on it.
 */
export async function deriveReasons(
  trx: Transaction<MetricsDB>,
  { sourceId, seenAt, recorder }: RunContext<unknown>,
): Promise<void> {
  // What could not be read now may be read by the next run: until then only a reason that stands on evidence is settled.
  const isEvidenceMissing = recorder.endpoints.some(({ endpoint, outcome }) =>
    endpoint === 'sessions/{id}/logs'
      ? ['incomplete', 'failed'].includes(outcome)
      : endpoint.startsWith('taskSessions') && outcome === 'failed',
  );
  for (;;) {
    const sessions = await unexplained(trx, sourceId, isEvidenceMissing);
    const rows = sessions.map((session) => toReason(session, sourceId, seenAt));
    await upsertRows(trx, 'session_reason', rows, { key: ['source_id', 'session_id'] });
    if (sessions.length < BATCH) return;
  }
}

function toReason(session: Unexplained, sourceId: string, seenAt: Date) {
  const objects = session.object_names ?? [];
  const [basis, message] = bestMessage(session);
  const print = fingerprint(
    message,
    [session.job_name, ...objects].filter((name) => name !== null),
  );
  return {
    source_id: sourceId,
    session_id: session.session_id,
    basis,
    message,
    fingerprint: print?.fingerprint ?? null,
    template: print?.template ?? null,
    cause: message ? classifyFailure(message).cause : null,
    object_names: objects,
    repository_id: session.repository_id,
    known_from: seenAt,
  };
}

function bestMessage({
  task_message,
  log_message,
  session_message,
}: Unexplained): [basis: string, message: string | null] {
  if (task_message) return ['task', task_message];
  if (log_message) return ['log', log_message];
  return session_message ? ['session', session_message] : ['none', null];
}

async function unexplained(
  trx: Transaction<MetricsDB>,
  sourceId: string,
  onlyWithEvidence: boolean,
): Promise<Unexplained[]> {
  const { rows } = await sql<Unexplained>`
    select s.session_id, nullif(s.message, '') as session_message, j.name as job_name,
           t.message as task_message, l.message as log_message, t.object_names, t.repository_id
      from session s
      left join job j on j.source_id = s.source_id and j.job_id = s.job_id
      left join lateral (
        select (array_agg(message order by result, created_at, task_session_id) filter (where message <> ''))[1] as message,
               (array_agg(repository_id order by result, created_at, task_session_id) filter (where repository_id is not null))[1] as repository_id,
               array_agg(distinct object_name) filter (where object_name is not null) as object_names
          from task_session
         where source_id = s.source_id and session_id = s.session_id and result = s.result) t on true
      left join lateral (
        select concat_ws(': ', nullif(title, ''), nullif(description, '')) as message
          from session_log
         where source_id = s.source_id and session_id = s.session_id
         order by log_id limit 1) l on true
     where s.source_id = ${sourceId} and s.result in ('Failed', 'Warning') and s.ended_at is not null
       and s.session_type <> all(${RECOVERY_SESSION_TYPES})
       and (not ${onlyWithEvidence} or t.message is not null or l.message is not null)
       and not exists (select from session_reason r where r.source_id = s.source_id and r.session_id = s.session_id
                          and (r.basis in ('task', 'log') or t.message is null and l.message is null))
     order by s.created_at, s.session_id
     limit ${BATCH}`.execute(trx);
  return rows;
}
