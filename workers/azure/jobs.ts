import { type AzureJob, listJobs } from '../../src/azure/jobs.ts';
import { defineCollection } from '../../src/pipeline/collect.ts';
import type { Batch, Reading, RunContext } from '../../src/pipeline/worker.ts';
import { addReading, createReading } from '../../src/reading.ts';
import { readItemLookup } from './item-lookup.ts';
import { type JobRows, toJobRows, toSessionId } from './job-rows.ts';
import { seenJobs, storeJobs } from './job-store.ts';
import type { AzureSource } from './source.ts';
import { vaultKeyOf } from './vault-key.ts';
import { trySweep } from './whole-list.ts';

type Context = RunContext<AzureSource>;

const MINUTE_MS = 60_000;
const DAY_MS = 1_440 * MINUTE_MS;
/** A job may be listed late, and Resource Graph is behind. */
const OVERLAP_MS = 120 * MINUTE_MS;
const SETTLE_MS = 2 * MINUTE_MS;
/** What is asked for at once, and lost by a kill at most. Azure takes 30. */
const WINDOW_DAYS = 10;
/** Resource Graph forgets jobs after 14 days. */
const SWEEP_DAYS = 13;

/** Jobs since the last reading: backups and restores as sessions of their items, all else as operations. */
export const azureJobs = defineCollection<AzureSource, AzureJob, JobRows>('health', {
  endpoint: 'backupJobs',
  optional: false,
  extract: async function* (context, since, reading) {
    const { sourceNow, source, db, sourceId } = context;
    await seenJobs.begin(context, await readItemLookup(db, sourceId));
    const now = sourceNow.getTime();
    const from = since ? since.getTime() - OVERLAP_MS : now - source.backfillDays * DAY_MS;
    for await (const batch of (await sweptJobs(context, new Date(from), reading)) ??
      windows(context, from, reading)) {
      reading.rowsRejected += batch.rows.filter(({ startTime }) => !startTime).length;
      yield batch;
    }
  },
  transform: (jobs, context) => toRows(jobs, context),
  prepare: storeJobs.prepare,
  load: storeJobs.load,
});

/** Rows of jobs with the items that they were about; each counts as seen by this run. */
export function toRows(jobs: AzureJob[], context: Context): JobRows[] {
  const { sourceId, seenAt } = context;
  return jobs.flatMap((job) => {
    seenJobs.add(context, toSessionId(job));
    return toJobRows(job, { sourceId, seenAt, itemId: seenJobs.itemOf(context, job) }) ?? [];
  });
}

/** Out of an answer about all vaults, where the time is short enough. undefined: the vault has to be asked. */
async function sweptJobs(
  context: Context,
  from: Date,
  reading: Reading,
): Promise<Batch<AzureJob>[] | undefined> {
  const { source, sourceNow } = context;
  const { sweep } = source;
  if (!sweep || sourceNow.getTime() - from.getTime() > SWEEP_DAYS * DAY_MS) return undefined;
  const swept = await trySweep(context, reading, () => sweep.jobs(vaultKeyOf(source), from));
  if (!swept || swept.rows.length === 0) return undefined;
  reading.rowsFetched += swept.rows.length;
  reading.complete = true;
  return [{ rows: swept.rows, readUntil: new Date(sourceNow.getTime() - SETTLE_MS) }];
}

/** Window by window, oldest first; how far the endpoint has been read moves on with each. */
async function* windows(
  { source, sourceNow }: Context,
  from: number,
  reading: Reading,
): AsyncGenerator<Batch<AzureJob>> {
  const now = sourceNow.getTime();
  let isComplete = true;
  for (let start = from; start < now; start += WINDOW_DAYS * DAY_MS) {
    const end = Math.min(start + WINDOW_DAYS * DAY_MS, now);
    const part = createReading(reading.endpoint);
    const window = { from: new Date(start), to: new Date(end === now ? end + MINUTE_MS : end) };
    try {
      for await (const { items } of listJobs(source.client, source.ref, window, { reading: part }))
        yield { rows: items };
    } finally {
      addReading(reading, part);
      Object.assign(reading, 'throttle' in part && { throttle: part.throttle });
    }
    isComplete &&= part.complete && part.rowsRejected === 0;
    reading.reason ??= part.reason;
    // Behind a gap nothing counts as read.
    if (isComplete) yield { rows: [], readUntil: new Date(Math.min(end, now - SETTLE_MS)) };
  }
  reading.complete = isComplete;
}
