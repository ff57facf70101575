import * as z from 'zod';
import type { JobRun } from '../analysis/health/runs.ts';
import { isoSeconds, round } from './markdown.ts';
import { cleanText } from './untrusted.ts';

/** What every answer says of a run of a job. */
export const runFactsShape = {
  run_id: z.string(),
  started_at: z.string(),
  ended_at: z.string().nullable(),
  outcome: z.string(),
  attempts: z.number(),
  recovered_by_retry: z.boolean(),
  duration_minutes: z.number().nullable(),
};

export function toRunFacts(run: JobRun) {
  return {
    run_id: cleanText(run.runId, 100),
    started_at: isoSeconds(new Date(run.startedAt)),
    ended_at: run.endedAt === null ? null : isoSeconds(new Date(run.endedAt)),
    outcome: run.outcome,
    attempts: run.attempts,
    recovered_by_retry: run.recoveredByRetry,
    duration_minutes: run.durationMs === null ? null : round(run.durationMs / 60_000, 1),
  };
}
