import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog } from '../../../src/log.ts';
import { runOnce } from '../../../workers/main.ts';
import { portionOf } from '../../../workers/rto/object-points-wanted.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { type FakeVeeam, guid, type Route, startFakeVeeam } from '../../support/fake-veeam.ts';
import { configOf, NOW } from '../../support/simulated.ts';
import { resultsOf } from './helpers.ts';

const BACKUP = guid(1);
const [EAST, WEST, OLD] = [guid(11), guid(12), guid(13)];
const list = (rows: unknown[]) => () => ({
  data: rows,
  pagination: { total: rows.length, count: rows.length },
});

const object = (id: string, name: string, objectId: string) => ({
  id,
  name,
  objectId,
  type: 'VM',
  platformName: 'VMware',
  viType: 'VirtualMachine',
  restorePointsCount: 1,
});
const point = (number: number, name: string, of: string, day: number) => ({
  of,
  row: {
    id: guid(number),
    name,
    platformName: 'VMware',
    backupId: BACKUP,
    creationTime: `2026-03-${day}T20:00:00Z`,
    type: 'Full',
    allowedOperations: [],
    malwareStatus: 'Clean',
    originalSize: 2 ** 30,
  },
});

/** Two machines of one name in one backup, and one that has been renamed since its point was made. */
const POINTS = [point(21, 'web', EAST, 16), point(22, 'web', WEST, 17), point(23, 'before', OLD, 17)];

/** @param knowsObjects false: the filter for an object is left out, as unknown ones are */
const points =
  (knowsObjects: boolean): Route =>
  ({ query }) => {
    const wanted = knowsObjects ? query.get('backupObjectIdFilter') : null;
    const after = Date.parse(query.get('createdAfterFilter') ?? '2000-01-01T00:00:00Z');
    const rows = POINTS.filter(
      ({ of, row }) => (!wanted || of === wanted) && Date.parse(row.creationTime) >= after,
    );
    return list(rows.map(({ row }) => row))();
  };

const OBJECTS = [object(EAST, 'web', 'vm-1'), object(WEST, 'web', 'vm-2'), object(OLD, 'after', 'vm-3')];

function start(knowsObjects: boolean, objects = OBJECTS, listed: unknown[] = []): Promise<FakeVeeam> {
  const empty = list([]);
  return startFakeVeeam({
    '/api/v1/serverTime': () => ({
      serverTime: NOW.toISOString(),
      timeZone: '(UTC) Coordinated Universal Time',
    }),
    '/api/v1/serverInfo': () => ({ vbrId: guid(99), name: 'vbr' }),
    '/api/v1/jobs/states': empty,
    '/api/v1/backupInfrastructure/repositories/states': empty,
    '/api/v1/backupInfrastructure/repositories': empty,
    '/api/v1/backupInfrastructure/proxies': empty,
    '/api/v1/backups': list([
      {
        id: BACKUP,
        name: 'Web',
        platformName: 'VMware',
        creationTime: '2026-03-01T00:00:00',
        repositoryId: guid(3),
        jobType: 'VSphereBackup',
      },
    ]),
    [`/api/v1/backups/${BACKUP}/objects`]: list(objects),
    '/api/v1/backupObjects': list(listed),
    '/api/v1/restorePoints': points(knowsObjects),
    '/api/v1/replicas': empty,
    '/api/v1/replicaPoints': empty,
    '/api/v1/sessions': empty,
    '/api/v1/taskSessions': empty,
    ...Object.fromEntries(
      ['vSphere/vm', 'vSphere/fcd', 'hyperV/vm', 'azure/vm', 'unstructuredData'].map((kind) => [
        `/api/v1/restore/instantRecovery/${kind}`,
        empty,
      ]),
    ),
    '/api/v1/dataIntegration': empty,
  });
}

async function run(veeam: FakeVeeam, database: TestDatabase) {
  const { url, username, password, fingerprint } = {
    url: `https://localhost:${veeam.settings.port}`,
    username: veeam.settings.username,
    password: veeam.settings.password,
    fingerprint: veeam.certificate.fingerprint,
  };
  const config = configOf({ url, username, password, fingerprint } as never, database);
  const summary = await runOnce('rto', config, database, { log: createLog('silent'), clock: () => NOW });
  assert.equal(summary.status, 'succeeded', JSON.stringify(summary));
  return resultsOf(database);
}

