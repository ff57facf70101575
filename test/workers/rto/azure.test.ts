import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog } from '../../../src/log.ts';
import { containerName, itemName } from '../../../src/simulator/azure/ids.ts';
import type { Item } from '../../../src/simulator/azure/types.ts';
import type { AzureWorld } from '../../../src/simulator/azure/world.ts';
import type { Simulator } from '../../../src/simulator/simulator.ts';
import type { SourceRun } from '../../../workers/main.ts';
import { runOnAzure } from '../../../workers/main.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { configOf, runOnSimulatedAzure, simulate } from '../../support/simulated.ts';

const HOUR_MS = 3_600_000;

const small = { azureVaults: 2, azureItems: 20, azureDays: 40, days: 30, jobs: 4 };

test('every recovery point of every item is stored, with its tiers and its expiry', async () => {
  await using simulator = await simulate({ ...small, scenario: 'azure-all' });
  await using database = await createTestDatabase();
  const runs = await run(simulator, database);
  assert.deepEqual(
    runs.map(({ status }) => status),
    ['succeeded', 'succeeded'],
  );
  const world = worldOf(simulator);
  const stored = await database.metrics.db
    .selectFrom('restore_point as p')
    .innerJoin('azure_point as a', (join) =>
      join.onRef('a.source_id', '=', 'p.source_id').onRef('a.restore_point_id', '=', 'p.restore_point_id'),
    )
    .select([
      'p.backup_id',
      'p.created_at',
      'p.workload_id',
      'a.tiers',
      'a.is_restorable',
      'a.expires_at',
      'a.is_soft_deleted',
    ])
    .where('p.vanished_at', 'is', null)
    .execute();
  const byItem = Map.groupBy(stored, ({ backup_id }) => backup_id ?? '');
  for (const item of itemsOf(world)) {
    const expected = [...world.runs.points(item, world.now())].map(({ at }) => at);
    const own = byItem.get(idOf(item)) ?? [];
    assert.deepEqual(
      own.map(({ created_at }) => created_at.getTime()).sort((a, b) => b - a),
      expected,
      item.name,
    );
    assert.ok(own.every(({ workload_id }) => workload_id !== null));
    assert.ok(own.every(({ is_soft_deleted }) => is_soft_deleted === (item.state.deletedAt !== undefined)));
    const isKept = item.state.stoppedAt !== undefined || item.state.deletedAt !== undefined;
    assert.ok(
      own.every(({ expires_at, created_at }) =>
        isKept ? expires_at === null : expires_at && expires_at > created_at,
      ),
    );
    if (item.kind === 'sql') assert.ok(own.every(({ tiers }) => tiers.join() === 'HardenedRP:Valid'));
  }
});

test('a second run asks for next to nothing and writes nothing', async () => {
  await using simulator = await simulate({ ...small, scenario: 'azure-all' });
  await using database = await createTestDatabase();
  await run(simulator, database);
  const before = await contents(database);
  for (const { requests, rowsLoaded, status } of await run(simulator, database)) {
    assert.equal(status, 'succeeded');
    assert.ok(requests <= 2, `${requests} requests`);
    assert.equal(rowsLoaded, 0);
  }
  assert.deepEqual(await contents(database), before);
});

test('an hour later only items with a new point are asked for, and a day later all have been read in full again', async () => {
  await using simulator = await simulate({ ...small, scenario: 'azure-healthy' });
  await using database = await createTestDatabase();
  await run(simulator, database);
  const world = worldOf(simulator);
  const start = world.now();
  // The backups of the evening: past 20:00 in UTC.
  simulator.clock.advance(9 * HOUR_MS);
  await run(simulator, database);
  const fresh = itemsOf(world).filter((item) => {
    const newest = world.runs.points(item, world.now()).next().value;
    return newest !== undefined && newest.at > start;
  });
  assert.ok(fresh.length > 5 && fresh.length < 40);
  const asked = await requestsOf(database, 'recoveryPoints');
  assert.equal(asked, fresh.length);
  const known = await newestPoints(database);
  for (const item of fresh)
    assert.equal(known.get(idOf(item)), world.runs.points(item, world.now()).next().value?.at, item.name);
  for (let hours = 9; hours <= 36; hours += 3) {
    simulator.clock.advance(3 * HOUR_MS);
    await run(simulator, database);
  }
  const marks = await database.metrics.db
    .selectFrom('watermark')
    .select('read_until')
    .where('stream', 'like', 'recoveryPoints whole %')
    .execute();
  assert.equal(marks.length, 40);
  assert.ok(marks.every(({ read_until }) => read_until.getTime() > start));
  assert.ok(new Set(marks.map(({ read_until }) => read_until.getTime())).size > 3, 'spread over the day');
  // What has expired meanwhile is gone, and nothing else.
  const expected = itemsOf(world).flatMap((item) => [...world.runs.points(item, world.now())]).length;
  const { n } = await database.metrics.db
    .selectFrom('restore_point')
    .select(({ fn }) => fn.countAll<number>().as('n'))
    .where('vanished_at', 'is', null)
    .executeTakeFirstOrThrow();
  assert.ok(Math.abs(Number(n) - expected) <= 40, `${n} for ${expected}`);
});

