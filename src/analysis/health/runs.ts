import { classifySession, isProtecting, type SessionClass } from './protection-session.ts';
import { isRetryOf, type OpenRun, type RetryPolicy, toAttempt } from './retry-chain.ts';
import { type SessionFact, type SessionOutcome, toComparableId } from './session-fact.ts';
import { type KnownJobs, withoutDuplicates, withoutKeptChildren } from './session-selection.ts';

/** One scheduled execution of a job, its automatic retries folded in. Times are epoch milliseconds. */
export interface JobRun {
  /** Id of the first attempt, also where only later attempts are known. */
  runId: string;
  jobId: string;
  sessionClass: SessionClass;
  startedAt: number;
  /** End of the last attempt; null while running and where the source did not say. */
  endedAt: number | null;
  outcome: SessionOutcome;
  attempts: number;
  /** Usable only because of a retry. */
  recoveredByRetry: boolean;
  /** First start to last end, waiting between attempts included. */
  durationMs: number | null;
  sessionIds: readonly string[];
  lastSessionId: string;
  lastSessionStartedAt: number;
  /** Reason of the last failed attempt; null if none failed or none is known. */
  failureMessage: string | null;
}

/**
 * Runs of all jobs from their sessions, by start (METHODS 3.1 R1.1). Duplicates, sessions that protect nothing, sessions
 * without a job and children of a kept parent are left out. Attempts are joined by the ids that 1.3-rev2 gives, before
 * that by time: same job, previous attempt failed, start within 2 · wait + 5 minutes, at most retryCount + 1 attempts.
 * The outcome is that of the last attempt; a retry that still runs makes the run RUNNING, since its outcome is open.
 *
 * @param policyOf retry settings by job id; where unknown, the product's default of 3 retries after 10 minutes
 * @param jobs names by id of the inventory; tells offloads from jobs and finds the job of orphaned copy children
 */
export function buildRuns(
  sessions: readonly SessionFact[],
  policyOf: (jobId: string) => RetryPolicy | undefined = () => undefined,
  jobs: KnownJobs = new Map(),
): JobRun[] {
  const runs: JobRun[] = [];
  for (const series of toSeries(sessions, jobs)) {
    for (const open of chainAttempts(series, policyOf(series.jobId))) runs.push(toRun(series, open));
  }
  return runs.sort((a, b) => a.startedAt - b.startedAt || (a.runId < b.runId ? -1 : 1));
}

/** Whether the run left something to restore from. */
export function isUsable(run: JobRun): boolean {
  return run.outcome === 'SUCCESS' || run.outcome === 'WARNING';
}

/** Whether the run is an observation of reliability: it ended by itself, one way or the other. */
export function isFinished(run: JobRun): boolean {
  return isUsable(run) || run.outcome === 'FAILED';
}

interface Series {
  jobId: string;
  sessionClass: SessionClass;
  sessions: SessionFact[];
}

/** Sessions by job and class, each in time order: the log backups of a job are runs of their own. */
function toSeries(sessions: readonly SessionFact[], jobs: KnownJobs): Series[] {
  const classified: { session: SessionFact; sessionClass: SessionClass }[] = [];
  for (const session of withoutDuplicates(sessions)) {
    const isInventoryJob = session.jobId !== null && jobs.has(session.jobId);
    const sessionClass = classifySession(session.sessionType, session.name, isInventoryJob);
    if (isProtecting(sessionClass)) classified.push({ session, sessionClass });
  }
  const seriesByKey = new Map<string, Series>();
  for (const { session, sessionClass } of withoutKeptChildren(classified, jobs)) {
    const id = toComparableId(session.jobId);
    if (session.jobId === null || id === null) continue;
    const key = sessionClass === 'log' ? `${id} log` : id;
    const series = seriesByKey.get(key);
    if (series) series.sessions.push(session);
    else seriesByKey.set(key, { jobId: session.jobId, sessionClass, sessions: [session] });
  }
  for (const { sessions: ofJob } of seriesByKey.values()) {
    ofJob.sort((a, b) => a.createdAt - b.createdAt || (a.sessionId < b.sessionId ? -1 : 1));
  }
  return [...seriesByKey.values()];
}

function chainAttempts(series: Series, policy: RetryPolicy | undefined): OpenRun[] {
  const runs: OpenRun[] = [];
  const runOfSession = new Map<string, OpenRun>();
  for (const session of series.sessions) {
    const attempt = toAttempt(session);
    const original = attempt.originalId === null ? undefined : runOfSession.get(attempt.originalId);
    const last = runs.at(-1);
    const run = original ?? (last && isRetryOf(last, attempt, policy) ? last : undefined);
    if (run) run.attempts.push(attempt);
    const joined = run ?? { rootId: attempt.originalId, attempts: [attempt] };
    if (!run) runs.push(joined);
    runOfSession.set(attempt.id, joined);
    // Retries two and three point to a first attempt that may be older than what was read.
    if (attempt.originalId !== null) runOfSession.set(attempt.originalId, joined);
  }
  return runs;
}

function toRun({ jobId, sessionClass }: Series, { rootId, attempts }: OpenRun): JobRun {
  const first = attempts[0] as OpenRun['attempts'][number];
  const last = attempts.at(-1) as OpenRun['attempts'][number];
  const isOver = last.outcome !== 'RUNNING';
  const count = Math.max(attempts.length, ...attempts.map(({ retryNumber }) => (retryNumber ?? 0) + 1));
  const usable = last.outcome === 'SUCCESS' || last.outcome === 'WARNING';
  const failed = attempts.findLast(({ outcome }) => outcome === 'FAILED');
  const endedAt = isOver ? last.endedAt : null;
  return {
    runId: rootId ?? first.session.sessionId,
    jobId,
    sessionClass,
    startedAt: first.session.createdAt,
    endedAt,
    outcome: last.outcome,
    attempts: count,
    recoveredByRetry: usable && count > 1,
    // An end before the start is a clock that was set back, not a duration.
    durationMs:
      endedAt === null || endedAt < first.session.createdAt ? null : endedAt - first.session.createdAt,
    sessionIds: attempts.map(({ session }) => session.sessionId),
    lastSessionId: last.session.sessionId,
    lastSessionStartedAt: last.session.createdAt,
    failureMessage: failed?.session.message ?? null,
  };
}
