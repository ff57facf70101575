import { sql } from 'kysely';
import { SourceError } from '../../src/errors.ts';
import { defineCollection } from '../../src/pipeline/collect.ts';
import { createReading } from '../../src/reading.ts';
import { listRestorePoints } from '../../src/veeam/restore-points.ts';
import type { Context, Trx } from '../shared/facts.ts';
import type { VeeamSource } from '../veeam-source.ts';
import { mapPoints } from './workloads.ts';

/** Objects that are asked for in one run; the others follow in the next. */
const MOST = 300;

type Wanted = { object_id: string; backup_id: string; workload_id: string };
type Found = { pointId: string; workloadId: string };

/**
 * Points whose machine the name does not tell, since several objects of the backup have it or none has it any more: the
 * source is asked object by object, which is slow and therefore done for these alone.
 */
export const objectPoints = defineCollection<VeeamSource, Found, Found>('rto', {
  endpoint: 'backupObjects/restorePoints',
  optional: true,
  extract: async function* (context, _since, reading) {
    await context.db.transaction().execute((trx) => mapPoints(trx, context));
    const wanted = await listWanted(context);
    const claims = new Map<string, Set<string>>();
    for (const one of wanted.slice(0, MOST))
      for (const pointId of await pointsOf(context, one, reading))
        claims.set(pointId, (claims.get(pointId) ?? new Set()).add(one.workload_id));
    // A server that leaves out the filter gives each object all points: then none of them is told.
    const rows = [...claims].flatMap(([pointId, [workloadId, ...others]]) =>
      workloadId !== undefined && others.length === 0 ? [{ pointId, workloadId }] : [],
    );
    yield { rows };
    reading.complete = wanted.length <= MOST;
    if (!reading.complete) reading.reason = `${wanted.length - MOST} objects are left for the next run`;
  },
  transform: (rows) => rows,
  load: store,
});

/** Objects of backups that have points without a workload. */
async function listWanted({ db, sourceId }: Context): Promise<Wanted[]> {
  const { rows } = await sql<Wanted>`
    select o.object_id, o.backup_id, o.workload_id
      from backup_object o
      join (select distinct backup_id from restore_point
             where source_id = ${sourceId} and workload_id is null and vanished_at is null and backup_id is not null) p
        on p.backup_id = o.backup_id
     where o.source_id = ${sourceId} and o.vanished_at is null and o.restore_points_count is distinct from 0
     order by o.backup_id, o.object_id`.execute(db);
  return rows;
}

async function pointsOf(
  { source }: Context,
  { object_id, backup_id }: Wanted,
  reading: ReturnType<typeof createReading>,
): Promise<string[]> {
  const ids: string[] = [];
  // A name was put behind an id that the source gave twice.
  const [backupObjectId] = object_id.split(' ');
  try {
    for await (const { items } of listRestorePoints(source.client, {
      backupId: backup_id,
      backupObjectId,
      reading,
    }))
      ids.push(...items.filter(({ backupId }) => backupId === backup_id).map(({ id }) => id));
    return ids;
  } catch (error) {
    if (!(error instanceof SourceError && ['not-found', 'rejected', 'server-error'].includes(error.code)))
      throw error;
    return [];
  }
}

async function store(trx: Trx, rows: Found[], { sourceId, seenAt }: Context): Promise<number> {
  const ids = rows.map(({ pointId }) => pointId);
  const workloads = rows.map(({ workloadId }) => workloadId);
  const result = await sql`
    update restore_point p set workload_id = f.workload_id, known_from = ${seenAt}
      from unnest(${ids}::text[], ${workloads}::text[]) as f(id, workload_id)
     where p.source_id = ${sourceId} and p.restore_point_id = f.id
       and p.workload_id is distinct from f.workload_id`.execute(trx);
  return Number(result.numAffectedRows ?? 0);
}
