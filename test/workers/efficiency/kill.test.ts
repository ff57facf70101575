import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestDatabase } from '../../support/database.ts';
import { contentsOf, runDisturbed, runUndisturbed } from '../../support/killed.ts';
import { simulate } from '../../support/simulated.ts';

const KILLS = 8;
const FACTS = [
  'job',
  'repository',
  'backup',
  'backup_file',
  'backup_object',
  'job_retention',
  'restore_point',
  'malware_event',
];
const RESULTS = ['job_efficiency', 'efficiency_anomaly', 'reclaimable_space', 'repository_efficiency'];

test(`a run that is killed at ${KILLS} random moments ends with the tables of an undisturbed one`, async () => {
  // Each answer takes a little, so that a kill finds the worker at work.
  await using simulator = await simulate({
    scenario: 'efficiency-encryption-burst',
    days: 60,
    jobs: 40,
    faults: ['slow:ms=30'],
  });
  await using disturbed = await createTestDatabase();
  await using undisturbed = await createTestDatabase();
  await runDisturbed('efficiency', simulator, disturbed, { times: KILLS, after: [0, 1_400] });
  await runUndisturbed('efficiency', simulator, undisturbed);
  for (const table of FACTS)
    assert.deepEqual(await contentsOf(disturbed, table), await contentsOf(undisturbed, table), table);
  for (const table of RESULTS)
    assert.deepEqual(
      await contentsOf(disturbed, table, { newest: true }),
      await contentsOf(undisturbed, table, { newest: true }),
      table,
    );
});
