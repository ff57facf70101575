import { setTimeout as sleep } from 'node:timers/promises';
import { type RawBuilder, sql } from 'kysely';
import type { Retention } from '../../src/business/retention.ts';
import type { Metrics, Risk } from '../../src/db/connect.ts';

/** What every batch is told. */
export type Batch = {
  db: Metrics & Risk;
  /** The other of the two databases, as the same role. */
  other: Metrics & Risk;
  id: number;
  /** `retention` as JSON, as the functions of the database take it. */
  days: string;
  retention: Retention;
  now: Date;
  /** From which ages count. */
  moment: Date;
  rows: number;
  monthsAhead: number;
  /** How often a partition that is in use is tried. */
  tries: number;
};

/** One transaction. `more`: there may be more of the same. `inUse`: what could not be had, and is left for the next day. */
export type Step = (batch: Batch) => Promise<{ more: boolean; inUse?: string }>;

const DAY_MS = 86_400_000;
/** A partition is dropped in a moment when nobody reads it; each try waits for a blink only. */
const BETWEEN_TRIES_MS = 500;

const makeAhead: Step = async ({ db, id, now, monthsAhead }) => {
  await sql`select make_partitions_ahead(${id}, ${now}::timestamptz, ${monthsAhead})`.execute(db);
  return { more: false };
};

const dropPartitions: Step = async ({ db, id, days, moment, tries }) => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const name = await scalar<string | null>(
        db,
        sql`drop_old_partition(${id}, ${days}::jsonb, ${moment}::timestamptz)`,
      );
      return { more: name !== null };
    } catch (error) {
      if (!isInUse(error)) throw error;
      if (attempt >= tries)
        return { more: false, inUse: 'a month that is to go was always in use: the next one tries again' };
      await sleep(BETWEEN_TRIES_MS * (0.5 + Math.random()));
    }
  }
};

const isInUse = (error: unknown) => error instanceof Error && 'code' in error && error.code === '55P03';

/** Runs that results in the risk database name as what they rest on. */
async function neededByRisks({ other, retention, moment }: Batch): Promise<string[]> {
  const before = new Date(moment.getTime() - (retention.every_run - 1) * DAY_MS);
  const { rows } = await sql<{
    id: string;
  }>`select runs_that_risks_rest_on(${before}::timestamptz) as id`.execute(other);
  return rows.map(({ id }) => id);
}

async function neededByPlans({ db }: Batch): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`select run_id as id from runs_of_plans()`.execute(db);
  return rows.map(({ id }) => id);
}

type Needed = (batch: Batch) => Promise<string[]>;

const thinResults =
  (needed: Needed): Step =>
  async (batch) => {
    const { db, id, days, moment, rows } = batch;
    const runs = await scalar<number>(
      db,
      sql`thin_results(${id}, ${days}::jsonb, ${moment}::timestamptz, ${await needed(batch)}::uuid[], ${rows})`,
    );
    return { more: runs > 0 };
  };

const dropRuns =
  (needed: Needed): Step =>
  async (batch) => {
    const { db, id, days, moment, rows } = batch;
    const dropped = await scalar<number>(
      db,
      sql`drop_old_runs(${id}, ${days}::jsonb, ${moment}::timestamptz, ${await needed(batch)}::uuid[], ${rows})`,
    );
    return { more: dropped > 0 };
  };

const dropLogs: Step = async ({ db, id, days, moment, rows }) => {
  const runs = await scalar<number>(
    db,
    sql`drop_old_logs(${id}, ${days}::jsonb, ${moment}::timestamptz, ${rows})`,
  );
  return { more: runs > 0 };
};

const dropRows: Step = async ({ db, id, days, moment, rows }) => {
  const dropped = await scalar<number | null>(
    db,
    sql`drop_old_rows(${id}, ${days}::jsonb, ${moment}::timestamptz, ${rows})`,
  );
  return { more: dropped !== null };
};

const dropPlans: Step = async ({ db, id, days, moment }) => {
  await sql`select drop_old_plans(${id}, ${days}::jsonb, ${moment}::timestamptz)`.execute(db);
  return { more: false };
};

const sampleSize: Step = async ({ db }) => {
  await sql`select sample_database_size()`.execute(db);
  return { more: false };
};

const none: Needed = async () => [];

/** Partitions first: they are what writes need. */
export const METRICS_STEPS: readonly Step[] = [
  makeAhead,
  dropPartitions,
  thinResults(neededByRisks),
  dropRuns(neededByRisks),
  dropLogs,
  dropRows,
  sampleSize,
];

export const RISK_STEPS: readonly Step[] = [
  thinResults(none),
  dropPlans,
  dropRuns(neededByPlans),
  dropLogs,
  sampleSize,
];

async function scalar<T>(db: Metrics, call: RawBuilder<unknown>): Promise<T> {
  const { rows } = await sql<{ value: T }>`select ${call} as value`.execute(db);
  return (rows[0] as { value: T }).value;
}
