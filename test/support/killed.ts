import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { seededRandom } from '../../src/analysis/statistics/seeded-random.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import type { Collecting } from '../../workers/main.ts';
import { runDr365, startDr365, toEnvironment } from './child.ts';
import type { TestDatabase } from './database.ts';
import { configOf } from './simulated.ts';

type Kind = 'veeam' | 'azure';
type Kills = {
  times: number;
  /** Milliseconds after the first request of the process, between which it is killed. */
  after: [number, number];
  kind?: Kind;
};

/** Runs of a worker that are killed at seeded random moments, then one to its end. */
export async function runDisturbed(
  worker: Collecting,
  simulator: Simulator,
  database: TestDatabase,
  { times, after: [from, to], kind = 'veeam' }: Kills,
): Promise<void> {
  const random = seededRandom(2026);
  const env = environmentOf(kind, simulator, database);
  let killed = 0;
  for (let turn = 0; turn < times; turn += 1) {
    const before = requestsOf(kind, simulator);
    const { child, ended } = startDr365(['worker', worker], env);
    // How long a process takes to start says nothing of where in its run it is.
    while (requestsOf(kind, simulator) === before && child.exitCode === null) await sleep(5);
    await sleep(from + random() * (to - from));
    child.kill('SIGKILL');
    if ((await ended).signal === 'SIGKILL') killed += 1;
  }
  assert.ok(killed >= times / 2, `${killed} kills found the worker at work`);
  await runUndisturbed(worker, simulator, database, kind);
}

/** One run of a worker to its end, in a process of its own. */
export async function runUndisturbed(
  worker: Collecting,
  simulator: Simulator,
  database: TestDatabase,
  kind: Kind = 'veeam',
): Promise<void> {
  const { code, stderr } = await runDr365(['worker', worker], environmentOf(kind, simulator, database));
  assert.equal(code, 0, stderr);
}

function environmentOf(kind: Kind, simulator: Simulator, database: TestDatabase): Record<string, string> {
  const config = configOf(simulator, database);
  if (kind === 'veeam') return toEnvironment(config);
  const { azure, caFile } = simulator;
  assert.ok(azure, 'the simulator has an Azure half');
  return {
    ...toEnvironment({ ...config, veeam: [] }),
    AZURE_SUBSCRIPTION_ID: azure.subscriptions.join(','),
    AZURE_CREDENTIAL: 'static',
    AZURE_ACCESS_TOKEN: azure.token,
    AZURE_RESOURCE_MANAGER_URL: azure.url,
    AZURE_CA_FILE: caFile,
  };
}

const requestsOf = (kind: Kind, { requests, azure }: Simulator): number =>
  (kind === 'azure' ? azure?.requests : requests)?.count() ?? 0;

/** What a run says about itself, not about the source. */
const OF_THE_RUN = ['run_id', 'known_from', 'first_seen_at', 'recorded_at'];

/** Rows as JSON in a fixed order, without what a run says about itself; of results those of the newest run. */
export async function contentsOf(
  { metrics }: TestDatabase,
  table: string,
  { newest = false } = {},
): Promise<unknown[]> {
  const ofRun = newest
    ? sql`where run_id in (select distinct on (source_id) run_id from run where status in ('succeeded', 'partial') order by source_id, started_at desc)`
    : sql``;
  const { rows } = await sql<{ row: unknown }>`
    select (to_jsonb(t) - ${OF_THE_RUN}::text[]) as row from ${sql.table(table)} t ${ofRun} order by 1`.execute(
    metrics.db,
  );
  return rows.map(({ row }) => row);
}
