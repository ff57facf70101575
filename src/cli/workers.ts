import { ADVISORS, type Advising, runDueAdvisors } from '../../workers/advisors.ts';
import { type Collecting, isOverdue, requireSource, runEverywhere, WORKERS } from '../../workers/main.ts';
import { createMountWatch } from '../../workers/rto/watch-mounts.ts';
import { type ScheduledJob, startSchedule } from '../../workers/schedule.ts';
import { toSource } from '../../workers/veeam-source.ts';
import { loadBusinessContext } from '../business/load.ts';
import type { Config } from '../config.ts';
import { loadFullConfig } from '../config-sources.ts';
import { type Databases, openDatabases } from '../db/database.ts';
import { ConfigError } from '../errors.ts';
import { createLog, type Log } from '../log.ts';
import type { MetricsParts } from '../observability/metrics/start.ts';
import { labelSources } from '../pipeline/sources.ts';
import { createHeartbeat } from './heartbeat.ts';
import { isConfiguredIn, observe } from './observe.ts';
import { untilStopped } from './signals.ts';

type Part = {
  jobs: ScheduledJob[];
  /** Those among them that are to run at once. */
  atStart: string[];
  /** Ends what would go on for long by itself; the runs under way are waited for. */
  stop: () => Promise<void>;
  close: () => Promise<void>;
  databases: Databases;
  /** What of it can be watched. */
  observed: MetricsParts;
};

/**
 * `dr365 workers [NAME...]`: the workers that are named, or all, by their schedules until SIGTERM or SIGINT. A run that was
 * missed is caught up at once. Advisors alone need no backup server: only the databases.
 */
export async function workersCommand(args: string[]): Promise<number> {
  const { collectors, advisors } = chosen(args);
  const config = loadFullConfig(process.env, { withSources: collectors.length > 0 });
  if (collectors.length > 0) requireSource(config);
  const log = createLog(config.logLevel);
  const parts: Part[] = [];
  let endObserving = async () => {};
  try {
    if (collectors.length > 0) parts.push(await openCollectors(collectors, config, log));
    if (advisors.length > 0) parts.push(await openAdvisors(advisors, config, log));
    endObserving = await observe(Object.assign({}, ...parts.map(({ observed }) => observed)), config, log);
    const beat = createHeartbeat(
      process.env.DR365_HEALTH_FILE,
      parts.flatMap(({ jobs }) => jobs),
      parts.map(({ databases }) => databases),
    );
    const schedule = startSchedule(beat.jobs, config.schedule.timeZone, log);
    beat.start(schedule.next);
    log.info({ next: schedule.next() }, 'workers started');
    const caughtUp = schedule.runInTurn(parts.flatMap(({ atStart }) => atStart));
    const signal = await untilStopped();
    log.info({ signal }, 'stopping after the runs that are under way');
    const stopping = Promise.all(parts.map(({ stop }) => stop()));
    await schedule.stop();
    await caughtUp;
    await stopping;
    return 0;
  } finally {
    await endObserving();
    for (const part of parts.toReversed()) await part.close();
  }
}

/** @throws ConfigError that names all workers */
function chosen(args: readonly string[]): { collectors: Collecting[]; advisors: Advising[] } {
  const collectors = Object.keys(WORKERS) as Collecting[];
  const advisors = Object.keys(ADVISORS) as Advising[];
  const unknown = args.find((name) => ![...collectors, ...advisors].includes(name as Collecting));
  if (unknown !== undefined)
    throw new ConfigError(
      `workers takes names of workers or none, ${JSON.stringify(unknown)} was given: there are ${[...collectors, ...advisors].join(', ')}`,
    );
  const isChosen = (name: string) => args.length === 0 || args.includes(name);
  return { collectors: collectors.filter(isChosen), advisors: advisors.filter(isChosen) };
}

async function openCollectors(names: readonly Collecting[], config: Config, log: Log): Promise<Part> {
  const databases = await openDatabases(config.database, 'collector', 'dr365 workers');
  await labelSources(databases.metrics.db, config.veeam.map(toSource));
  const options = { log, clock: () => new Date(), isUnattended: true };
  const jobs: ScheduledJob[] = names.map((name) => ({
    name,
    cron: WORKERS[name].schedule(config),
    run: () => runEverywhere(name, config, databases, options),
  }));
  const business = loadBusinessContext(config.configFile);
  const watches = names.includes('rto')
    ? config.veeam.map((server) => createMountWatch(server, databases, { ...options, business }))
    : [];
  if (watches.length > 0)
    jobs.push({
      name: 'mounts',
      cron: config.schedule.mounts,
      run: () => Promise.all(watches.map(({ tick }) => tick())),
    });
  return {
    jobs,
    atStart: await overdueOf(names, config, databases),
    stop: async () => {
      await Promise.all(watches.map(({ close }) => close()));
    },
    close: databases.close,
    databases,
    observed: { collectors: { workers: names, databases, isConfigured: isConfiguredIn(config) } },
  };
}

async function overdueOf(
  names: readonly Collecting[],
  config: Config,
  databases: Databases,
): Promise<Collecting[]> {
  const overdue: Collecting[] = [];
  for (const name of names) if (await isOverdue(name, config, databases, new Date())) overdue.push(name);
  return overdue;
}

const EACH_MINUTE = '* * * * *';

/** Looked at each minute: they run when a collector has ended, and at least hourly. */
async function openAdvisors(names: readonly Advising[], config: Config, log: Log): Promise<Part> {
  const business = loadBusinessContext(config.configFile);
  const databases = await openDatabases(config.database, 'advisor', 'dr365 workers');
  const options = { log, clock: () => new Date(), business };
  const job: ScheduledJob = {
    name: 'advisors',
    cron: EACH_MINUTE,
    run: () => runDueAdvisors(names, databases, options),
  };
  return {
    jobs: [job],
    atStart: [job.name],
    stop: async () => {},
    close: databases.close,
    databases,
    observed: { advisor: { workers: names, databases } },
  };
}
