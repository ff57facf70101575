import { sql } from 'kysely';
import { loadBusinessContext } from '../src/business/load.ts';
import type { Config, VeeamServerSettings } from '../src/config.ts';
import type { Databases } from '../src/db/database.ts';
import { ConfigError } from '../src/errors.ts';
import type { Log } from '../src/log.ts';
import { type RunSummary, runWorker } from '../src/pipeline/run-worker.ts';
import type { Worker } from '../src/pipeline/worker.ts';
import { isOutlivedPlaceholder } from '../src/queries/placeholders.ts';
import { isOnRecordAsGone, runOnVaults } from './azure/runs.ts';
import type { AzureSource } from './azure/source.ts';
import { azureCapacity } from './capacity/azure.ts';
import { capacity } from './capacity/capacity.ts';
import { azureEfficiency } from './efficiency/azure.ts';
import { efficiency } from './efficiency/efficiency.ts';
import { azureHealth } from './health/azure.ts';
import { health } from './health/health.ts';
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
};

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
  const work: [string, () => Promise<SourceRun[]>][] = [];
  for (const server of config.veeam)
    work.push([
      server.sourceId,
      async () => [
        { ...(await runOnServer(name, server, config, databases, options)), sourceId: server.sourceId },
      ],
    ]);
  if (config.azure) work.push(['azure', () => runOnAzure(name, config, databases, options)]);
  const runs: SourceRun[] = [];
  for (const [sourceId, run] of work) {
    try {
      runs.push(...(await run()));
    } catch (error) {
      if (work.length === 1) throw error;
      options.log.error({ worker: name, source: sourceId, err: error }, 'a source could not be read');
      runs.push(unrecordedRun(sourceId, error));
    }
  }
  return runs;
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

async function runOnServer(
  name: Collecting,
  settings: VeeamServerSettings,
  config: Config,
  databases: Databases,
  options: RunOnceOptions,
): Promise<RunSummary> {
  const { log, clock, progress, isUnattended = false } = options;
  const business = loadBusinessContext(config.configFile);
  const worker: Worker<VeeamSource> = WORKERS[name].veeam;
  return runWorker(worker, databases, {
    source: toSource(settings),
    open: () => openVeeam(settings, { log, clock, business }),
    clock,
    log,
    isUnattended,
    ...(progress && { progress: (text) => progress(`${settings.name}: ${text}`) }),
  });
}

/** One run of a worker on each vault of the configured subscriptions. @throws ConfigError if there are none */
export async function runOnAzure(
  name: Collecting,
  config: Config,
  databases: Databases,
  options: RunOnceOptions,
): Promise<SourceRun[]> {
  if (!config.azure)
    throw new ConfigError('AZURE_SUBSCRIPTION_ID is not set: set it in .env (see .env.example)');
  const business = loadBusinessContext(config.configFile);
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

/** A worker that has not concluded for this long missed a run, whatever its schedule. */
const CATCH_UP_HOURS = 26;

/** Whether a worker has to run at start because some source has not been concluded on for more than a day, or never. */
export async function isOverdue(
  name: Collecting,
  config: Config,
  databases: Databases,
  now: Date,
): Promise<boolean> {
  const kinds = [
    ...(config.veeam.length > 0 ? ['veeam' as const] : []),
    ...(config.azure ? ['azure' as const] : []),
  ];
  const known = await databases.metrics.db
    .selectFrom('source')
    .leftJoin('run', (join) =>
      join
        .onRef('run.source_id', '=', 'source.source_id')
        .on('run.worker', '=', name)
        .on('run.status', 'in', ['succeeded', 'partial']),
    )
    .select(({ fn }) => ['source.kind', 'source.source_id', fn.max('run.finished_at').as('finishedAt')])
    .where('source.kind', 'in', kinds)
    .where(sql<boolean>`not ${isOutlivedPlaceholder}`)
    .where((or) =>
      or.or([
        or('source.kind', '=', 'azure'),
        or('source.source_id', 'in', ['', ...config.veeam.map(({ sourceId }) => sourceId)]),
      ]),
    )
    .groupBy(['source.kind', 'source.source_id'])
    .execute();
  const isLate = (at: Date | null) => !at || now.getTime() - at.getTime() > CATCH_UP_HOURS * 3_600_000;
  if (config.azure && !known.some(({ kind }) => kind === 'azure')) return true;
  if (config.veeam.some(({ sourceId }) => !known.some((row) => row.source_id === sourceId))) return true;
  // A vault that is there no more will never be concluded on again.
  for (const late of known.filter(({ finishedAt }) => isLate(finishedAt)))
    if (late.kind === 'veeam' || !(await isOnRecordAsGone(databases.metrics.db, late.source_id, name)))
      return true;
  return false;
}
