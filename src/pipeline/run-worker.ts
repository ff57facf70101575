import type { Databases } from '../db/database.ts';
import { withDatabaseRetry } from '../db/retry.ts';
import { withJournal } from '../journal.ts';
import type { Log } from '../log.ts';
import { nameRun, withinRun } from '../observability/run-context.ts';
import { runEnded } from '../observability/signals.ts';
import { withWorkerLock } from './locks.ts';
import {
  concludeOnce,
  describeError,
  failRun,
  finishRun,
  openRun,
  type RunRecorder,
  type RunStatus,
  runStore,
} from './runs.ts';
import { ensureSource, isKnownSource } from './sources.ts';
import { unlessOver } from './unless-over.ts';
import { programVersion } from './version.ts';
import type { RunContext, Worker } from './worker.ts';

export type SourceSettings = {
  sourceId: string;
  kind: 'veeam' | 'azure';
  name: string;
  /** Label of the tenant whose data it holds; undefined: none. */
  tenant: string | undefined;
};

/** A source that has answered: its client, and what it said about itself. */
export type OpenSource<Source> = {
  client: Source;
  /** Its clock when it was asked. */
  now: Date;
  apiRevision: string | undefined;
  upstreamId: string | undefined;
  close: () => Promise<void>;
};

export type RunOptions<Source> = {
  source: SourceSettings;
  /** @param ended the run is over for a reason of its own: nothing more is to be asked */
  open: (ended: AbortSignal) => Promise<OpenSource<Source>>;
  clock: () => Date;
  log: Log;
  /** Told what the run is doing, in words for a person who watches. */
  progress?: (text: string) => void;
  /** Started by a schedule: also a source that never answered gets a failed run. */
  isUnattended?: boolean;
  /** Asked once the lock is taken, as another process may have done the work meanwhile; without it the run is wanted. */
  isWanted?: () => Promise<boolean>;
  /** Ends the run before it concludes; its reason goes on record. */
  signal?: AbortSignal | undefined;
};

/** `busy`: another run has the lock; `skipped`: it was not wanted any more. Nothing is on record of either. */
export type RunSummary = {
  runId: string | undefined;
  status: RunStatus | 'busy' | 'skipped';
  rowsLoaded: number;
  requests: number;
  seconds: number;
  error?: { code: string; message: string };
  /** Endpoints that were not read completely, and why. */
  incomplete: { endpoint: string; outcome: string; reason: string | undefined }[];
};

/**
 * One run of a worker on one source: takes the worker's lock, opens a run record, collects in batches, concludes, and
 * finishes the record in one transaction with the conclusions. A run that fails is recorded with what is known of why.
 * @returns what happened; a source that cannot be read is a failed run, not an exception
 * @throws SourceError if the source never answered yet and somebody watches: nothing is written then
 */
export async function runWorker<Source>(
  worker: Worker<Source>,
  databases: Databases,
  options: RunOptions<Source>,
): Promise<RunSummary> {
  const { source, log } = options;
  const started = performance.now();
  const run = { worker: worker.name, source: source.sourceId };
  const summary = await withinRun(run, () =>
    withJournal(() =>
      withWorkerLock(databases.metrics.pool, worker.name, source.sourceId, (lost) =>
        runLocked(worker, databases, options, lost),
      ),
    ),
  );
  const seconds = Math.round(performance.now() - started) / 1000;
  if (!summary) {
    log[options.isWanted ? 'debug' : 'info'](run, 'another process runs this worker');
    return noRun('busy', seconds);
  }
  if (summary === 'skipped') return noRun('skipped', seconds);
  const { runId, status, rowsLoaded, requests, error } = summary;
  log[status === 'failed' ? 'error' : 'info'](
    { worker: worker.name, source: source.sourceId, runId, status, rowsLoaded, requests, seconds, error },
    'run finished',
  );
  runEnded.send({ ...run, status, rowsLoaded, seconds });
  return { ...summary, seconds };
}

/** The summary of a run that was none. */
export const noRun = (status: 'busy' | 'skipped', seconds: number): RunSummary => ({
  runId: undefined,
  status,
  rowsLoaded: 0,
  requests: 0,
  seconds,
  incomplete: [],
});

