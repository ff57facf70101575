import { type SessionFact, type SessionOutcome, toComparableId, toEnd, toOutcome } from './session-fact.ts';

/** Retry settings of a job (`schedule.retry`); what is null or missing is unknown and taken as the product's default. */
export interface RetryPolicy {
  /** Automatic retries after a failure; 0 when switched off. */
  retryCount?: number | null;
  awaitMinutes?: number | null;
  /** Minutes between two scheduled starts, so that the next scheduled run is not mistaken for a retry. */
  intervalMinutes?: number | null;
}

export interface Attempt {
  session: SessionFact;
  id: string;
  /** Comparable id of the first attempt, null for a first attempt and where the source does not say. */
  originalId: string | null;
  retryNumber: number | null;
  /** The source itself says that this is a first attempt. */
  isSurelyFirst: boolean;
  endedAt: number | null;
  outcome: SessionOutcome;
}

export interface OpenRun {
  /** Id of a first attempt that was not read. */
  rootId: string | null;
  attempts: Attempt[];
}

const DEFAULT_RETRIES = 3;
const DEFAULT_WAIT_MINUTES = 10;
const NAMED_RETRY_LIMIT_MINUTES = 24 * 60;

/** What a session says about being a retry. Health-check retries are first attempts of runs of their own. */
export function toAttempt(session: SessionFact): Attempt {
  const id = toComparableId(session.sessionId) ?? session.sessionId;
  const original = toComparableId(session.originalSessionId);
  const isRecheck = session.isRecheckRetry === true;
  const pointsBack = !isRecheck && original !== null && original !== id;
  const retryNumber = isRecheck ? 0 : (session.retryNumber ?? numberInName(session.name));
  return {
    session,
    id,
    originalId: pointsBack ? original : null,
    retryNumber,
    isSurelyFirst: !pointsBack && (isRecheck || original === id || session.retryNumber === 0),
    endedAt: toEnd(session),
    outcome: toOutcome(session),
  };
}

/**
 * Whether an attempt without a pointer to its first attempt continues the run before it (METHODS 3.1 R1.1, older API).
 * The suffix "(Retry n)" of the name confirms a retry, so that a waiting time longer than assumed does not split the run.
 * Jobs that start more often than the time limit would be merged with their own next run: the limit is then half of the
 * interval.
 */
export function isRetryOf(run: OpenRun, attempt: Attempt, policy: RetryPolicy | undefined): boolean {
  const previous = run.attempts.at(-1);
  if (!previous || attempt.isSurelyFirst || attempt.originalId !== null) return false;
  if (previous.outcome !== 'FAILED' || previous.endedAt === null) return false;
  const waitedMinutes = (attempt.session.createdAt - previous.endedAt) / 60_000;
  if (waitedMinutes < 0 || !isSameObject(previous.session.name, attempt.session.name)) return false;
  const isNamedRetry = (attempt.retryNumber ?? 0) > (previous.retryNumber ?? 0);
  if (isNamedRetry) return waitedMinutes <= NAMED_RETRY_LIMIT_MINUTES;
  const isFull = run.attempts.length >= (policy?.retryCount ?? DEFAULT_RETRIES) + 1;
  return !isFull && waitedMinutes <= timeLimitMinutes(policy);
}

/** Children of a copy job are named `job\\object`: another object's session is not a retry. */
function isSameObject(a: string, b: string): boolean {
  const withoutSuffix = (name: string) =>
    name.replace(/ \([^()]{0,40}\)$/, '').replace(/ \([^()]{0,40}\)$/, '');
  return !a.includes('\\') || !b.includes('\\') || withoutSuffix(a) === withoutSuffix(b);
}

function timeLimitMinutes(policy: RetryPolicy | undefined): number {
  const limit = 2 * (policy?.awaitMinutes ?? DEFAULT_WAIT_MINUTES) + 5;
  const interval = policy?.intervalMinutes ?? null;
  return interval !== null && interval > 0 ? Math.min(limit, interval / 2) : limit;
}

/** Number in the suffix "(Retry n)" or "(Retry)" of a session's name; null without one. */
function numberInName(name: string): number | null {
  const found = /\((?:Retry|Wiederholung|Wiederholungsversuch)(?: (\d{1,3}))?\)/i.exec(name.slice(-200));
  return found ? Number(found[1] ?? 1) : null;
}
