import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestDatabase } from '../../support/database.ts';
import { contentsOf, runDisturbed, runUndisturbed } from '../../support/killed.ts';
import { simulate } from '../../support/simulated.ts';

const KILLS = 6;
const FACTS = [
  'workload',
  'backup_object',
  'restore_point',
  'replica',
  'replica_point',
  'restore_mount',
  'restore_trial',
  'proxy_limit',
  'session',
];
const RESULTS = ['workload_recovery', 'recovery_location', 'mass_restore'];
test(`a run that is killed at ${KILLS} random moments ends with the tables of an undisturbed one`, async () => {
  // Each answer takes a little, so that a kill finds the worker at work.
  await using simulator = await simulate({ scenario: 'demo', days: 60, jobs: 40, faults: ['slow:ms=40'] });
  await using disturbed = await createTestDatabase();
  await using undisturbed = await createTestDatabase();
  await runDisturbed('rto', simulator, disturbed, { times: KILLS, after: [0, 1_800] });
  await runUndisturbed('rto', simulator, undisturbed);
  for (const table of FACTS)
    assert.deepEqual(await contentsOf(disturbed, table), await contentsOf(undisturbed, table), table);
  for (const table of RESULTS) {
    const newest = await contentsOf(disturbed, table, { newest: true });
    assert.deepEqual(newest, await contentsOf(undisturbed, table), table);
  }
});
