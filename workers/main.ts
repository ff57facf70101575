import type { BusinessContext } from '../src/business/context.ts';
import { loadBusinessContext } from '../src/business/load.ts';
import type { Config, VeeamServerSettings } from '../src/config/config.ts';
import type { Databases } from '../src/db/database.ts';
import { ConfigError } from '../src/errors.ts';
import type { Log } from '../src/log.ts';
import { type RunOptions, type RunSummary, runWorker } from '../src/pipeline/run-worker.ts';
import type { Worker } from '../src/pipeline/worker.ts';
import { runOnVaults } from './azure/runs.ts';
import type { AzureSource } from './azure/source.ts';
import { azureCapacity } from './capacity/azure.ts';
import { capacity } from './capacity/capacity.ts';
import { azureEfficiency } from './efficiency/azure.ts';
import { efficiency } from './efficiency/efficiency.ts';
import { azureHealth } from './health/azure.ts';
import { health } from './health/health.ts';
import { createPool } from './pool.ts';
import { azureRto } from './rto/azure.ts';
import { rto } from './rto/rto.ts';
import { type SourceRun, unrecordedRun } from './unrecorded.ts';
import { openVeeam, toSource, type VeeamSource } from './veeam-source.ts';

export type { SourceRun } from './unrecorded.ts';

type Collector = {
  /** What it collects from each kind of source. */
  veeam: Worker<VeeamSource>;
  azure: Worker<AzureSource>;
  schedule: (config: Config) => string;
};

/** The workers that exist, and where their schedule is set. */
export const WORKERS = {
  health: { veeam: health, azure: azureHealth, schedule: ({ schedule }) => schedule.health },
  capacity: { veeam: capacity, azure: azureCapacity, schedule: ({ schedule }) => schedule.capacity },
  efficiency: { veeam: efficiency, azure: azureEfficiency, schedule: ({ schedule }) => schedule.efficiency },
  rto: { veeam: rto, azure: azureRto, schedule: ({ schedule }) => schedule.rto },
} as const satisfies Record<string, Collector>;

export type Collecting = keyof typeof WORKERS;

export type RunOnceOptions = {
  log: Log;
  clock: () => Date;
  /** Told what a run is doing, in words for a person. */
  progress?: (text: string) => void;
  /** Started by a schedule, not by a person. */
  isUnattended?: boolean;
  /** What dr365.toml says of the business; without it the file is read. */
  business?: BusinessContext;
};

/** Backup servers that are read at a time. */
const AT_A_TIME = 4;

/**
 * One run of a worker on each configured source. One that fails holds back no other; what it failed of is in its summary, also
 * where it never answered yet and so nothing is on record.
 * @throws ConfigError if no source is configured; what the only one throws
 */
export async function runEverywhere(
  name: Collecting,
  config: Config,
  databases: Databases,
  options: RunOnceOptions,
): Promise<SourceRun[]> {
  requireSource(config);
  const work = listWork(name, config, databases, options);
  const pool = createPool({ young: AT_A_TIME, most: AT_A_TIME, youngMs: 2 ** 31 - 1 });
  const results = await Promise.all(
    work.map(({ sourceId, run }) =>
      pool.run({
        key: sourceId,
        group: sourceId,
        isWanted: () => true,
        work: async () => {
          try {
            return await run();
          } catch (error) {
            if (work.length === 1) throw error;
            options.log.error({ worker: name, source: sourceId, err: error }, 'a source could not be read');
            return [unrecordedRun(sourceId, error)];
          }
        },
      }),
    ),
  );
  return results.flatMap((runs) => runs ?? []);
}

function listWork(name: Collecting, config: Config, databases: Databases, options: RunOnceOptions) {
  const work: { sourceId: string; run: () => Promise<SourceRun[]> }[] = config.veeam.map((server) => ({
    sourceId: server.sourceId,
    run: async () => [
      { ...(await runOnServer(name, server, config, databases, options)), sourceId: server.sourceId },
    ],
  }));
  if (config.azure) work.push({ sourceId: 'azure', run: () => runOnAzure(name, config, databases, options) });
  return work;
}

/** One run of a worker on the first backup server. @throws ConfigError if none is configured */
export async function runOnce(
  name: Collecting,
  config: Config,
  databases: Databases,
  options: RunOnceOptions,
): Promise<RunSummary> {
  const [first] = config.veeam;
  if (!first) throw nothingToRead();
  return runOnServer(name, first, config, databases, options);
}

/** One run of a worker on one backup server. @param limits of a run that a schedule started */
export async function runOnServer(
  name: Collecting,
  settings: VeeamServerSettings,
  config: Config,
  databases: Databases,
  options: RunOnceOptions & Pick<RunOptions<VeeamSource>, 'isWanted' | 'signal'>,
): Promise<RunSummary> {
  const { log, clock, progress, isUnattended = false, isWanted, signal } = options;
  const business = businessOf(config, options);
  const worker: Worker<VeeamSource> = WORKERS[name].veeam;
  return runWorker(worker, databases, {
    source: toSource(settings),
    open: (ended) => openVeeam(settings, { log, clock, business, signal: ended }),
    clock,
    log,
    isUnattended,
    signal,
    ...(isWanted && { isWanted }),
    ...(progress && { progress: (text) => progress(`${settings.name}: ${text}`) }),
  });
}

const businessOf = ({ configFile }: Config, { business }: RunOnceOptions): BusinessContext =>
  business ?? loadBusinessContext(configFile);

/** One run of a worker on each vault of the configured subscriptions. @throws ConfigError if there are none */
export async function runOnAzure(
  name: Collecting,
  config: Config,
  databases: Databases,
  options: RunOnceOptions,
): Promise<SourceRun[]> {
  if (!config.azure)
    throw new ConfigError('AZURE_SUBSCRIPTION_ID is not set: set it in .env (see .env.example)');
  const business = businessOf(config, options);
  return runOnVaults(WORKERS[name].azure, databases, config.azure, { ...options, business });
}

/** @throws ConfigError if nothing is configured that could be read */
export function requireSource(config: Config): void {
  if (config.veeam.length === 0 && !config.azure) throw nothingToRead();
}

const nothingToRead = () =>
  new ConfigError(
    'nothing to read is configured: set VEEAM_SERVER, VEEAM_USERNAME and VEEAM_PASSWORD, or AZURE_SUBSCRIPTION_ID and how to sign in to it, in .env (see .env.example), or servers and vaults in dr365.toml (see dr365.example.toml)',
  );
