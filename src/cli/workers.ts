import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { advisingJob } from '../../workers/advising.ts';
import type { Advising } from '../../workers/advisors.ts';
import { collectingJob } from '../../workers/collecting.ts';
import { type Collecting, requireSource } from '../../workers/main.ts';
import { assertRetentionFits } from '../../workers/maintenance/fits.ts';
import { type Maintained, maintain } from '../../workers/maintenance/maintenance.ts';
import { createPool, type Pool } from '../../workers/pool.ts';
import { watchingJob } from '../../workers/rto/watching.ts';
import { type Schedule, type ScheduledJob, startSchedule } from '../../workers/schedule.ts';
import { toSource } from '../../workers/veeam-source.ts';
import type { BusinessContext } from '../business/context.ts';
import { loadBusinessContext } from '../business/load.ts';
import type { Config } from '../config/config.ts';
import { loadFullConfig } from '../config/sources.ts';
import { type Databases, openDatabases } from '../db/database.ts';
import { createLog, type Log } from '../log.ts';
import type { MetricsParts } from '../observability/metrics/start.ts';
import { StoppedError } from '../pipeline/runs.ts';
import { labelSources } from '../pipeline/sources.ts';
import { createHeartbeat } from './heartbeat.ts';
import { isConfiguredIn, observe } from './observe.ts';
import { untilStopped } from './signals.ts';
import { logStatus } from './status-lines.ts';
import { chosenWorkers } from './worker-names.ts';

/** What the parts of one process have in common. */
type Common = {
  config: Config;
  log: Log;
  business: BusinessContext;
  clock: () => Date;
  /** Which of all processes this one is. */
  replica: string;
  /** Nothing more is to be begun. */
  stopping: AbortController;
  /** What is still under way is to end. */
  stopped: AbortController;
};

type Part = {
  jobs: ScheduledJob[];
  pool: Pool;
  databases: Databases;
  /** What of it can be watched. */
  observed: MetricsParts;
};

/**
 * `dr365 workers [NAME...] [--only NAMES]`: the workers that are named, or all, by their schedules until SIGTERM or SIGINT.
 * What was missed is caught up at once; several processes share the work. Advisors alone need no source: only the databases.
 */
export async function workersCommand(args: string[]): Promise<number> {
  const { collectors, advisors } = chosenWorkers(args);
  const config = loadFullConfig(process.env, { withSources: collectors.length > 0 });
  if (collectors.length > 0) requireSource(config);
  const log = createLog(config.logLevel);
  const common: Common = {
    config,
    log,
    business: loadBusinessContext(config.configFile),
    clock: () => new Date(),
    replica: randomUUID(),
    stopping: new AbortController(),
    stopped: new AbortController(),
  };
  // Each run and each watch listens.
  setMaxListeners(0, common.stopping.signal, common.stopped.signal);
  assertRetentionFits(config, common.business.retention);
  const parts: Part[] = [];
  let endObserving = async () => {};
  try {
    if (collectors.length > 0) parts.push(await openCollectors(collectors, common));
    if (advisors.length > 0) parts.push(await openAdvisors(advisors, common));
    endObserving = await observe(Object.assign({}, ...parts.map(({ observed }) => observed)), config, log);
    const beat = createHeartbeat(
      process.env.DR365_HEALTH_FILE,
      parts.flatMap(({ jobs }) => jobs),
      parts.map(({ databases }) => databases),
    );
    const schedule = startSchedule(beat.jobs, config.schedule.timeZone, log);
    beat.start(schedule.next);
    log.info({ next: schedule.next(), replica: common.replica }, 'workers started');
    const signal = await untilStopped();
    beat.stop();
    await stop(schedule, parts, common, signal);
    endSoon(log, signal);
    return 0;
  } finally {
    await endObserving();
    for (const { databases } of parts.toReversed()) await databases.close();
  }
}

async function openCollectors(names: readonly Collecting[], common: Common): Promise<Part> {
  const { config, log, stopping, stopped } = common;
  const databases = await openDatabases(config.database, 'collector', 'dr365 workers');
  await labelSources(databases.metrics.db, config.veeam.map(toSource));
  const pool = createPool();
  const options = { ...common, pool, stopped: stopped.signal };
  const jobs = names.map((name) => ({
    ...collectingJob(name, config, databases, options),
    done: () => logStatus([name], databases, config, log),
  }));
  if (names.includes('rto') && config.veeam.length > 0)
    jobs.push({
      ...watchingJob(config, databases, { ...common, stopping: stopping.signal }),
      done: async () => {},
    });
  jobs.push({ ...maintenanceJob('metrics', databases, common), done: async () => {} });
  return {
    jobs,
    pool,
    databases,
    observed: { collectors: { workers: names, databases, isConfigured: isConfiguredIn(config) } },
  };
}

async function openAdvisors(names: readonly Advising[], common: Common): Promise<Part> {
  const { config, log, stopped } = common;
  const databases = await openDatabases(config.database, 'advisor', 'dr365 workers');
  // They wait for nobody but the database, which gives this login few connections.
  const pool = createPool({ young: 2, most: 2, youngMs: 120_000 });
  const job = advisingJob(names, databases, {
    ...common,
    pool,
    signal: stopped.signal,
    onRuns: () => logStatus(names, databases, config, log),
  });
  const jobs = [job, maintenanceJob('risk', databases, common)];
  return { jobs, pool, databases, observed: { advisor: { databases } } };
}

/** Looked at each hour, done once a day by one of all processes. */
const maintenanceJob = (
  database: Maintained,
  databases: Databases,
  { business: { retention }, clock, log, stopping: { signal } }: Common,
): ScheduledJob => ({
  name: `maintenance of ${database}`,
  cron: '25 * * * *',
  run: () => maintain(database, databases, { retention, clock, log, signal, ifDue: true }),
});

/** For runs to roll back and to go on record. */
const LAST_SECONDS = 8;
/** For the embedded database to end, and for another one to say goodbye. */
const CLOSING_SECONDS = 15;

/** Begins nothing more and lets runs finish; those that do not in time are rolled back, and on record as stopped. */
async function stop(
  schedule: Schedule,
  parts: readonly Part[],
  { config: { stopSeconds }, log, stopping, stopped }: Common,
  signal: string,
): Promise<void> {
  const underWay = parts.reduce((sum, { pool }) => sum + pool.size(), 0);
  log.info({ signal, underWay, stopSeconds }, 'stopping: runs under way may finish');
  stopping.abort();
  const over = Promise.all([schedule.stop(), ...parts.map(({ pool }) => pool.close())]);
  if (await isInTime(over, stopSeconds)) return;
  const reason = `the process was told to stop (${signal}), and the run had not ended after ${stopSeconds} s: it was ended and concluded nothing`;
  stopped.abort(new StoppedError(reason));
  if (await isInTime(over, LAST_SECONDS)) return;
  log.error({ signal }, 'a run did not end when it was told to: the next one finds it abandoned');
  process.exit(0);
}

/** Connections to a database that hangs never end by themselves, and would keep the process. */
function endSoon(log: Log, signal: string): void {
  setTimeout(() => {
    log.error({ signal }, 'the database did not end its connections: they are left to it');
    process.exit(0);
  }, CLOSING_SECONDS * 1000).unref();
}

async function isInTime(work: Promise<unknown>, seconds: number): Promise<boolean> {
  const late = new AbortController();
  const time = sleep(seconds * 1000, false, { signal: late.signal }).catch(() => false);
  const isInTime = await Promise.race([work.then(() => true), time]);
  late.abort();
  return isInTime;
}
