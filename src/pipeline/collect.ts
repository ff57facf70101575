import { isPassingDatabaseError, withDatabaseRetry } from '../db/retry.ts';
import { SourceError } from '../errors.ts';
import { createReading } from '../reading.ts';
import { advanceWatermark, readWatermark } from './watermarks.ts';
import type { AnyCollection, Batch, Collection, RunContext, WorkerName } from './worker.ts';

/** Rows per commit: enough that a commit costs little, few enough that a kill costs little and memory stays flat. */
const BATCH_ROWS = 1_000;

/** Trouble of one endpoint alone; anything else means that the server as a whole cannot be read now. */
const OF_ONE_ENDPOINT = new Set(['forbidden', 'not-found', 'rejected', 'server-error', 'bad-answer']);

/** Turns the parts of a collection into something that can be run with others of different rows. */
export function defineCollection<Source, Item, Row>(
  worker: WorkerName,
  collection: Collection<Source, Item, Row>,
): AnyCollection<Source> {
  const { endpoint, optional } = collection;
  return { endpoint, optional, collect: (context) => collect(worker, collection, context) };
}

/**
 * Reads one endpoint into its tables and records how completely. An endpoint that may not be read or that fails is
 * recorded; the run goes on if it can do without.
 * @throws SourceError if the run cannot go on
 */
async function collect<Source, Item, Row>(
  worker: WorkerName,
  collection: Collection<Source, Item, Row>,
  context: RunContext<Source>,
): Promise<void> {
  const { sourceId, db, recorder } = context;
  const stream = { sourceId, worker, stream: collection.endpoint };
  const since = notAhead(await readWatermark(db, stream), context.sourceNow);
  const reading = createReading(collection.endpoint);
  const started = performance.now();
  const done = (error?: unknown) => {
    reading.durationMs = performance.now() - started;
    return recorder.endpoint(reading, error);
  };
  try {
    for await (const batch of inBatches(collection.extract(context, since, reading))) {
      await storeBatch(collection, batch, context, stream);
      const total = reading.rowsTotal === null ? '' : ` of ${reading.rowsTotal}`;
      context.progress(`${collection.endpoint}: ${reading.rowsFetched}${total} rows`);
    }
    // A row that could not be read is there all the same: nothing may be taken for gone then.
    if (reading.complete && reading.rowsRejected === 0 && collection.finish) {
      const { finish } = collection;
      await db.transaction().execute((trx) => finish(trx, context));
    }
    await done();
  } catch (error) {
    if (!isPassingDatabaseError(error)) await done(error);
    if (!(collection.optional && error instanceof SourceError && OF_ONE_ENDPOINT.has(error.code)))
      throw error;
    context.log.warn({ endpoint: collection.endpoint, code: error.code }, 'endpoint left out');
  }
}

async function storeBatch<Source, Item, Row>(
  { transform, prepare, load }: Collection<Source, Item, Row>,
  { rows: items, readUntil }: Batch<Item>,
  context: RunContext<Source>,
  stream: { sourceId: string; worker: WorkerName; stream: string },
): Promise<void> {
  const rows = transform(items, context);
  await prepare?.(rows, context);
  const loaded = await withDatabaseRetry(() =>
    context.db.transaction().execute(async (trx) => {
      const count = await load(trx, rows, context);
      if (readUntil)
        await advanceWatermark(trx, stream, { readUntil, sourceNow: context.sourceNow }, context.runId);
      return count;
    }),
  );
  context.recorder.rowsLoaded += loaded;
}

/** How far back is read where the clock of the source was set back. */
const AGAIN_MS = 14 * 86_400_000;

/** A clock that was ahead once has left a mark in the future, before which nothing would be read until then. */
function notAhead(since: Date | undefined, sourceNow: Date): Date | undefined {
  return since && since > sourceNow ? new Date(sourceNow.getTime() - AGAIN_MS) : since;
}

/** Joins small pages to batches worth a commit. */
async function* inBatches<Item>(pages: AsyncIterable<Batch<Item>>): AsyncGenerator<Batch<Item>> {
  let rows: Item[] = [];
  let readUntil: Date | undefined;
  for await (const page of pages) {
    rows.push(...page.rows);
    readUntil = page.readUntil ?? readUntil;
    if (rows.length < BATCH_ROWS) continue;
    yield { rows, readUntil };
    rows = [];
  }
  if (rows.length > 0 || readUntil) yield { rows, readUntil };
}
