import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runDr365, toEnvironment } from '../../support/child.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { contentsOf, runDisturbed, runUndisturbed } from '../../support/killed.ts';
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

test(`a back-fill that is killed at ${KILLS} random moments ends with the tables of an undisturbed one`, async () => {
  // Each answer takes a little, so that a kill finds the worker at work.
  await using simulator = await simulate({ scenario: 'demo', days: 90, jobs: 60, faults: ['slow:ms=20'] });
  await using disturbed = await createTestDatabase();
  await using undisturbed = await createTestDatabase();
  await runDisturbed('health', simulator, disturbed, { times: KILLS, after: [0, 1_500] });
  await runUndisturbed('health', simulator, undisturbed);

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

/** The simulated clock stands still and ours does not: how far apart they are differs from run to run. */
async function contents(database: TestDatabase, table: string, newest = false): Promise<unknown[]> {
  const rows = await contentsOf(database, table, { newest });
  return rows.filter((row) => (row as { kind?: string }).kind !== 'CLOCK_SKEW');
}