async function runLocked<Source>(
  worker: Worker<Source>,
  databases: Databases,
  options: RunOptions<Source>,
  lockLost: AbortSignal,
): Promise<(Omit<RunSummary, 'seconds' | 'status'> & { status: RunStatus }) | 'skipped'> {
  const { clock, source, isWanted, signal } = options;
  if (isWanted && !(await isWanted())) return 'skipped';
  const lost = signal ? AbortSignal.any([lockLost, signal]) : lockLost;
  const db = databases.metrics.db;
  const startedAt = clock();
  // A source that never answered is a setting to be mended: nothing is written for it. A known one gets a failed run.
  // Where nobody watches, the record is the only witness, so there it is made in any case.
  const isKnown = options.isUnattended || (await isKnownSource(db, source.sourceId));
  let opened = isKnown ? undefined : await options.open(lost);
  await withDatabaseRetry(() => ensureSource(db, source, startedAt));
  const recorder = await openRun(runStore(db), {
    sourceId: source.sourceId,
    worker: worker.name,
    startedAt,
    version: programVersion(),
  });
  nameRun(recorder.runId);
  try {
    await recorder.event('started', { worker: worker.name });
    lost.throwIfAborted();
    opened ??= await options.open(lost);
    const { upstreamId } = opened;
    await withDatabaseRetry(() => ensureSource(db, { ...source, upstreamId, hasAnswered: true }, startedAt));
    const context = toContext(databases, options, recorder, opened, startedAt);
    for (const collection of worker.collections) {
      lost.throwIfAborted();
      await unlessOver(collection.collect(context), lost);
      await recorder.event('collected', lastEndpoint(recorder));
    }
    context.progress('drawing conclusions');
    const status = await unlessOver(conclude(worker, context, opened, clock, lost), lost);
    return summarise(recorder, status);
  } catch (error) {
    const failure = { finishedAt: clock(), sourceTime: opened?.now, error };
    await failRun(runStore(db), recorder, failure);
    return { ...summarise(recorder, 'failed'), error: describeError(error) };
  } finally {
    await opened?.close();
  }
}

async function conclude<Source>(
  worker: Worker<Source>,
  context: RunContext<Source>,
  opened: OpenSource<Source>,
  clock: () => Date,
  lost: AbortSignal,
): Promise<RunStatus> {
  const { db, recorder } = context;
  return concludeOnce(runStore(db), recorder, () =>
    // Repeatable read: all conclusions rest on one state of the tables.
    db
      .transaction()
      .setIsolationLevel('repeatable read')
      .execute(async (trx) => {
        await worker.conclude(trx, context);
        lost.throwIfAborted();
        return finishRun(runStore(trx), recorder, {
          finishedAt: clock(),
          sourceTime: opened.now,
          apiRevision: opened.apiRevision,
        });
      }),
  );
}

function toContext<Source>(
  databases: Databases,
  { source, log, progress = () => {} }: RunOptions<Source>,
  recorder: RunRecorder,
  opened: OpenSource<Source>,
  seenAt: Date,
): RunContext<Source> {
  return {
    sourceId: source.sourceId,
    runId: recorder.runId,
    source: opened.client,
    db: databases.metrics.db,
    seenAt,
    sourceNow: opened.now,
    recorder,
    log,
    progress,
  };
}

function lastEndpoint(recorder: RunRecorder): Record<string, unknown> {
  const { endpoint, outcome, rowsFetched, durationMs } = recorder.endpoints.at(-1) ?? {};
  return { endpoint, outcome, rowsFetched, durationMs: Math.round(durationMs ?? 0) };
}

function summarise(
  recorder: RunRecorder,
  status: RunStatus,
): Omit<RunSummary, 'seconds' | 'status'> & { status: RunStatus } {
  const incomplete = recorder.endpoints.filter(({ outcome }) => outcome !== 'complete');
  return {
    runId: recorder.runId,
    status,
    rowsLoaded: recorder.rowsLoaded,
    requests: recorder.endpoints.reduce((sum, { requests }) => sum + requests, 0),
    incomplete: incomplete.map(({ endpoint, outcome, reason }) => ({ endpoint, outcome, reason })),
  };
}
