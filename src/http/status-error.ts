import { SourceError, type SourceErrorCode } from '../errors.ts';

/** The error for a status that is not success. `detail` is what the server said about it, free of secrets. */
export function statusError(
  status: number,
  {
    what,
    detail,
    retryAfter,
  }: { what: string; detail?: string | undefined; retryAfter?: string | undefined },
): SourceError {
  const code = codeFor(status);
  const said = detail ? `: ${detail}` : '';
  const wait = retryAfter && status === 429 ? `, Retry-After ${retryAfter.slice(0, 40)}` : '';
  return new SourceError(`${what} answered ${status}${meaning(code)}${wait}${said}`, {
    code,
    status,
    retryable: code === 'throttled' || code === 'server-error',
  });
}

function codeFor(status: number): SourceErrorCode {
  if (status === 401) return 'sign-in';
  if (status === 403) return 'forbidden';
  if (status === 404) return 'not-found';
  if (status === 429) return 'throttled';
  if (status >= 500) return 'server-error';
  return status >= 400 ? 'rejected' : 'bad-answer';
}

function meaning(code: SourceErrorCode): string {
  if (code === 'forbidden') return ' (the account may not read this)';
  return code === 'throttled' ? ' (too many requests)' : '';
}
