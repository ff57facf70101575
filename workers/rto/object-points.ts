import { sql } from 'kysely';
import { SourceError } from '../../src/errors.ts';
import { defineCollection } from '../../src/pipeline/collect.ts';
import { advanceWatermark } from '../../src/pipeline/watermarks.ts';
import type { Reading } from '../../src/reading.ts';
import { listRestorePoints } from '../../src/veeam/restore-points.ts';
import type { Trx, VeeamContext } from '../shared/facts.ts';
import { mapPoints } from '../shared/workload-of-point.ts';
import type { VeeamSource } from '../veeam-source.ts';
import { ASKED, listWanted, portionOf, type Wanted } from './object-points-wanted.ts';

type Found = { pointId: string; workloadId: string };
/** What the source said of one backup; `isDone`: of each of its objects. */
type Answer = { backupId: string; found: Found[]; isDone: boolean };

/**
 * Points whose machine the name does not tell, since several objects of the backup have it or none has it any more: the
 * source is asked object by object, which is slow and therefore done for those alone that may have such points, and again
 * only when there are new ones, or after a day.
 */
export const objectPoints = defineCollection<VeeamSource, Answer, Answer>('rto', {
  endpoint: 'backupObjects/restorePoints',
  optional: true,
  extract: async function* (context, _since, reading) {
    await context.db.transaction().execute((trx) => mapPoints(trx, context));
    const { backups, left } = portionOf(await listWanted(context));
    let failures = 0;
    for (const { backupId, objects, isWhole } of backups) {
      const answer = await askBackup(context, objects, reading);
      failures += answer.failures;
      yield { rows: [{ backupId, found: answer.found, isDone: isWhole && answer.failures === 0 }] };
    }
    reading.complete = left === 0 && failures === 0;
    const reasons = [
      ...(left > 0 ? [`${left} objects are left for the next run`] : []),
      ...(failures > 0 ? [`of ${failures} objects the points could not be read`] : []),
    ];
    if (reasons.length > 0) reading.reason = reasons.join('; ');
  },
  transform: (answers) => answers,
  load: async (trx, answers, context) => {
    let changed = 0;
    for (const { backupId, found, isDone } of answers) {
      changed += await store(trx, found, context);
      if (isDone) await markAsked(trx, backupId, context);
    }
    return changed;
  },
});

async function askBackup(
  context: VeeamContext,
  objects: readonly Wanted[],
  reading: Reading,
): Promise<{ found: Found[]; failures: number }> {
  const claims = new Map<string, Set<string>>();
  let failures = 0;
  for (const one of objects) {
    const points = await pointsOf(context, one, reading);
    if (points === null) failures += 1;
    for (const id of points ?? []) claims.set(id, (claims.get(id) ?? new Set()).add(one.workload_id));
  }
  // A server that leaves out the filter gives each object all points: then none of them is told. Of one answer alone among
  // several that failed this cannot be seen.
  const isTold = failures === 0 || objects.length - failures > 1;
  const found = [...claims].flatMap(([pointId, [workloadId, ...others]]) =>
    isTold && workloadId !== undefined && others.length === 0 ? [{ pointId, workloadId }] : [],
  );
  return { found, failures };
}

/** null: they could not be read. */
async function pointsOf(
  { source }: VeeamContext,
  { object_id, backup_id }: Wanted,
  reading: Reading,
): Promise<string[] | null> {
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
    return reading.complete ? ids : null;
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    // Gone since the objects were listed.
    if (error.code === 'not-found') return [];
    if (!['rejected', 'server-error', 'bad-answer'].includes(error.code)) throw error;
    return null;
  }
}

/** An answer that has a point which the name gives to another machine was not filtered: it tells nothing. */
async function store(trx: Trx, found: readonly Found[], { sourceId, seenAt }: VeeamContext): Promise<number> {
  if (found.length === 0) return 0;
  const ids = found.map(({ pointId }) => pointId);
  const workloads = found.map(({ workloadId }) => workloadId);
  const result = await sql`
    with told as (select * from unnest(${ids}::text[], ${workloads}::text[]) as t(id, workload_id)),
    contradicted as (
      select t.workload_id
        from told t
        join restore_point p on p.source_id = ${sourceId} and p.restore_point_id = t.id and p.workload_id <> t.workload_id)
    update restore_point p set workload_id = t.workload_id, known_from = ${seenAt}
      from told t
     where p.source_id = ${sourceId} and p.restore_point_id = t.id and p.workload_id is null
       and t.workload_id not in (select workload_id from contradicted)`.execute(trx);
  return Number(result.numAffectedRows ?? 0);
}

/** By our own clock, as the points are known since a time of that clock. */
async function markAsked(
  trx: Trx,
  backupId: string,
  { sourceId, seenAt, runId }: VeeamContext,
): Promise<void> {
  const stream = { sourceId, worker: 'rto' as const, stream: ASKED + backupId };
  await advanceWatermark(trx, stream, { readUntil: seenAt, sourceNow: seenAt }, runId);
}
