import { type Collecting, isOverdue, runOnce, WORKERS } from '../../workers/main.ts';
import { createMountWatch } from '../../workers/rto/watch-mounts.ts';
import { startSchedule } from '../../workers/schedule.ts';
import { loadConfig, requireVeeam } from '../config.ts';
import { openDatabases } from '../db/database.ts';
import { createLog } from '../log.ts';
import { noArguments } from './arguments.ts';
import { untilStopped } from './signals.ts';

/** `dr365 workers`: all workers by their schedules, until SIGTERM or SIGINT. A run that was missed is caught up at once. */
export async function workersCommand(args: string[]): Promise<number> {
  noArguments('workers', args);
  const config = loadConfig(process.env);
  requireVeeam(config);
  const log = createLog(config.logLevel);
  const databases = await openDatabases(config.database, 'collector', 'dr365 workers');
  try {
    const options = { log, clock: () => new Date(), isUnattended: true };
    const names = Object.keys(WORKERS) as Collecting[];
    const jobs = names.map((name) => ({
      name,
      cron: WORKERS[name].schedule(config),
      run: () => runOnce(name, config, databases, options),
    }));
    const watch = createMountWatch(config, databases, options);
    const overdue: Collecting[] = [];
    for (const name of names) if (await isOverdue(name, config, databases, new Date())) overdue.push(name);
    const schedule = startSchedule(
      [...jobs, { name: 'mounts', cron: config.schedule.mounts, run: watch.tick }],
      config.schedule.timeZone,
      log,
    );
    log.info({ next: schedule.next() }, 'workers started');
    const caughtUp = schedule.runInTurn(overdue);
    const signal = await untilStopped();
    log.info({ signal }, 'stopping after the runs that are under way');
    const closing = watch.close();
    await schedule.stop();
    await caughtUp;
    await closing;
    return 0;
  } finally {
    await databases.close();
  }
}