test('archived points are no points to go back to at once, and soft-deleted ones neither', async () => {
  await using simulator = await simulate({
    ...small,
    scenario: 'azure-soft-deleted',
    azureDays: 300,
    azureItems: 30,
  });
  await using database = await createTestDatabase();
  await run(simulator, database);
  const world = worldOf(simulator);
  const rows = await workloads(database);
  const points = await database.metrics.db
    .selectFrom('azure_point')
    .select(['item_id', 'tiers', 'is_restorable'])
    .execute();
  const archived = points.filter(({ tiers }) => tiers.includes('ArchivedRP:Valid'));
  assert.ok(archived.length > 0);
  assert.ok(archived.every(({ is_restorable }) => is_restorable === false));
  for (const [itemId, own] of Map.groupBy(archived, ({ item_id }) => item_id)) {
    const row = rows.find(({ job_ids }) => job_ids.includes(itemId));
    if (row?.restore_points === 0) continue;
    const all = points.filter(({ item_id }) => item_id === itemId).length;
    assert.equal(row?.restore_points, all - own.length);
    assert.ok(row.reasons.some((reason) => reason.startsWith(`${own.length} points in the archive`)));
  }
  const deleted = itemsOf(world).filter(({ state }) => state.deletedAt !== undefined);
  assert.equal(deleted.length, 2);
  for (const item of deleted) {
    const row = rows.find(({ job_ids }) => job_ids.includes(idOf(item)));
    assert.equal(row?.rpo_status, 'NEVER');
    assert.ok(row.reasons.some((reason) => /soft-deleted points are not counted/.test(reason)));
    assert.match(row.reasons.join('\n'), /deleted, restorable by undelete until 20\d\d-\d\d-\d\dT/);
    assert.equal(row.hidden_by_job, null, 'its job is disabled');
  }
});

test('RPO of items is that of their newest point, and the tier that holds it is named', async () => {
  await using simulator = await simulate({ ...small, scenario: 'azure-rpo-breach' });
  await using database = await createTestDatabase();
  await run(simulator, database);
  const world = worldOf(simulator);
  const rows = await workloads(database);
  for (const item of itemsOf(world)) {
    const row = rows.find(({ job_ids }) => job_ids.includes(idOf(item)));
    const newest = world.runs.points(item, world.now()).next().value;
    assert.equal(row?.newest_point_at?.getTime(), newest?.at, item.name);
    const hours = newest ? (world.now() - newest.at) / HOUR_MS : Number.POSITIVE_INFINITY;
    // What the daily policies of this scenario allow, and the files of several times a day.
    assert.equal(row?.rpo_target_basis, 'POLICY');
    const target = row.rpo_target_hours;
    assert.equal(row.rpo_status === 'BREACHED', hours > target, `${item.name} ${row.rpo_status} ${target}`);
    const text = row?.reasons.join(' ') ?? '';
    if (item.kind === 'sql') assert.match(text, /in the vault tier only/);
    if (item.kind === 'files') assert.match(text, /only a snapshot beside/);
    if (item.kind === 'sql') assert.match(text, /Azure Backup tells no size/);
    assert.equal(row?.size_bytes === null, item.kind === 'sql');
  }
});

