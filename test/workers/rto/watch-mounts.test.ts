import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadBusinessContext } from '../../../src/business/load.ts';
import type { VeeamServerSettings } from '../../../src/config/config.ts';
import { createLog } from '../../../src/log.ts';
import type { Simulator } from '../../../src/simulator/simulator.ts';
import { createMountWatch, type MountWatch } from '../../../workers/rto/watch-mounts.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { configOf, simulate } from '../../support/simulated.ts';
import { runRto, truthNow } from './helpers.ts';

const watchOf = (simulator: Simulator, database: TestDatabase): MountWatch =>
  createMountWatch(configOf(simulator, database).veeam[0] as VeeamServerSettings, database, {
    log: createLog('silent'),
    business: loadBusinessContext(undefined),
    clock: () => simulator.clock.now(),
    pollMs: 20,
  });

/** However long a look takes, the server's time goes on by ten seconds with it. */
function passTime(simulator: Simulator): Disposable {
  let seen = 0;
  const timer = setInterval(() => {
    for (const asked = simulator.requests.count('/api/v1/serverTime'); seen < asked; seen += 1)
      simulator.clock.advance(5_000);
  }, 5);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

const runsOf = ({ metrics: { db } }: TestDatabase) =>
  db.selectFrom('run').select(['status', 'error_code']).where('worker', '=', 'mounts').execute();

test('when an instant recovery is mounted is known between two looks, and is the restore time of its trial', async () => {
  await using simulator = await simulate({ scenario: 'recovery-instant-mount', jobs: 4 });
  await using database = await createTestDatabase();
  using _time = passTime(simulator);
  const { db } = database.metrics;
  const watch = watchOf(simulator, database);
  const find = async () =>
    (
      await db.selectFrom('restore_mount').selectAll().where('machine_name', '=', 'instant-01').execute()
    ).find(({ ready_seen_at }) => ready_seen_at !== null);
  let mount = await find();
  while (!mount) {
    await watch.tick();
    mount = await find();
  }
  await watch.close();
  simulator.clock.advance(60_000);
  await runRto(simulator, database);

  const truth = truthNow(simulator).mounts.find(({ trial }) => trial.sessionId === mount.session_id)?.trial;
  assert.ok(truth && truth.readyMinutes !== null);
  const readyAt = Date.parse(truth.startedAt) + truth.readyMinutes * 60_000;
  assert.ok((mount.unready_seen_at?.getTime() ?? 0) <= readyAt);
  assert.ok((mount.ready_seen_at?.getTime() ?? 0) >= readyAt);
  const trial = await db
    .selectFrom('restore_trial')
    .selectAll()
    .where('session_id', '=', mount.session_id)
    .executeTakeFirstOrThrow();
  assert.equal(trial.outcome, 'OK', 'it is back, though the session goes on');
  assert.equal(trial.ended_at, null);
  assert.deepEqual([trial.ready_since, trial.ready_at], [mount.unready_seen_at, mount.ready_seen_at]);
  assert.ok((await runsOf(database)).length > 0, 'what was watched is on record');
});

test('a mount that was there before anybody looked has no restore time, but its machine is back', async () => {
  await using simulator = await simulate({ scenario: 'recovery-instant-mount', jobs: 4 });
  await using database = await createTestDatabase();
  await runRto(simulator, database);
  const trial = await database.metrics.db
    .selectFrom('restore_trial')
    .selectAll()
    .where('object_name', '=', 'instant-02')
    .where('class', '=', 'INSTANT')
    .where('ended_at', 'is', null)
    .executeTakeFirstOrThrow();
  assert.equal(trial.outcome, 'OK');
  assert.equal(trial.ready_at, null);
});

test('while nothing is recovered a look costs two requests and leaves no record', async () => {
  await using simulator = await simulate({ scenario: 'healthy', jobs: 4 });
  await using database = await createTestDatabase();
  const watch = watchOf(simulator, database);
  await watch.tick();
  simulator.requests.clear();
  await watch.tick();
  await watch.tick();
  await watch.close();
  const asked = simulator.requests.list().filter(({ method }) => method === 'GET');
  assert.deepEqual(
    asked.map(({ path }) => path),
    ['/api/v1/serverTime', '/api/v1/sessions', '/api/v1/serverTime', '/api/v1/sessions'],
  );
  assert.deepEqual(await runsOf(database), []);
});

test('a server that may not be asked is on record once, not with every look', async () => {
  await using simulator = await simulate({ jobs: 4, faults: ['forbidden:path=/api/v1/sessions'] });
  await using database = await createTestDatabase();
  const watch = watchOf(simulator, database);
  await watch.tick();
  await watch.tick();
  await watch.close();
  assert.deepEqual(await runsOf(database), [{ status: 'failed', error_code: 'forbidden' }]);
});

test('who rests while a look is under way signs out after it, and no run has failed', async () => {
  await using simulator = await simulate({ scenario: 'healthy', jobs: 4 });
  await using database = await createTestDatabase();
  const watch = watchOf(simulator, database);
  simulator.faults.add(
    { name: 'slow', ms: 300, path: '/serverTime' },
    { name: 'slow', ms: 300, path: '/sessions' },
  );
  const look = watch.tick();
  while (simulator.requests.count('/api/v1/serverTime') === 0)
    await new Promise((done) => setTimeout(done, 5));
  await Promise.all([watch.rest(), look]);
  assert.deepEqual(await runsOf(database), []);
  const requests = simulator.requests.list().map(({ path }) => path);
  assert.match(requests.at(-1) ?? '', /logout/);
  await watch.close();
});
