import { sql } from 'kysely';
import type { Context } from '../shared/facts.ts';

/** Watermark of a backup: the points of its objects were asked for, by our own clock. */
export const ASKED = 'objectPoints ';

/** Objects that are asked for in one run; the others follow in the next. */
const MOST = 300;
/** What the source could not tell may be told when its list of objects has changed. */
const AGAIN_HOURS = 20;

export type Wanted = { object_id: string; backup_id: string; workload_id: string };
type Portion = { backupId: string; objects: Wanted[]; isWhole: boolean };

/**
 * Objects that points without a workload may belong to: those of the name of such a point, and those that have more points
 * than are known to be theirs. Backups that were never asked for come first, then those asked for longest ago.
 */
export async function listWanted({ db, sourceId, seenAt, runId }: Context): Promise<Wanted[]> {
  const again = new Date(seenAt.getTime() - AGAIN_HOURS * 3_600_000);
  const { rows } = await sql<Wanted>`
    with untold as (
      select backup_id, name, max(first_seen_at) as seen_at from restore_point
       where source_id = ${sourceId} and workload_id is null and vanished_at is null and backup_id is not null
       group by backup_id, name),
    due as (
      select u.backup_id, max(w.read_until) as asked_at
        from untold u
        left join watermark w on w.source_id = ${sourceId} and w.worker = 'rto' and w.stream = ${ASKED} || u.backup_id
       group by u.backup_id
      having max(w.read_until) is null or max(u.seen_at) > max(w.read_until) or max(w.read_until) < ${again}),
    told as (
      select p.backup_id, p.workload_id, count(*) as points
        from restore_point p join due using (backup_id)
       where p.source_id = ${sourceId} and p.workload_id is not null and p.vanished_at is null
       group by p.backup_id, p.workload_id)
    select o.object_id, o.backup_id, o.workload_id
      from backup_object o
      join due d using (backup_id)
      left join told t on t.backup_id = o.backup_id and t.workload_id = o.workload_id
     where o.source_id = ${sourceId} and o.vanished_at is null and o.restore_points_count is distinct from 0
       and (o.restore_points_count is null or o.restore_points_count > coalesce(t.points, 0)
            or exists (select from untold u where u.backup_id = o.backup_id and u.name = o.name))
     order by d.asked_at nulls first, o.backup_id, md5(o.object_id || ${runId}), o.object_id`.execute(db);
  return rows;
}

/** Whole backups, as many as one run asks for; of one with more objects than that a part, another one in each run. */
export function portionOf(wanted: readonly Wanted[], most = MOST): { backups: Portion[]; left: number } {
  const backups: Portion[] = [];
  let count = 0;
  for (const [backupId, own] of Map.groupBy(wanted, ({ backup_id }) => backup_id)) {
    if (count > 0 && count + own.length > most) break;
    const objects = own.slice(0, most);
    backups.push({ backupId, objects, isWhole: objects.length === own.length });
    count += objects.length;
  }
  return { backups, left: wanted.length - count };
}
