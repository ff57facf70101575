import type { Log } from '../../log.ts';
import type { Store } from '../store.ts';

/** So often the database is asked at most, however often somebody looks. */
const KEEP_MS = 2000;

/**
 * Whether questions about backups can be answered: the databases are there, are the right ones, and may only be read.
 * Why not is in the log, not in the answer, which anybody may see.
 */
export function createReadiness(store: () => Promise<Store>, log: Log): () => Promise<boolean> {
  let asked: Promise<boolean> | undefined;
  const ask = async () => {
    try {
      await (await store()).readRisk(async () => {});
      return true;
    } catch (error) {
      log.warn({ reason: error instanceof Error ? error.message : 'unknown' }, 'not ready');
      return false;
    }
  };
  return () => {
    asked ??= ask().finally(() => setTimeout(() => (asked = undefined), KEEP_MS).unref());
    return asked;
  };
}
