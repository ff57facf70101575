import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createLog } from '../../../src/log.ts';
import type { Simulator } from '../../../src/simulator/simulator.ts';
import { runOnce } from '../../../workers/main.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { configOf, runAgainst, simulate } from '../../support/simulated.ts';
import { DAY_MS, resultsOf, runEfficiency, truthOf } from './helpers.ts';

const asked = ({ requests }: Simulator, path: RegExp) =>
  requests.list().filter((one) => path.test(one.path)).length;

const messagesOf = ({ metrics: { db } }: TestDatabase, endpoint: string) =>
  db
    .selectFrom('run_endpoint')
    .innerJoin('run', 'run.run_id', 'run_endpoint.run_id')
    .select(['run_endpoint.outcome', 'run_endpoint.message'])
    .where('endpoint', '=', endpoint)
    .orderBy('run.started_at')
    .execute();

test('a second run asks for the list of backups alone, changes no fact and concludes the same', async () => {
  await using simulator = await simulate({ scenario: 'efficiency-encryption-burst', jobs: 6, days: 60 });
  await using database = await createTestDatabase();
  await runEfficiency(simulator, database);
  const first = await resultsOf(database);
  simulator.requests.clear();
  simulator.clock.advance(3_600_000);
  const second = await runEfficiency(simulator, database);
  assert.deepEqual([second.status, second.rowsLoaded], ['succeeded', 0]);
  assert.equal(asked(simulator, /backupFiles|objects|restorePoints|states|malware|\/jobs/), 0);
  const again = await resultsOf(database);
  assert.notEqual(again.summary.run_id, first.summary.run_id);
  const bare = <T extends { run_id: string }>(rows: T[]) => rows.map(({ run_id: _run, ...rest }) => rest);
  for (const table of ['jobs', 'anomalies', 'reclaimable', 'repositories'] as const)
    assert.deepEqual(bare<{ run_id: string }>(again[table]), bare<{ run_id: string }>(first[table]), table);
  const kept = await database.metrics.db
    .selectFrom('efficiency_summary')
    .selectAll()
    .where('run_id', '=', first.summary.run_id)
    .executeTakeFirstOrThrow();
  assert.deepEqual(kept, first.summary, 'what was said before is still there');
});

test('what the capacity and health workers have read is not asked for again', async () => {
  await using simulator = await simulate({ scenario: 'efficiency-steady', jobs: 6, days: 40 });
  await using database = await createTestDatabase();
  for (const worker of ['capacity', 'health'] as const)
    await runAgainst(simulator, database, { worker, now: simulator.clock.now() });
  simulator.requests.clear();
  assert.equal((await runEfficiency(simulator, database)).status, 'succeeded');
  assert.equal(asked(simulator, /backupFiles|jobs|repositor|scaleOut|malware/), 0);
  const { summary } = await resultsOf(database);
  assert.deepEqual(summary.not_known, []);
  assert.ok((summary.completeness as { read_at: string | null }[]).every(({ read_at }) => read_at !== null));
});

test('rows that make no sense are counted by reason, and a backup that is away once is read next time', async () => {
  await using simulator = await simulate({ scenario: 'efficiency-odd-rows', jobs: 4, days: 60 });
  await using database = await createTestDatabase();
  assert.equal((await runEfficiency(simulator, database)).status, 'partial');
  const { summary } = await resultsOf(database);
  assert.ok((summary.not_known as string[]).includes('files of 1 backups: never read to their end'));
  const [reading] = await messagesOf(database, 'backups/backupFiles');
  assert.equal(reading?.outcome, 'incomplete');
  assert.match(reading.message ?? '', /Odd moment: not there \(404\)/);

  simulator.clock.advance(3_600_000);
  assert.equal((await runEfficiency(simulator, database)).status, 'succeeded');
  const { jobs, anomalies, repositories } = await resultsOf(database);
  const truth = truthOf(simulator);
  for (const { jobId, name, all } of truth.jobs) {
    const row = jobs.find(({ owner_id, kind }) => owner_id === jobId && kind === 'ALL');
    const excluded = Object.values((row?.excluded_files ?? {}) as Record<string, number>);
    const wanted = Object.values(all.excluded);
    assert.equal(sum(excluded), sum(wanted), name);
    assert.equal(Number(row?.files) + sum(excluded), all.files, name);
    assert.deepEqual(
      [row?.data_bytes, row?.stored_bytes, row?.mismatched_files],
      [all.dataBytes, all.storedBytes, all.mismatched],
      name,
    );
  }
  const odd = jobs.find(({ name, kind }) => name === 'Odd rows' && kind === 'ALL');
  assert.deepEqual(Object.keys(odd?.excluded_files as object).sort(), [
    'DATA_SIZE_ZERO',
    'NO_OP_INCREMENT',
    'NO_SIZES',
    'STORED_SIZE_ZERO',
  ]);
  const mismatches = anomalies.filter(({ type }) => type === 'UNIT_MISMATCH');
  assert.deepEqual(
    mismatches.map(({ job_name }) => job_name),
    ['Odd rows'],
  );
  for (const one of truth.repositories) {
    const row = repositories.find(({ repository_id }) => repository_id === one.id);
    if (row) assert.deepEqual([row.files, row.stored_bytes], [one.files, one.listedBytes], one.name);
  }
});

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

