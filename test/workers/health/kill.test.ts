import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { seededRandom } from '../../../src/analysis/seeded-random.ts';
import { runDr365, startDr365, toEnvironment } from '../../support/child.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { configOf, simulate } from '../../support/simulated.ts';

const KILLS = 20;
const FACTS = [
  'session',
  'task_session',
  'session_reason',
  'session_log',
  'job',
  'proxy',
  'managed_server',
  'malware_event',
  'best_practice',
  'license',
  'config_backup',
];
const RESULTS = ['job_health', 'health_finding', 'health_incident'];
/** What a run says about itself, not about the source. */
const OF_THE_RUN = ['run_id', 'known_from', 'first_seen_at'];

test(`a back-fill that is killed at ${KILLS} random moments ends with the tables of an undisturbed one`, async () => {
  // Each answer takes a little, so that a kill finds the worker at work.
  await using simulator = await simulate({ scenario: 'demo', days: 90, jobs: 60, faults: ['slow:ms=20'] });
  await using disturbed = await createTestDatabase();
  await using undisturbed = await createTestDatabase();
  const random = seededRandom(2026);
  const env = toEnvironment(configOf(simulator, disturbed));
  let killed = 0;
  for (let turn = 0; turn < KILLS; turn += 1) {
    const { child, ended } = startDr365(['worker', 'health'], env);
    await sleep(350 + random() * 1_400);
    child.kill('SIGKILL');
    if ((await ended).signal === 'SIGKILL') killed += 1;
  }
  assert.ok(killed >= KILLS / 2, `${killed} kills found the worker at work`);

  const last = await runDr365(['worker', 'health'], env);
  assert.equal(last.code, 0, last.stderr);
  const clean = await runDr365(['worker', 'health'], toEnvironment(configOf(simulator, undisturbed)));
  assert.equal(clean.code, 0, clean.stderr);

  for (const table of FACTS)
    assert.deepEqual(await contents(disturbed, table), await contents(undisturbed, table), table);
  for (const table of RESULTS)
    assert.deepEqual(await contents(disturbed, table, true), await contents(undisturbed, table), table);
  const runs = await disturbed.metrics.db.selectFrom('run').select('status').execute();
  assert.ok(
    runs.some(({ status }) => status === 'abandoned'),
    'killed runs are on record',
  );
  assert.deepEqual(
    runs.filter(({ status }) => status === 'running'),
    [],
  );
});

test('a second run asks only for what is new', async () => {
  await using simulator = await simulate({ days: 90, jobs: 40 });
  await using database = await createTestDatabase();
  const env = toEnvironment(configOf(simulator, database));
  assert.equal((await runDr365(['worker', 'health'], env)).code, 0);
  const first = simulator.requests.rows('/api/v1/sessions');
  simulator.requests.clear();
  const second = JSON.parse((await runDr365(['worker', 'health'], env)).stdout) as { rowsLoaded: number };
  assert.ok(first > 4_000, `${first} sessions in the first run`);
  assert.ok(
    simulator.requests.rows('/api/v1/sessions') < first / 50,
    `${simulator.requests.rows('/api/v1/sessions')} sessions again`,
  );
  assert.equal(second.rowsLoaded, 0);
});

/** Rows as JSON in a fixed order, without what a run says about itself; of results those of the newest run. */
async function contents({ metrics }: TestDatabase, table: string, newest = false): Promise<unknown[]> {
  const ofRun = newest
    ? sql`where run_id = (select run_id from run where status in ('succeeded', 'partial') order by started_at desc limit 1)`
    : sql``;
  const { rows } = await sql<{ row: unknown }>`
    select (to_jsonb(t) - ${OF_THE_RUN}::text[]) as row from ${sql.table(table)} t ${ofRun} order by 1`.execute(
    metrics.db,
  );
  // The simulated clock stands still and ours does not: how far apart they are differs from run to run.
  return rows.map(({ row }) => row).filter((row) => (row as { kind?: string }).kind !== 'CLOCK_SKEW');
}
