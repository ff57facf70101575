import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asReader } from '../../src/db/connect.ts';
import {
  countProtectingJobs,
  countRecoveries,
  listProtectingJobNames,
  listRecoveries,
  type RecoveryPosition,
} from '../../src/queries/recovery.ts';
import { listPoints, listPointTimes, listTrials } from '../../src/queries/recovery-facts.ts';
import { listRecoveryLocations } from '../../src/queries/recovery-lists.ts';
import { createTestDatabase } from '../support/database.ts';
import { hoursBefore, RUN_AT, SOURCE, uuid } from '../support/health-rows.ts';
import { addRecoveryEstate } from '../support/recovery-rows.ts';

test('workloads come in one order, from any position in it, and only those of the run', async () => {
  await using database = await createTestDatabase();
  const run = { sourceId: SOURCE, runId: await addRecoveryEstate(database.metrics.db) };
  const db = asReader(database.metrics.db);
  const all = await listRecoveries(db, { runs: [run], filter: {}, limit: 50 });

  assert.equal(all.length, 7);
  for (const [index, one] of all.entries()) {
    const after: RecoveryPosition = [one.tested, one.rank, one.sourceId, one.workloadId];
    const rest = await listRecoveries(db, { runs: [run], filter: { after }, limit: 50 });
    assert.deepEqual(
      rest.map(({ workloadId }) => workloadId),
      all.slice(index + 1).map(({ workloadId }) => workloadId),
    );
  }
  const other = { sourceId: SOURCE, runId: uuid(999) };
  assert.deepEqual(await listRecoveries(db, { runs: [other], filter: {}, limit: 50 }), []);
  assert.deepEqual(await countRecoveries(db, [other], {}), []);
});

test('workloads are counted per tier with every status, and jobs once', async () => {
  await using database = await createTestDatabase();
  const run = { sourceId: SOURCE, runId: await addRecoveryEstate(database.metrics.db) };
  const db = asReader(database.metrics.db);

  const counted = await countRecoveries(db, [run], {});
  assert.deepEqual(
    counted.map(({ tier, workloads, UNTESTED, HIDDEN_BREACH, covered, unsized }) => [
      tier,
      workloads,
      UNTESTED,
      HIDDEN_BREACH,
      covered,
      unsized,
    ]),
    [
      [1, 2, 1, 0, 1, 0],
      [2, 1, 0, 0, 1, 0],
      [3, 2, 2, 1, 0, 0],
      [4, 1, 0, 0, 1, 0],
      [null, 1, 1, 0, 0, 1],
    ],
  );
  assert.deepEqual(await countProtectingJobs(db, [run], {}), { jobs: 2, verified: 0 });
  const names = await listProtectingJobNames(db, [{ ...run, knownAt: RUN_AT }]);
  assert.deepEqual(
    names.map(({ id, name }) => [id, name]),
    [
      [uuid(1), 'SQL Nightly'],
      [uuid(2), 'Files'],
    ],
  );
});

test('locations are those of the chosen workloads, the heavier tier and the worst first', async () => {
  await using database = await createTestDatabase();
  const run = { sourceId: SOURCE, runId: await addRecoveryEstate(database.metrics.db) };
  const db = asReader(database.metrics.db);

  const rows = await listRecoveryLocations(db, { runs: [run], filter: { tier: 1 }, limit: 2, offset: 0 });
  assert.deepEqual(
    rows.map(({ workloadName, locationId, status, matching }) => [
      workloadName,
      locationId,
      status,
      Number(matching),
    ]),
    [
      ['SQL01', 'repo-b', 'BREACHED', 3],
      ['SQL01', 'repo-a', 'AT_RISK', 3],
    ],
  );
  const there = await listRecoveries(db, { runs: [run], filter: { repositoryIds: ['repo-b'] }, limit: 50 });
  assert.deepEqual(
    there.map(({ name }) => name),
    ['SQL01'],
  );
});

test('trials and points are read as they were known, not as they are', async () => {
  await using database = await createTestDatabase();
  await addRecoveryEstate(database.metrics.db);
  const { db } = database.metrics;
  const known_from = hoursBefore(RUN_AT, -5);
  await db
    .updateTable('restore_trial')
    .set({ outcome: 'OK', known_from })
    .where('workload_id', '=', 'vm-mail')
    .execute();
  await db.updateTable('restore_point').set({ malware_status: 'Infected', known_from }).execute();
  const reader = asReader(db);
  const at = (knownAt: Date) => ({ sourceId: SOURCE, knownAt });
  const outcomes = async (knownAt: Date) => {
    const asked = { workloadIds: ['vm-mail'], since: hoursBefore(RUN_AT, 60), limit: 10 };
    return (await listTrials(reader, { ...at(knownAt), ...asked })).map(({ outcome }) => outcome);
  };

  assert.deepEqual(await outcomes(RUN_AT), ['FAILED', 'FAILED']);
  assert.deepEqual(await outcomes(known_from), ['OK', 'OK']);
  const pointIds = ['vm-sql-point-0'];
  const [then] = await listPoints(reader, { ...at(RUN_AT), pointIds });
  const [now] = await listPoints(reader, { ...at(known_from), pointIds });
  assert.deepEqual([then?.malwareStatus, now?.malwareStatus], ['Clean', 'Infected']);
  assert.equal(then?.repositoryName, 'Repo Täglich');
  const times = (knownAt: Date) =>
    listPointTimes(reader, { ...at(knownAt), now: RUN_AT, workloadIds: ['vm-sql'] });
  assert.deepEqual(
    (await times(RUN_AT)).map(({ workloadId, times: all, isAmbiguous }) => [
      workloadId,
      all.length,
      isAmbiguous,
    ]),
    [['vm-sql', 20, false]],
  );
  assert.deepEqual(await times(known_from), []);
});

test('points that may belong to a workload make it ambiguous', async () => {
  await using database = await createTestDatabase();
  await addRecoveryEstate(database.metrics.db);
  const { db } = database.metrics;
  const known = { source_id: SOURCE, first_seen_at: RUN_AT, known_from: hoursBefore(RUN_AT, 1) };
  await db
    .insertInto('backup_object')
    .values({ ...known, backup_id: 'backup-a', object_id: 'o-1', workload_id: 'vm-sql', name: 'SQL01' })
    .execute();
  await db
    .insertInto('restore_point')
    .values({
      ...known,
      restore_point_id: 'stray',
      backup_id: 'backup-a',
      workload_id: null,
      name: 'SQL01',
      created_at: hoursBefore(RUN_AT, 3),
      operations: [],
      gfs_periods: [],
    })
    .execute();
  const workloadIds = ['vm-sql', 'vm-erp'];
  const rows = await listPointTimes(asReader(db), {
    sourceId: SOURCE,
    knownAt: RUN_AT,
    now: RUN_AT,
    workloadIds,
  });
  assert.deepEqual(
    rows.map(({ workloadId, isAmbiguous }) => [workloadId, isAmbiguous]),
    [
      ['vm-erp', false],
      ['vm-sql', true],
    ],
  );
});
