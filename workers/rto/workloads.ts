import { sql } from 'kysely';
import type { Context, Trx } from '../shared/facts.ts';

/**
 * Brings the list of workloads forward. A workload is what at least one object stands for that is not outdated, also while it
 * has no point: nothing needs a restore point more. An object without a point and without an id of its machine is none where
 * the platform has a machine of that name with points. Once known it stays until no backup lists it. Name, size and tags are
 * those of its newest point.
 */
export async function refreshWorkloads(trx: Trx, { sourceId, seenAt }: Context): Promise<void> {
  await sql`update backup_object o set vanished_at = ${seenAt}, known_from = ${seenAt}
     from backup b
    where o.source_id = ${sourceId} and o.vanished_at is null
      and b.source_id = o.source_id and b.backup_id = o.backup_id and b.vanished_at is not null`.execute(trx);
  await sql`
    with object as (
      select workload_id, bool_or(name !~* '^outdated_' and (restore_points_count is distinct from 0
               or workload_id !~ '^[^/]*/(name|object)/' or not exists (
                 select from backup_object k
                  where k.source_id = b.source_id and k.vanished_at is null and k.restore_points_count is distinct from 0
                    and k.platform is not distinct from b.platform and lower(k.name) = lower(b.name)
                    and k.workload_id <> b.workload_id))) as is_one,
             (array_agg(name order by name ~* '^outdated_', restore_points_count desc nulls last, name))[1] as name,
             min(platform) as platform, min(type) as type
        from backup_object b where source_id = ${sourceId} and vanished_at is null group by workload_id),
    point as (
      select distinct on (workload_id) workload_id, original_bytes
        from restore_point
       where source_id = ${sourceId} and vanished_at is null and original_bytes is not null and workload_id is not null
       order by workload_id, created_at desc, restore_point_id),
    tag as (
      select workload_id, array_agg(distinct tag order by tag) as tags from restore_point
       where source_id = ${sourceId} and vanished_at is null and tag is not null and workload_id is not null
       group by workload_id)
    insert into workload as w (source_id, workload_id, name, platform, type, size_bytes, tags, first_seen_at, vanished_at,
                               known_from)
    select ${sourceId}, o.workload_id, o.name, o.platform, o.type, p.original_bytes, coalesce(t.tags, '{}'),
           ${seenAt}, null, ${seenAt}
      from object o left join point p using (workload_id) left join tag t using (workload_id)
     where o.is_one or exists (select from workload k where k.source_id = ${sourceId} and k.workload_id = o.workload_id)
        on conflict (source_id, workload_id) do update
       set name = excluded.name, platform = excluded.platform, type = excluded.type,
           size_bytes = coalesce(excluded.size_bytes, w.size_bytes), tags = excluded.tags, vanished_at = null,
           known_from = excluded.known_from
     where (w.name, w.platform, w.type, w.size_bytes, w.tags, w.vanished_at) is distinct from
           (excluded.name, excluded.platform, excluded.type, coalesce(excluded.size_bytes, w.size_bytes), excluded.tags,
            null::timestamptz)`.execute(trx);
  await sql`update workload w set vanished_at = ${seenAt}, known_from = ${seenAt}
    where w.source_id = ${sourceId} and w.vanished_at is null
      and not exists (select from backup_object o where o.source_id = w.source_id and o.workload_id = w.workload_id
                         and o.vanished_at is null)`.execute(trx);
}

/** A replica has no id of its machine: its points have the machine's name, which one workload of the platform alone may have. */
export async function mapReplicas(trx: Trx, { sourceId, seenAt }: Context): Promise<void> {
  await sql`
    with called as (
      select replica_id, name from replica where source_id = ${sourceId}
       union
      select replica_id, name from replica_point where source_id = ${sourceId} and name is not null),
    named as (
      select r.replica_id, min(w.workload_id) as workload_id
        from called c
        join replica r on r.source_id = ${sourceId} and r.replica_id = c.replica_id
        join workload w on w.source_id = ${sourceId} and w.platform = r.platform and w.name = c.name
       group by r.replica_id having count(distinct w.workload_id) = 1)
    update replica r set workload_id = n.workload_id, known_from = ${seenAt}
      from named n
     where r.source_id = ${sourceId} and r.replica_id = n.replica_id
       and r.workload_id is distinct from n.workload_id`.execute(trx);
}
