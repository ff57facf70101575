import { classifySession, isProtecting } from '../../../analysis/health/protection-session.ts';
import type { JobRun } from '../../../analysis/health/runs.ts';
import { toOutcome } from '../../../analysis/health/session-fact.ts';
import type { MetricsReader } from '../../../db/connect.ts';
import {
  type Infrastructure,
  listSessionReasons,
  listSessionsAround,
  type SessionAround,
} from '../../../queries/failure.ts';
import type { Incident } from '../../../queries/findings.ts';
import { isoSeconds } from '../../markdown.ts';
import type { ScopeRun } from '../../scope.ts';
import { cleanOrNull, cleanText } from '../../untrusted.ts';
import type { JobFacts } from './read-job.ts';
import type { AroundRow } from './shape.ts';

/** Failures so far apart may still have one cause; the incidents of the health worker reach as far. */
const APART_MS = 30 * 60_000;

/** What the other jobs did while a run failed: the last that ended of each job, by name. */
export type Around = { from: Date; to: Date; failed: Other[]; well: Other[] };
export type Other = AroundRow & { repositoryId: string | null; hostId: string | null };

type Question = {
  run: ScopeRun;
  job: JobFacts;
  failure: JobRun;
  incident: Incident | undefined;
  parts: readonly Infrastructure[];
  fingerprint: string | null;
};

/** Reads what ended while the run was under way or its incident lasted, half an hour more on both sides. */
export async function readAround(db: MetricsReader, question: Question): Promise<Around> {
  const { run, job, failure, incident, parts, fingerprint } = question;
  const { from, to } = windowOf(failure, incident);
  const sessions = await listSessionsAround(db, { ...run, from, to });
  const others = sessions
    .filter(({ jobId }) => jobId !== job.health.jobId)
    .map((session) => ({ session, outcome: outcomeOf(session) }));
  const failed = others.filter(({ outcome }) => outcome === 'FAILED');
  const reasons = await listSessionReasons(db, {
    ...run,
    sessionIds: failed.map(({ session: { sessionId } }) => sessionId),
  });
  const byId = new Map(reasons.map((reason) => [reason.sessionId, reason]));
  const hosts = new Map(
    parts.filter(({ kind }) => kind === 'repository').map(({ id, hostId }) => [id, hostId]),
  );
  const own = job.health.repositoryId;
  const place = { repositoryId: own, hostId: own === null ? null : (hosts.get(own) ?? null) };
  const toRow = ({ session, outcome }: (typeof others)[number]): Other => {
    const reason = byId.get(session.sessionId);
    const hostId = session.repositoryId === null ? null : (hosts.get(session.repositoryId) ?? null);
    return {
      job_id: cleanText(session.jobId, 100),
      job_name: cleanText(session.jobName),
      session_id: cleanText(session.sessionId, 100),
      ended_at: isoSeconds(session.endedAt),
      outcome,
      same_repository: isSame(session.repositoryId, place.repositoryId),
      same_host: isSame(hostId, place.hostId),
      same_reason: isSame(reason?.fingerprint ?? null, outcome === 'FAILED' ? fingerprint : null),
      in_incident: incident?.jobIds.includes(session.jobId) ?? false,
      cause: cleanOrNull(reason?.cause, 60),
      repositoryId: session.repositoryId,
      hostId,
    };
  };
  const well = others.filter(({ outcome }) => outcome === 'SUCCESS' || outcome === 'WARNING');
  return { from, to, failed: failed.map(toRow).sort(compare), well: well.map(toRow).sort(compare) };
}

/** Null where one of them is not known. */
const isSame = (a: string | null, b: string | null) => (a === null || b === null ? null : a === b);

function windowOf(failure: JobRun, incident: Incident | undefined): { from: Date; to: Date } {
  const end = failure.endedAt ?? failure.lastSessionStartedAt;
  const from = Math.min(failure.startedAt, incident?.startedAt.getTime() ?? failure.startedAt);
  const to = Math.max(end, incident?.endedAt.getTime() ?? end);
  return { from: new Date(from - APART_MS), to: new Date(to + APART_MS) };
}

/** What is no attempt to protect data, such as a health check, is no evidence. */
function outcomeOf(session: SessionAround): string {
  if (!isProtecting(classifySession(session.sessionType, session.name, true))) return 'OTHER';
  return toOutcome({
    ...session,
    createdAt: session.createdAt.getTime(),
    endedAt: session.endedAt.getTime(),
    parentSessionId: null,
    relatedSessionId: null,
    originalSessionId: null,
    retryNumber: null,
    isRecheckRetry: null,
  });
}

/** What shares most with the job first: incident, repository, host. */
export const rankOf = (row: Other): number =>
  (row.in_incident ? 0 : 4) + (row.same_repository === true ? 0 : row.same_host === true ? 1 : 2);

const compare = (a: Other, b: Other) => rankOf(a) - rankOf(b) || (a.job_id < b.job_id ? -1 : 1);
