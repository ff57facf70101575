import { type SqlBool, sql } from 'kysely';
import type { MetricsReader } from '../db/connect.ts';

const NO_RUN = '00000000-0000-0000-0000-000000000000';

export type WorkloadKey = {
  sourceId: string;
  workloadId: string;
  /** What the run behind the answer knew, by our clock. */
  knownAt: Date;
};

export type WorkloadBackup = {
  backupId: string;
  name: string;
  jobId: string | null;
  platform: string | null;
  repositoryId: string | null;
  repositoryName: string | null;
  restorePoints: number | null;
  isLastRunFailed: boolean | null;
};

/** Backups that hold a machine, as known at a moment; those of no job last. */
export function listWorkloadBackups(
  db: MetricsReader,
  { sourceId, workloadId, knownAt }: WorkloadKey,
): Promise<WorkloadBackup[]> {
  const backups = sql<WorkloadBackup>`(
    select b.backup_id as "backupId", b.name, b.job_id as "jobId", b.platform_name as platform,
           b.repository_id as "repositoryId", b.repository_name as "repositoryName",
           sum(o.restore_points_count)::int as "restorePoints", bool_or(o.last_run_failed) as "isLastRunFailed"
      from backup_object_as_of(${knownAt}) o
      -- By the key for each (offset 0): what has changed since a moment long ago are most of all backups, several times.
      join lateral (select * from backup_as_of(${knownAt}) b where b.source_id = o.source_id and b.backup_id = o.backup_id
                       and b.vanished_at is null offset 0) b on true
     where o.source_id = ${sourceId} and o.workload_id = ${workloadId} and o.vanished_at is null
     group by b.backup_id, b.name, b.job_id, b.platform_name, b.repository_id, b.repository_name)`;
  return db
    .selectFrom(backups.as('backup'))
    .selectAll()
    .orderBy(sql`"jobId" is null`)
    .orderBy('name')
    .orderBy('backupId')
    .limit(200)
    .execute();
}

/**
 * Until when the deleted backups of a machine can be brought back, by the clock of its source; null: Azure does not say,
 * undefined: they are not all deleted.
 */
export async function getUndeleteUntil(
  db: MetricsReader,
  { sourceId, workloadId, knownAt }: WorkloadKey,
): Promise<Date | null | undefined> {
  const rows = sql<{ until: Date | null; isDeleted: boolean | null }>`(
    select min(i.deleted_for_good_at) as until, bool_and(coalesce(i.is_soft_deleted, false)) as "isDeleted"
      from azure_item_as_of(${knownAt}) i
      join backup_object_as_of(${knownAt}) o on o.source_id = i.source_id and o.backup_id = i.item_id
       and o.object_id = i.item_id and o.vanished_at is null
     where i.source_id = ${sourceId} and o.workload_id = ${workloadId} and i.vanished_at is null)`;
  const row = await db.selectFrom(rows.as('item')).selectAll().executeTakeFirst();
  return row?.isDeleted ? row.until : undefined;
}

export type WorkloadJob = {
  jobId: string;
  name: string;
  isDisabled: boolean | null;
  goneAt: Date | null;
  /** What follows is of the run of the health worker; null: it concluded nothing about the job. */
  status: string | null;
  failureStreak: number | null;
  failingSince: Date | null;
  lastFailureReason: string | null;
  lastFailureCause: string | null;
  lastGoodEnd: Date | null;
};

