import type { Clock } from './clock.ts';

/** Lets `size` requests at a time through to a server, and none while the server wants a pause. */
export type Gate = {
  pass: <T>(work: () => Promise<T>, signal?: AbortSignal) => Promise<T>;
  /** Nobody passes for `ms` (what a `Retry-After` asked for). */
  pause: (ms: number) => void;
};

export function createGate(size: number, clock: Clock): Gate {
  const waiting: (() => void)[] = [];
  let free = size;
  let pausedUntil = 0;

  const leave = () => {
    const next = waiting.shift();
    if (next) next();
    else free += 1;
  };

  return {
    pause: (ms) => {
      pausedUntil = Math.max(pausedUntil, clock.monotonic() + ms);
    },
    pass: async (work, signal) => {
      if (free > 0) free -= 1;
      else await turn(waiting, signal);
      try {
        for (let ms = pausedUntil - clock.monotonic(); ms > 0; ms = pausedUntil - clock.monotonic()) {
          await clock.sleep(ms, signal);
        }
        return await work();
      } finally {
        leave();
      }
    },
  };
}

function turn(waiting: (() => void)[], signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const go = () => {
      signal?.removeEventListener('abort', stop);
      resolve();
    };
    const stop = () => {
      waiting.splice(waiting.indexOf(go), 1);
      reject(signal?.reason);
    };
    waiting.push(go);
    signal?.addEventListener('abort', stop, { once: true });
  });
}
