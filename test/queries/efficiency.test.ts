import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asReader } from '../../src/db/connect.ts';
import { listJobEfficiency } from '../../src/queries/efficiency.ts';
import { getEarlierRun, listEfficiencyDays, sumComings } from '../../src/queries/efficiency-changes.ts';
import { listBackupsOfMachines, listMachineNames } from '../../src/queries/efficiency-machines.ts';
import { createTestDatabase } from '../support/database.ts';
import {
  addEfficiencyEstate,
  addEfficiencyRun,
  addItem,
  addJobs,
  addSummary,
  ID,
  jobRow,
} from '../support/efficiency-rows.ts';
import { addSource, hoursBefore, RUN_AT, SOURCE, uuid } from '../support/health-rows.ts';

test('waste counts reclaimable bytes once, also where they are all there is', async () => {
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  await addSource(db);
  const run_id = await addEfficiencyRun(db);
  await addSummary(db, { run_id });
  // Of 1,000 bytes at 2 to 1 peers would store 800; a quarter is orphaned, and of the rest peers would not need a fifth.
  await addJobs(db, [jobRow({ run_id, owner_id: 'a', stored_bytes: 1_000 })]);
  await addItem(db, { run_id, item_id: '1', owner_id: 'a', bytes: 250 });
  await addItem(db, { run_id, item_id: '2', owner_id: 'a', bytes: 150, category: 'BELOW_PEERS' });
  // More is reclaimable than has both sizes.
  await addJobs(db, [jobRow({ run_id, owner_id: 'b', stored_bytes: 100 })]);
  await addItem(db, { run_id, item_id: '3', owner_id: 'b', bytes: 130 });
  await addJobs(db, [jobRow({ run_id, owner_id: 'c', factor: null, reference_factor: null })]);

  const runs = [{ sourceId: SOURCE, runId: run_id }];
  const slice = { limit: 10, offset: 0 };
  const found = await listJobEfficiency(asReader(db), { runs, filter: {}, order: 'waste', slice });
  assert.deepEqual(
    found.map(({ ownerId, waste, reclaimableBytes }) => [
      ownerId,
      waste && Math.round(waste),
      reclaimableBytes,
    ]),
    [
      ['a', 250 + 0.75 * 200, 400],
      ['b', 130, 130],
      ['c', null, 0],
    ],
  );
});

test('an earlier run is the last at a moment, else the first after it, and never the run itself', async () => {
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  await addEfficiencyEstate(db);
  // Neither failed runs nor those without a result count.
  await addEfficiencyRun(db, { status: 'failed', finished_at: hoursBefore(RUN_AT, 60) });
  await addEfficiencyRun(db, { finished_at: hoursBefore(RUN_AT, 59) });
  const reader = asReader(db);
  const before = async (hours: number, than = RUN_AT) => {
    const at = hoursBefore(RUN_AT, hours);
    const run = await getEarlierRun(reader, { sourceId: SOURCE, at, before: than });
    return run && (RUN_AT.getTime() - run.finishedAt.getTime()) / 3_600_000;
  };

  assert.deepEqual([await before(50), await before(72), await before(0)], [72, 72, 24]);
  assert.deepEqual([await before(24 * 29), await before(24 * 90)], [720, 720]);
  assert.equal(await before(24 * 30, hoursBefore(RUN_AT, 24 * 30)), undefined);
});

test('jobs that came and went are counted with their bytes', async () => {
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  const runId = await addEfficiencyEstate(db);
  const pairs = [{ sourceId: SOURCE, runId, earlierRunId: uuid(490) }];
  const { newJobs, newBytes, goneJobs, goneBytes } = await sumComings(asReader(db), pairs);
  assert.deepEqual([newJobs, newBytes, goneJobs, goneBytes], [3, 17 * 2 ** 40, 1, 2 ** 40]);
});

test('machines, and the backups that hold them, are those known at a moment', async () => {
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  await addEfficiencyEstate(db);
  const known_from = hoursBefore(RUN_AT, -1);
  await db
    .updateTable('backup')
    .set({ job_id: ID.disabled, known_from })
    .where('job_id', '=', ID.sql)
    .execute();
  await db
    .updateTable('backup_object')
    .set({ vanished_at: known_from, known_from })
    .where('workload_id', '=', ID.fileMachine)
    .execute();
  const reader = asReader(db);
  const at = async (knownAt: Date) => ({
    names: (await listMachineNames(reader, { sourceId: SOURCE, knownAt })).map(({ name }) => name),
    owners: (
      await listBackupsOfMachines(reader, {
        sourceId: SOURCE,
        knownAt,
        workloadIds: [ID.sqlMachine, ID.fileMachine],
      })
    ).map(({ ownerId }) => ownerId),
  });

  assert.deepEqual(await at(RUN_AT), {
    names: ['SQL-PROD-01', 'FILE-01', 'ERP-OLD'],
    owners: [ID.sql, ID.files],
  });
  assert.deepEqual(await at(hoursBefore(RUN_AT, -2)), {
    names: ['SQL-PROD-01', 'ERP-OLD'],
    owners: [ID.disabled],
  });
});

test('a day is the last run that concluded on it, in the zone of the server', async () => {
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  await addSource(db);
  for (const [at, score] of [
    ['2024-11-18T10:00:00Z', 70],
    ['2024-11-18T22:30:00Z', 71],
    ['2024-11-18T23:30:00Z', 72],
  ] as const) {
    const run_id = await addEfficiencyRun(db, { finished_at: new Date(at) });
    await addSummary(db, { run_id, score });
  }
  const window = { from: new Date('2024-11-01T00:00:00Z'), to: RUN_AT };
  const question = { sourceId: SOURCE, ownerId: undefined, zone: 'Europe/Berlin', ...window };
  const days = await listEfficiencyDays(asReader(db), question);
  assert.deepEqual(
    days.map(({ day, score }) => [day, score]),
    [
      ['2024-11-19', 72],
      ['2024-11-18', 71],
    ],
  );
});
