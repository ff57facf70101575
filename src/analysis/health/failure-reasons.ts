import { classifyFailure, type FailureCause } from './failure-cause.ts';
import { fingerprint } from './fingerprint.ts';
import type { JobRun } from './runs.ts';

export interface FailureReason {
  fingerprint: string;
  template: string;
  cause: FailureCause;
}

export interface TopMessage extends FailureReason {
  n: number;
  /** Start of the last run that failed so. */
  last: number;
}

/** Reason of a run from its own message; null where none is known. Names of job and machines are masked. */
export function reasonOfRun(run: JobRun, names: readonly string[] = []): FailureReason | null {
  const known = fingerprint(run.failureMessage, names);
  return known && { ...known, cause: classifyFailure(run.failureMessage).cause };
}

/** The most frequent reasons of failed runs, most frequent first, then latest. */
export function topMessages(
  runs: readonly JobRun[],
  reasonOf: (run: JobRun) => FailureReason | null,
  limit = 5,
): TopMessage[] {
  const byId = new Map<string, TopMessage>();
  for (const run of runs) {
    const reason = run.outcome === 'FAILED' ? reasonOf(run) : null;
    if (!reason) continue;
    const known = byId.get(reason.fingerprint);
    if (known) {
      known.n += 1;
      known.last = Math.max(known.last, run.startedAt);
    } else byId.set(reason.fingerprint, { ...reason, n: 1, last: run.startedAt });
  }
  return [...byId.values()].sort((a, b) => b.n - a.n || b.last - a.last).slice(0, limit);
}
