import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog } from '../../../src/log.ts';
import type { Simulator } from '../../../src/simulator/simulator.ts';
import { runOnAzure } from '../../../workers/main.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { contentsOf } from '../../support/killed.ts';
import { configOf, NOW, simulate } from '../../support/simulated.ts';

const TABLES = [
  'azure_item',
  'azure_container',
  'job',
  'backup',
  'backup_object',
  'session',
  'session_reason',
  'azure_job_error',
];

test('with Resource Graph the tables are the same as without, and each vault is asked less', async () => {
  await using simulator = await simulate({
    scenario: 'azure-all',
    days: 13,
    jobs: 4,
    azureVaults: 3,
    azureItems: 40,
    azureDays: 12,
  });
  await using swept = await createTestDatabase();
  await using listed = await createTestDatabase();
  const without = await runWith(simulator, listed, false);
  const withGraph = await runWith(simulator, swept, true);
  for (const table of TABLES)
    assert.deepEqual(await contentsOf(swept, table), await contentsOf(listed, table), table);
  assert.deepEqual(await policies(swept), await policies(listed));
  assert.ok(withGraph < without, `${withGraph} requests, ${without} without`);
});

async function runWith(
  simulator: Simulator,
  database: TestDatabase,
  usesResourceGraph: boolean,
): Promise<number> {
  const config = configOf(simulator, database);
  assert.ok(config.azure);
  simulator.azure?.requests.clear();
  const azure = { ...config.azure, usesResourceGraph, backfillDays: 12 };
  const runs = await runOnAzure('health', { ...config, azure }, database, {
    log: createLog('silent'),
    clock: () => NOW,
  });
  assert.ok(
    runs.every(({ status }) => status === 'succeeded'),
    JSON.stringify(runs),
  );
  return simulator.azure?.requests.count() ?? 0;
}

/** What was said in which words differs: ids are in lower case there, and items are not counted. */
async function policies(database: TestDatabase) {
  const rows = await contentsOf(database, 'azure_policy');
  return rows.map((row) => ({ ...(row as Record<string, unknown>), raw: null }));
}
