import { sql } from 'kysely';
import { advanceWatermark, readWatermark } from '../../src/pipeline/watermarks.ts';
import type { Batch } from '../../src/pipeline/worker.ts';
import type { Reading } from '../../src/reading.ts';
import type { Page } from '../../src/veeam/pages.ts';
import type { Context, Trx, VeeamContext } from './facts.ts';
import { lastDailyStart } from './once-a-day.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 1_440 * MINUTE_MS;
/** A point is listed late where its session took long; copies are later still, and found by the daily pass. */
const OVERLAP_MS = 2 * DAY_MS;
/** Nothing is taken as complete nearer to the server's now. */
const SETTLE_MS = 2 * MINUTE_MS;
/** What is this young may still change: it is read again daily. */
const AGAIN_DAYS = 30;
/** A little less than a week, so that weekly does not become every eight days. */
const WHOLE_AFTER_DAYS = 6.5;

/** What one run reads of a list by time: all that was created after `from`; undefined: everything. */
export type Pass = { from: Date | undefined; marks: string[]; seen: Set<string> };

/** The new rows; once a day those of the last 30 days; once a week all. */
export async function planPass(context: Context, endpoint: string, since: Date | undefined): Promise<Pass> {
  const { db, sourceId, sourceNow, source } = context;
  // A mark of a time to come was set by a clock that was wrong: what it stands for is due.
  const read = async (stream: string) => {
    const at = await readWatermark(db, { sourceId, worker: 'rto', stream });
    return at && at > sourceNow ? new Date(0) : at;
  };
  const [whole, again] = [`${endpoint} whole`, `${endpoint} again`];
  const [wholeAt, againAt] = [await read(whole), await read(again)];
  const seen = new Set<string>();
  const now = sourceNow.getTime();
  if (!since || (wholeAt && wholeAt.getTime() < now - WHOLE_AFTER_DAYS * DAY_MS))
    return { from: undefined, marks: [whole, again], seen };
  const overlap = new Date(since.getTime() - OVERLAP_MS);
  // A first reading that was cut short goes on where it was.
  if (!wholeAt) return { from: overlap, marks: [whole, again], seen };
  if (againAt && againAt >= lastDailyStart(sourceNow, source.zone)) return { from: overlap, marks: [], seen };
  const month = new Date(now - AGAIN_DAYS * DAY_MS);
  return { from: month < overlap ? month : overlap, marks: [again], seen };
}

/** The pages of a pass with how far each of them has come; rows whose time cannot be read count as rejected. */
export async function* readPass<Row extends { creationTime?: string | undefined }>(
  { source, sourceNow }: VeeamContext,
  pages: AsyncIterable<Page<Row>>,
  reading: Reading,
): AsyncGenerator<Batch<Row>> {
  const settled = new Date(sourceNow.getTime() - SETTLE_MS);
  for await (const { items, readUntil } of pages) {
    reading.rowsRejected += items.filter(({ creationTime }) => !source.parseTime(creationTime)).length;
    yield { rows: items, readUntil: readUntil && readUntil < settled ? readUntil : readUntil && settled };
  }
  if (reading.complete) yield { rows: [], readUntil: settled };
}

type Points = { table: 'restore_point' | 'replica_point'; id: string };

/** The pass has read everything from its begin on: what it did not see is gone. */
export async function settlePass(
  trx: Trx,
  { sourceId, seenAt, sourceNow, runId }: VeeamContext,
  { table, id }: Points,
  { from, marks, seen }: Pass,
): Promise<void> {
  // Whether the filter includes its limit is not documented.
  const after = from ? new Date(from.getTime() + MINUTE_MS) : new Date(0);
  await sql`
    update ${sql.table(table)} p set vanished_at = ${seenAt}, known_from = ${seenAt}
     where p.source_id = ${sourceId} and p.vanished_at is null and p.created_at >= ${after}
       and p.first_seen_at <= ${seenAt}
       and not exists (select from unnest(${[...seen]}::text[]) as s(id) where s.id = p.${sql.ref(id)})`.execute(
    trx,
  );
  for (const stream of marks)
    await advanceWatermark(
      trx,
      { sourceId, worker: 'rto', stream },
      { readUntil: sourceNow, sourceNow },
      runId,
    );
}
