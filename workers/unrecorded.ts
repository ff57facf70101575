import { ConfigError } from '../src/errors.ts';
import type { RunSummary } from '../src/pipeline/run-worker.ts';
import { describeError } from '../src/pipeline/runs.ts';

/** A run on one source. */
export type SourceRun = RunSummary & { sourceId: string };

/** The outcome of a run that could not even be opened: nothing of it is in the tables, so whoever watches has to be told. */
export function unrecordedRun(sourceId: string, error: unknown): SourceRun {
  return {
    sourceId,
    runId: undefined,
    status: 'failed',
    rowsLoaded: 0,
    requests: 0,
    seconds: 0,
    error: error instanceof ConfigError ? { code: 'settings', message: error.message } : describeError(error),
    incomplete: [],
  };
}
