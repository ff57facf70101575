import { type RawBuilder, sql } from 'kysely';
import type { MetricsReader } from '../db/connect.ts';

/** A source, and what the run behind the answer knew of it, by our clock. */
export type Known = { sourceId: string; knownAt: Date };

const anyOf = (ids: readonly string[]) => sql`any(${[...ids]}::text[])`;

/** Reasons as they were known: a better one may have come later. */
const reasonsOf = ({ sourceId, knownAt }: Known): RawBuilder<unknown> => sql`(
  select source_id, session_id, basis, message, fingerprint, template, cause, object_names, repository_id, known_from
    from session_reason where source_id = ${sourceId} and known_from <= ${knownAt}
  union all
  select source_id, session_id, basis, message, fingerprint, template, cause, object_names, repository_id, known_from
    from session_reason_past where source_id = ${sourceId} and known_from <= ${knownAt} and known_until > ${knownAt})`;

export type SessionReason = {
  sessionId: string;
  /** Where the message is from: task, log, session; none: the source gives no reason. */
  basis: string;
  message: string | null;
  fingerprint: string | null;
  template: string | null;
  cause: string | null;
  objectNames: string[];
};

/** Why sessions failed or warned; sessions that did not, or of which nothing is known, are left out. */
export function listSessionReasons(
  db: MetricsReader,
  { sessionIds, ...known }: Known & { sessionIds: readonly string[] },
): Promise<SessionReason[]> {
  const rows = sql<SessionReason>`(
    select r.session_id as "sessionId", r.basis, r.message, r.fingerprint, r.template, r.cause,
           r.object_names as "objectNames"
      from ${reasonsOf(known)} r where r.session_id = ${anyOf(sessionIds)})`;
  return db.selectFrom(rows.as('reason')).selectAll().orderBy('sessionId').limit(10_000).execute();
}

export type FailedObject = {
  sessionId: string;
  taskSessionId: string;
  objectName: string | null;
  result: string | null;
  message: string | null;
  endedAt: Date | null;
};

/** Objects that failed or warned within sessions that began since a moment, failed ones first. */
export function listFailedObjects(
  db: MetricsReader,
  { sourceId, knownAt, sessionIds, since }: Known & { sessionIds: readonly string[]; since: Date },
): Promise<FailedObject[]> {
  // A day more than clocks differ: months before need not be looked into.
  const from = new Date(since.getTime() - 86_400_000);
  const rows = sql<FailedObject>`(
    select session_id as "sessionId", task_session_id as "taskSessionId", object_name as "objectName", result, message,
           ended_at as "endedAt"
      from task_session
     where source_id = ${sourceId} and session_id = ${anyOf(sessionIds)} and known_from <= ${knownAt}
       and created_at >= ${from} and result in ('Failed', 'Warning'))`;
  return db
    .selectFrom(rows.as('task'))
    .selectAll()
    .orderBy('result')
    .orderBy('objectName')
    .orderBy('taskSessionId')
    .limit(10_000)
    .execute();
}

export type LogLine = {
  sessionId: string;
  logId: number;
  startedAt: Date | null;
  title: string | null;
  description: string | null;
};

/** Failed lines of the logs of sessions, in order. */
export function listLogLines(
  db: MetricsReader,
  { sourceId, knownAt, sessionIds }: Known & { sessionIds: readonly string[] },
): Promise<LogLine[]> {
  const rows = sql<LogLine>`(
    select session_id as "sessionId", log_id as "logId", started_at as "startedAt", title, description
      from session_log
     where source_id = ${sourceId} and session_id = ${anyOf(sessionIds)} and known_from <= ${knownAt})`;
  return db
    .selectFrom(rows.as('line'))
    .selectAll()
    .orderBy('sessionId')
    .orderBy('logId')
    .limit(500)
    .execute();
}

export type AzureError = {
  code: string | null;
  title: string | null;
  message: string | null;
  recommendations: string[];
};

/** What Azure said was wrong in a job, in its order; none where the source is no vault. */
export function listAzureErrors(
  db: MetricsReader,
  { sourceId, knownAt, sessionId }: Known & { sessionId: string },
): Promise<AzureError[]> {
  return db
    .selectFrom('azure_job_error')
    .select(['code', 'title', 'message', 'recommendations'])
    .where('source_id', '=', sourceId)
    .where('session_id', '=', sessionId)
    .where('known_from', '<=', knownAt)
    .orderBy('seq')
    .limit(20)
    .execute();
}

/**
 * Job and begin of the session of a row that has its key; none before `since`. By the key for each row (offset 0): joined as a
 * whole, all sessions of the months are read for a few hundred. Most sessions began within two weeks before the moment that the row
 * gives, so that month or two are looked into first, and the others only where it is not there.
 */
function sessionOf(row: RawBuilder<unknown>, moment: RawBuilder<unknown>, since: Date): RawBuilder<unknown> {
  const ofRow = sql`select job_id, created_at from session
    where source_id = ${row}.source_id and session_id = ${row}.session_id and created_at >= ${since}`;
  const near = sql`${moment} - interval '14 days'`;
  return sql`
    select job_id, created_at
      from (${ofRow} and created_at between ${near} and ${moment} + interval '1 day'
             union all
            ${ofRow} and created_at < ${near}) found
     limit 1 offset 0`;
}

