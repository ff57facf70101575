import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { toRetention } from '../../src/business/retention.ts';
import type { DatabaseSettings } from '../../src/config/config.ts';
import { openDatabases } from '../../src/db/database.ts';
import { createLog } from '../../src/log.ts';
import { maintain } from '../../workers/maintenance/maintenance.ts';

const APPLICATION = 'dr365 maintain';

/** Starts a maintenance in a process of its own, in small batches, and kills it as soon as `isTime`. */
export async function killOnce(settings: DatabaseSettings, isTime: () => Promise<boolean>): Promise<void> {
  const child = spawn(process.execPath, [import.meta.filename, JSON.stringify(settings)], {
    stdio: 'inherit',
  });
  const ended = once(child, 'exit');
  while (!(await isTime())) {
    if (child.exitCode !== null) throw new Error('the maintenance ended before it was killed');
    await sleep(20);
  }
  child.kill('SIGKILL');
  await ended;
  await connectionsAreGone(settings);
}

/** The server ends what the process was at, and lets go of its lock, a moment after it. */
async function connectionsAreGone(settings: DatabaseSettings): Promise<void> {
  const { metrics, close } = await openDatabases(settings, 'collector', 'dr365 test');
  for (;;) {
    const { rows } = await metrics.pool.query<{ open: number }>(
      'select count(*)::int as open from pg_stat_activity where datname = current_database() and application_name = $1',
      [APPLICATION],
    );
    if (rows[0]?.open === 0) break;
    await sleep(20);
  }
  await close();
}

if (process.argv[1] === import.meta.filename) {
  const databases = await openDatabases(JSON.parse(process.argv[2] ?? ''), 'collector', APPLICATION);
  await maintain('metrics', databases, {
    retention: toRetention(),
    clock: () => new Date(),
    log: createLog('silent'),
    batchRows: 3,
    pauseMs: 50,
  });
  await databases.close();
}
