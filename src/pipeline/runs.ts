import { randomUUID } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { Metrics, MetricsDB, Risk } from '../db/connect.ts';
import { isMendableDatabaseError, withDatabaseRetry } from '../db/retry.ts';
import { SourceError } from '../errors.ts';
import { journalEntries } from '../journal.ts';
import { toJson, toStorable } from './storable.ts';
import type { Reading, WorkerName } from './worker.ts';

/** The tables that hold the record of runs, in either database. */
type RunTables = Pick<MetricsDB, 'run' | 'run_endpoint' | 'run_event'>;
export type RunStore = Kysely<RunTables>;

/** The record of runs in one of the databases (or in a transaction of it). */
export const runStore = (db: Metrics | Risk): RunStore => db as unknown as RunStore;

type Outcome = 'complete' | 'incomplete' | 'forbidden' | 'failed';
type EndpointRecord = Reading & { outcome: Outcome };

/** The record of a run while it goes on. What it is told is stored at once, so that a run that is killed says how far it came. */
export type RunRecorder = {
  sourceId: string;
  runId: string;
  endpoints: EndpointRecord[];
  rowsLoaded: number;
  event: (action: string, detail?: Record<string, unknown>) => Promise<void>;
  endpoint: (reading: Reading, error?: unknown) => Promise<void>;
};

export type RunStatus = 'succeeded' | 'partial' | 'failed';

/** Opens the record of a run. Runs of this worker that never ended are marked as abandoned: the caller holds the worker's lock. */
export async function openRun(
  db: RunStore,
  {
    sourceId,
    worker,
    startedAt,
    version,
  }: { sourceId: string; worker: WorkerName; startedAt: Date; version: string },
): Promise<RunRecorder> {
  const runId = randomUUID();
  // Where the answer of the commit was lost the record is there already.
  await withDatabaseRetry(() =>
    db.transaction().execute(async (trx) => {
      await trx
        .updateTable('run')
        .set({ status: 'abandoned' })
        .where('source_id', '=', sourceId)
        .where('worker', '=', worker)
        .where('status', '=', 'running')
        .where('run_id', '<>', runId)
        .execute();
      await trx
        .insertInto('run')
        .values({
          source_id: sourceId,
          run_id: runId,
          worker,
          status: 'running',
          started_at: startedAt,
          program_version: version,
        })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    }),
  );
  return createRecorder(db, sourceId, runId);
}

/** Ends a run that concluded, in the transaction that writes its results. @throws if it is over already: nothing may be written */
export async function finishRun(
  trx: RunStore,
  recorder: RunRecorder,
  finish: { finishedAt: Date; sourceTime: Date; apiRevision: string | undefined },
): Promise<RunStatus> {
  const isWhole = recorder.endpoints.every(({ outcome, isExtra }) => outcome === 'complete' || isExtra);
  const status = isWhole ? 'succeeded' : 'partial';
  if (!(await closeRun(trx, recorder, { ...finish, status })))
    throw new Error('the run is over already: it was given up, or it had concluded');
  return status;
}

/**
 * Concludes, again where the database could not, and once: of a commit whose answer was lost nobody knows whether it came
 * through until the record is looked at.
 */
export async function concludeOnce(
  db: RunStore,
  recorder: RunRecorder,
  conclude: () => Promise<RunStatus>,
): Promise<RunStatus> {
  let tries = 0;
  const status = await withDatabaseRetry(async () => {
    tries += 1;
    return (tries > 1 ? await concludedStatus(db, recorder) : undefined) ?? conclude();
  });
  await recorder.event('concluded', { status });
  return status;
}

/** How a run concluded; undefined: it did not. */
async function concludedStatus(
  db: RunStore,
  { sourceId, runId }: RunRecorder,
): Promise<RunStatus | undefined> {
  const row = await db
    .selectFrom('run')
    .select('status')
    .where('source_id', '=', sourceId)
    .where('run_id', '=', runId)
    .executeTakeFirst();
  return row?.status === 'succeeded' || row?.status === 'partial' ? row.status : undefined;
}

