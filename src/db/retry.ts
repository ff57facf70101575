import { setTimeout as sleep } from 'node:timers/promises';
import { noteTrouble } from '../journal.ts';

/** Serialization failure, deadlock, shutdown, crash recovery, too many connections, connection lost. */
const PASSING = /^(40001|40P01|57P0[1-3]|53300|08\w{3}|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT)$/;

/** What the driver says without a code; the last is what a transaction on a connection that was cut fails of when it is rolled back. */
const UNCODED =
  /Connection terminated|connection timeout|timeout exceeded when trying to connect|not queryable/i;

/** Whether the database may do the same thing later. */
export function isPassingDatabaseError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('code' in error && typeof error.code === 'string') return PASSING.test(error.code);
  return UNCODED.test(error.message);
}

/** No room, no memory, no connection left. */
const MENDED = /^(53\d{3}|58030)$/;

/** Whether somebody may mend what is wrong while we wait: a full disk, say. For the little that must not be given up soon. */
export function isMendableDatabaseError(error: unknown): boolean {
  if (isPassingDatabaseError(error)) return true;
  return error instanceof Error && 'code' in error && MENDED.test(String(error.code));
}

const MOST_TRIES = 8;

/** Does a small piece of database work, again after a short while if the database is restarting. Gives up after about a minute. */
export async function withDatabaseRetry<T>(
  work: () => Promise<T>,
  isPassing: (error: unknown) => boolean = isPassingDatabaseError,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt >= MOST_TRIES || !isPassing(error)) throw error;
      noteTrouble('database', shortly(error));
      await sleep(Math.min(15_000, 250 * 2 ** attempt) * (0.5 + Math.random() / 2));
    }
  }
}

/** Its code, or the beginning of what the driver says. */
function shortly(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return error instanceof Error ? error.message.slice(0, 80) : 'unknown';
}
