import { SourceError } from '../errors.ts';
import { breakerChanged } from '../observability/signals.ts';
import type { Clock } from './clock.ts';

export type BreakerSettings = { failures: number; openMs: number };
export type Breaker = {
  /** @throws SourceError `circuit-open` while the server is left alone */
  enter: () => void;
  succeeded: () => void;
  failed: (error: Error) => void;
  /** The call ended without telling anything about the server. */
  left: () => void;
  /** There are no more calls: whatever it was, it is not open any more. */
  close: () => void;
};

const DEFAULTS: BreakerSettings = { failures: 3, openMs: 60_000 };

/**
 * Leaves a server alone for `openMs` after `failures` calls in a row that failed with all their retries. Then one call
 * goes through as a trial, and decides.
 */
export function createBreaker(name: string, clock: Clock, settings: Partial<BreakerSettings> = {}): Breaker {
  const { failures, openMs } = { ...DEFAULTS, ...settings };
  let failedInARow = 0;
  let openUntil = 0;
  let trial = false;
  let last: Error | undefined;
  const breaker = {};
  const tell = () => breakerChanged.send({ upstream: name, breaker, isOpen: failedInARow >= failures });
  tell();
  return {
    enter: () => {
      if (failedInARow < failures) return;
      if (trial || clock.monotonic() < openUntil) throw isOpen(name, failedInARow, last);
      trial = true;
    },
    succeeded: () => {
      failedInARow = 0;
      trial = false;
      tell();
    },
    failed: (error) => {
      failedInARow += 1;
      trial = false;
      last = error;
      openUntil = clock.monotonic() + openMs;
      tell();
    },
    left: () => {
      trial = false;
    },
    close: () => breakerChanged.send({ upstream: name, breaker, isOpen: false }),
  };
}

function isOpen(name: string, failedInARow: number, cause: Error | undefined): SourceError {
  return new SourceError(
    `${name} is left alone for a while, since the last ${failedInARow} calls failed; the last one: ${cause?.message}`,
    { code: 'circuit-open', retryable: true, cause },
  );
}