export type ReasonUse = { jobId: string | null; sessions: number; firstAt: Date; lastAt: Date };

/** Which jobs failed or warned with one and the same message since a moment, how often, first and last. */
export function listReasonUses(
  db: MetricsReader,
  { fingerprint, since, ...known }: Known & { fingerprint: string; since: Date },
): Promise<ReasonUse[]> {
  // What began later was not read before, a day being more than clocks differ: reasons of years stay out of the search.
  const knownSince = new Date(since.getTime() - 86_400_000);
  // A session is of the same job and time in all its states, and began before its reason was known, which spares later months.
  const rows = sql<ReasonUse>`(
    select s.job_id as "jobId", count(*)::int as sessions, min(s.created_at) as "firstAt", max(s.created_at) as "lastAt"
      from ${reasonsOf(known)} r
      join lateral (${sessionOf(sql`r`, sql`r.known_from`, since)}) s on true
     where r.fingerprint = ${fingerprint} and r.known_from >= ${knownSince}
     group by s.job_id)`;
  return db
    .selectFrom(rows.as('use'))
    .selectAll()
    .orderBy('sessions', 'desc')
    .orderBy('jobId')
    .limit(100_000)
    .execute();
}

export type SessionAround = {
  jobId: string;
  jobName: string;
  repositoryId: string | null;
  sessionId: string;
  sessionType: string;
  name: string;
  createdAt: Date;
  endedAt: Date;
  state: string;
  result: string | null;
  isCanceled: boolean | null;
  message: string | null;
};

/** The last session of each job that ended between two moments; of the jobs that a run of the health worker judged. */
export function listSessionsAround(
  db: MetricsReader,
  { sourceId, knownAt, runId, from, to }: Known & { runId: string; from: Date; to: Date },
): Promise<SessionAround[]> {
  // Runs of more than a day are few, and the bound keeps months of sessions out of the search.
  const began = new Date(from.getTime() - 86_400_000);
  const rows = sql<SessionAround>`(
    select distinct on (h.job_id) h.job_id as "jobId", h.job_name as "jobName", h.repository_id as "repositoryId",
           s.session_id as "sessionId", s.session_type as "sessionType", s.name, s.created_at as "createdAt",
           s.ended_at as "endedAt", s.state, s.result, s.is_canceled as "isCanceled", s.message
      from session_as_of(${knownAt}) s
      join job_health h on h.source_id = s.source_id and h.run_id = ${runId} and h.job_id = s.job_id
     where s.source_id = ${sourceId} and s.created_at between ${began} and ${to} and s.ended_at between ${from} and ${to}
     order by h.job_id, s.ended_at desc, s.session_id)`;
  return db.selectFrom(rows.as('around')).selectAll().orderBy('jobId').limit(200_000).execute();
}

export type Infrastructure = {
  kind: 'proxy' | 'host' | 'repository';
  id: string;
  name: string;
  /** Words of the source; null: it says nothing. */
  state: string | null;
  /** Of a repository: the host that it lies on. */
  hostId: string | null;
};

/** Proxies, hosts and repositories of a source, as they were known when the runs of their workers began. */
export function listInfrastructure(
  db: MetricsReader,
  { sourceId, knownAt, placesKnownAt }: Known & { placesKnownAt: Date | undefined },
): Promise<Infrastructure[]> {
  const places = placesKnownAt
    ? sql`union all
      select 'repository', repository_id, name, case when is_online then 'ONLINE' when not is_online then 'OFFLINE' end, host_id
        from repository_each_as_of(${placesKnownAt}) where source_id = ${sourceId} and vanished_at is null`
    : sql``;
  const rows = sql<Infrastructure>`(
    select 'proxy' as kind, proxy_id as id, name,
           case when is_disabled then 'DISABLED' when is_online then 'ONLINE' when not is_online then 'OFFLINE' end as state,
           null::text as "hostId"
      from proxy_each_as_of(${knownAt}) where source_id = ${sourceId} and vanished_at is null
    union all
    select 'host', server_id, name, status, null
      from managed_server_each_as_of(${knownAt}) where source_id = ${sourceId} and vanished_at is null
    ${places})`;
  return db.selectFrom(rows.as('part')).selectAll().orderBy('kind').orderBy('id').limit(100_000).execute();
}

/** Jobs in whose sessions an object of a name failed or warned since a moment. */
export async function listJobsOfFailedObject(
  db: MetricsReader,
  { sourceId, knownAt, name, since }: Known & { name: string; since: Date },
): Promise<string[]> {
  const rows = sql<{ jobId: string }>`(
    select distinct s.job_id as "jobId"
      from task_session t
      -- A run of more than a month is none; the job of a session stays the same.
      join lateral (${sessionOf(sql`t`, sql`t.created_at`, new Date(since.getTime() - 31 * 86_400_000))}) s on true
     where t.source_id = ${sourceId} and t.created_at >= ${since} and t.known_from <= ${knownAt}
       and lower(t.object_name) = lower(${name}) and s.job_id is not null)`;
  const found = await db.selectFrom(rows.as('job')).selectAll().orderBy('jobId').limit(100).execute();
  return found.map(({ jobId }) => jobId);
}
