import { sql } from 'kysely';
import type { MetricsReader } from '../db/connect.ts';

/** The last valid reading of a local day. */
export type CapacityDay = {
  repositoryId: string;
  /** Local day, YYYY-MM-DD. */
  day: string;
  usedAt: Date | null;
  usedBytes: number | null;
  capacityBytes: number | null;
  isOffline: boolean;
};

/**
 * Days of the repositories from `firstDay` on, oldest first, worked out from the samples that were known at `knownAt`, as
 * the capacity worker does it: an own reading goes before an imported one, then the latest of the day counts. Days older
 * than all samples come from their roll-up.
 */
export function listCapacityDays(
  db: MetricsReader,
  {
    sourceId,
    repositoryIds,
    knownAt,
    firstDay,
  }: { sourceId: string; repositoryIds: readonly string[]; knownAt: Date; firstDay: string },
): Promise<CapacityDay[]> {
  const newest = (column: string) =>
    sql`(array_agg(${sql.ref(column)} order by s.is_imported, s.sampled_at desc) filter (where s.used_bytes is not null))[1]`;
  const known = sql<CapacityDay>`(
    with sampled as (
      select s.repository_id, s.local_day,
             ${newest('s.sampled_at')} as used_at, ${newest('s.used_bytes')} as used_bytes,
             ${newest('s.capacity_bytes')} as capacity_bytes,
             coalesce((array_agg(not s.is_online order by s.is_imported, s.sampled_at desc))[1], false) as is_offline
        from repository_sample s
       where s.source_id = ${sourceId} and s.repository_id = any(${[...repositoryIds]}::text[])
         and s.recorded_at <= ${knownAt} and s.local_day >= ${firstDay}::date
         and s.sampled_at >= ${firstDay}::date - interval '1 day'
       group by s.repository_id, s.local_day),
    older as (
      select d.repository_id, d.local_day, d.used_at, d.used_bytes, d.capacity_bytes, d.is_offline
        from repository_day d
       where d.source_id = ${sourceId} and d.repository_id = any(${[...repositoryIds]}::text[])
         and d.local_day >= ${firstDay}::date and not d.is_imported
         and d.local_day < (select min(m.local_day) from sampled m where m.repository_id = d.repository_id))
    select repository_id as "repositoryId", local_day::text as day, used_at as "usedAt", used_bytes as "usedBytes",
           capacity_bytes as "capacityBytes", is_offline as "isOffline"
      from (select * from sampled union all select * from older) found)`;
  return db.selectFrom(known.as('known')).selectAll().orderBy('repositoryId').orderBy('day').execute();
}

/**
 * Extents of a scale-out repository as they were known at a moment, with the sample that a run took at `sampledAt`. Where
 * the state of a repository does not say that it is an extent, the scale-out repository does.
 */
export function listRepositoryStates(
  db: MetricsReader,
  {
    sourceId,
    knownAt,
    sampledAt,
    scaleOutRepositoryId,
  }: { sourceId: string; knownAt: Date; sampledAt: Date; scaleOutRepositoryId: string },
) {
  const states = sql<{
    repositoryId: string;
    hostId: string | null;
    path: string | null;
    capacityBytes: number | null;
    freeBytes: number | null;
    isOnline: boolean | null;
    reason: string | null;
    extentType: string | null;
    status: string[] | null;
  }>`(
    select r.repository_id as "repositoryId", r.host_id as "hostId", r.path, s.capacity_bytes as "capacityBytes",
           s.free_bytes as "freeBytes", s.is_online as "isOnline", s.reason,
           coalesce(r.extent_type, e.tier) as "extentType", e.status
      from repository_as_of(${knownAt}) r
      left join repository_sample s
        on s.source_id = r.source_id and s.repository_id = r.repository_id and s.sampled_at = ${sampledAt}
      left join lateral (
        select x.scale_out_repository_id, x.status, x.tier
          from scale_out_extent_as_of(${knownAt}) x
         where x.source_id = r.source_id and x.repository_id = r.repository_id and x.vanished_at is null
         order by x.scale_out_repository_id limit 1) e on true
     where r.source_id = ${sourceId} and r.vanished_at is null
       and coalesce(r.scale_out_repository_id, e.scale_out_repository_id) = ${scaleOutRepositoryId})`;
  return db.selectFrom(states.as('states')).selectAll().orderBy('repositoryId').limit(1_000).execute();
}
