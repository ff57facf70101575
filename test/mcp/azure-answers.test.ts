import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { NOW, runOnSimulatedAzure, simulate } from '../support/simulated.ts';
import { type Asking, openAsking, type Row } from './contract/asking.ts';

const END = new Date(NOW.getTime() + 600_000);
let database: TestDatabase;
let asking: Asking;

/** Two vaults with all kinds of trouble, as their first runs saw them; what users of Azure Backup alone have. */
before(async () => {
  await using simulator = await simulate({
    scenario: 'azure-all',
    azureVaults: 2,
    azureItems: 20,
    azureDays: 30,
  });
  database = await createTestDatabase();
  for (const worker of ['capacity', 'rto', 'efficiency', 'health'] as const)
    for (const { error } of await runOnSimulatedAzure(simulator, database, { worker }))
      assert.equal(error, undefined);
  asking = openAsking(database);
});

after(async () => {
  await asking[Symbol.asyncDispose]();
  await database.close();
});

/** Items by a condition on their rows; each as a job that can be asked for. */
async function itemsWhere(isWanted: (row: { job_id: string; schedule: unknown }) => boolean) {
  const rows = await database.metrics.db
    .selectFrom('job')
    .select(['source_id', 'job_id', 'name', 'schedule'])
    .orderBy('job_id')
    .execute();
  return rows.filter(isWanted).map(({ job_id: job, source_id: source }) => ({ job, source }));
}

test('an item says all starts of a day, and by the clock of which zone', async () => {
  const several = await itemsWhere(
    ({ schedule }) => ((schedule as Row | null)?.minutesOfDay as number[] | undefined)?.length === 4,
  );
  const [item] = several;
  assert.ok(item, 'the estate has no item that is backed up four times a day');

  const { text, data } = await asking.ask('get_health_status', item, END);

  const { starts_at, all_starts_at, time_zone } = (data.job as Row).schedule as Row;
  assert.equal((all_starts_at as string[]).length, 4);
  assert.equal((all_starts_at as string[])[0], starts_at);
  assert.match(String(time_zone), /^(UTC|[A-Z][a-z]+\/[A-Z]\w+)$/);
  assert.ok(text.includes(`at ${(all_starts_at as string[]).join(', ')} (\`${String(time_zone)}\`)`));
  assert.doesNotMatch(text, /local time/);
});
