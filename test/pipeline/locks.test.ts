import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { withWorkerLock } from '../../src/pipeline/locks.ts';
import { createTestDatabase } from '../support/database.ts';

const CHILD = join(import.meta.dirname, '../support/lock-child.ts');

test('a process that hangs loses its locks to another one, and is told when it wakes up', async () => {
  await using database = await createTestDatabase();
  const child = spawn(process.execPath, [CHILD, JSON.stringify(database.settings)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const said = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    assert.equal((await said.next()).value, 'taken');
    const take = () => withWorkerLock(database.metrics.pool, 'health', 'vbr01', async () => 'taken over');
    assert.equal(await take(), undefined, 'it has the lock, though it hangs');
    while ((await take()) === undefined) await sleep(100);
    child.kill('SIGCONT');
    const lost = JSON.parse(String((await said.next()).value)) as { code: string; message: string };
    assert.equal(lost.code, 'stopped', 'nothing is wrong with the source: it is to be taken up again');
    assert.match(lost.message, /the database cut the connection that holds the lock/);
    assert.deepEqual(await once(child, 'close'), [0, null]);
  } finally {
    child.kill('SIGKILL');
  }
});

test('a process that holds a lock says again and again that it is well', async () => {
  await using database = await createTestDatabase();
  const { pool } = database.metrics;
  const stamps = async () => {
    const { rows } = await pool.query<{ at: Date }>(
      `select state_change as at from pg_stat_activity
        where datname = current_database() and query = 'select' and usename = current_user`,
    );
    return rows.map(({ at }) => at.getTime());
  };
  const hold = async (lost: AbortSignal) => {
    const seen = new Set<number>();
    while (seen.size < 2) {
      for (const at of await stamps()) seen.add(at);
      await sleep(50);
    }
    return lost.aborted;
  };
  assert.equal(await withWorkerLock(pool, 'health', 'vbr01', hold, { hungMs: 8_000 }), false);
  assert.deepEqual(await stamps(), [], 'the connection of the lock goes with its last user');
});
