import type { Clock } from '../../src/http/clock.ts';

export type TestClock = Clock & { slept: number[]; advance: (ms: number) => void };

/** A clock that stands still but for sleeping and `advance`; sleeping takes no time. Chance is always one half. */
export function createTestClock(start = Date.parse('2026-03-01T12:00:00Z')): TestClock {
  let passed = 0;
  const slept: number[] = [];
  return {
    slept,
    now: () => start + passed,
    monotonic: () => passed,
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      slept.push(ms);
      passed += ms;
    },
    random: () => 0.5,
    advance: (ms) => {
      passed += ms;
    },
  };
}
