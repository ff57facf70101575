import type { BreakerSettings } from '../http/breaker.ts';
import { type Budget, createBudget } from '../http/budget.ts';
import type { Clock } from '../http/clock.ts';
import type { EndpointCounter, Tally } from '../http/counters.ts';
import type { HttpAnswer } from '../http/exchange.ts';
import type { RetrySettings } from '../http/retry.ts';
import type { TlsMode } from '../http/tls.ts';
import type { Log } from '../log.ts';
import type { VeeamNames } from '../setting-names.ts';
import { type Connection, createConnection } from './connection.ts';
import { type Query, toPathWithQuery, toTemplate } from './query.ts';
import type { Revision } from './revisions.ts';
import { toVeeamError } from './veeam-error.ts';

export type VeeamSettings = {
  server: string;
  port: number;
  username: string;
  password: string;
  tls: TlsMode;
  /** What these settings are called where they were made; undefined: as in the environment. */
  names?: VeeamNames | undefined;
  /** API revision asked for; undefined: the newest that both sides know. */
  apiVersion?: string | undefined;
  /** IANA zone for times without offset; undefined: what the server says. */
  timeZone?: string | undefined;
};

export type VeeamOptions = RunLimits & {
  log?: Log;
  concurrency?: number;
  timeoutMs?: number;
  retry?: Partial<RetrySettings>;
  breaker?: Partial<BreakerSettings>;
  clock?: Clock;
};

/** What one run of a worker may do with a client that it shares with others. */
type RunLimits = { requestBudget?: number | undefined; signal?: AbortSignal | undefined };

export type GetOptions = {
  query?: Query | undefined;
  signal?: AbortSignal | undefined;
  tally?: Tally | undefined;
  timeoutMs?: number | undefined;
};

export type VeeamClient = {
  /** `host:port`, for messages. */
  readonly address: string;
  readonly settings: { readonly timeZone: string | undefined };
  readonly clock: Clock;
  /** Equal for all views of one client, to keep what is known of its server. */
  readonly identity: object;
  /** The revision spoken with this server. Asked from it once, and again after its build changed. */
  revision: () => Promise<Revision>;
  /**
   * Reads a path below `/api/v1/`, signed in where that is needed.
   * @throws SourceError: `forbidden`, `not-found`, `rejected` … for this path alone; `sign-in`, `tls`, `unreachable` … for the server
   */
  get: (path: string, options?: GetOptions) => Promise<HttpAnswer>;
  /** Tells which build the server runs, so that an update of the server leads to a new negotiation. */
  observeBuild: (buildVersion: string) => void;
  /** The same connection and sign-in, with limits of its own. */
  forRun: (limits: RunLimits) => VeeamClient;
  /** Requests, retries, bytes and milliseconds per endpoint since the client was made. */
  counters: () => Record<string, EndpointCounter>;
  /** Signs out and closes the connections. */
  close: () => Promise<void>;
};

/** These answer without a token, and before one can be had. */
const ANONYMOUS = new Set(['/api/v1/serverTime', '/api/v1/serverCertificate']);

/**
 * A client of one Veeam Backup & Replication server. It reads, signs in and signs out; there is no way to make it send
 * anything else. Nothing is sent before the first call.
 * @throws ConfigError if the revision, the CA file or the fingerprint cannot be used
 */
export function createVeeamClient(settings: VeeamSettings, options: VeeamOptions = {}): VeeamClient {
  return createView(createConnection(settings, options), options);
}

function createView(connection: Connection, { requestBudget, signal }: RunLimits): VeeamClient {
  const { address, clock, negotiation, tokens, http, observeBuild, settings } = connection;
  const budget = requestBudget === undefined ? undefined : createBudget(requestBudget);
  const pay = () => budget?.take('the sign-in');
  return {
    address,
    clock,
    settings: { timeZone: settings.timeZone },
    identity: tokens,
    observeBuild,
    counters: http.counters,
    revision: () => abortable(negotiation.get(pay), signal),
    get: (path, call = {}) =>
      read(connection, path, { ...call, budget, pay, signal: joined(signal, call.signal) }),
    forRun: (limits) => createView(connection, limits),
    close: connection.end,
  };
}

type Reading = GetOptions & { budget: Budget | undefined; pay: () => void };

async function read(connection: Connection, path: string, call: Reading): Promise<HttpAnswer> {
  const { address, negotiation, tokens, http } = connection;
  if (connection.isClosed()) throw new Error('the Veeam client is closed');
  if (!/^\/api\/v1(\/(?!\.\.?(\/|$))[^?#/]+)+$/.test(path))
    throw new Error(`${path} is no path of the Veeam API`);
  const revision = await abortable(negotiation.get(call.pay), call.signal);
  const { signal, budget, tally, timeoutMs } = call;
  const common = { endpoint: toTemplate(path), signal, budget, tally, timeoutMs };
  const send = (token: string | undefined) =>
    http.get(toPathWithQuery(path, call.query), {
      ...common,
      headers: { 'x-api-version': revision, ...(token ? { authorization: `Bearer ${token}` } : {}) },
    });
  const answer = ANONYMOUS.has(path) ? await send(undefined) : await signedIn(connection, send, call);
  if (answer.status >= 200 && answer.status < 300) return answer;
  throw toVeeamError(answer, `${common.endpoint} of ${address}`, revision, tokens.redact);
}

/** A token that the server refuses is replaced once; if it refuses the new one as well, that is the answer. */
async function signedIn(
  { tokens }: Connection,
  send: (token: string) => Promise<HttpAnswer>,
  { pay, signal }: Reading,
): Promise<HttpAnswer> {
  const token = await abortable(tokens.current(pay), signal);
  const answer = await send(token);
  if (answer.status !== 401) return answer;
  return send(await abortable(tokens.renew(token, pay), signal));
}

function joined(...signals: (AbortSignal | undefined)[]): AbortSignal | undefined {
  const given = signals.filter((signal) => signal !== undefined);
  return given.length > 1 ? AbortSignal.any(given) : given[0];
}

/** Waits for shared work without ending it for the others when this caller is stopped. */
function abortable<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
