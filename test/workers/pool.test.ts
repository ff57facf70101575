import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { createPool } from '../../workers/pool.ts';

/** Work that ends when it is told to. */
function createWork() {
  const ends = new Map<string, () => void>();
  const begun: string[] = [];
  const job = (key: string, group = key) => ({
    key,
    group,
    isWanted: () => true,
    work: () =>
      new Promise<string>((done) => {
        begun.push(key);
        ends.set(key, () => done(key));
      }),
  });
  return { job, begun, end: (key: string) => ends.get(key)?.() };
}

test('so many are under way at a time, and the next begins when one ends', async () => {
  const { job, begun, end } = createWork();
  const pool = createPool({ young: 2, most: 4, youngMs: 1e9 });
  const first = pool.run(job('a'));
  for (const key of ['b', 'c', 'd']) void pool.run(job(key));
  assert.deepEqual(begun, ['a', 'b']);
  end('a');
  assert.equal(await first, 'a');
  assert.deepEqual(begun, ['a', 'b', 'c']);
});

test('what hangs makes room for others after a while, up to a limit', async () => {
  const { job, begun } = createWork();
  const pool = createPool({ young: 1, most: 3, youngMs: 1 });
  for (const key of ['a', 'b', 'c', 'd']) void pool.run(job(key));
  while (begun.length < 3) await turn();
  for (let n = 0; n < 50; n += 1) await turn();
  assert.deepEqual(begun, ['a', 'b', 'c']);
  assert.equal(pool.size(), 3);
});

test('two workers do not begin on one source at a time, and the same work is not begun twice', async () => {
  const { job, begun, end } = createWork();
  const pool = createPool({ young: 4, most: 8, youngMs: 1e9 });
  const health = pool.run(job('health hq', 'hq'));
  void pool.run(job('capacity hq', 'hq'));
  void pool.run(job('capacity lab', 'lab'));
  assert.equal(await pool.run(job('health hq', 'hq')), undefined);
  assert.deepEqual(begun, ['health hq', 'capacity lab']);
  end('health hq');
  await health;
  assert.deepEqual(begun, ['health hq', 'capacity lab', 'capacity hq']);
});

test('a pool that is closed begins nothing more, and is closed when nothing is under way', async () => {
  const { job, begun, end } = createWork();
  const pool = createPool({ young: 1, most: 1, youngMs: 1e9 });
  void pool.run(job('a'));
  const waiting = pool.run(job('b'));
  let isClosed = false;
  const closing = pool.close().then(() => {
    isClosed = true;
  });
  assert.equal(await waiting, undefined);
  assert.equal(isClosed, false);
  end('a');
  await closing;
  assert.deepEqual(begun, ['a']);
});

test('work that waited goes on in the context it was given in, not in that of what ended before it', async () => {
  const context = new AsyncLocalStorage<string>();
  const pool = createPool({ young: 1, most: 1, youngMs: 1e9 });
  const { job, end } = createWork();
  void context.run('first', () => pool.run(job('a')));
  const second = context.run('second', () =>
    pool.run({ key: 'b', group: 'b', isWanted: () => true, work: async () => context.getStore() }),
  );
  end('a');
  assert.equal(await second, 'second');
});
