import type { BusinessContext } from '../src/business/context.ts';
import type { Config } from '../src/config/config.ts';
import type { Databases } from '../src/db/database.ts';
import { withJournal } from '../src/journal.ts';
import type { Log } from '../src/log.ts';
import { listDone } from '../src/pipeline/begun.ts';
import { runStore } from '../src/pipeline/runs.ts';
import { openCycle } from './azure/runs.ts';
import { type Collecting, runOnServer, WORKERS } from './main.ts';
import type { Pool } from './pool.ts';
import type { ScheduledJob, Slot } from './schedule.ts';
import { prepare, type Sharing, shareUnits, type Unit } from './share.ts';

export type CollectingOptions = {
  log: Log;
  clock: () => Date;
  business: BusinessContext;
  pool: Pool;
  /** Which of all processes this one is. */
  replica: string;
  /** Ends the runs under way before they conclude. */
  stopped: AbortSignal;
};

/** A collecting worker by its schedule, on all sources, shared with all processes that run it. */
export function collectingJob(
  name: Collecting,
  config: Config,
  databases: Databases,
  options: CollectingOptions,
): ScheduledJob {
  const store = runStore(databases.metrics.db);
  let first: ReadonlySet<string> = new Set();
  const sharingOf = (slot: Slot): Sharing => ({
    ...options,
    worker: name,
    slot,
    listDone: (sourceIds) => listDone(store, name, sourceIds, { slot: slot.at, now: options.clock() }),
    first,
  });
  return {
    name,
    cron: WORKERS[name].schedule(config),
    // Azure has to be asked for its vaults first; no backup server waits for that.
    run: async (slot) => {
      const [servers, vaults] = await Promise.all([
        shareUnits(serverUnits(name, config, databases, options), sharingOf(slot)),
        config.azure && shareVaults(name, config.azure, databases, options, sharingOf(slot)),
      ]);
      first = new Set([...servers.left, ...(vaults ?? [])]);
    },
  };
}

function serverUnits(
  name: Collecting,
  config: Config,
  databases: Databases,
  options: CollectingOptions,
): Unit[] {
  return config.veeam.map((server) => ({
    sourceId: server.sourceId,
    run: (isWanted) =>
      runOnServer(name, server, config, databases, {
        ...options,
        isUnattended: true,
        isWanted,
        signal: options.stopped,
      }),
  }));
}

/** The connection serves the runs that outlast the slot as well. @returns vaults whose turn did not come */
async function shareVaults(
  name: Collecting,
  settings: NonNullable<Config['azure']>,
  databases: Databases,
  options: CollectingOptions,
  sharing: Sharing,
): Promise<Set<string>> {
  return withJournal(async () => {
    const listing = AbortSignal.any([sharing.slot.ended, options.stopped]);
    const open = () =>
      openCycle(WORKERS[name].azure, databases, settings, { ...options, isUnattended: true, listing });
    const cycle = await prepare(open, sharing);
    if (!cycle) return new Set();
    const units = [...cycle.vaults, ...cycle.unlisted].map(
      ({ source, run }): Unit => ({
        sourceId: source.sourceId,
        run: (isWanted) => run({ isWanted, signal: options.stopped }),
      }),
    );
    const { running, left } = await shareUnits(units, sharing);
    void Promise.allSettled(running).then(cycle.close);
    return left;
  });
}
