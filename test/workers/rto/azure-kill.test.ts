import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestDatabase } from '../../support/database.ts';
import { contentsOf, runDisturbed, runUndisturbed } from '../../support/killed.ts';
import { simulate } from '../../support/simulated.ts';

const KILLS = 6;
const FACTS = ['workload', 'backup_object', 'restore_point', 'azure_point', 'restore_trial', 'workload_key'];
const RESULTS = ['workload_recovery', 'recovery_location'];

test(`a reading of the points of vaults that is killed at ${KILLS} random moments ends with the tables of an undisturbed one`, async () => {
  // Each answer takes a little, so that a kill finds the worker at work.
  await using simulator = await simulate({
    scenario: 'azure-all',
    days: 30,
    jobs: 4,
    azureVaults: 2,
    azureItems: 60,
    azureDays: 30,
    azureFaults: ['slow:ms=40'],
  });
  await using disturbed = await createTestDatabase();
  await using undisturbed = await createTestDatabase();
  await runDisturbed('rto', simulator, disturbed, { times: KILLS, after: [0, 2_500], kind: 'azure' });
  await runUndisturbed('rto', simulator, undisturbed, 'azure');
  for (const table of FACTS)
    assert.deepEqual(await contentsOf(disturbed, table), await contentsOf(undisturbed, table), table);
  for (const table of RESULTS) {
    const newest = await contentsOf(disturbed, table, { newest: true });
    assert.deepEqual(newest, await contentsOf(undisturbed, table, { newest: true }), table);
  }
});
