import { sql } from 'kysely';
import { NEWEST, WHOLE } from '../azure/points-due.ts';
import type { Context, Trx } from '../shared/facts.ts';

/** A full reading is due every day; what was not read for this long may have expired unseen. */
const STALE_DAYS = 3;

/**
 * Items of which it is not known whether their points are all that there are: never read in full, not for days, or with a newer
 * point by the list of items than was read.
 */
export async function readUnreadItems(trx: Trx, { sourceId, sourceNow }: Context): Promise<Set<string>> {
  const since = new Date(sourceNow.getTime() - STALE_DAYS * 86_400_000);
  const { rows } = await sql<{ item_id: string }>`
    select i.item_id
      from azure_item i
      left join watermark w on w.source_id = i.source_id and w.worker = 'rto' and w.stream = ${WHOLE} || i.item_id
      left join watermark n on n.source_id = i.source_id and n.worker = 'rto' and n.stream = ${NEWEST} || i.item_id
     where i.source_id = ${sourceId} and i.vanished_at is null
       and (w.read_until is null or w.read_until < ${since} or i.last_point_at > coalesce(n.read_until, '-infinity'))`.execute(
    trx,
  );
  return new Set(rows.map(({ item_id }) => item_id));
}

/** Workloads with such items, and whether any of these could be restored from as it is: what is deleted could not. */
export async function readUnreadWorkloads(trx: Trx, context: Context): Promise<Map<string, boolean>> {
  const items = [...(await readUnreadItems(trx, context))];
  const { rows } = await sql<{ workload_id: string; is_usable: boolean }>`
    select o.workload_id, bool_or(i.is_soft_deleted is distinct from true) as is_usable
      from azure_item i
      join backup_object o on o.source_id = i.source_id and o.backup_id = i.item_id and o.object_id = i.item_id
     where i.source_id = ${context.sourceId} and i.item_id = any(${items})
     group by o.workload_id`.execute(trx);
  return new Map(rows.map(({ workload_id, is_usable }) => [workload_id, is_usable]));
}

/** Workloads whose items are all deleted and kept for some days, and until when all of that can be brought back; null: not said. */
export async function readDeletedWorkloads(
  trx: Trx,
  { sourceId }: Context,
): Promise<Map<string, Date | null>> {
  const { rows } = await sql<{ workload_id: string; until: Date | null }>`
    select o.workload_id, min(i.deleted_for_good_at) as until
      from azure_item i
      join backup_object o on o.source_id = i.source_id and o.backup_id = i.item_id and o.object_id = i.item_id
     where i.source_id = ${sourceId} and i.vanished_at is null and o.vanished_at is null
     group by o.workload_id
    having bool_and(coalesce(i.is_soft_deleted, false))`.execute(trx);
  return new Map(rows.map(({ workload_id, until }) => [workload_id, until]));
}

/**
 * Points go with their item. That they were read says nothing about them once the item is there again, so its marks go back
 * to where nothing is read.
 */
export async function forgetPointsOfGoneItems(trx: Trx, { sourceId, seenAt, runId }: Context): Promise<void> {
  await sql`
    update watermark set read_until = 'epoch', run_id = ${runId}
     where source_id = ${sourceId} and worker = 'rto' and read_until > 'epoch'
       and stream in (select kind || item_id from azure_item cross join (values (${WHOLE}), (${NEWEST})) as k(kind)
                       where source_id = ${sourceId} and vanished_at is not null)`.execute(trx);
  for (const [table, item] of [
    ['restore_point', 'backup_id'],
    ['azure_point', 'item_id'],
  ] as const)
    await sql`
      update ${sql.table(table)} p set vanished_at = ${seenAt}, known_from = ${seenAt}
        from azure_item i
       where p.source_id = ${sourceId} and p.vanished_at is null and i.source_id = p.source_id
         and i.item_id = p.${sql.ref(item)} and i.vanished_at is not null`.execute(trx);
}