test('restores are trials of what they brought back, with the point and how they ended', async () => {
  await using simulator = await simulate({
    ...small,
    scenario: 'azure-healthy',
    azureItems: 60,
    azureDays: 90,
  });
  await using database = await createTestDatabase();
  await run(simulator, database);
  const { db } = database.metrics;
  const sessions = await db
    .selectFrom('session')
    .select(['session_id', 'job_id', 'result'])
    .where('session_type', '=', 'AzureRestore')
    .execute();
  const trials = await db.selectFrom('restore_trial').selectAll().execute();
  assert.ok(sessions.length > 10);
  assert.equal(trials.length, sessions.length);
  for (const trial of trials) {
    const session = sessions.find(({ session_id }) => session_id === trial.session_id);
    assert.equal(trial.outcome === 'FAILED', session?.result === 'Failed');
    if (trial.outcome === 'FAILED') assert.match(trial.message ?? '', /^400052: /);
    assert.ok(['RESTORE_POINT', 'OBJECT'].includes(trial.mapped_by));
    assert.ok(trial.workload_id);
    const kind = (trial.detail as { restore_type: string | null }).restore_type;
    if (kind === 'Recover disks') assert.equal(trial.class, 'DISK');
    else if (kind !== null) assert.equal(trial.class, 'FULL_VM');
    if (trial.restore_point_id === null) continue;
    const point = await db
      .selectFrom('restore_point')
      .select(['created_at', 'backup_id'])
      .where('restore_point_id', '=', trial.restore_point_id)
      .executeTakeFirstOrThrow();
    assert.equal(point.backup_id, session?.job_id);
    assert.ok(point.created_at < trial.started_at);
    assert.equal(
      Math.floor(point.created_at.getTime() / 1000),
      (trial.point_created_at?.getTime() ?? 0) / 1000,
    );
  }
  assert.ok(trials.some(({ restore_point_id }) => restore_point_id !== null));
  assert.ok(new Set(trials.map((row) => row.class)).size >= 3);
});

test('a vault that is immutable and locked holds a point until it expires; one that can be unlocked proves nothing', async () => {
  await using simulator = await simulate({ ...small, scenario: 'azure-healthy', azureVaults: 3 });
  const world = worldOf(simulator);
  Object.assign(world.vaults[2] ?? {}, { immutability: 'Disabled' });
  await using database = await createTestDatabase();
  await run(simulator, database);
  const locations = await database.metrics.db
    .selectFrom('recovery_location as l')
    .innerJoin('azure_vault as v', 'v.source_id', 'l.source_id')
    .leftJoin('azure_point as a', (join) =>
      join.onRef('a.source_id', '=', 'l.source_id').onRef('a.restore_point_id', '=', 'l.newest_point_id'),
    )
    .select(['v.immutability', 'l.immutable_basis', 'l.immutable_until', 'a.expires_at', 'l.repository_type'])
    .execute();
  assert.equal(locations.length, 60);
  for (const row of locations) {
    assert.equal(row.repository_type, 'AzureVault');
    if (row.immutability === 'Locked') {
      assert.equal(row.immutable_basis, 'EXPIRY');
      assert.deepEqual(row.immutable_until, row.expires_at);
    } else {
      assert.equal(row.immutable_until, null);
      assert.equal(row.immutable_basis, row.immutability === 'Unlocked' ? 'UNLOCKED' : 'NONE');
    }
  }
  assert.equal(new Set(locations.map(({ immutability }) => immutability)).size, 3);
});

test('nothing is assumed about how many restores Azure does at once', async () => {
  await using simulator = await simulate({ ...small, scenario: 'azure-healthy' });
  await using database = await createTestDatabase();
  await run(simulator, database);
  const summaries = await database.metrics.db.selectFrom('recovery_summary').selectAll().execute();
  for (const { slots, slots_basis, points_read_at, restores_read_at } of summaries) {
    assert.equal(slots, null);
    assert.equal(slots_basis, 'NOT_SAID');
    assert.ok(points_read_at && restores_read_at);
  }
  assert.equal((await database.metrics.db.selectFrom('mass_restore').selectAll().execute()).length, 0);
});

test('a run stops at its share of requests, says what is left, and the next one goes on', async () => {
  await using simulator = await simulate({
    ...small,
    scenario: 'azure-healthy',
    azureVaults: 1,
    azureItems: 50,
    azureDays: 10,
  });
  await using database = await createTestDatabase();
  const budget = 50;
  const [first] = await run(simulator, database, { budget });
  assert.equal(first?.status, 'partial');
  assert.ok((first?.requests ?? 0) <= budget);
  const { message } = await endpoint(database, 'recoveryPoints');
  const left = Number(/(\d+) items are left for the next run/.exec(message ?? '')?.[1]);
  assert.ok(left > 0 && left < 50, message ?? '');
  const unknown = (await workloads(database)).filter(({ rpo_status }) => rpo_status === 'UNKNOWN');
  assert.equal(unknown.length, left, 'what was not read is not known, and not breached');
  simulator.clock.advance(60_000);
  const [second] = await run(simulator, database, { budget });
  assert.equal(await requestsOf(database, 'recoveryPoints'), left, 'those that were read are not read again');
  assert.equal(second?.status, 'succeeded');
  const rows = await workloads(database);
  assert.ok(rows.every(({ rpo_status }) => rpo_status !== 'UNKNOWN'));
});

