import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startProxy } from '../faults/proxy.ts';
import { startDr365, toEnvironment } from '../support/child.ts';
import { createTestDatabase, testServer } from '../support/database.ts';
import { configOf, simulate } from '../support/simulated.ts';

test('a run that the database cut off is on record as stopped, and taken up again in its slot', async () => {
  await using simulator = await simulate({
    jobs: 2,
    days: 2,
    faults: ['slow:ms=2000,path=/api/v1/backupInfrastructure'],
  });
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  const proxy = await startProxy(testServer());
  const { child, ended } = startDr365(['workers', '--only', 'capacity'], {
    ...toEnvironment(configOf(simulator, database)),
    DB_HOST: '127.0.0.1',
    DB_PORT: String(proxy.port),
    SCHEDULE_CAPACITY: '0 4 1 1 *',
  });
  const untilRun = async (status: string) => {
    while (!(await db.selectFrom('run').select('run_id').where('status', '=', status).executeTakeFirst())) {
      assert.equal(child.exitCode, null);
      await sleep(50);
    }
  };
  try {
    await untilRun('running');
    for (const wire of proxy.connections()) wire.cut();
    await untilRun('failed');
    await untilRun('succeeded');
    const runs = await db
      .selectFrom('run')
      .select(['status', 'error_code', 'error_message'])
      .orderBy('started_at')
      .execute();
    assert.deepEqual(
      runs.map(({ status, error_code }) => [status, error_code]),
      [
        ['failed', 'stopped'],
        ['succeeded', null],
      ],
    );
    assert.match(runs[0]?.error_message ?? '', /the database cut the connection that holds the lock/);
  } finally {
    child.kill('SIGTERM');
    assert.equal((await ended).code, 0);
    await proxy.close();
  }
});
