import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers/promises';

/** A clock that is moved by hand, and a schedule that looks at it when it is told to. */
export type SoakClock = { now: () => Date; set: (at: Date) => void; tick: () => void };

/** Waits of the program (jitter, turns, back-off) become so many times shorter. */
const FACTOR = 200;

/**
 * Takes the waits of this process in hand: what sleeps sleeps shorter, and the timer by which the schedule looks at the clock is
 * ours. Time-outs of requests and of the database stay what they are.
 */
export function takeClock(start: Date): SoakClock {
  const sleep = timers.setTimeout;
  timers.setTimeout = ((ms?: number, ...rest: []) => sleep((ms ?? 0) / FACTOR, ...rest)) as typeof sleep;
  syncBuiltinESMExports();
  let now = start;
  let look: (() => void) | undefined;
  const real = globalThis.setTimeout;
  const patched = (callback: () => void, ms?: number, ...rest: []) => {
    if (callback.name !== 'look') return real(callback, ms, ...rest);
    look = callback;
    return real(() => {}, 0);
  };
  globalThis.setTimeout = Object.assign(patched, real) as typeof real;
  return {
    now: () => now,
    set: (at) => {
      now = at;
    },
    tick: () => look?.(),
  };
}
