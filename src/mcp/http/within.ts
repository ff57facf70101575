import { setTimeout as sleep } from 'node:timers/promises';

/** What `work` comes to, undefined if that takes longer than `ms`; the work goes on then. */
export async function within<T>(ms: number, work: Promise<T>): Promise<T | undefined> {
  const done = new AbortController();
  const late = sleep(ms, undefined, { signal: done.signal, ref: false }).catch(() => undefined);
  try {
    return await Promise.race([work, late]);
  } finally {
    done.abort();
  }
}
