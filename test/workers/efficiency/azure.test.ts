import assert from 'node:assert/strict';
import { test } from 'node:test';
import { containerName, itemName } from '../../../src/simulator/azure/ids.ts';
import { createTestDatabase } from '../../support/database.ts';
import { NOW, runOnSimulatedAzure, simulate } from '../../support/simulated.ts';

const small = { azureVaults: 2, azureItems: 20, azureDays: 40, days: 30, jobs: 4 };

test('nothing of a vault is rated, and what is kept without need is listed by its number and age', async () => {
  await using simulator = await simulate({ ...small, scenario: 'azure-all' });
  await using database = await createTestDatabase();
  const runs = await runOnSimulatedAzure(simulator, database, { worker: 'efficiency' });
  assert.deepEqual(
    runs.map(({ status }) => status),
    ['succeeded', 'succeeded'],
  );
  const { db } = database.metrics;
  const jobs = await db.selectFrom('job_efficiency').selectAll().execute();
  assert.equal(jobs.length, 40);
  for (const { score, factor, files, reason, trend, potential_bytes } of jobs) {
    assert.deepEqual([score, factor, potential_bytes, files], [null, null, null, 0]);
    assert.equal(trend, 'INSUFFICIENT_DATA');
    assert.match(reason ?? '', /tells neither the data nor the stored bytes/);
  }

  const world = simulator.azure?.world;
  const expected = (world?.changed() ?? [])
    .filter(({ state }) => state.stoppedAt !== undefined || state.deletedAt !== undefined)
    .map((item) => {
      const category = item.state.deletedAt === undefined ? 'DISABLED_JOB' : 'ORPHANED';
      return `${category} ${containerName(item)}/${itemName(item)}`.toLowerCase();
    });
  const items = await db.selectFrom('reclaimable_space').selectAll().execute();
  assert.equal(items.length, 4);
  assert.deepEqual(items.map(({ item_id }) => item_id.toLowerCase()).sort(), expected.sort());
  for (const { bytes, counted_bytes, annual_cost, reason, newest_at, category } of items) {
    assert.deepEqual([bytes, counted_bytes, annual_cost], [null, 0, null]);
    assert.match(reason, /\d+ points?.*; Azure Backup tells no bytes of a single item/);
    assert.match(
      reason,
      category === 'ORPHANED' ? /soft delete until 2026-03-29/ : /no backup since 2026-02-2/,
    );
    assert.ok(newest_at && newest_at < NOW);
  }
});

test('a vault has the bytes that it says, and the summary knows what it does not know', async () => {
  await using simulator = await simulate({ ...small, scenario: 'azure-all' });
  await using database = await createTestDatabase();
  await runOnSimulatedAzure(simulator, database, { worker: 'efficiency' });
  const { db } = database.metrics;
  const vaults = await db
    .selectFrom('repository_efficiency as e')
    .innerJoin('azure_usage as u', 'u.source_id', 'e.source_id')
    .select(['e.reported_bytes', 'e.stored_bytes', 'e.factor', 'e.reason', 'e.type', 'u.value'])
    .where('u.name', 'like', '%StorageUsage')
    .where('u.name', 'not ilike', '%dedup%')
    .where('u.value', '>', 0)
    .execute();
  assert.equal(vaults.length, 2);
  for (const { reported_bytes, value, factor, reason, type } of vaults) {
    assert.equal(reported_bytes, value);
    assert.equal(factor, null);
    assert.equal(type, 'AzureVault');
    assert.match(reason ?? '', /not how much data/);
  }
  const summaries = await db.selectFrom('efficiency_summary').selectAll().execute();
  assert.equal(summaries.length, 2);
  for (const row of summaries) {
    assert.deepEqual(
      [row.score, row.factor, row.reclaimable_bytes, row.reclaimable_cost, row.open_anomalies],
      [null, null, null, null, null],
    );
    assert.equal(row.jobs, 20);
    assert.equal(row.not_measurable_jobs, 20);
    assert.ok(
      (row.not_known as string[]).some((text) => text.startsWith('reduction and unusual data of 20 items')),
    );
  }
});

test('what rto has read is not read again', async () => {
  await using simulator = await simulate({ ...small, scenario: 'azure-healthy' });
  await using database = await createTestDatabase();
  await runOnSimulatedAzure(simulator, database, { worker: 'rto' });
  const runs = await runOnSimulatedAzure(simulator, database, { worker: 'efficiency' });
  for (const { requests } of runs) assert.ok(requests <= 1, `${requests} requests`);
  const items = await database.metrics.db.selectFrom('reclaimable_space').selectAll().execute();
  assert.deepEqual(items, []);
});

test('points beyond the retention of their policy are told, those with an expiry to come are not', async () => {
  await using simulator = await simulate({ ...small, scenario: 'azure-healthy', azureVaults: 1 });
  await using database = await createTestDatabase();
  await runOnSimulatedAzure(simulator, database, { worker: 'rto' });
  const { db } = database.metrics;
  const item = await db
    .selectFrom('azure_item')
    .selectAll()
    .where('policy_id', '=', 'defaultpolicy')
    .executeTakeFirstOrThrow();
  // Kept for 30 days; two of its points are made to look 200 days old, one of them with an expiry of its own.
  const points = await db
    .selectFrom('azure_point')
    .select('restore_point_id')
    .where('item_id', '=', item.item_id)
    .orderBy('restore_point_id')
    .limit(2)
    .execute();
  const ids = points.map(({ restore_point_id }) => restore_point_id);
  await db
    .updateTable('restore_point')
    .set({ created_at: new Date('2025-09-01T00:00:00Z') })
    .where('restore_point_id', 'in', ids)
    .execute();
  await db
    .updateTable('azure_point')
    .set({ expires_at: null })
    .where('restore_point_id', '=', ids[0] ?? '')
    .execute();
  await db
    .updateTable('azure_point')
    .set({ expires_at: new Date('2027-01-01T00:00:00Z') })
    .where('restore_point_id', '=', ids[1] ?? '')
    .execute();
  await runOnSimulatedAzure(simulator, database, { worker: 'efficiency' });
  const found = await db.selectFrom('reclaimable_space').selectAll().execute();
  assert.equal(found.length, 1);
  assert.equal(found[0]?.category, 'OVER_RETAINED');
  assert.match(found[0].reason, /^1 point of \d+ kept longer than its policy says/);
  assert.deepEqual(found[0].oldest_at, new Date('2025-09-01T00:00:00Z'));
});
