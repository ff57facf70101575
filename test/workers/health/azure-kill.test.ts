import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { contentsOf, runDisturbed, runUndisturbed } from '../../support/killed.ts';
import { simulate } from '../../support/simulated.ts';

const KILLS = 10;
const FACTS = [
  'azure_vault',
  'azure_policy',
  'azure_item',
  'azure_container',
  'job',
  'backup',
  'backup_object',
  'session',
  'session_reason',
  'azure_job_error',
];
const RESULTS = ['job_health', 'health_finding', 'health_incident'];

test(`a back-fill of vaults that is killed at ${KILLS} random moments ends with the tables of an undisturbed one`, async () => {
  // Each answer takes a little, so that a kill finds the worker at work.
  await using simulator = await simulate({
    scenario: 'azure-all',
    days: 60,
    jobs: 4,
    azureVaults: 2,
    azureItems: 60,
    azureDays: 60,
    azureFaults: ['slow:ms=40'],
  });
  await using disturbed = await createTestDatabase();
  await using undisturbed = await createTestDatabase();
  await runDisturbed('health', simulator, disturbed, { times: KILLS, after: [0, 2_500], kind: 'azure' });
  await runUndisturbed('health', simulator, undisturbed, 'azure');

  for (const table of FACTS)
    assert.deepEqual(await contents(disturbed, table), await contents(undisturbed, table), table);
  for (const table of RESULTS)
    assert.deepEqual(await contents(disturbed, table), await contents(undisturbed, table), table);
  const runs = await disturbed.metrics.db.selectFrom('run').select('status').execute();
  assert.ok(
    runs.some(({ status }) => status === 'abandoned'),
    'killed runs are on record',
  );
  assert.ok(runs.every(({ status }) => status !== 'running'));
});

/** Of results those of the newest run of each vault. The simulated clock stands still and ours does not. */
async function contents(database: TestDatabase, table: string): Promise<unknown[]> {
  const rows = await contentsOf(database, table, { newest: RESULTS.includes(table) });
  return rows
    .map((row) => ({ ...(row as Record<string, unknown>), clock_skew_seconds: 0 }))
    .filter((row) => (row as { kind?: string }).kind !== 'CLOCK_SKEW');
}
