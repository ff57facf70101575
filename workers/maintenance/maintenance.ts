import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Retention } from '../../src/business/retention.ts';
import type { Metrics, Risk } from '../../src/db/connect.ts';
import type { Databases } from '../../src/db/database.ts';
import { withDatabaseRetry } from '../../src/db/retry.ts';
import type { Log } from '../../src/log.ts';
import { withWorkerLock } from '../../src/pipeline/locks.ts';
import { type Batch, METRICS_STEPS, RISK_STEPS, type Step } from './steps.ts';

export type Maintained = 'metrics' | 'risk';

export type MaintenanceOptions = {
  retention: Retention;
  clock: () => Date;
  log: Log;
  /** Ends it between two batches; the next one goes on. */
  signal?: AbortSignal;
  /** So long it may take, in seconds. Default: an hour. */
  atMostSeconds?: number;
  /** Rows, about, that go in one transaction, and the pause after it. Smaller ones hold fewer locks, and take longer. */
  batchRows?: number;
  pauseMs?: number;
  /** How often a month that is to go and is in use is tried. */
  tries?: number;
  /** Only if the last one that ended began 23 hours ago or more. */
  ifDue?: boolean;
};

export type MaintenanceSummary = {
  database: Maintained;
  /** busy: another process is at it; not-due: one has been done today. */
  status: 'succeeded' | 'incomplete' | 'failed' | 'busy' | 'not-due';
  /** Why it is not complete, or failed. */
  message?: string;
  seconds: number;
  /** What it made and took away, as on record. */
  steps: StepRecord[];
};

type StepRecord = { action: string; object: string; runs: number | null; rows: number | null };
type AnyDb = Metrics & Risk;

/** Enough that a maintenance which stopped for a season loses no write. */
const MONTHS_AHEAD = 4;
const HOUR_S = 3_600;
const DAY_MS = 86_400_000;

/**
 * Makes the partitions of the coming months, takes away what the rules of the database (`retention_rule`) give up, and notes
 * its size. In batches of their own transactions, each with its record, so that a kill leaves nothing half done; under an
 * advisory lock, so that of several replicas one does it.
 * @returns what was done; a database that fails is a failed maintenance on record, not an exception
 */
export async function maintain(
  database: Maintained,
  databases: Databases,
  options: MaintenanceOptions,
): Promise<MaintenanceSummary> {
  const started = performance.now();
  const done = await withWorkerLock(databases[database].pool, 'maintenance', database, (lost) =>
    maintainLocked(database, databases, options, lost),
  );
  const seconds = Math.round(performance.now() - started) / 1000;
  const summary: MaintenanceSummary = {
    database,
    status: 'busy',
    steps: [],
    ...done,
    seconds,
  };
  const level = summary.status === 'failed' ? 'error' : summary.status === 'incomplete' ? 'warn' : 'info';
  if (summary.status !== 'not-due') options.log[level]({ ...summary }, 'maintenance finished');
  return summary;
}

async function maintainLocked(
  database: Maintained,
  databases: Databases,
  options: MaintenanceOptions,
  lost: AbortSignal,
): Promise<Omit<MaintenanceSummary, 'database' | 'seconds'>> {
  const db = databases[database].db as AnyDb;
  if (options.ifDue && !(await isDue(db))) return { status: 'not-due', steps: [] };
  const { id } = await begin(db, options.retention);
  try {
    const message = await doSteps(database, databases, id, options, lost);
    const status = message === undefined ? 'succeeded' : 'incomplete';
    await end(db, id, status, message);
    return { status, ...(message !== undefined && { message }), steps: await stepsOf(db, id) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    await withDatabaseRetry(() => end(db, id, 'failed', message));
    return { status: 'failed', message, steps: await stepsOf(db, id) };
  }
}

/** One that failed or died is tried again at the next look. By the clock of the database alone, which may have been ahead once. */
async function isDue(db: AnyDb): Promise<boolean> {
  const { rows } = await sql<{ due: boolean }>`
    select not exists (select from maintenance_run
                        where status in ('succeeded', 'incomplete')
                          and started_at > now() - interval '23 hours' and started_at < now() + interval '1 hour') as due`.execute(
    db,
  );
  return rows[0]?.due ?? true;
}

async function begin(db: AnyDb, retention: Retention): Promise<{ id: number }> {
  const { rows } = await withDatabaseRetry(() =>
    sql<{ id: number }>`select begin_maintenance(${JSON.stringify(retention)}::jsonb) as id`.execute(db),
  );
  return rows[0] as { id: number };
}

const end = (db: AnyDb, id: number, status: string, message: string | undefined) =>
  sql`select end_maintenance(${id}, ${status}, ${message ?? null})`.execute(db);

async function stepsOf(db: AnyDb, id: number): Promise<StepRecord[]> {
  const rows = await db
    .selectFrom('maintenance_step')
    .select(['action', 'object_name as object', 'runs', 'row_count as rows'])
    .where('maintenance_id', '=', id)
    .orderBy('seq')
    .execute();
  return rows;
}

/**
 * Ages count from when a source was last heard, by its own clock: a clock of ours that jumps ahead makes nothing old, and nothing
 * goes while nothing new comes. Two days are for sources that are behind. Where no clock was ever told, ours has to do.
 */
async function lastHeard({ metrics }: Databases, now: Date): Promise<Date> {
  const { at } = await metrics.db
    .selectFrom('run')
    .select(({ fn }) => fn.max('source_time').as('at'))
    .executeTakeFirstOrThrow();
  return at === null ? now : new Date(Math.min(now.getTime(), at.getTime() + 2 * DAY_MS));
}

/** @returns why it is not complete; undefined: it is */
async function doSteps(
  database: Maintained,
  databases: Databases,
  id: number,
  options: MaintenanceOptions,
  lost: AbortSignal,
): Promise<string | undefined> {
  const {
    signal,
    atMostSeconds = HOUR_S,
    batchRows = 20_000,
    pauseMs = 100,
    tries = 40,
    retention,
    clock,
  } = options;
  const endsAt = performance.now() + atMostSeconds * 1_000;
  const batch: Batch = {
    db: databases[database].db as never,
    other: databases[database === 'metrics' ? 'risk' : 'metrics'].db as never,
    id,
    days: JSON.stringify(retention),
    retention,
    now: clock(),
    moment: await lastHeard(databases, clock()),
    rows: batchRows,
    monthsAhead: MONTHS_AHEAD,
    tries,
  };
  const steps: readonly Step[] = database === 'metrics' ? METRICS_STEPS : RISK_STEPS;
  let left: string | undefined;
  for (const step of steps) {
    for (let more = true; more; ) {
      lost.throwIfAborted();
      if (signal?.aborted) return 'stopped: the next one goes on';
      if (performance.now() > endsAt) return `not done within ${atMostSeconds} s: the next one goes on`;
      const done = await withDatabaseRetry(() => step(batch));
      if (done.inUse) left = done.inUse;
      more = done.more;
      if (more) await sleep(pauseMs);
    }
  }
  return left;
}
