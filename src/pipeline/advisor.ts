import { sql, type Transaction } from 'kysely';
import { asReader, type MetricsReader, type RiskDB } from '../db/connect.ts';
import type { Databases } from '../db/database.ts';
import { withDatabaseRetry } from '../db/retry.ts';
import { withJournal } from '../journal.ts';
import type { Log } from '../log.ts';
import { nameRun, withinRun } from '../observability/run-context.ts';
import { runEnded } from '../observability/signals.ts';
import { createReading } from '../reading.ts';
import { withWorkerLock } from './locks.ts';
import { noRun, type RunSummary } from './run-worker.ts';
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
import { copyTenant } from './tenants.ts';
import { unlessOver } from './unless-over.ts';
import { programVersion } from './version.ts';
import type { WorkerName } from './worker.ts';

/** What one run of a worker that only reads tables knows. */
export type AdvisorContext = {
  sourceId: string;
  runId: string;
  /** Now, by our clock: one value for the whole run. */
  now: Date;
  /** One state of the metrics database, read-only, for the whole run. */
  metrics: MetricsReader;
  /** The transaction of the risk database that takes the conclusions. */
  trx: Transaction<RiskDB>;
  recorder: RunRecorder;
  log: Log;
  progress: (text: string) => void;
};

/** How good one input of a run was; a run with one that is not complete is partial. */
export type AdvisorInput = {
  /** What was read, such as the name of the worker that wrote it. */
  name: string;
  rows: number;
  isComplete: boolean;
  /** Why not, or how old it is. */
  reason?: string | undefined;
};

/** A worker that reads the metrics database and writes the risk database, and reaches nothing else. */
export type Advisor = {
  name: WorkerName;
  conclude: (context: AdvisorContext) => Promise<AdvisorInput[]>;
};

export type AdvisorOptions = {
  clock: () => Date;
  log: Log;
  progress?: (text: string) => void;
  /** Asked once the lock is taken, as another process may have done the work meanwhile; without it the run is wanted. */
  isWanted?: () => Promise<boolean>;
  /** Ends the run before it concludes; its reason goes on record. */
  signal?: AbortSignal | undefined;
};

/**
 * One run of an advisor on one source: takes its lock, opens a run record in the risk database, concludes from one snapshot
 * of the metrics database, and finishes the record in the transaction that takes the conclusions.
 * @returns what happened; a run that fails is recorded, not thrown
 */
export async function runAdvisor(
  advisor: Advisor,
  databases: Databases,
  sourceId: string,
  options: AdvisorOptions,
): Promise<RunSummary> {
  const started = performance.now();
  const about = { worker: advisor.name, source: sourceId };
  const summary = await withinRun(about, () =>
    withJournal(() =>
      withWorkerLock(databases.risk.pool, advisor.name, sourceId, (lost) =>
        runLocked(advisor, databases, sourceId, options, lost),
      ),
    ),
  );
  const seconds = Math.round(performance.now() - started) / 1000;
  if (!summary) {
    options.log[options.isWanted ? 'debug' : 'info'](about, 'another process runs this worker');
    return noRun('busy', seconds);
  }
  if (summary === 'skipped') return noRun('skipped', seconds);
  const { runId, status, rowsLoaded, error } = summary;
  options.log[status === 'failed' ? 'error' : 'info'](
    { ...about, runId, status, rowsLoaded, seconds, error },
    'run finished',
  );
  runEnded.send({ ...about, status, rowsLoaded, seconds });
  return { ...summary, seconds };
}

/**
 * Every source that there is something to say of, in a fixed order; none that was retired. Of Azure only what a collector has
 * concluded on: a vault or subscription that never answered has a failed run, and no facts.
 */
export async function listSources({ metrics }: Databases): Promise<string[]> {
  const rows = await withDatabaseRetry(() =>
    metrics.db
      .selectFrom('source')
      .select('source_id')
      .where('retired_at', 'is', null)
      .where(
        sql<boolean>`(kind <> 'azure' or exists (
        select from run where run.source_id = source.source_id and run.status in ('succeeded', 'partial')))`,
      )
      .orderBy('source_id')
      .execute(),
  );
  return rows.map((row) => row.source_id);
}

type Concluded = Omit<RunSummary, 'seconds' | 'status'> & { status: RunStatus };

async function runLocked(
  advisor: Advisor,
  databases: Databases,
  sourceId: string,
  { clock, log, progress = () => {}, isWanted, signal }: AdvisorOptions,
  lockLost: AbortSignal,
): Promise<Concluded | 'skipped'> {
  if (isWanted && !(await isWanted())) return 'skipped';
  const lost = signal ? AbortSignal.any([lockLost, signal]) : lockLost;
  const store = runStore(databases.risk.db);
  const now = clock();
  // Before the first of the chain: what is concluded for a tenant is concluded from what is his.
  if (advisor.name === 'risk') await withDatabaseRetry(() => copyTenant(databases, sourceId));
  const recorder = await openRun(store, {
    sourceId,
    worker: advisor.name,
    startedAt: now,
    version: programVersion(),
  });
  nameRun(recorder.runId);
  try {
    await recorder.event('started', { worker: advisor.name });
    progress('drawing conclusions');
    const concluding = concludeOnce(store, recorder, () =>
      inBoth(databases, async (metrics, trx) => {
        recorder.rowsLoaded = 0;
        const context = {
          sourceId,
          runId: recorder.runId,
          now,
          metrics,
          trx,
          recorder,
          log,
          progress,
        };
        const inputs = await advisor.conclude(context);
        lost.throwIfAborted();
        await record(recorder, inputs);
        return finishRun(runStore(trx), recorder, {
          finishedAt: clock(),
          sourceTime: now,
          apiRevision: undefined,
        });
      }),
    );
    const status = await unlessOver(concluding, lost);
    return summarise(recorder, status);
  } catch (error) {
    await failRun(store, recorder, { finishedAt: clock(), sourceTime: undefined, error });
    return { ...summarise(recorder, 'failed'), error: describeError(error) };
  }
}

/** Records each input once, also where the transaction is tried again. */
async function record(recorder: RunRecorder, inputs: AdvisorInput[]): Promise<void> {
  for (const input of inputs)
    if (!recorder.endpoints.some(({ endpoint }) => endpoint === input.name))
      await recorder.endpoint(toReading(input));
}

/** One snapshot of the metrics database beside one transaction of the risk database. */
async function inBoth<T>(
  { metrics, risk }: Databases,
  work: (metrics: MetricsReader, trx: Transaction<RiskDB>) => Promise<T>,
): Promise<T> {
  return metrics.db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute((snapshot) =>
      risk.db
        .transaction()
        .setIsolationLevel('repeatable read')
        .execute((trx) => work(asReader(snapshot), trx)),
    );
}

function toReading({ name, rows, isComplete, reason }: AdvisorInput) {
  return { ...createReading(name), rowsFetched: rows, complete: isComplete, ...(reason ? { reason } : {}) };
}

function summarise(recorder: RunRecorder, status: RunStatus): Concluded {
  return {
    runId: recorder.runId,
    status,
    rowsLoaded: recorder.rowsLoaded,
    requests: 0,
    incomplete: recorder.endpoints
      .filter(({ outcome }) => outcome !== 'complete')
      .map(({ endpoint, outcome, reason }) => ({ endpoint, outcome, reason })),
  };
}
