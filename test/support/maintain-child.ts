import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { toRetention } from '../../src/business/retention.ts';
import type { DatabaseSettings } from '../../src/config.ts';
import { openDatabases } from '../../src/db/database.ts';
import { createLog } from '../../src/log.ts';
import { maintain } from '../../workers/maintenance/maintenance.ts';

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
}

if (process.argv[1] === import.meta.filename) {
  const databases = await openDatabases(JSON.parse(process.argv[2] ?? ''), 'collector', 'dr365 maintain');
  await maintain('metrics', databases, {
    retention: toRetention(),
    clock: () => new Date(),
    log: createLog('silent'),
    batchRows: 3,
    pauseMs: 5,
  });
  await databases.close();
}
