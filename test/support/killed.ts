import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { seededRandom } from '../../src/analysis/statistics/seeded-random.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import type { Collecting } from '../../workers/main.ts';
import { runDr365, startDr365, toEnvironment } from './child.ts';
import type { TestDatabase } from './database.ts';
import { configOf } from './simulated.ts';

type Kills = {
  times: number;
  /** Milliseconds after the start of the process, between which it is killed. */
  after: [number, number];
};

/** Runs of a worker that are killed at seeded random moments, then one to its end. */
export async function runDisturbed(
  worker: Collecting,
  simulator: Simulator,
  database: TestDatabase,
  { times, after: [from, to] }: Kills,
): Promise<void> {
  const random = seededRandom(2026);
  const env = toEnvironment(configOf(simulator, database));
  let killed = 0;
  for (let turn = 0; turn < times; turn += 1) {
    const { child, ended } = startDr365(['worker', worker], env);
    await sleep(from + random() * (to - from));
    child.kill('SIGKILL');
    if ((await ended).signal === 'SIGKILL') killed += 1;
  }
  assert.ok(killed >= times / 2, `${killed} kills found the worker at work`);
  await runUndisturbed(worker, simulator, database);
}

/** One run of a worker to its end, in a process of its own. */
export async function runUndisturbed(
  worker: Collecting,
  simulator: Simulator,
  database: TestDatabase,
): Promise<void> {
  const { code, stderr } = await runDr365(['worker', worker], toEnvironment(configOf(simulator, database)));
  assert.equal(code, 0, stderr);
}

/** What a run says about itself, not about the source. */
const OF_THE_RUN = ['run_id', 'known_from', 'first_seen_at', 'recorded_at'];

/** Rows as JSON in a fixed order, without what a run says about itself; of results those of the newest run. */
export async function contentsOf(
  { metrics }: TestDatabase,
  table: string,
  { newest = false } = {},
): Promise<unknown[]> {
  const ofRun = newest
    ? sql`where run_id = (select run_id from run where status in ('succeeded', 'partial') order by started_at desc limit 1)`
    : sql``;
  const { rows } = await sql<{ row: unknown }>`
    select (to_jsonb(t) - ${OF_THE_RUN}::text[]) as row from ${sql.table(table)} t ${ofRun} order by 1`.execute(
    metrics.db,
  );
  return rows.map(({ row }) => row);
}
