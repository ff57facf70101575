import { createTask, type ScheduledTask } from 'node-cron';
import { ConfigError } from '../src/errors.ts';
import type { Log } from '../src/log.ts';

export type ScheduledJob = { name: string; cron: string; run: () => Promise<unknown> };

export type Schedule = {
  /** Next start of each job, by its name. */
  next: () => Record<string, Date | null>;
  /** Runs some jobs now, one after the other, so that what one has read the next need not ask for. */
  runInTurn: (names: readonly string[]) => Promise<void>;
  /** No new starts; waits for the runs that are under way. */
  stop: () => Promise<void>;
};

/**
 * Starts jobs by their cron expressions in a time zone. One that is still running is not started again.
 * @throws ConfigError if an expression is not one
 */
export function startSchedule(jobs: ScheduledJob[], timezone: string, log: Log): Schedule {
  const underWay = new Map<string, Promise<unknown>>();
  let isStopped = false;
  const start = async ({ name, run }: ScheduledJob): Promise<void> => {
    if (underWay.has(name)) return;
    const running = run().catch((error: unknown) =>
      log.error({ worker: name, err: error }, 'run ended with an error'),
    );
    underWay.set(name, running);
    await running.finally(() => underWay.delete(name));
  };
  const tasks = jobs.map((job) => ({ job, task: toTask(job, () => start(job), timezone, log) }));
  for (const { task } of tasks) void task.start();
  return {
    next: () => Object.fromEntries(tasks.map(({ job, task }) => [job.name, task.getNextRun()])),
    runInTurn: async (names) => {
      for (const name of names) {
        const job = jobs.find((one) => one.name === name);
        if (job && !isStopped) await start(job);
      }
    },
    stop: async () => {
      isStopped = true;
      for (const { task } of tasks) await task.destroy();
      await Promise.all(underWay.values());
    },
  };
}

function toTask(
  { name, cron }: ScheduledJob,
  run: () => Promise<void>,
  timezone: string,
  log: Log,
): ScheduledTask {
  // node-cron prints coloured text by itself unless it is given a logger.
  const logger = {
    info: (message: string) => log.debug(message),
    warn: (message: string) => log.warn(message),
    error: (message: string | Error) => log.error(message),
    debug: (message: string | Error) => log.trace(message),
  };
  try {
    return createTask(cron, run, { name, timezone, noOverlap: true, logger });
  } catch (cause) {
    throw new ConfigError(`SCHEDULE_${name.toUpperCase()}=${cron} is wrong: it has to be a cron expression`, {
      cause,
    });
  }
}
