import { sql } from 'kysely';
import type { MetricsReader } from '../db/connect.ts';

const NO_RUN = '00000000-0000-0000-0000-000000000000';
const MOST = 200_000;

type Since = { sourceId: string; since: Date };

/** Anomalies that are open; times by the clock of the source. */
export function listOpenAnomalies(
  db: MetricsReader,
  { sourceId, efficiencyRunId }: { sourceId: string; efficiencyRunId: string | null },
) {
  return db
    .selectFrom('efficiency_anomaly')
    .select([
      'anomaly_id as anomalyId',
      'type',
      'backup_id as backupId',
      'workload_ids as workloadIds',
      'happened_at as happenedAt',
    ])
    .where('source_id', '=', sourceId)
    .where('run_id', '=', efficiencyRunId ?? NO_RUN)
    .where('resolved_at', 'is', null)
    .where('type', 'in', ['VOLUME_COLLAPSE', 'REDUCTION_DROP', 'ENTROPY_SUSPECT'])
    .orderBy('happened_at')
    .orderBy('anomaly_id')
    .limit(MOST)
    .execute();
}

export type MalwareRow = {
  eventId: string;
  severity: string | null;
  detectedAt: Date;
  /** null: no workload has what the event names. */
  workloadId: string | null;
};

/**
 * Malware events since a moment, but for false alarms, with each workload that the event names: by backup object, restore
 * point, id of the machine, or a name that one workload alone has. Clean ones close the earlier ones of a workload.
 */
export function listMalwareEvents(db: MetricsReader, { sourceId, since }: Since): Promise<MalwareRow[]> {
  const rows = sql<MalwareRow>`(
    with event as (
      select * from malware_event
       where source_id = ${sourceId} and detected_at > ${since} and vanished_at is null
         and lower(coalesce(state, '')) <> 'falsepositive'),
    named as (
      select e.event_id, o.workload_id from event e
        join backup_object o on o.source_id = e.source_id and o.object_id = e.backup_object_id
      union
      select e.event_id, o.workload_id from event e
        join backup_object o on o.source_id = e.source_id and o.platform_object_id = e.machine_id
      union
      select e.event_id, p.workload_id from event e
        join restore_point p on p.source_id = e.source_id and p.restore_point_id = e.restore_point_id
       where p.workload_id is not null
      union
      select e.event_id, n.workload_id from event e
        join (select lower(name) as name, min(workload_id) as workload_id
                from workload where source_id = ${sourceId} and vanished_at is null
               group by lower(name) having count(*) = 1) n on n.name = lower(e.machine_name))
    select e.event_id as "eventId", e.severity, e.detected_at as "detectedAt", n.workload_id as "workloadId"
      from event e left join named n on n.event_id = e.event_id)`;
  return db
    .selectFrom(rows.as('event'))
    .selectAll()
    .orderBy('detectedAt')
    .orderBy('eventId')
    .orderBy('workloadId')
    .limit(MOST)
    .execute();
}

export type SourceSignalRow = { id: string; at: Date };

/** Requests for a second administrator's consent that were refused or ran out since a moment. */
export function listRefusedRequests(
  db: MetricsReader,
  { sourceId, since }: Since,
): Promise<SourceSignalRow[]> {
  const rows = sql<SourceSignalRow>`(
    select event_id as id, coalesce(processed_at, case when lower(state) = 'expired' then expires_at end, created_at) as at
      from authorization_event
     where source_id = ${sourceId} and vanished_at is null and lower(state) in ('rejected', 'expired'))`;
  return db
    .selectFrom(rows.as('request'))
    .selectAll()
    .where('at', '>', since)
    .orderBy('at')
    .limit(MOST)
    .execute();
}

export type WeakenedPracticeRow = { id: string; at: Date; isImmutability: boolean };

/** Best practices about malware detection or immutability that were kept and became violated since a moment. */
export function listWeakenedPractices(
  db: MetricsReader,
  { sourceId, since }: Since,
): Promise<WeakenedPracticeRow[]> {
  const rows = sql<WeakenedPracticeRow>`(
    select b.practice_id as id, max(p.known_until) as at, bool_or(b.name ~* 'immutab') as "isImmutability"
      from best_practice b
      join best_practice_past p on p.source_id = b.source_id and p.practice_id = b.practice_id
     where b.source_id = ${sourceId} and b.vanished_at is null and lower(b.status) = 'violation'
       and b.name ~* 'malware|immutab' and lower(p.status) = 'ok' and p.known_until > ${since}
     group by b.practice_id)`;
  return db.selectFrom(rows.as('practice')).selectAll().orderBy('id').limit(1_000).execute();
}

export type RepositorySignalRow = { repositoryId: string; at: Date };

/** Repositories that protect new backups for fewer days than they did since a moment, or not any more. */
export function listWeakenedImmutability(
  db: MetricsReader,
  { sourceId, since }: Since,
): Promise<RepositorySignalRow[]> {
  const rows = sql<RepositorySignalRow>`(
    select coalesce(r.scale_out_repository_id, r.repository_id) as "repositoryId", max(p.known_until) as at
      from repository r
      join repository_past p on p.source_id = r.source_id and p.repository_id = r.repository_id
     where r.source_id = ${sourceId} and r.vanished_at is null and p.known_until > ${since}
       and r.immutable_days < p.immutable_days
     group by 1)`;
  return db.selectFrom(rows.as('repository')).selectAll().orderBy('repositoryId').limit(10_000).execute();
}

/** Points younger than this are not what retention deletes. */
const YOUNG = '3 days';
/** Deletions are many from so many workloads of a repository on a day, and from such a share of them. */
const FEWEST_WORKLOADS = 3;
const LEAST_SHARE = 0.1;

/**
 * Repositories that lost young restore points of many workloads on one day since a moment. Retention deletes the oldest
 * ones; points that are there under another id, as after a move to another repository, do not count.
 */
export function listMassDeletions(
  db: MetricsReader,
  { sourceId, since }: Since,
): Promise<RepositorySignalRow[]> {
  const rows = sql<RepositorySignalRow>`(
    with place as (
      select b.backup_id, coalesce(x.scale_out_repository_id, b.repository_id) as repository_id
        from backup b
        left join repository x on x.source_id = b.source_id and x.repository_id = b.repository_id
       where b.source_id = ${sourceId}),
    gone as (
      select c.repository_id, date_trunc('day', p.vanished_at) as day, max(p.vanished_at) as at,
             count(distinct p.workload_id) as workloads
        from restore_point p
        join place c on c.backup_id = p.backup_id
       where p.source_id = ${sourceId} and p.vanished_at > ${since}
         and p.created_at > p.vanished_at - ${YOUNG}::interval and p.workload_id is not null
         and not exists (select from restore_point o where o.source_id = p.source_id and o.workload_id = p.workload_id
                            and o.created_at = p.created_at and o.vanished_at is null)
       group by 1, 2),
    held as (
      select c.repository_id, count(distinct o.workload_id) as workloads
        from backup_object o join place c on c.backup_id = o.backup_id
       where o.source_id = ${sourceId}
       group by 1)
    select g.repository_id as "repositoryId", max(g.at) as at
      from gone g join held h on h.repository_id = g.repository_id
     where g.workloads >= greatest(${FEWEST_WORKLOADS}::int, ${LEAST_SHARE}::float8 * h.workloads)
     group by 1)`;
  return db.selectFrom(rows.as('deletion')).selectAll().orderBy('repositoryId').limit(10_000).execute();
}