test('an anomaly is open until two normal files have followed, and keeps its id', async () => {
  await using simulator = await simulate({ scenario: 'efficiency-encryption-burst', jobs: 4, days: 90 });
  await using database = await createTestDatabase();
  const now = simulator.clock.now().getTime();
  const suspectsOf = async () =>
    (await resultsOf(database)).anomalies.filter(
      ({ job_name, type }) => job_name === 'Burst unnoticed' && type === 'ENTROPY_SUSPECT',
    );
  simulator.clock.set(new Date(now - 10 * DAY_MS));
  await runEfficiency(simulator, database);
  assert.deepEqual(await suspectsOf(), []);
  const seen: { id: string; resolved: boolean }[] = [];
  for (const ago of [7, 6, 5, 4]) {
    simulator.clock.set(new Date(now - ago * DAY_MS));
    await runEfficiency(simulator, database);
    for (const row of await suspectsOf())
      seen.push({ id: row.anomaly_id, resolved: row.resolved_at !== null });
  }
  assert.equal(new Set(seen.map(({ id }) => id)).size, 1);
  assert.deepEqual(
    seen.map(({ resolved }) => resolved),
    [false, false, false, true],
  );
});

test('an account that may not read files or points gets no figure from them, and is told so', async () => {
  await using simulator = await simulate({
    scenario: 'efficiency-steady',
    jobs: 4,
    days: 40,
    revision: '1.3-rev1',
  });
  await using database = await createTestDatabase();
  simulator.world.draft.role = 'Security Administrator';
  assert.equal((await runEfficiency(simulator, database)).status, 'partial');
  const { summary, jobs, repositories, anomalies } = await resultsOf(database);
  assert.ok(jobs.length > 0);
  assert.ok(jobs.every(({ factor, score, reason }) => factor === null && score === null && reason !== null));
  assert.deepEqual(
    [summary.factor, summary.score, summary.files_read_at, summary.points_read_at],
    [null, null, null, null],
  );
  assert.deepEqual([summary.reclaimable_bytes, summary.open_anomalies], [null, null]);
  assert.equal(summary.not_measurable_jobs, summary.jobs);
  assert.deepEqual([repositories, anomalies], [[], []]);
  const notKnown = (summary.not_known as string[]).join('\n');
  for (const expected of [
    /^backups\/backupFiles: the account may not read it/m,
    /^restorePoints: the account may not read it, so the malware status of backups is not known/m,
    /^repositories\/states: the account may not read it/m,
  ])
    assert.match(notKnown, expected);
});

test('an account that may list no backups gets no figures at all, and later ones keep the last', async () => {
  await using simulator = await simulate({ scenario: 'efficiency-orphaned', jobs: 4, days: 40 });
  await using database = await createTestDatabase();
  simulator.world.draft.role = 'Incident API Operator';
  assert.equal((await runEfficiency(simulator, database)).status, 'partial');
  const blind = (await resultsOf(database)).summary;
  assert.deepEqual([blind.jobs, blind.factor, blind.score, blind.open_anomalies], [0, null, null, null]);
  assert.ok(
    (blind.not_known as string[]).some((text) => text.startsWith('backups: the account may not read it')),
  );

  simulator.world.draft.role = 'Administrator';
  simulator.clock.advance(DAY_MS);
  assert.equal((await runEfficiency(simulator, database)).status, 'succeeded');
  const seeing = (await resultsOf(database)).summary;
  assert.ok(Number(seeing.factor) > 1);
  simulator.world.draft.role = 'Incident API Operator';
  simulator.clock.advance(DAY_MS);
  assert.equal((await runEfficiency(simulator, database)).status, 'partial');
  const again = (await resultsOf(database)).summary;
  assert.equal(again.stored_bytes, seeing.stored_bytes);
  assert.ok((again.not_known as string[]).some((text) => text.startsWith('backups: ')));
});

