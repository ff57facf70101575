import type { JobRun } from '../../src/analysis/health/runs.ts';
import type { SessionFact } from '../../src/analysis/health/session-fact.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
export const NOW = Date.parse('2026-03-02T06:00:00Z');

let count = 0;

/** A finished session of job "job" that succeeded within 20 minutes, unless told otherwise. */
export function session(given: Partial<SessionFact> = {}): SessionFact {
  const createdAt = given.createdAt ?? NOW - DAY;
  return {
    sessionId: `session-${String(++count).padStart(6, '0')}`,
    jobId: 'job',
    sessionType: 'BackupJob',
    name: 'Nightly',
    createdAt,
    endedAt: createdAt + 20 * MINUTE,
    state: 'Stopped',
    result: 'Success',
    isCanceled: false,
    parentSessionId: null,
    relatedSessionId: null,
    originalSessionId: null,
    retryNumber: null,
    isRecheckRetry: null,
    ...given,
  };
}

/** A run of job "job", 20 minutes long. */
export function run(given: Partial<JobRun> = {}): JobRun {
  const startedAt = given.startedAt ?? NOW - DAY;
  const runId = given.runId ?? `run-${String(++count).padStart(6, '0')}`;
  const endedAt = given.endedAt === undefined ? startedAt + 20 * MINUTE : given.endedAt;
  return {
    runId,
    jobId: 'job',
    sessionClass: 'backup',
    startedAt,
    endedAt,
    outcome: 'SUCCESS',
    attempts: 1,
    recoveredByRetry: false,
    durationMs: endedAt === null ? null : endedAt - startedAt,
    sessionIds: [runId],
    lastSessionId: runId,
    lastSessionStartedAt: startedAt,
    failureMessage: null,
    ...given,
  };
}

/**
 * Daily runs up to the last night, one per character, oldest first: `S`uccess, `W`arning, `F`ailed, `C`anceled,
 * `R`unning, `r`ecovered by a retry, `.` for no run.
 */
export function nightly(
  outcomes: string,
  given: Partial<JobRun> = {},
  lastStart: number = NOW - 8 * HOUR,
): JobRun[] {
  const nights = outcomes.split('');
  return nights.flatMap((letter, index) => {
    const startedAt = lastStart - (nights.length - 1 - index) * DAY;
    if (letter === '.') return [];
    return [run({ startedAt, ...given, ...OUTCOME_OF_LETTER[letter] })];
  });
}

const OUTCOME_OF_LETTER: Record<string, Partial<JobRun>> = {
  S: { outcome: 'SUCCESS' },
  W: { outcome: 'WARNING' },
  F: { outcome: 'FAILED' },
  C: { outcome: 'CANCELED' },
  R: { outcome: 'RUNNING', endedAt: null, durationMs: null },
  r: { outcome: 'SUCCESS', attempts: 2, recoveredByRetry: true },
};
