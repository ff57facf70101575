/** The three kinds of trouble that someone can do something about. Everything else is a bug and rises as it is. */

/** A wrong setting or a wrong call. The process prints the message and ends with exit code 2; nothing was written. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** What went wrong at an upstream source, in a word that a run record and an answer can carry. */
export type SourceErrorCode =
  | 'unreachable' // refused, reset, name not found, time-out
  | 'tls' // certificate not trusted, or not the pinned one
  | 'sign-in' // credentials refused
  | 'forbidden' // 403: the account may not read this endpoint
  | 'not-found' // 404
  | 'rejected' // 400 and other 4xx: our request is wrong for this server
  | 'server-error' // 5xx after all retries
  | 'throttled' // 429 after all retries
  | 'bad-answer' // no JSON, or not of the expected shape
  | 'circuit-open' // not asked, since the last answers all failed
  | 'budget'; // not asked, since this run's request budget is used up

/** The codes of SourceError in our words. Messages of other errors may hold anything, so they stay in the worker's log. */
export const SOURCE_ERROR_MEANINGS: Readonly<Record<string, string>> = {
  unreachable: 'the source did not answer',
  tls: 'the certificate of the source is not trusted',
  'sign-in': 'the source refused the credentials',
  forbidden: 'the account may not read what the run needs',
  'not-found': 'the source does not know what was asked',
  rejected: 'the source refused the request',
  'server-error': 'the source failed to answer',
  throttled: 'the source asked to wait for too long',
  'bad-answer': 'the source answered in a shape that is not understood',
  'circuit-open': 'the source failed too often in a row and was not asked any more',
  budget: 'the request budget of the run was used up',
  stopped:
    'the run was ended before it concluded, as its process or the database was stopped; nothing is wrong with the source',
};

/** An upstream source did not answer as it should. `retryable`: the same call may work later. */
export class SourceError extends Error {
  override readonly name = 'SourceError';
  readonly code: SourceErrorCode;
  readonly retryable: boolean;
  readonly status: number | undefined;

  constructor(
    message: string,
    {
      code,
      retryable,
      status,
      cause,
    }: { code: SourceErrorCode; retryable: boolean; status?: number; cause?: unknown },
  ) {
    super(message, { cause });
    this.code = code;
    this.retryable = retryable;
    this.status = status;
  }
}

/**
 * Whether a server that has never answered yet could not be used for a reason that its settings decide: where it is, how
 * it is trusted, who signs in.
 */
export function isSettingAtFault(error: unknown): error is SourceError {
  return error instanceof SourceError && ['unreachable', 'tls', 'sign-in', 'rejected'].includes(error.code);
}