test('points that may not be read leave everything else, and are not taken for none', async () => {
  await using simulator = await simulate({
    ...small,
    scenario: 'azure-healthy',
    azureFaults: ['forbidden:path=/recoveryPoints'],
  });
  await using database = await createTestDatabase();
  const runs = await run(simulator, database);
  assert.deepEqual(
    runs.map(({ status }) => status),
    ['partial', 'partial'],
  );
  assert.equal((await endpoint(database, 'recoveryPoints')).outcome, 'forbidden');
  const rows = await workloads(database);
  assert.equal(rows.length, 40);
  assert.ok(rows.every(({ rpo_status, restore_points }) => rpo_status === 'UNKNOWN' && restore_points === 0));
  assert.ok((await keys(database)).length > 0);
});

test('items whose points fail are named, and the others are complete', async () => {
  await using simulator = await simulate({ ...small, scenario: 'azure-healthy', azureVaults: 1 });
  await using database = await createTestDatabase();
  const broken = itemsOf(worldOf(simulator))[3] as Item;
  simulator.azure?.faults.add(`error-500:path=${itemName(broken).toLowerCase()}/recoveryPoints`);
  const [first] = await run(simulator, database);
  assert.equal(first?.status, 'partial');
  const { outcome, message } = await endpoint(database, 'recoveryPoints');
  assert.equal(outcome, 'incomplete');
  assert.ok(message?.includes(`${broken.name}: server-error`), message ?? '');
  const rows = await workloads(database);
  assert.deepEqual(
    rows.filter(({ rpo_status }) => rpo_status === 'UNKNOWN').map(({ name }) => name),
    [broken.name],
  );
});

test('machines are recognised by their resource alone where the account may not list them', async () => {
  await using simulator = await simulate({
    ...small,
    scenario: 'azure-healthy',
    azureFaults: ['forbidden:path=Microsoft.Compute/virtualMachines'],
  });
  await using database = await createTestDatabase();
  const runs = await run(simulator, database);
  // An extra that was never permitted: on record and said, and the run is whole without.
  assert.deepEqual(
    runs.map(({ status }) => status),
    ['succeeded', 'succeeded'],
  );
  assert.deepEqual(
    runs.flatMap(({ incomplete }) => incomplete.map(({ endpoint: name, outcome }) => [name, outcome])),
    [
      ['virtualMachines', 'forbidden'],
      ['virtualMachines', 'forbidden'],
    ],
  );
  assert.equal((await endpoint(database, 'virtualMachines')).outcome, 'forbidden');
  const said = await database.metrics.db.selectFrom('recovery_summary').select('not_known').execute();
  for (const { not_known } of said)
    assert.match(JSON.stringify(not_known), /virtualMachines: the account was never permitted/);
  const stored = await keys(database);
  assert.ok(
    stored.every(({ kind, origin }) => kind === 'AZURE_RESOURCE' || origin.startsWith('container host')),
  );
  const sized = (await workloads(database)).filter(({ size_bytes }) => size_bytes !== null);
  assert.equal(sized.length, itemsOf(worldOf(simulator)).filter(({ kind }) => kind === 'files').length);
});

test('a permission to list the machines that was taken away makes runs partial', async () => {
  await using simulator = await simulate({ ...small, scenario: 'azure-healthy' });
  await using database = await createTestDatabase();
  await run(simulator, database);
  simulator.azure?.faults.add('forbidden:path=Microsoft.Compute/virtualMachines');
  // Machines are listed once a day.
  simulator.clock.advance(21 * HOUR_MS);
  for (const { status, incomplete } of await run(simulator, database)) {
    assert.equal(status, 'partial');
    assert.deepEqual(
      incomplete.map(({ endpoint: name, outcome }) => [name, outcome]),
      [['virtualMachines', 'forbidden']],
    );
  }
});

