import { SourceError } from '../errors.ts';
import type { CredentialSettings } from './settings.ts';

type Mode = CredentialSettings['mode'];

const LONGEST = 300;
const NETWORK =
  /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|EPIPE|network_error)\b/;
const CERTIFICATE =
  /\b(DEPTH_ZERO\w*|SELF_SIGNED\w*|UNABLE_TO_\w+|CERT_\w+|ERR_TLS_CERT\w*)\b|self-signed certificate|unable to verify/;

const ADVICE: Record<Mode, string> = {
  'client-secret': 'check AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET (secrets expire)',
  certificate: 'check AZURE_TENANT_ID, AZURE_CLIENT_ID and the certificate of the application',
  'managed-identity':
    'check that this machine has a managed identity, and AZURE_CLIENT_ID if it is a user-assigned one',
  'workload-identity': 'check AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_FEDERATED_TOKEN_FILE',
  'azure-cli': 'run az login as the account that runs this program',
  static: 'check the token',
};

/**
 * The error for a sign-in that failed. The library's own error is not kept as its cause: it holds the request, and that
 * holds the secret.
 * @param answered status of the last answer of the sign-in service, if there was one
 */
export function toSignInError(
  error: unknown,
  mode: Mode,
  authorityHost: string,
  redact: (text: string) => string,
  answered?: number,
): SourceError {
  if (error instanceof SourceError) return error;
  const trail = trailOf(error);
  // Where the answer was none of the sign-in service's own the library does not tell its status.
  const status =
    statusOf(error) ?? (answered !== undefined && isServiceTrouble(answered) ? answered : undefined);
  const said = redact(firstLine(describe(error)));
  const what = `the sign-in at ${authorityHost}`;
  if (/\bendpoints_resolution_error\b/.test(trail)) return notResolved(what);
  const certificate = trail.match(CERTIFICATE)?.[0];
  if (certificate)
    return new SourceError(`${what} failed, since its certificate is not trusted (${certificate})`, {
      code: 'tls',
      retryable: false,
    });
  if (status === undefined ? NETWORK.test(trail) : isServiceTrouble(status)) {
    return new SourceError(`${what} is not possible now: ${said}`, { code: 'unreachable', retryable: true });
  }
  return new SourceError(`${what} was refused${status ? ` (${status})` : ''}: ${said}: ${ADVICE[mode]}`, {
    code: 'sign-in',
    retryable: false,
    ...(status ? { status } : {}),
  });
}

/** Statuses that say nothing of the credential: the service is busy or broken. */
export const isServiceTrouble = (status: number) => status === 429 || status >= 500;

/** The library answered without a token. */
export function noToken(): SourceError {
  return new SourceError('the sign-in at Azure brought no token', { code: 'sign-in', retryable: false });
}

export function tooLate(ms: number): SourceError {
  return new SourceError(`the sign-in at Azure took longer than ${ms} ms`, {
    code: 'unreachable',
    retryable: true,
  });
}

/** The library says no more when the host's description of itself cannot be read, whatever the reason. */
function notResolved(what: string): SourceError {
  return new SourceError(
    `${what} is not possible: the host cannot be reached, its certificate is not trusted, or it does not know the tenant. ` +
      'Check the network, AZURE_CA_FILE, AZURE_TENANT_ID and AZURE_AUTHORITY_HOST',
    { code: 'unreachable', retryable: true },
  );
}

function describe(error: unknown): string {
  const response = field(error, 'errorResponse');
  const description = field(response, 'errorDescription');
  if (typeof description === 'string') return description;
  return error instanceof Error ? error.message : String(error);
}

/** Messages and codes of an error and its causes. */
function trailOf(error: unknown, depth = 0): string {
  if (!(error instanceof Error) || depth > 5) return '';
  const code = field(error, 'code') ?? field(error, 'errorCode');
  const more = error instanceof AggregateError ? error.errors : [error.cause];
  return [error.message, code, ...more.map((part) => trailOf(part, depth + 1))].join(' ');
}

function statusOf(error: unknown, depth = 0): number | undefined {
  const status = field(error, 'statusCode') ?? field(error, 'status');
  if (typeof status === 'number' && status > 0) return status;
  const cause = error instanceof Error ? error.cause : undefined;
  return cause && depth < 5 ? statusOf(cause, depth + 1) : undefined;
}

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;

function firstLine(text: string): string {
  const line = text.split(/[\r\n]/, 1)[0]?.trim() ?? '';
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line;
}
