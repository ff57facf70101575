import { setTimeout as sleep } from 'node:timers/promises';

/** @returns when the time is over or the signal comes */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {});
}

/** @returns when the signal comes */
export function whenAborted(signal: AbortSignal): Promise<undefined> {
  if (signal.aborted) return Promise.resolve(undefined);
  return new Promise((done) => signal.addEventListener('abort', () => done(undefined), { once: true }));
}

/** @returns when the work is done, or the slot is over: what is under way then goes on by itself */
export function whileOpen(ended: AbortSignal, work: Promise<unknown>): Promise<unknown> {
  return Promise.race([work, whenAborted(ended)]);
}
