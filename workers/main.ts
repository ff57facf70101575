import { loadBusinessContext } from '../src/business/load.ts';
import type { Config } from '../src/config.ts';
import { requireVeeam } from '../src/config.ts';
import type { Databases } from '../src/db/database.ts';
import type { Log } from '../src/log.ts';
import { type RunSummary, runWorker } from '../src/pipeline/run-worker.ts';
import type { Worker } from '../src/pipeline/worker.ts';
import { capacity } from './capacity/capacity.ts';
import { efficiency } from './efficiency/efficiency.ts';
import { health } from './health/health.ts';
import { rto } from './rto/rto.ts';
import { openVeeam, toSource, type VeeamSource } from './veeam-source.ts';

/** The workers that exist, and where their schedule is set. */
export const WORKERS = {
  health: { worker: health as Worker<VeeamSource>, schedule: ({ schedule }: Config) => schedule.health },
  capacity: {
    worker: capacity as Worker<VeeamSource>,
    schedule: ({ schedule }: Config) => schedule.capacity,
  },
  efficiency: {
    worker: efficiency as Worker<VeeamSource>,
    schedule: ({ schedule }: Config) => schedule.efficiency,
  },
  rto: { worker: rto as Worker<VeeamSource>, schedule: ({ schedule }: Config) => schedule.rto },
} as const;

export type Collecting = keyof typeof WORKERS;

export type RunOnceOptions = {
  log: Log;
  clock: () => Date;
  /** Told what a run is doing, in words for a person. */
  progress?: (text: string) => void;
  /** Started by a schedule, not by a person. */
  isUnattended?: boolean;
};

/** One run of a worker on the configured VBR server. @throws ConfigError if none is configured */
export async function runOnce(
  name: Collecting,
  config: Config,
  databases: Databases,
  options: RunOnceOptions,
): Promise<RunSummary> {
  const { log, clock, progress, isUnattended = false } = options;
  const settings = requireVeeam(config);
  const business = loadBusinessContext(config.configFile);
  return runWorker(WORKERS[name].worker, databases, {
    source: toSource(settings),
    open: () => openVeeam(settings, { log, clock, business }),
    clock,
    log,
    isUnattended,
    ...(progress && { progress }),
  });
}

/** A worker that has not concluded for this long missed a run, whatever its schedule. */
const CATCH_UP_HOURS = 26;

/** Whether a worker has to run at start because it has not for more than a day, or never. */
export async function isOverdue(
  name: Collecting,
  config: Config,
  databases: Databases,
  now: Date,
): Promise<boolean> {
  const last = await databases.metrics.db
    .selectFrom('run')
    .select((run) => run.fn.max('finished_at').as('finished_at'))
    .where('worker', '=', name)
    .where('source_id', '=', toSource(requireVeeam(config)).sourceId)
    .where('status', 'in', ['succeeded', 'partial'])
    .executeTakeFirst();
  const finishedAt = last?.finished_at;
  return !finishedAt || now.getTime() - finishedAt.getTime() > CATCH_UP_HOURS * 3_600_000;
}
