import { setTimeout as delay } from 'node:timers/promises';

/** Time and chance as the client sees them; tests put their own in place. */
export type Clock = {
  /** Milliseconds since 1970, as the machine's clock says. */
  now: () => number;
  /** Milliseconds that only ever grow, whatever happens to the machine's clock. */
  monotonic: () => number;
  sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** From 0 up to but not including 1. */
  random: () => number;
};

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: async (ms, signal) => {
    await delay(ms, undefined, signal ? { signal } : {});
  },
  random: () => Math.random(),
};
