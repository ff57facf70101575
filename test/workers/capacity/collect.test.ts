import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestDatabase } from '../../support/database.ts';
import { simulate } from '../../support/simulated.ts';
import { DAY_MS, forecastsOf, must, runCapacity, sum } from './helpers.ts';

const GIB = 2 ** 30;

test('a sample is stored once, whatever the number of runs, and only results are added', async () => {
  await using simulator = await simulate({ jobs: 10, days: 30 });
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  assert.equal((await runCapacity(simulator, database)).status, 'succeeded');
  const before = await db.selectFrom('repository_sample').selectAll().execute();
  const second = await runCapacity(simulator, database);
  assert.equal(second.status, 'succeeded');
  assert.equal(second.rowsLoaded, 0);
  assert.deepEqual(await db.selectFrom('repository_sample').selectAll().execute(), before);
  assert.equal(before.length, simulator.world.estate.repositories.length);
  for (const fact of ['repository_past', 'backup_past', 'backup_file_past', 'job_retention_past'] as const)
    assert.deepEqual(
      (await db.selectFrom(fact).selectAll().execute()).filter((row) => row.known_from < row.known_until),
      [],
      fact,
    );
});

test('use is capacity less free in bytes, and not the size of the backups', async () => {
  await using simulator = await simulate({ jobs: 10, days: 30 });
  await using database = await createTestDatabase();
  const { world } = simulator;
  await runCapacity(simulator, database);
  const used = world.storage.usedBytes(simulator.clock.now().getTime());
  for (const one of world.estate.repositories.filter(({ name }) => name.startsWith('Repository'))) {
    const row = await must(database, one.name);
    assert.equal(row.use_bytes, (used[one.index] ?? 0) + one.foreignBytes, one.name);
    assert.equal(row.capacity_bytes, one.capacityBytes);
    assert.equal(
      Number(row.backup_bytes ?? 0) + Number(row.other_bytes ?? 0),
      row.backup_bytes === null ? 0 : row.use_bytes,
    );
  }
});

test('an offline repository keeps its last reading with its age, and has no date', async () => {
  await using simulator = await simulate({ jobs: 10, days: 30 });
  await using database = await createTestDatabase();
  const nas = simulator.world.estate.repositories.find(({ name }) => name === 'NAS share');
  assert.ok(nas);
  await runCapacity(simulator, database);
  const online = await must(database, 'NAS share');
  nas.isOnline = false;
  simulator.clock.advance(2 * DAY_MS);
  await runCapacity(simulator, database);
  const row = await must(database, 'NAS share');
  assert.equal(row.quality, 'OFFLINE');
  assert.equal(row.priority, 'UNKNOWN');
  assert.equal(row.use_bytes, online.use_bytes);
  assert.equal(row.age_days, 2);
  assert.equal(row.mid_100, null);
  const samples = await database.metrics.db
    .selectFrom('repository_sample')
    .select(['is_online', 'used_bytes', 'reason'])
    .where('repository_id', '=', nas.id)
    .orderBy('sampled_at')
    .execute();
  assert.deepEqual(samples.at(-1), { is_online: false, used_bytes: null, reason: 'OFFLINE' });
});

test('storage without a limit never gets a date', async () => {
  await using simulator = await simulate({ scenario: 'demo', jobs: 10, days: 30 });
  await using database = await createTestDatabase();
  for (let day = 0; day < 9; day += 1) {
    await runCapacity(simulator, database);
    simulator.clock.advance(DAY_MS);
  }
  for (const name of ['Azure offsite', 'SOBR archive tier']) {
    const row = await must(database, name);
    assert.equal(row.quality, 'UNBOUNDED');
    assert.equal(row.priority, 'NONE');
    assert.equal(row.use_share, null);
    assert.deepEqual(row.thresholds, []);
    assert.deepEqual([row.status_100, row.early_80, row.mid_100, row.p_full_90], [null, null, null, null]);
    assert.ok(row.slope_bytes_per_day !== null, 'its growth is known');
  }
});

test('what is over a threshold says so from the first run on, and is urgent', async () => {
  await using simulator = await simulate({ scenario: 'repository-full', jobs: 20, days: 30 });
  await using database = await createTestDatabase();
  await runCapacity(simulator, database);
  const row = await must(database, 'Repository 01');
  assert.ok((row.use_share ?? 0) > 0.9);
  assert.deepEqual([row.status_80, row.early_80, row.mid_80, row.late_80], ['EXCEEDED', 0, 0, 0]);
  assert.deepEqual([row.status_90, row.mid_90], ['EXCEEDED', 0]);
  assert.equal(row.priority, 'URGENT');
});

test('object storage beyond its soft limit is full', async () => {
  await using simulator = await simulate({ jobs: 10, days: 30 });
  await using database = await createTestDatabase();
  const tier = simulator.world.estate.repositories.find(({ kind }) => kind === 'S3Compatible');
  assert.ok(tier);
  tier.capacityBytes = GIB;
  await runCapacity(simulator, database);
  const row = await must(database, tier.name);
  assert.ok((row.use_share ?? 0) > 1);
  assert.deepEqual([row.status_100, row.mid_100, row.priority], ['EXCEEDED', 0, 'URGENT']);
});

