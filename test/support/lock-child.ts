import type { DatabaseSettings } from '../../src/config/config.ts';
import { openDatabases } from '../../src/db/database.ts';
import { withWorkerLock } from '../../src/pipeline/locks.ts';

/** Takes a lock and hangs until somebody wakes it; then it tells why its work is over. */
const settings = JSON.parse(process.argv[2] ?? '') as DatabaseSettings;
const databases = await openDatabases(settings, 'collector', 'dr365 hanging');
const hold = async (lost: AbortSignal) => {
  process.stdout.write('taken\n');
  process.kill(process.pid, 'SIGSTOP');
  if (!lost.aborted) await new Promise((done) => lost.addEventListener('abort', done, { once: true }));
  process.stdout.write(`${JSON.stringify({ code: lost.reason.code, message: lost.reason.message })}\n`);
};
await withWorkerLock(databases.metrics.pool, 'health', 'vbr01', hold, { hungMs: 2_000 });
await databases.close();
