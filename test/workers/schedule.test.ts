import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { createLog, type Log } from '../../src/log.ts';
import { type Slot, startSchedule } from '../../workers/schedule.ts';

const at = (time: string) => new Date(`2026-03-01T${time}Z`);

test('a pause is one slot that is late, and a clock that is set back brings the slot it is then', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let now = at('12:50:00');
  const seen: string[] = [];
  const run = async ({ at: slot, isLate }: Slot) => {
    seen.push(`${slot.toISOString().slice(11, 16)}${isLate ? ' late' : ''}`);
  };
  const schedule = startSchedule(
    [{ name: 'health', cron: '45 * * * *', run }],
    'UTC',
    createLog('silent'),
    () => now,
  );
  const goTo = async (time: string) => {
    now = at(time);
    t.mock.timers.tick(10_000);
    for (let n = 0; n < 5; n += 1) await turn();
  };
  await goTo('12:50:10');
  await goTo('13:45:01');
  await goTo('13:45:11');
  await goTo('17:10:00'); // paused
  await goTo('16:50:00'); // set back within a slot: nothing
  await goTo('15:50:00'); // and before it
  await goTo('16:45:00');
  await schedule.stop();
  assert.deepEqual(seen, ['12:45 late', '13:45', '16:45 late', '15:45 late', '16:45']);
});

test('a slot that is over tells what is under way, and the next one waits for it', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let now = at('12:45:00');
  const seen: string[] = [];
  let end = () => {};
  const run = async ({ at: slot, ended }: Slot) => {
    seen.push(`begin ${slot.toISOString().slice(11, 16)}`);
    await new Promise<void>((done) => {
      ended.addEventListener('abort', () => seen.push('told'), { once: true });
      end = done;
    });
  };
  const schedule = startSchedule(
    [{ name: 'health', cron: '45 * * * *', run }],
    'UTC',
    createLog('silent'),
    () => now,
  );
  now = at('13:45:00');
  t.mock.timers.tick(10_000);
  assert.deepEqual(seen, ['begin 12:45', 'told']);
  end();
  for (let n = 0; n < 5; n += 1) await turn();
  assert.deepEqual(seen, ['begin 12:45', 'told', 'begin 13:45']);
  end();
  await schedule.stop();
});

test('a job that only heeds that it is to end is no error in the log', async () => {
  const errors: unknown[] = [];
  const log = { ...createLog('silent'), error: (line: unknown) => errors.push(line) } as unknown as Log;
  const heeding = async ({ ended }: Slot) => {
    await new Promise((_, reject) =>
      ended.addEventListener('abort', () => reject(ended.reason), { once: true }),
    );
  };
  const failing = async () => {
    throw new Error('the database is away');
  };
  const schedule = startSchedule(
    [
      { name: 'health', cron: '45 * * * *', run: heeding },
      { name: 'rto', cron: '45 * * * *', run: failing },
    ],
    'UTC',
    log,
  );
  await schedule.stop();
  assert.deepEqual(
    errors.map((line) => (line as { worker: string }).worker),
    ['rto'],
  );
});