/** Ends a run that concluded nothing. What is wrong may be the database itself, so this is not given up soon. */
export async function failRun(
  db: RunStore,
  recorder: RunRecorder,
  failure: { finishedAt: Date; sourceTime: Date | undefined; error: unknown },
): Promise<void> {
  await withDatabaseRetry(
    () => closeRun(db, recorder, { ...failure, apiRevision: undefined, status: 'failed' }),
    isMendableDatabaseError,
  );
  await recorder.event('failed', { error: describeError(failure.error).message });
}

/** A run that was ended from outside before it concluded: nothing is wrong with its source, and another one is to follow. */
export class StoppedError extends Error {
  override readonly name = 'StoppedError';
  readonly code = 'stopped';
}

/** What a run record may say about an error: its class and its message, which by our rules holds no secret. */
export function describeError(error: unknown): { code: string; message: string } {
  if (error instanceof SourceError) return { code: error.code, message: toStorable(error.message) };
  const code = error && typeof error === 'object' && 'code' in error ? String(error.code) : 'internal';
  return { code, message: toStorable(error instanceof Error ? error.message : String(error)) };
}

function createRecorder(db: RunStore, sourceId: string, runId: string): RunRecorder {
  let seq = 0;
  const endpoints: EndpointRecord[] = [];
  const recorder: RunRecorder = {
    sourceId,
    runId,
    endpoints,
    rowsLoaded: 0,
    event: async (action, detail = {}) => {
      seq += 1;
      const stamp = { source_id: sourceId, run_id: runId, seq, at: new Date(), action };
      const isLast = action === 'concluded' || action === 'failed';
      await withDatabaseRetry(
        () =>
          db
            .insertInto('run_event')
            .values({ ...stamp, detail: toJson(isLast ? { ...detail, ...journalEntries() } : detail) })
            .onConflict((conflict) => conflict.doNothing())
            .execute(),
        isLast ? isMendableDatabaseError : undefined,
      );
    },
    endpoint: async (reading, error) => {
      const record = {
        ...reading,
        outcome: toOutcome(reading, error),
        reason: reading.reason ?? messageOf(error),
      };
      endpoints.push(record);
      await withDatabaseRetry(() => storeEndpoint(db, sourceId, runId, record));
    },
  };
  return recorder;
}

const messageOf = (error: unknown) => (error === undefined ? undefined : describeError(error).message);

function toOutcome(reading: Reading, error: unknown): Outcome {
  if (error instanceof SourceError && error.code === 'forbidden') return 'forbidden';
  if (error !== undefined) return 'failed';
  return reading.complete && reading.rowsRejected === 0 ? 'complete' : 'incomplete';
}

async function storeEndpoint(
  db: RunStore,
  sourceId: string,
  runId: string,
  record: EndpointRecord,
): Promise<void> {
  await db
    .insertInto('run_endpoint')
    .values({
      source_id: sourceId,
      run_id: runId,
      endpoint: record.endpoint,
      outcome: record.outcome,
      message: record.reason === undefined ? null : toStorable(record.reason),
      requests: record.requests,
      retries: record.retries,
      pages: record.pages,
      rows_fetched: record.rowsFetched,
      rows_total: record.rowsTotal,
      rows_rejected: record.rowsRejected,
      rows_repeated: record.duplicates,
      duration_ms: record.durationMs,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** @returns false if the run is not under way any more */
async function closeRun(
  db: RunStore,
  { sourceId, runId, endpoints, rowsLoaded }: RunRecorder,
  finish: {
    status: RunStatus;
    finishedAt: Date;
    sourceTime: Date | undefined;
    apiRevision: string | undefined;
    error?: unknown;
  },
): Promise<boolean> {
  const failure = finish.error === undefined ? undefined : describeError(finish.error);
  const { numUpdatedRows } = await db
    .updateTable('run')
    .set({
      status: finish.status,
      finished_at: finish.finishedAt,
      source_time: finish.sourceTime ?? null,
      api_revision: finish.apiRevision ?? null,
      error_code: failure?.code ?? null,
      error_message: failure?.message ?? null,
      rows_loaded: rowsLoaded,
      requests: endpoints.reduce((sum, { requests }) => sum + requests, 0),
    })
    .where('source_id', '=', sourceId)
    .where('run_id', '=', runId)
    // What has concluded has: a failure that comes after it, such as a stop, takes nothing back.
    .where('status', '=', 'running')
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}
