import { sql } from 'kysely';
import type { Context, Trx } from './facts.ts';

type Stamp = Pick<Context, 'sourceId' | 'seenAt'>;
type Point = { backup_id: string | null; name: string };

/**
 * The workload that each of some restore points belongs to: the row of a point has no id of its object, so it is the one
 * of the object in its backup that has its name.
 * @returns in the order of the points; null: none or several of its backup have the name
 */
export async function workloadsOfPoints(
  trx: Trx,
  { sourceId }: Pick<Context, 'sourceId'>,
  points: readonly (Point | { backup_id?: string | null; name: string })[],
): Promise<(string | null)[]> {
  const backupIds = [...new Set(points.flatMap(({ backup_id }) => backup_id ?? []))];
  const { rows } = await sql<{ backup_id: string; name: string; workload_id: string }>`
    select backup_id, name, min(workload_id) as workload_id
      from backup_object
     where source_id = ${sourceId} and backup_id = any(${backupIds}) and vanished_at is null
     group by backup_id, name
    having count(distinct workload_id) = 1`.execute(trx);
  const found = new Map(rows.map((row) => [toKey(row), row.workload_id]));
  return points.map((point) => found.get(toKey(point)) ?? null);
}

const toKey = ({ backup_id, name }: { backup_id?: string | null; name: string }) =>
  `${backup_id ?? ''}\u0000${name}`;

/**
 * Points that were stored before their object was known, or whose object is known better now, get its workload. A point
 * whose name several objects of its backup have keeps what it has: `objectPoints` asks the source for those. One that is gone
 * keeps the machine it was of, as another may have its name now, unless that machine was known by its name alone.
 */
export async function mapPoints(trx: Trx, { sourceId, seenAt }: Stamp): Promise<void> {
  await sql`
    update restore_point p set workload_id = o.workload_id, known_from = ${seenAt}
      from (select backup_id, name, min(workload_id) as workload_id from backup_object
             where source_id = ${sourceId} and vanished_at is null
             group by backup_id, name having count(distinct workload_id) = 1) o
     where p.source_id = ${sourceId} and p.backup_id = o.backup_id and p.name = o.name
       and p.workload_id is distinct from o.workload_id
       and (p.vanished_at is null or p.workload_id is null or p.workload_id ~ '^[^/]*/name/')`.execute(trx);
}

/**
 * The points of some backups that have no workload yet get it. Those that have one keep it: whether they are still there, and
 * not another machine of that name, is known only when the points were read.
 */
export async function mapWaitingPoints(
  trx: Trx,
  { sourceId, seenAt }: Stamp,
  backupIds: readonly string[],
): Promise<void> {
  await sql`
    update restore_point p set workload_id = o.workload_id, known_from = ${seenAt}
      from (select backup_id, name, min(workload_id) as workload_id from backup_object
             where source_id = ${sourceId} and backup_id = any(${backupIds}::text[]) and vanished_at is null
             group by backup_id, name having count(distinct workload_id) = 1) o
     where p.source_id = ${sourceId} and p.backup_id = o.backup_id and p.name = o.name
       and p.workload_id is null and p.vanished_at is null`.execute(trx);
}
