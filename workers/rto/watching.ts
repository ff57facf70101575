import type { Config, VeeamServerSettings } from '../../src/config/config.ts';
import type { Databases } from '../../src/db/database.ts';
import { withWorkerLock } from '../../src/pipeline/locks.ts';
import type { ScheduledJob, Slot } from '../schedule.ts';
import { spread } from '../slots.ts';
import { pause, whileOpen } from '../waiting.ts';
import { createMountWatch, type WatchOptions } from './watch-mounts.ts';

export type WatchingOptions = WatchOptions & {
  /** Which of all processes this one is. */
  replica: string;
  /** Nothing is watched any more. */
  stopping: AbortSignal;
};

/** A process that watches a server goes on with it for so long; then whoever comes first may. */
const TERM_MS = 60 * 60_000;
const TURN_MS = 2_000;

/**
 * Watches the instant recoveries of all backup servers. A look leaves no record, so the server belongs to the process that holds
 * the lock of its watch: the others do not ask it, and one of them takes over when that process dies.
 */
export function watchingJob(config: Config, databases: Databases, options: WatchingOptions): ScheduledJob {
  const watches = config.veeam.map((server) => createShared(server, databases, options));
  return {
    name: 'mounts',
    cron: config.schedule.mounts,
    run: (slot) => whileOpen(slot.ended, Promise.all(watches.map((look) => look(slot)))),
  };
}

function createShared(server: VeeamServerSettings, databases: Databases, options: WatchingOptions) {
  const { replica, stopping, log, clock } = options;
  const { sourceId } = server;
  const watch = createMountWatch(server, databases, options);
  stopping.addEventListener('abort', () => void watch.close().catch(() => {}), { once: true });
  let isLooking = false;
  let termEnds: number | undefined;

  /** Holds the lock for a term, in the background. */
  const take = () =>
    new Promise<boolean>((taken) => {
      const hold = async (lost: AbortSignal) => {
        termEnds = clock().getTime() + TERM_MS;
        taken(true);
        await pause(TERM_MS, AbortSignal.any([lost, stopping]));
        termEnds = undefined;
        await watch.rest();
      };
      withWorkerLock(databases.metrics.pool, 'watch of mounts', sourceId, hold)
        .catch((error: unknown) => log.warn({ source: sourceId, err: error }, 'the watch of mounts ended'))
        .finally(() => taken(false));
    });

  return async ({ at, next, isLate, ended }: Slot): Promise<void> => {
    const bound = isLate ? 0 : (next.getTime() - at.getTime()) / 2;
    const moment = spread(`mounts ${sourceId}`, bound);
    const turn = termEnds === undefined ? spread(`${replica} ${sourceId} ${at.toISOString()}`, TURN_MS) : 0;
    await pause(moment + turn, ended);
    if (ended.aborted || stopping.aborted || isLooking) return;
    isLooking = true;
    try {
      if (termEnds !== undefined || (await take())) await watch.tick();
    } catch (error) {
      log.error({ worker: 'mounts', source: sourceId, err: error }, 'run ended with an error');
    } finally {
      isLooking = false;
    }
  };
}
