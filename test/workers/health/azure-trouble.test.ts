import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { NOW, runOnSimulatedAzure, simulate } from '../../support/simulated.ts';

const SIZE = { days: 30, jobs: 4, azureVaults: 3, azureItems: 30, azureDays: 30 };

test('a vault that may not be read leaves the others complete, and is named', async () => {
  await using simulator = await simulate({ scenario: 'azure-forbidden-vault', ...SIZE });
  await using database = await createTestDatabase();
  const runs = await runOnSimulatedAzure(simulator, database);
  const [forbidden, ...others] = runs.toSorted((one) => (one.status === 'failed' ? -1 : 1));
  assert.ok(others.every(({ status }) => status === 'succeeded'));
  assert.equal(forbidden?.error?.code, 'forbidden');
  const unreadable = simulator.azure?.world.vaults.find(({ isForbidden }) => isForbidden);
  assert.ok(forbidden?.sourceId.startsWith(`azure:${unreadable?.name}:`), forbidden?.sourceId);
  assert.deepEqual(
    (await itemCounts(database)).map(({ items }) => items),
    [30, 30],
  );
});

for (const name of ['error-500', 'error-503'] as const) {
  test(`a vault whose items answer ${name} fails, the others are complete`, async () => {
    await using simulator = await simulate({ scenario: 'azure-healthy', ...SIZE });
    await using database = await createTestDatabase();
    const [, second] = simulator.azure?.world.vaults ?? [];
    simulator.azure?.faults.add({ name, path: `/vaults/${second?.name ?? ''}/backupProtectedItems` });
    const runs = await runOnSimulatedAzure(simulator, database);
    for (const { sourceId, status } of runs)
      assert.equal(status, sourceId.startsWith(`azure:${second?.name}:`) ? 'failed' : 'succeeded', sourceId);
    simulator.azure?.faults.clear();
    const again = await runOnSimulatedAzure(simulator, database, {
      now: new Date(NOW.getTime() + 3_600_000),
    });
    assert.ok(again.every(({ status }) => status === 'succeeded'));
    assert.equal((await itemCounts(database)).length, 3);
  });
}

test('a vault that throttles is waited for', async () => {
  await using simulator = await simulate({
    scenario: 'azure-throttled-vault',
    ...SIZE,
    azureItems: 10,
    azureVaults: 2,
  });
  await using database = await createTestDatabase();
  const runs = await runOnSimulatedAzure(simulator, database);
  assert.ok(
    runs.some(({ status }) => status === 'succeeded'),
    JSON.stringify(runs),
  );
  for (const { status, error } of runs)
    assert.ok(status === 'succeeded' || error?.code === 'throttled', JSON.stringify(error));
  const notes = await database.metrics.db
    .selectFrom('run_event')
    .select('detail')
    .where('action', '=', 'throttle')
    .execute();
  assert.ok(notes.length > 0, 'what Azure said of its limits is on record');
});

test('settings that may not be read are unknown, not fine, and what was known of them is gone', async () => {
  await using simulator = await simulate({ scenario: 'azure-healthy', ...SIZE, azureVaults: 1 });
  await using database = await createTestDatabase();
  await runOnSimulatedAzure(simulator, database);
  assert.equal((await vaultOf(database)).raw.storage !== undefined, true);
  simulator.azure?.faults.add({ name: 'forbidden', path: '/backupstorageconfig' });
  const [run] = await runOnSimulatedAzure(simulator, database, {
    now: new Date(NOW.getTime() + 7 * 3_600_000),
  });
  assert.equal(run?.status, 'partial');
  assert.deepEqual(
    run?.incomplete.map(({ endpoint, outcome }) => [endpoint, outcome]),
    [['backupstorageconfig', 'forbidden']],
  );
  assert.equal((await vaultOf(database)).raw.storage, undefined);
});

test('an item that is gone from a complete list has vanished; where the list was cut off nothing has', async () => {
  await using simulator = await simulate({ scenario: 'azure-healthy', ...SIZE, azureVaults: 1 });
  await using database = await createTestDatabase();
  await runOnSimulatedAzure(simulator, database);
  const { db } = database.metrics;
  const stranger = { item_id: 'container/gone', name: 'gone', health_details: JSON.stringify([]) };
  const [item] = await db.selectFrom('azure_item').selectAll().limit(1).execute();
  await db
    .insertInto('azure_item')
    .values({ ...item, ...stranger } as never)
    .execute();

  simulator.azure?.faults.add({ name: 'truncate', path: '/backupProtectedItems' });
  await runOnSimulatedAzure(simulator, database);
  assert.deepEqual(await vanished(database), []);
  simulator.azure?.faults.clear();
  await runOnSimulatedAzure(simulator, database);
  assert.deepEqual(await vanished(database), ['container/gone']);
});

async function itemCounts({ metrics }: TestDatabase) {
  return metrics.db
    .selectFrom('azure_item')
    .select(({ fn }) => ['source_id', fn.countAll<number>().as('items')])
    .groupBy('source_id')
    .execute();
}

async function vaultOf({ metrics }: TestDatabase) {
  const row = await metrics.db.selectFrom('azure_vault').selectAll().executeTakeFirstOrThrow();
  return { ...row, raw: row.raw as Record<string, unknown> };
}

async function vanished({ metrics }: TestDatabase): Promise<string[]> {
  const rows = await metrics.db
    .selectFrom('azure_item')
    .select('item_id')
    .where('vanished_at', 'is not', null)
    .execute();
  return rows.map(({ item_id }) => item_id);
}
