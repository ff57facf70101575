import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConfigError } from '../../src/errors.ts';
import { createLog } from '../../src/log.ts';
import { type Slot, startSchedule } from '../../workers/schedule.ts';
import { startDr365, toEnvironment } from '../support/child.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { configOf, simulate } from '../support/simulated.ts';

/** Only what was missed runs in a test. */
const NOT_SOON = { SCHEDULE_HEALTH: '0 4 1 1 *', SCHEDULE_CAPACITY: '0 4 1 1 *' };

test('the scheduler catches up at once when a run was missed, and ends cleanly when told to', async () => {
  await using simulator = await simulate({ jobs: 5, days: 3 });
  await using database = await createTestDatabase();
  const { child, ended } = startDr365(['workers'], {
    ...toEnvironment(configOf(simulator, database)),
    ...NOT_SOON,
  });
  await untilRun(database);
  child.kill('SIGTERM');
  const { code, stderr } = await ended;
  assert.equal(code, 0, stderr);
});

test('a stop waits for the run that is under way', async () => {
  await using simulator = await simulate({ jobs: 20, days: 60, faults: ['slow:ms=150'] });
  await using database = await createTestDatabase();
  const { child, ended } = startDr365(['workers'], {
    ...toEnvironment(configOf(simulator, database)),
    ...NOT_SOON,
  });
  await untilRun(database, ['running']);
  child.kill('SIGTERM');
  assert.equal((await ended).code, 0);
  const runs = await database.metrics.db.selectFrom('run').select(['worker', 'status']).execute();
  assert.deepEqual(
    runs.filter(({ status }) => status !== 'succeeded'),
    [],
  );
  assert.ok(runs.some(({ worker }) => worker === 'health'));
});

test('a job is run once in each slot, never twice at a time, and an error does not end the schedule', async () => {
  let running = 0;
  let most = 0;
  const slots: number[] = [];
  const run = async ({ at }: Slot) => {
    slots.push(at.getTime());
    running += 1;
    most = Math.max(most, running);
    await sleep(1_500);
    running -= 1;
    throw new Error('a run that fails');
  };
  const schedule = startSchedule([{ name: 'health', cron: '* * * * * *', run }], 'UTC', createLog('silent'));
  assert.ok(schedule.next().health instanceof Date);
  while (slots.length < 3) await sleep(50);
  await schedule.stop();
  assert.equal(most, 1);
  assert.equal(running, 0, 'stopping waited');
  assert.equal(new Set(slots).size, slots.length, 'no slot twice');
});

test('an expression that is none is a wrong setting', () => {
  const jobs = [{ name: 'health', cron: '99 * * * *', run: async () => {} }];
  assert.throws(
    () => startSchedule(jobs, 'UTC', createLog('silent')),
    (error) => error instanceof ConfigError && /SCHEDULE_HEALTH=99/.test(error.message),
  );
});

/** Waits for a run to be on record; the test runner's own limit ends a wait for ever. */
async function untilRun({ metrics }: TestDatabase, statuses = ['succeeded', 'partial']): Promise<void> {
  for (;;) {
    const run = await metrics.db
      .selectFrom('run')
      .select('status')
      .where('status', 'in', statuses)
      .executeTakeFirst();
    if (run) return;
    await sleep(50);
  }
}
