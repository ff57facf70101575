import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestDatabase } from '../../support/database.ts';
import { contentsOf, runDisturbed, runUndisturbed } from '../../support/killed.ts';
import { simulate } from '../../support/simulated.ts';

const KILLS = 8;
const TABLES = [
  'repository',
  'scale_out_repository',
  'scale_out_extent',
  'backup',
  'backup_file',
  'job_retention',
  'repository_sample',
  'repository_day',
  'backup_sample',
  'space_ledger',
];
const RESULTS = ['capacity_forecast', 'capacity_event'];

test(`a run that is killed at ${KILLS} random moments ends with the tables of an undisturbed one`, async () => {
  // Each answer takes a little, so that a kill finds the worker at work.
  await using simulator = await simulate({ scenario: 'demo', days: 60, jobs: 60, faults: ['slow:ms=40'] });
  await using disturbed = await createTestDatabase();
  await using undisturbed = await createTestDatabase();
  await runDisturbed('capacity', simulator, disturbed, { times: KILLS, after: [0, 1_000] });
  await runUndisturbed('capacity', simulator, undisturbed);
  for (const table of TABLES)
    assert.deepEqual(await contentsOf(disturbed, table), await contentsOf(undisturbed, table), table);
  for (const table of RESULTS)
    assert.deepEqual(
      await contentsOf(disturbed, table, { newest: true }),
      await contentsOf(undisturbed, table),
      table,
    );
});