test('two repositories on one volume count once', async () => {
  await using simulator = await simulate({ jobs: 10, days: 30 });
  await using database = await createTestDatabase();
  await runCapacity(simulator, database);
  const [a, b] = [await must(database, 'Shared volume A'), await must(database, 'Shared volume B')];
  assert.deepEqual(a.shared_volume_with, [b.repository_id]);
  assert.notEqual(a.is_counted, b.is_counted);
  assert.equal(a.backup_bytes, b.backup_bytes);
  const rows = [...(await forecastsOf(database)).values()].filter(
    (row) => row.is_counted && row.use_share !== null,
  );
  const summary = await database.metrics.db
    .selectFrom('capacity_summary')
    .selectAll()
    .executeTakeFirstOrThrow();
  assert.equal(summary.use_bytes, sum(rows.map((row) => row.use_bytes)));
  assert.equal(summary.capacity_bytes, sum(rows.map((row) => row.capacity_bytes)));
});

test('a scale-out repository is the sum of its performance extents that take data, and names the fullest', async () => {
  await using simulator = await simulate({ scenario: 'demo', jobs: 15, days: 30 });
  await using database = await createTestDatabase();
  await runCapacity(simulator, database);
  const [whole, a, b, c] = [
    await must(database, 'Scale-out 1'),
    await must(database, 'SOBR extent A'),
    await must(database, 'SOBR extent B'),
    await must(database, 'SOBR extent C'),
  ];
  assert.equal(whole.use_bytes, Number(a.use_bytes) + Number(b.use_bytes));
  assert.equal(whole.capacity_bytes, Number(a.capacity_bytes) + Number(b.capacity_bytes));
  assert.ok(c.reasons.includes('IN_MAINTENANCE'));
  assert.ok(whole.reasons.includes('MAINTENANCE_NOT_COUNTED'));
  const worst = Number(a.use_share) >= Number(b.use_share) ? a : b;
  assert.equal(whole.worst_extent_id, worst.repository_id);
  assert.deepEqual([a.is_counted, b.is_counted, c.is_counted, whole.is_counted], [false, false, false, true]);
  assert.deepEqual(
    [a.kind, whole.kind, a.scale_out_repository_id],
    ['EXTENT', 'SCALE_OUT', whole.repository_id],
  );
});

test('an extent that is nearly full makes its scale-out repository urgent, however much room the others have', async () => {
  await using simulator = await simulate({ jobs: 15, days: 30 });
  await using database = await createTestDatabase();
  const { world } = simulator;
  const extent = world.estate.repositories.find(({ name }) => name === 'SOBR extent A');
  const other = world.estate.repositories.find(({ name }) => name === 'SOBR extent B');
  assert.ok(extent && other);
  const used =
    (world.storage.usedBytes(simulator.clock.now().getTime())[extent.index] ?? 0) + extent.foreignBytes;
  extent.capacityBytes = Math.ceil(used / 0.95 / GIB) * GIB;
  other.capacityBytes *= 20;
  await runCapacity(simulator, database);
  const whole = await must(database, 'Scale-out 1');
  assert.ok(Number(whole.use_share) < 0.8);
  assert.equal(whole.priority, 'URGENT');
  assert.equal(whole.worst_extent_id, extent.id);
});

test('a repository that the server no longer has is kept as vanished and is no longer forecast', async () => {
  await using simulator = await simulate({ jobs: 10, days: 30 });
  await using database = await createTestDatabase();
  await runCapacity(simulator, database);
  const { repositories } = simulator.world.estate;
  const index = repositories.findIndex(({ name }) => name === 'NFS export');
  const [gone] = repositories.splice(index, 1);
  simulator.clock.advance(3_600_000);
  assert.equal((await runCapacity(simulator, database)).status, 'succeeded');
  const row = await database.metrics.db
    .selectFrom('repository')
    .select('vanished_at')
    .where('repository_id', '=', gone?.id ?? '')
    .executeTakeFirstOrThrow();
  assert.deepEqual(row.vanished_at, simulator.clock.now());
  assert.equal((await forecastsOf(database)).get('NFS export'), undefined);
});

test('no role of a worker can change a sample or a result', async () => {
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  await assert.rejects(
    db.updateTable('repository_sample').set({ used_bytes: 0 }).execute(),
    /permission denied/,
  );
  await assert.rejects(db.deleteFrom('capacity_forecast').execute(), /permission denied/);
  await assert.rejects(
    db.updateTable('capacity_accuracy').set({ is_inside: true }).execute(),
    /permission denied/,
  );
  const reader = await database.as('reader');
  for (const table of [
    'repository_sample',
    'capacity_forecast',
    'space_ledger',
    'backup_file_past',
    'repository_day',
  ] as const)
    assert.deepEqual(await reader.metrics.db.selectFrom(table).selectAll().execute(), []);
});
