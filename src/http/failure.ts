import { SourceError } from '../errors.ts';
import type { SettingNames } from './tls.ts';

/** A request that brought no answer: what to tell the caller, and whether sending it again may help. */
export type Failure = { error: SourceError; kind: 'passing' | 'stubborn' | 'lasting' };

type Where = { host: string; port: number; endpoint: string; timeoutMs: number; names: SettingNames };

/** What went wrong on the way, in the words of someone who configures the server's address. */
export function toFailure(cause: unknown, where: Where): Failure {
  const known = [cause, causeOf(cause)].find((error) => error instanceof SourceError);
  if (known) return { error: known, kind: known.retryable ? 'stubborn' : 'lasting' };
  const code = codeOf(cause);
  const { kind, text } = describe(code, where);
  return {
    kind,
    error: new SourceError(`${text}${code ? ` (${code})` : `: ${messageOf(cause)}`}`, {
      code: 'unreachable',
      retryable: true,
      cause,
    }),
  };
}

function describe(
  code: string,
  { host, port, endpoint, timeoutMs, names }: Where,
): { kind: Failure['kind']; text: string } {
  const server = `${host}:${port}`;
  switch (code) {
    case 'ENOTFOUND':
      return { kind: 'lasting', text: `the host name ${host} is unknown: check ${names.server}` };
    case 'EAI_AGAIN':
      return {
        kind: 'passing',
        text: `the host name ${host} cannot be looked up now: check ${names.server}`,
      };
    case 'ECONNREFUSED':
      return {
        kind: 'passing',
        text: `${server} refused the connection: check ${names.port}, and that the service is running`,
      };
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return {
        kind: 'passing',
        text: `there is no route to ${server}: check ${names.server} and the network`,
      };
    case 'ETIMEDOUT':
    case 'UND_ERR_CONNECT_TIMEOUT':
      return {
        kind: 'stubborn',
        text: `${server} does not answer to a connection: check ${names.server}, ${names.port} and firewalls`,
      };
    case 'TimeoutError':
      return { kind: 'stubborn', text: `${endpoint} of ${server} did not answer within ${timeoutMs} ms` };
    default:
      return { kind: 'passing', text: `the connection to ${server} broke while reading ${endpoint}` };
  }
}

/** An `AggregateError` (several addresses tried) has the code of its first part. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  if (error.name === 'TimeoutError') return 'TimeoutError';
  if ('code' in error && typeof error.code === 'string') return error.code;
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  return codeOf(error.cause);
}

const causeOf = (error: unknown) => (error instanceof Error ? error.cause : undefined);
const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
