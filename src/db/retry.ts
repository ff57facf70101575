import { setTimeout as sleep } from 'node:timers/promises';

/** Serialization failure, deadlock, shutdown, crash recovery, too many connections, connection lost. */
const PASSING = /^(40001|40P01|57P0[1-3]|53300|08\w{3}|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT)$/;

/** Whether the database may do the same thing later. */
export function isPassingDatabaseError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('code' in error && typeof error.code === 'string') return PASSING.test(error.code);
  return /Connection terminated|connection timeout/i.test(error.message);
}

/** Does a small piece of database work, again after a short while if the database is restarting. Gives up after about a minute. */
export async function withDatabaseRetry<T>(work: () => Promise<T>, tries = 8): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt >= tries || !isPassingDatabaseError(error)) throw error;
      await sleep(Math.min(15_000, 250 * 2 ** attempt) * (0.5 + Math.random() / 2));
    }
  }
}
