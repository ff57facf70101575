import { sql } from 'kysely';
import type { Context, Trx } from '../shared/facts.ts';

export type Workload = { id: string; name: string };

/** Which machine an object of a backup is. */
export type Workloads = {
  /** null: the objects of the backup have not been read, or it is not among them. */
  ofObject: (backupId: string, objectId: string | null) => Workload | null;
  nameOf: (workloadId: string) => string | null;
};

export async function readWorkloads(trx: Trx, { sourceId }: Context): Promise<Workloads> {
  const { rows } = await sql<{ backup_id: string; object_id: string; workload_id: string; name: string }>`
    select o.backup_id, o.object_id, o.workload_id, coalesce(w.name, o.name) as name
      from backup_object o
      left join workload w on w.source_id = o.source_id and w.workload_id = o.workload_id
     where o.source_id = ${sourceId} and o.vanished_at is null
     order by o.backup_id, o.object_id`.execute(trx);
  const found = new Map(
    rows.map((row) => [`${row.backup_id} ${row.object_id}`, { id: row.workload_id, name: row.name }]),
  );
  const names = new Map(rows.map((row) => [row.workload_id, row.name]));
  return {
    nameOf: (workloadId) => names.get(workloadId) ?? null,
    ofObject: (backupId, objectId) =>
      objectId === null ? null : (found.get(`${backupId} ${objectId}`) ?? null),
  };
}

/** What some files hold: the objects that they name, else those of the restore points in them. */
export async function readWorkloadsOfFiles(
  trx: Trx,
  { sourceId }: Context,
  fileIds: readonly string[],
): Promise<Map<string, Workload[]>> {
  const { rows } = await sql<{ file_id: string; id: string; name: string }>`
    with held as (
      select f.backup_file_id as file_id, o.workload_id as id, o.name
        from backup_file f
        join backup_object o on o.source_id = f.source_id and o.backup_id = f.backup_id and o.object_id = any(f.object_ids)
       where f.source_id = ${sourceId} and f.backup_file_id = any(${[...fileIds]})
      union
      select p.backup_file_id, p.workload_id, p.name
        from restore_point p
       where p.source_id = ${sourceId} and p.backup_file_id = any(${[...fileIds]}) and p.workload_id is not null)
    select h.file_id, h.id, coalesce(min(w.name), min(h.name)) as name
      from held h
      left join workload w on w.source_id = ${sourceId} and w.workload_id = h.id
     group by h.file_id, h.id
     order by h.file_id, h.id`.execute(trx);
  return new Map(
    [...Map.groupBy(rows, ({ file_id }) => file_id)].map(([fileId, own]) => [
      fileId,
      own.map(({ id, name }) => ({ id, name })),
    ]),
  );
}