test('machines of one name in one backup, and renamed ones, get their points from the source itself', async () => {
  await using veeam = await start(true);
  await using database = await createTestDatabase();
  const { workloads } = await run(veeam, database);
  const newest = Object.fromEntries(workloads.map((row) => [row.workload_id, row.newest_point_id]));
  assert.deepEqual(newest, { 'VMware/vm-1': guid(21), 'VMware/vm-2': guid(22), 'VMware/vm-3': guid(23) });
});

test('where the source cannot tell them apart either, nothing is claimed of them', async () => {
  await using veeam = await start(false);
  await using database = await createTestDatabase();
  const { workloads } = await run(veeam, database);
  for (const id of ['VMware/vm-1', 'VMware/vm-2', 'VMware/vm-3']) {
    const row = workloads.find(({ workload_id }) => workload_id === id);
    assert.deepEqual([row?.newest_point_id, row?.rpo_status], [null, 'UNKNOWN']);
  }
});

test('what is listed without points is a workload, but not beside its machine that has some', async () => {
  const empty = { restorePointsCount: 0 };
  const east = object(EAST, 'web', 'vm-1');
  const { objectId: _none, ...nameless } = object(guid(15), 'WEB', '');
  await using veeam = await start(
    true,
    [east],
    [
      { ...east, ...empty },
      { ...nameless, ...empty },
      { ...object(guid(16), 'outdated_web', 'vm-8'), ...empty },
      { ...object(guid(17), 'fresh', 'vm-9'), ...empty },
    ],
  );
  await using database = await createTestDatabase();
  const { workloads, summary } = await run(veeam, database);
  assert.deepEqual(
    workloads.map(({ workload_id, name, rpo_status, recency }) => [workload_id, name, rpo_status, recency]),
    [
      ['VMware/vm-1', 'web', workloads[0]?.rpo_status, 'NEVER'],
      ['VMware/vm-9', 'fresh', 'NEVER', 'NEVER'],
    ],
  );
  assert.equal(summary.workloads, 2);
});

const askedFor = (veeam: FakeVeeam) =>
  veeam
    .sent('/api/v1/restorePoints')
    .flatMap(({ query }) => query.get('backupObjectIdFilter') ?? [])
    .toSorted();

test('only the objects that may have such points are asked for, and not again while there are no new ones', async () => {
  const [one, other] = [object(EAST, 'web', 'vm-1'), object(OLD, 'after', 'vm-3')];
  await using veeam = await start(true, [one, other]);
  await using database = await createTestDatabase();
  // The point of WEST has the name of EAST as well, which is all that is known of it.
  await run(veeam, database);
  assert.deepEqual(askedFor(veeam), [OLD]);
  const { workloads } = await run(veeam, database);
  assert.deepEqual(askedFor(veeam), [OLD]);
  const newest = Object.fromEntries(workloads.map((row) => [row.workload_id, row.newest_point_id]));
  assert.deepEqual(newest, { 'VMware/vm-1': guid(22), 'VMware/vm-3': guid(23) });
});

test('an answer that leaves out the filter gives a renamed machine no points of others', async () => {
  await using veeam = await start(false, [object(EAST, 'web', 'vm-1'), object(OLD, 'after', 'vm-3')]);
  await using database = await createTestDatabase();
  const { workloads } = await run(veeam, database);
  const newest = Object.fromEntries(workloads.map((row) => [row.workload_id, row.newest_point_id]));
  assert.deepEqual(newest, { 'VMware/vm-1': guid(22), 'VMware/vm-3': null });
});

test('a run asks for whole backups in turn, and for a part of one that is too large', () => {
  const wanted = (backup_id: string, objects: number) =>
    Array.from({ length: objects }, (_, i) => ({ backup_id, object_id: `${i}`, workload_id: `${i}` }));
  const portion = (...given: ReturnType<typeof wanted>[]) => {
    const { backups, left } = portionOf(given.flat(), 5);
    return [backups.map(({ backupId, objects, isWhole }) => [backupId, objects.length, isWhole]), left];
  };
  assert.deepEqual(portion(), [[], 0]);
  assert.deepEqual(portion(wanted('a', 2), wanted('b', 3), wanted('c', 1)), [
    [
      ['a', 2, true],
      ['b', 3, true],
    ],
    1,
  ]);
  assert.deepEqual(portion(wanted('a', 7), wanted('b', 1)), [[['a', 5, false]], 3]);
});
