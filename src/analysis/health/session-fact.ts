/** A session as the analysis needs it. Times are epoch milliseconds, since hundreds of thousands are sorted. */
export interface SessionFact {
  sessionId: string;
  jobId: string | null;
  sessionType: string;
  name: string;
  createdAt: number;
  /** Null while it runs. A minimum or maximum date of the source counts as null. */
  endedAt: number | null;
  state: string | null;
  result: string | null;
  isCanceled: boolean | null;
  parentSessionId: string | null;
  relatedSessionId: string | null;
  /** First attempt of the chain of retries; API revisions before 1.3-rev2 do not say. */
  originalSessionId: string | null;
  retryNumber: number | null;
  /** A retry made by the health check of the backup files, which is not a retry of the run. */
  isRecheckRetry: boolean | null;
  /** Best known reason of a failure: of the task, else of the log, else of the session itself. */
  message?: string | null;
}

export type SessionOutcome = 'SUCCESS' | 'WARNING' | 'FAILED' | 'CANCELED' | 'RUNNING' | 'UNKNOWN';

const NO_ID = '00000000-0000-0000-0000-000000000000';
const EARLIEST = Date.UTC(1902, 0, 1);
const LATEST = Date.UTC(9000, 0, 1);
// Only where a person is named: "the operation was canceled" alone is also what a timeout says.
const STOPPED_BY_PERSON =
  /(?:cancel+ed|stopped|terminated|aborted) by (?:the )?(?:user|administrator|operator)|(?:vom|durch den) (?:benutzer|administrator) (?:abgebrochen|beendet|gestoppt)|annul[ée]e? par l|cancelad[oa] por el usuario/i;

/** Id for comparing: sources differ in letter case and braces, and write "none" as a zero id (→ null). */
export function toComparableId(id: string | null | undefined): string | null {
  if (id === null || id === undefined || id === '') return null;
  const bare = (id.startsWith('{') && id.endsWith('}') ? id.slice(1, -1) : id).toLowerCase();
  return bare === NO_ID ? null : bare;
}

/** End of a session; null while it runs and for the sentinel dates that stand for "none". */
export function toEnd(session: SessionFact): number | null {
  const { endedAt } = session;
  if (endedAt === null || !Number.isFinite(endedAt) || endedAt < EARLIEST || endedAt > LATEST) return null;
  return endedAt;
}

/**
 * Outcome of one session (METHODS 3.1 R1.1). Running: no end, or a state other than Stopped; yet a stopped session with a
 * final result is over even where the source forgot its end, else it would be "running" for ever. `isCanceled` is not
 * reliable at the source (a cancelled run may say Failed), so a message that names the person who stopped it counts too.
 * A session that finished without a result is UNKNOWN: neither a success nor a failure was seen.
 */
export function toOutcome(session: SessionFact): SessionOutcome {
  const result = (session.result ?? '').toLowerCase();
  const isFinal = result === 'success' || result === 'warning' || result === 'failed';
  const state = session.state?.toLowerCase() ?? null;
  if (state !== null && state !== 'stopped') return 'RUNNING';
  if (toEnd(session) === null && !(state === 'stopped' && isFinal)) return 'RUNNING';
  if (session.isCanceled === true) return 'CANCELED';
  if (result === 'success') return 'SUCCESS';
  if (result === 'warning') return 'WARNING';
  if (result !== 'failed') return 'UNKNOWN';
  return session.message && STOPPED_BY_PERSON.test(session.message) ? 'CANCELED' : 'FAILED';
}
