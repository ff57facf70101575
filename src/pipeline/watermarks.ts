import type { Transaction } from 'kysely';
import type { Metrics, MetricsDB } from '../db/connect.ts';
import type { WorkerName } from './worker.ts';

type Stream = { sourceId: string; worker: WorkerName; stream: string };

/** How far a stream has been read, by the clock of the source. @returns undefined if never */
export async function readWatermark(
  db: Metrics,
  { sourceId, worker, stream }: Stream,
): Promise<Date | undefined> {
  const row = await db
    .selectFrom('watermark')
    .select('read_until')
    .where('source_id', '=', sourceId)
    .where('worker', '=', worker)
    .where('stream', '=', stream)
    .executeTakeFirst();
  return row?.read_until;
}

/**
 * Moves a watermark forward, in the transaction that stores the rows it covers. It moves back only from a time that the
 * source's clock has not reached: then the clock was wrong when it was set.
 */
export async function advanceWatermark(
  trx: Transaction<MetricsDB>,
  { sourceId, worker, stream }: Stream,
  { readUntil, sourceNow }: { readUntil: Date; sourceNow: Date },
  runId: string,
): Promise<void> {
  await trx
    .insertInto('watermark')
    .values({ source_id: sourceId, worker, stream, read_until: readUntil, run_id: runId })
    .onConflict((conflict) =>
      conflict
        .columns(['source_id', 'worker', 'stream'])
        .doUpdateSet({ read_until: readUntil, run_id: runId })
        .where((w) =>
          w.or([w('watermark.read_until', '<', readUntil), w('watermark.read_until', '>', sourceNow)]),
        ),
    )
    .execute();
}
