import { buildRuns, isUsable, type JobRun } from '../../../analysis/health/runs.ts';
import type { MetricsReader } from '../../../db/connect.ts';
import {
  type FailedObject,
  listFailedObjects,
  listSessionReasons,
  type SessionReason,
} from '../../../queries/failure.ts';
import { type JobHealth, listJobHealth } from '../../../queries/health.ts';
import { getJob, type JobDefinition } from '../../../queries/inventory.ts';
import { type JobSession, listJobSessions } from '../../../queries/sessions.ts';
import type { ScopeRun } from '../../scope.ts';
import { foldName } from '../../suggest.ts';
import { intervalMinutes, readSchedule } from '../health/schedule.ts';

/** How far back runs are looked at, in days. */
export const WINDOW_DAYS = 90;
const DAY_MS = 86_400_000;
/** A log backup every 15 minutes makes 8,640 sessions in 90 days; the newest ones say why it fails. */
export const MOST_SESSIONS = 5_000;

/** A job with its runs of the window, as the health worker counts them, and why those that failed did. */
export type JobFacts = {
  health: JobHealth;
  definition: JobDefinition | undefined;
  /** Newest first, retries folded in. */
  runs: JobRun[];
  sessions: ReadonlyMap<string, JobSession>;
  reasons: ReadonlyMap<string, SessionReason>;
  objects: FailedObject[];
};

/** Undefined if the health run concluded nothing about the job. */
export async function readJob(
  db: MetricsReader,
  run: ScopeRun,
  { jobId, asOf }: { jobId: string; asOf: Date },
): Promise<JobFacts | undefined> {
  const [health] = await listJobHealth(db, { runs: [run], filter: { jobIds: [jobId] }, limit: 1 });
  if (!health) return undefined;
  const { sourceId, knownAt } = run;
  const definition = await getJob(db, { ...run, jobId });
  const from = new Date(asOf.getTime() - WINDOW_DAYS * DAY_MS);
  const sessions = await listJobSessions(db, { sourceId, jobId, knownAt, from, limit: MOST_SESSIONS });
  const sessionIds = sessions.filter(({ result }) => result !== 'Success').map(({ sessionId }) => sessionId);
  const reasons = await listSessionReasons(db, { sourceId, knownAt, sessionIds });
  const byId = new Map(reasons.map((reason) => [reason.sessionId, reason]));
  return {
    health,
    definition,
    runs: toRuns(sessions, byId, health, definition),
    sessions: new Map(sessions.map((session) => [session.sessionId, session])),
    reasons: byId,
    objects: await listFailedObjects(db, { sourceId, knownAt, sessionIds, since: from }),
  };
}

function toRuns(
  sessions: readonly JobSession[],
  reasons: ReadonlyMap<string, SessionReason>,
  { jobId, jobName }: JobHealth,
  definition: JobDefinition | undefined,
): JobRun[] {
  const facts = sessions.map(({ createdAt, endedAt, reason: _reason, sessionMessage, ...session }) => ({
    ...session,
    createdAt: createdAt.getTime(),
    endedAt: endedAt?.getTime() ?? null,
    message: reasons.get(session.sessionId)?.message ?? sessionMessage,
  }));
  const policy = {
    retryCount: definition?.retryCount ?? null,
    awaitMinutes: definition?.retryWaitMinutes ?? null,
    intervalMinutes: intervalMinutes(readSchedule(definition?.schedule)),
  };
  return buildRuns(facts, () => policy, new Map([[jobId, jobName]])).toReversed();
}

/** Whether a machine failed in a run: by the names of the objects that did; null where none is named. */
export function failedIn({ objects }: JobFacts, run: JobRun, name: string): boolean | null {
  const ids = new Set(run.sessionIds);
  const failed = objects.filter(({ sessionId, result }) => ids.has(sessionId) && result === 'Failed');
  const named = failed.flatMap(({ objectName }) => objectName ?? []);
  if (named.length === 0) return null;
  return named.some((one) => foldName(one) === foldName(name));
}

/** The last run that failed; without one the last that warned, or came right by a retry alone. */
export function lastTrouble({ runs }: JobFacts): JobRun | undefined {
  const failed = runs.find(({ outcome }) => outcome === 'FAILED');
  return failed ?? runs.find(({ outcome, recoveredByRetry }) => outcome === 'WARNING' || recoveredByRetry);
}

export const lastGood = ({ runs }: JobFacts): JobRun | undefined => runs.find(isUsable);