test('a machine is known by its resource, its firmware and its name, a database by none of its own', async () => {
  await using simulator = await simulate({ ...small, scenario: 'azure-mixed-machines' });
  await using database = await createTestDatabase();
  await run(simulator, database);
  const stored = await keys(database);
  const truth = simulator.truth.findings.azure?.pairs.find(
    ({ variant }) => variant === 'swapped-id' || variant === 'same-id',
  );
  assert.ok(truth);
  const own = stored.filter(({ workload_id }) => workload_id === `azure${truth.azure.id.toLowerCase()}`);
  assert.deepEqual([...new Set(own.map(({ kind }) => kind))].sort().slice(0, 2), [
    'AZURE_RESOURCE',
    'BIOS_UUID',
  ]);
  for (const { key_id, workload_id, kind, value, origin } of stored) {
    assert.equal(key_id, `${workload_id}|${kind}|${value}`);
    assert.equal(value, value.toLowerCase());
    if (/databases/.test(workload_id)) assert.match(origin, /^container host/);
  }
});

function worldOf({ azure }: Simulator): AzureWorld {
  if (!azure) throw new Error('there is no Azure half');
  return azure.world;
}

const itemsOf = (world: AzureWorld): Item[] =>
  world.vaults.flatMap((vault) =>
    Array.from({ length: world.settings.azureItems }, (_, index) => world.item(vault, index)),
  );

const idOf = (item: Item): string => `${containerName(item)}/${itemName(item)}`.toLowerCase();

async function run(
  simulator: Simulator,
  database: TestDatabase,
  { budget }: { budget?: number } = {},
): Promise<SourceRun[]> {
  const now = new Date(worldOf(simulator).now());
  if (budget === undefined) return runOnSimulatedAzure(simulator, database, { worker: 'rto', now });
  const config = configOf(simulator, database);
  if (config.azure) config.azure.requestBudget = budget;
  return runOnAzure('rto', config, database, { log: createLog('silent'), clock: () => now });
}

async function newestRuns({ metrics: { db } }: TestDatabase): Promise<string[]> {
  const rows = await db
    .selectFrom('run')
    .distinctOn('source_id')
    .select('run_id')
    .orderBy('source_id')
    .orderBy('started_at', 'desc')
    .orderBy('finished_at', 'desc')
    .execute();
  return rows.map(({ run_id }) => run_id);
}

async function workloads(database: TestDatabase) {
  const runs = await newestRuns(database);
  return database.metrics.db
    .selectFrom('workload_recovery')
    .selectAll()
    .where('run_id', 'in', runs)
    .execute();
}

async function endpoint(database: TestDatabase, name: string) {
  const runs = await newestRuns(database);
  return database.metrics.db
    .selectFrom('run_endpoint')
    .selectAll()
    .where('run_id', 'in', runs)
    .where('endpoint', '=', name)
    .limit(1)
    .executeTakeFirstOrThrow();
}

async function requestsOf(database: TestDatabase, name: string): Promise<number> {
  const runs = await newestRuns(database);
  const rows = await database.metrics.db
    .selectFrom('run_endpoint')
    .select('requests')
    .where('run_id', 'in', runs)
    .where('endpoint', '=', name)
    .execute();
  return rows.reduce((total, { requests }) => total + (requests ?? 0), 0);
}

const keys = ({ metrics: { db } }: TestDatabase) =>
  db.selectFrom('workload_key').selectAll().where('vanished_at', 'is', null).execute();

async function newestPoints({ metrics: { db } }: TestDatabase): Promise<Map<string, number>> {
  const rows = await db
    .selectFrom('restore_point')
    .select(({ fn }) => ['backup_id', fn.max('created_at').as('at')])
    .where('vanished_at', 'is', null)
    .groupBy('backup_id')
    .execute();
  return new Map(rows.map(({ backup_id, at }) => [backup_id ?? '', at.getTime()]));
}

/** Facts that a second run should not touch. */
async function contents({ metrics: { db } }: TestDatabase) {
  const points = await db.selectFrom('restore_point').selectAll().orderBy('restore_point_id').execute();
  const azure = await db.selectFrom('azure_point').selectAll().orderBy('restore_point_id').execute();
  const trials = await db.selectFrom('restore_trial').selectAll().orderBy('trial_id').execute();
  const known = await db.selectFrom('workload_key').selectAll().orderBy('key_id').execute();
  return { points, azure, trials, known };
}
