import assert from 'node:assert/strict';
import { test } from 'node:test';
import { storageCost } from '../../../src/analysis/capacity/cost.ts';
import { storedBytes } from '../../../workers/azure/usages.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { runOnSimulatedAzure, simulate } from '../../support/simulated.ts';
import { DAY_MS } from './helpers.ts';

const SIZE = { days: 30, jobs: 4, azureVaults: 2, azureItems: 20, azureDays: 30, scenario: 'azure-healthy' };
const usage = (name: string, currentValue: number, unit = 'Bytes') =>
  ({ name, currentValue, unit, limit: null, quotaPeriod: undefined, nextResetTime: null }) as const;

test('bytes of all redundancies are one sum, without deduplicated storage and disks elsewhere', () => {
  const usages = [
    usage('GRSStorageUsage', 5e15),
    usage('LRSStorageUsage', 3),
    usage('GRSDedupStorageUsage', 7),
    usage('UsedDiskSize', 9),
    usage('ProtectedItemCount', 4, 'Count'),
  ];
  assert.equal(storedBytes(usages), 5e15 + 3);
  assert.equal(storedBytes([usage('ProtectedItemCount', 4, 'Count')]), null);
});

test('money is for what is paid by use: 2 TiB at 240 a TiB and year, growing by 1 GiB a day', () => {
  const price = { pricePerTbYear: 240, currency: 'EUR', priceBasis: 'set' as const };
  const growthPerDay = { value: 2 ** 30, low: 0, high: 2 ** 31 };
  const band = [{ ahead: 90, low: 2 ** 41, mid: 3 * 2 ** 40, high: 2 ** 42 }];
  const known = { usedBytes: 2 ** 41, growthPerDay, band };
  assert.deepEqual(storageCost({ quality: 'UNBOUNDED', ...known }, price), {
    currency: 'EUR',
    pricePerTibYear: 240,
    basis: 'CONFIGURED',
    now: 480,
    growthPerYear: 85.61,
    ahead: [{ days: 90, low: 480, mid: 720, high: 960 }],
  });
  assert.equal(storageCost({ quality: 'FORECAST', ...known }, price), null);
  assert.equal(storageCost({ quality: 'UNBOUNDED', ...known, usedBytes: null }, price), null);
});

test('vaults have bytes, growth and cost, and never a date; a second run writes nothing', async () => {
  await using simulator = await simulate(SIZE);
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  const start = simulator.clock.now().getTime();
  for (let day = 0; day < 9; day += 1) {
    simulator.clock.set?.(new Date(start + day * DAY_MS));
    await runOnSimulatedAzure(simulator, database, {
      worker: 'capacity',
      now: new Date(start + day * DAY_MS),
    });
  }
  const again = await runOnSimulatedAzure(simulator, database, {
    worker: 'capacity',
    now: new Date(start + 8 * DAY_MS),
  });
  assert.deepEqual(
    again.map(({ rowsLoaded, status }) => [rowsLoaded, status]),
    [
      [0, 'succeeded'],
      [0, 'succeeded'],
    ],
  );
  const vaults = await db.selectFrom('repository').selectAll().execute();
  assert.deepEqual(
    vaults.map(({ type, has_limit, repository_id }) => [type, has_limit, repository_id.startsWith('rsv-')]),
    [
      ['AzureVault', false, true],
      ['AzureVault', false, true],
    ],
  );
  for (const row of await newest(database)) {
    assert.deepEqual(
      [row.quality, row.priority, row.status_100, row.p_full_90],
      ['UNBOUNDED', 'NONE', null, null],
    );
    assert.ok((row.use_bytes ?? 0) > 2 ** 40, `${row.use_bytes} bytes`);
    const cost = row.cost as { now: number; growth_per_year: number; ahead: unknown[] };
    assert.ok(cost.now > 0 && cost.ahead.length > 0 && (row.slope_bytes_per_day ?? 0) >= 0);
  }
  const notKnown = await db.selectFrom('capacity_summary').select('not_known').execute();
  assert.ok(notKnown.every(({ not_known }) => JSON.stringify(not_known).includes('bytes of each item')));
});

test('a limit that the vault names is kept with the figure, and near it the vault has a finding', async () => {
  await using simulator = await simulate({ ...SIZE, azureVaults: 1 });
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  await runOnSimulatedAzure(simulator, database, { worker: 'capacity' });
  const row = await db
    .selectFrom('azure_usage')
    .selectAll()
    .where('name', '=', 'ProtectedItemCount')
    .executeTakeFirstOrThrow();
  assert.deepEqual([row.value, row.limit_value, row.unit], [20, null, 'Count']);
  await db
    .insertInto('azure_usage')
    .values({ ...row, name: 'Limited', limit_value: 20 })
    .execute();
  await runOnSimulatedAzure(simulator, database);
  const findings = await db
    .selectFrom('health_finding')
    .select(['kind', 'severity', 'level'])
    .where('kind', '=', 'VAULT_LIMIT_NEAR')
    .execute();
  assert.deepEqual(findings, [{ kind: 'VAULT_LIMIT_NEAR', severity: 'high', level: 'Limited' }]);
});

test('figures that nobody has read lately are no proof that the vault is far from its limits', async () => {
  await using simulator = await simulate({ ...SIZE, azureVaults: 1 });
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  await runOnSimulatedAzure(simulator, database);
  const summary = await db.selectFrom('health_score').select('not_known').executeTakeFirstOrThrow();
  assert.match(JSON.stringify(summary.not_known), /how near the vault is to its limits/);
});

/** Forecasts of the newest run of each vault. */
async function newest({ metrics }: TestDatabase) {
  return metrics.db
    .selectFrom('capacity_forecast')
    .selectAll()
    .distinctOn('source_id')
    .orderBy('source_id')
    .orderBy('concluded_at', 'desc')
    .execute();
}