test('a backup that is gone is in no figure any more', async () => {
  await using simulator = await simulate({ scenario: 'efficiency-steady', jobs: 4, days: 40 });
  await using database = await createTestDatabase();
  await runEfficiency(simulator, database);
  const before = await resultsOf(database);
  const job = simulator.world.estate.jobs.find(({ name }) => name === 'Steady web');
  assert.ok(job && before.jobs.some(({ owner_id }) => owner_id === job.id));
  job.kind = 'replica'; // a replica leaves no backup
  simulator.clock.advance(DAY_MS);
  assert.equal((await runEfficiency(simulator, database)).status, 'succeeded');
  const after = await resultsOf(database);
  assert.ok(!after.jobs.some(({ owner_id }) => owner_id === job.id));
  assert.equal(
    sum(after.repositories.map(({ stored_bytes }) => stored_bytes ?? 0)),
    sum(truthOf(simulator).jobs.map(({ all }) => all.storedBytes)),
  );
});

test('the price of storage comes from dr365.toml', async () => {
  await using simulator = await simulate({ scenario: 'efficiency-orphaned', jobs: 4, days: 60 });
  await using database = await createTestDatabase();
  const folder = mkdtempSync(join(tmpdir(), 'dr365-test-'));
  const configFile = join(folder, 'dr365.toml');
  writeFileSync(configFile, '[money]\nprice_per_tb_year = 250\ncurrency = "EUR"\n');
  try {
    const config = { ...configOf(simulator, database), configFile };
    const clock = () => simulator.clock.now();
    await runOnce('efficiency', config, database, { log: createLog('silent'), clock });
  } finally {
    rmSync(folder, { recursive: true });
  }
  const { summary, reclaimable } = await resultsOf(database);
  assert.deepEqual(
    [summary.price_per_tb_year, summary.price_basis, summary.currency],
    [250, 'CONFIGURED', 'EUR'],
  );
  const bytes = sum(reclaimable.map(({ counted_bytes }) => counted_bytes));
  assert.ok(bytes > 0 && Math.abs(Number(summary.reclaimable_cost) - (bytes / 2 ** 40) * 250) < 1e-6);
});

test('what falls short of an assumed reference is listed, and counts in no total', async () => {
  await using simulator = await simulate({ scenario: 'demo', jobs: 60, days: 30, seed: 7 });
  await using database = await createTestDatabase();
  await runEfficiency(simulator, database);
  const { jobs, reclaimable, summary } = await resultsOf(database);
  const isAssumed = (owner: string) =>
    jobs.some((row) => row.owner_id === owner && row.kind !== 'ALL' && row.reference_basis === 'ASSUMED');
  const assumed = reclaimable.filter(
    ({ category, reason, owner_id }) =>
      category === 'BELOW_PEERS' && /assumed/.test(reason) && isAssumed(owner_id),
  );
  assert.ok(assumed.length > 0, 'the estate has a platform with few jobs');
  assert.ok(assumed.every(({ bytes, counted_bytes }) => (bytes ?? 0) > 0 && counted_bytes === 0));
  const counted = reclaimable.reduce((total, row) => total + row.counted_bytes, 0);
  assert.equal(summary.reclaimable_bytes, counted);
});

test('points that came while the objects of their backups could not be read get their machine once these are read', async () => {
  await using simulator = await simulate({ scenario: 'efficiency-steady', jobs: 4, days: 20 });
  await using database = await createTestDatabase();
  simulator.faults.add({ name: 'error-500', path: '/objects' });
  assert.equal((await runEfficiency(simulator, database)).status, 'partial');
  const { db } = database.metrics;
  const withoutMachine = () =>
    db.selectFrom('restore_point').select('restore_point_id').where('workload_id', 'is', null).execute();
  assert.ok((await withoutMachine()).length > 0);
  simulator.faults.clear();
  simulator.clock.advance(60_000);
  simulator.requests.clear();
  assert.equal((await runEfficiency(simulator, database)).status, 'succeeded');
  assert.equal(asked(simulator, /restorePoints/), 0, 'they are not asked for again');
  assert.deepEqual(await withoutMachine(), []);
});