/** Jobs with how a run of the health worker found them, those in trouble first. */
export function listWorkloadJobs(
  db: MetricsReader,
  {
    sourceId,
    knownAt,
    runId,
    jobIds,
  }: { sourceId: string; knownAt: Date; runId: string; jobIds: readonly string[] },
): Promise<WorkloadJob[]> {
  const jobs = sql<WorkloadJob>`(
    select j.job_id as "jobId", j.name, j.is_disabled as "isDisabled", j.vanished_at as "goneAt", h.status,
           h.failure_streak as "failureStreak", h.failing_since as "failingSince",
           h.last_failure_reason as "lastFailureReason", h.last_failure_cause as "lastFailureCause",
           h.last_good_end as "lastGoodEnd"
      from job_as_of(${knownAt}) j
      left join job_health h on h.source_id = j.source_id and h.run_id = ${runId} and h.job_id = j.job_id
     where j.source_id = ${sourceId} and j.job_id = any(${[...jobIds]}::text[]))`;
  return db
    .selectFrom(jobs.as('job'))
    .selectAll()
    .orderBy(sql`coalesce(status, 'UNKNOWN') in ('OK', 'DISABLED')`)
    .orderBy('jobId')
    .limit(200)
    .execute();
}

export type WorkloadMalware = {
  eventId: string;
  type: string;
  severity: string | null;
  state: string | null;
  engine: string | null;
  detectedAt: Date;
  /** OBJECT, MACHINE and POINT are ids; NAME is one that no other machine of the source has, NAME_OF_SEVERAL one that others have too. */
  matchedBy: string;
};

/** Malware events that name a machine, false alarms too, the newest first. */
export function listWorkloadMalware(
  db: MetricsReader,
  { sourceId, workloadId, knownAt, eventsKnownAt, name }: WorkloadKey & { name: string; eventsKnownAt: Date },
): Promise<WorkloadMalware[]> {
  const events = sql<WorkloadMalware>`(
    with object as (
      select object_id, platform_object_id from backup_object_as_of(${knownAt})
       where source_id = ${sourceId} and workload_id = ${workloadId}),
    matched as (
      select e.*, case
               when e.backup_object_id in (select object_id from object) then 'OBJECT'
               when e.machine_id in (select platform_object_id from object) then 'MACHINE'
               when exists (select from restore_point_as_of(${knownAt}) p where p.source_id = e.source_id
                               and p.restore_point_id = e.restore_point_id and p.workload_id = ${workloadId}) then 'POINT'
               when lower(e.machine_name) = lower(${name}) and e.backup_object_id is null and e.machine_id is null
               then case when (select count(*) from workload_as_of(${knownAt}) w where w.source_id = ${sourceId}
                                  and lower(w.name) = lower(${name}) and w.vanished_at is null) > 1
                         then 'NAME_OF_SEVERAL' else 'NAME' end
             end as matched_by
        from malware_event_as_of(${eventsKnownAt}) e
       where e.source_id = ${sourceId} and e.vanished_at is null)
    select event_id as "eventId", type, severity, state, engine, detected_at as "detectedAt", matched_by as "matchedBy"
      from matched where matched_by is not null)`;
  return db
    .selectFrom(events.as('event'))
    .selectAll()
    .orderBy('detectedAt', 'desc')
    .orderBy('eventId')
    .limit(1_000)
    .execute();
}

/** Unusual backups of a machine that a run of the efficiency worker has open, the newest first. */
export function listWorkloadAnomalies(
  db: MetricsReader,
  { sourceId, workloadId, runId }: { sourceId: string; workloadId: string; runId: string | undefined },
) {
  return db
    .selectFrom('efficiency_anomaly')
    .select([
      'anomaly_id as anomalyId',
      'type',
      'job_name as jobName',
      'happened_at as happenedAt',
      'score',
      'malware_status as malwareStatus',
      'confirmed_at as confirmedAt',
    ])
    .where('source_id', '=', sourceId)
    .where('run_id', '=', runId ?? NO_RUN)
    .where('resolved_at', 'is', null)
    .where(sql<SqlBool>`${workloadId}::text = any(workload_ids)`)
    .orderBy('happened_at', 'desc')
    .orderBy('anomaly_id')
    .limit(200)
    .execute();
}

export type WorkloadAnomaly = Awaited<ReturnType<typeof listWorkloadAnomalies>>[number];
