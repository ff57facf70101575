import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog } from '../../../src/log.ts';
import { runOnce } from '../../../workers/main.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { type FakeVeeam, guid, startFakeVeeam } from '../../support/fake-veeam.ts';
import { configOf, NOW } from '../../support/simulated.ts';
import { DAY_MS, resultsOf } from './helpers.ts';

const BACKUP = guid(1);
const list = (rows: unknown[]) => ({ data: rows, pagination: { total: rows.length, count: rows.length } });

const object = (number: number, objectId?: string) => ({
  id: guid(number),
  name: 'web',
  ...(objectId ? { objectId } : {}),
  type: 'VM',
  platformName: 'HyperV',
  restorePointsCount: 1,
});
const point = (number: number) => ({
  id: guid(number),
  name: 'web',
  platformName: 'HyperV',
  backupId: BACKUP,
  creationTime: `2026-03-${number - 5}T20:00:00Z`,
  type: 'Full',
  malwareStatus: 'Clean',
  originalSize: 2 ** 30,
});
/** A restore of the first point. */
const task = {
  id: guid(31),
  type: 'Restore',
  sessionId: guid(32),
  sessionType: 'RestoreVm',
  name: 'web',
  creationTime: '2026-03-17T08:00:00Z',
  endTime: '2026-03-17T08:20:00Z',
  state: 'Stopped',
  result: { result: 'Success' },
  restorePointId: guid(21),
};

type Estate = { now: Date; objects: unknown[]; points: { id: string; creationTime: string }[] };

const start = (estate: Estate): Promise<FakeVeeam> =>
  startFakeVeeam({
    '/api/v1/serverTime': () => ({
      serverTime: estate.now.toISOString(),
      timeZone: '(UTC) Coordinated Universal Time',
    }),
    '/api/v1/serverInfo': () => ({ vbrId: guid(99), name: 'vbr' }),
    '/api/v1/backups': () =>
      list([{ id: BACKUP, name: 'Web', platformName: 'HyperV', repositoryId: guid(3) }]),
    [`/api/v1/backups/${BACKUP}/objects`]: () => list(estate.objects),
    '/api/v1/restorePoints': ({ query }) => {
      const after = Date.parse(query.get('createdAfterFilter') ?? '2000-01-01T00:00:00Z');
      return list(estate.points.filter(({ creationTime }) => Date.parse(creationTime) >= after));
    },
    '/api/v1/sessions': () => list([]),
    '/api/v1/taskSessions': ({ query }) => {
      const isLater = (filter: string, time: string) =>
        Date.parse(time) >= Date.parse(query.get(filter) ?? '2000-01-01');
      const isAsked =
        query.get('typeFilter') === 'Restore' &&
        isLater('createdAfterFilter', task.creationTime) &&
        isLater('endedAfterFilter', task.endTime);
      return list(isAsked ? [task] : []);
    },
  });

async function run(veeam: FakeVeeam, database: TestDatabase, { now }: Estate) {
  const url = `https://localhost:${veeam.settings.port}`;
  const { fingerprint } = veeam.certificate;
  const config = configOf({ ...veeam.settings, url, fingerprint } as never, database);
  await runOnce('rto', config, database, { log: createLog('silent'), clock: () => now });
  return resultsOf(database);
}

test('a machine whose id is known since an upgrade keeps its points and its restores', async () => {
  const estate: Estate = { now: NOW, objects: [object(11)], points: [point(21)] };
  await using veeam = await start(estate);
  await using database = await createTestDatabase();
  const before = await run(veeam, database, estate);
  assert.deepEqual(
    before.workloads.map(({ workload_id, trials }) => [workload_id, trials]),
    [['HyperV/name/web', 1]],
  );
  estate.now = new Date(NOW.getTime() + DAY_MS);
  estate.objects = [object(11, 'vm-1')];
  const { workloads } = await run(veeam, database, estate);
  assert.deepEqual(
    workloads.map(({ workload_id, trials, newest_point_id }) => [workload_id, trials, newest_point_id]),
    [['HyperV/vm-1', 1, guid(21)]],
  );
});

test('a machine that was made anew under the same name has none of the restores of the one before', async () => {
  const estate: Estate = { now: NOW, objects: [object(11, 'vm-1')], points: [point(21)] };
  await using veeam = await start(estate);
  await using database = await createTestDatabase();
  await run(veeam, database, estate);
  estate.now = new Date(NOW.getTime() + 9 * DAY_MS);
  Object.assign(estate, { objects: [object(12, 'vm-2')], points: [point(25)] });
  const { workloads } = await run(veeam, database, estate);
  assert.deepEqual(
    workloads.map(({ workload_id, trials, newest_point_id }) => [workload_id, trials, newest_point_id]),
    [['HyperV/vm-2', 0, guid(25)]],
  );
});
