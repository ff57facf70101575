import { staleFrom } from '../analysis/health/rhythm.ts';
import type { SourceRuns } from './freshness.ts';
import type { RunKey } from './health.ts';

/** The newest run of a worker on a source at a moment, when its data becomes late, and whether it was late then. */
export type AgedRun = RunKey & {
  finishedAt: Date;
  staleFrom: Date;
  isStale: boolean;
  /** It is a vault that was not there any more when the worker looked for it last: deleted, moved, or out of sight. */
  isGone: boolean;
};

/** The newest of the runs that concluded, by their own rhythm and the usual one of the worker; undefined: there is none. */
export function toAgedRun(
  { sourceId, concluded, latest }: Pick<SourceRuns, 'sourceId' | 'concluded' | 'latest'>,
  { worker, asOf }: { worker: string; asOf: Date },
): AgedRun | undefined {
  const [last, ...earlier] = concluded;
  if (!last) return undefined;
  const ends = earlier.map(({ finishedAt }) => finishedAt.getTime());
  const late = new Date(staleFrom([last.finishedAt.getTime(), ...ends], worker));
  return {
    sourceId,
    runId: last.runId,
    finishedAt: last.finishedAt,
    staleFrom: late,
    isStale: asOf > late,
    isGone: sourceId.startsWith('azure:') && latest?.status === 'failed' && latest.errorCode === 'not-found',
  };
}
