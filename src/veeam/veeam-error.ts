import { ConfigError, SourceError } from '../errors.ts';
import type { HttpAnswer } from '../http/exchange.ts';
import { statusError } from '../http/status-error.ts';
import type { VeeamNames } from '../setting-names.ts';
import type { Revision } from './revisions.ts';

const LONGEST = 300;

/** What Veeam says went wrong. Bodies may be empty, HTML from a proxy in front, or of another shape. */
export type VeeamProblem = { errorCode: string | undefined; message: string | undefined };

export function readProblem({ json }: HttpAnswer): VeeamProblem {
  const body = typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : {};
  return { errorCode: textOf(body.errorCode), message: textOf(body.message) ?? textOf(body.title) };
}

/** The error for an answer that is no success. `redact` takes out what must not be in a message. */
export function toVeeamError(
  answer: HttpAnswer,
  what: string,
  revision: Revision,
  redact: (text: string) => string,
): SourceError {
  const { errorCode, message } = readProblem(answer);
  const said = errorCode || message ? redact([errorCode, message].filter(Boolean).join(': ')) : undefined;
  const hint =
    answer.status === 400 && errorCode === 'NotImplemented' ? `asked in API revision ${revision}` : '';
  return statusError(answer.status, {
    what,
    detail: [said, hint].filter(Boolean).join('; ') || undefined,
    retryAfter: answer.header('retry-after'),
  });
}

/** The error for a sign-in that is no success. */
export function toSignInError(
  answer: HttpAnswer,
  address: string,
  revision: Revision,
  redact: (text: string) => string,
  names: VeeamNames,
): SourceError {
  const { errorCode, message } = readProblem(answer);
  if (![400, 401, 403].includes(answer.status) || errorCode === 'NotImplemented') {
    return toVeeamError(answer, `the sign-in at ${address}`, revision, redact);
  }
  return new SourceError(
    `${address} refused the sign-in (${answer.status}${message ? `: ${redact(message)}` : ''}): check ${names.username} and ${names.password}. ` +
      'An account with multi-factor authentication cannot sign in through REST: use one that is exempt (a service account)',
    { code: 'sign-in', retryable: false, status: answer.status },
  );
}

/** The server does not speak the revision that the configuration asks for. */
export function unsupportedVersion(
  wanted: string,
  offered: readonly string[],
  { apiVersion }: VeeamNames,
): SourceError {
  const offer = offered.length > 0 ? `it offers ${offered.join(', ')}` : 'it does not say which it has';
  return new SourceError(
    `the server does not support ${apiVersion}=${wanted}: ${offer}. Unset ${apiVersion} to use the newest`,
    { code: 'rejected', retryable: false, status: 400 },
  );
}

export function unknownVersion(
  wanted: string,
  known: readonly string[],
  { apiVersion }: VeeamNames,
): ConfigError {
  return new ConfigError(`${apiVersion}=${wanted} is not supported: it has to be one of ${known.join(', ')}`);
}

function textOf(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  // oxlint-disable-next-line no-control-regex -- control characters are what is to go
  const clean = value.replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').trim();
  return clean.length > LONGEST ? `${clean.slice(0, LONGEST)}…` : clean || undefined;
}
