import { SourceError } from '../errors.ts';
import type { BreakerSettings } from '../http/breaker.ts';
import { type Budget, createBudget } from '../http/budget.ts';
import { type Clock, systemClock } from '../http/clock.ts';
import type { EndpointCounter, Tally } from '../http/counters.ts';
import type { HttpAnswer } from '../http/exchange.ts';
import type { RetrySettings } from '../http/retry.ts';
import { createHttpServer } from '../http/server.ts';
import type { TlsMode } from '../http/tls.ts';
import type { Log } from '../log.ts';
import { negotiateRevision } from './negotiate.ts';
import { type Query, toPathWithQuery, toTemplate } from './query.ts';
import { isRevision, NEWEST, PREFERRED, type Revision } from './revisions.ts';
import { createShared } from './shared.ts';
import { createTokens } from './token.ts';
import { readProblem, toVeeamError, unknownVersion } from './veeam-error.ts';

export type VeeamSettings = {
  server: string;
  port: number;
  username: string;
  password: string;
  tls: TlsMode;
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

const TOKEN_PATH = '/api/oauth2/token';
const LOGOUT_PATH = '/api/oauth2/logout';
const LOGOUT_MS = 5_000;
/** These answer without a token, and before one can be had. */
const ANONYMOUS = new Set(['/api/v1/serverTime', '/api/v1/serverCertificate']);
const NAMES = {
  server: 'VEEAM_SERVER',
  port: 'VEEAM_PORT',
  caFile: 'VEEAM_CA_FILE',
  fingerprint: 'VEEAM_TLS_FINGERPRINT',
};

/**
 * A client of one Veeam Backup & Replication server. It reads, signs in and signs out; there is no way to make it send
 * anything else. Nothing is sent before the first call.
 * @throws ConfigError if the revision, the CA file or the fingerprint cannot be used
 */
export function createVeeamClient(settings: VeeamSettings, options: VeeamOptions = {}): VeeamClient {
  const { server, port, username, password, tls, apiVersion: wanted } = settings;
  if (wanted !== undefined && !isRevision(wanted)) throw unknownVersion(wanted, PREFERRED);
  const clock = options.clock ?? systemClock;
  const http = createHttpServer({
    ...options,
    clock,
    host: server,
    port,
    tls,
    names: NAMES,
    formPaths: [TOKEN_PATH, LOGOUT_PATH],
  });
  const address = `${server}:${port}`;
  let spoken: Revision = wanted ?? NEWEST;
  let build: string | undefined;
  let closed = false;

  const negotiation = createShared(async () => {
    spoken = await negotiateRevision(
      (path, expect, revision) =>
        http.get(path, { endpoint: toTemplate(path), expect, headers: { 'x-api-version': revision } }),
      wanted,
    );
    options.log?.debug({ server: address, revision: spoken }, 'API revision chosen');
    return spoken;
  });

  const tokens = createTokens(
    { username, password },
    ({ fields, repeatable }) => http.postForm(TOKEN_PATH, { ...base(TOKEN_PATH), fields, repeatable }),
    (answer) => signInError(answer),
    clock,
  );

  const base = (path: string) => ({ endpoint: toTemplate(path), headers: { 'x-api-version': spoken } });

  function signInError(answer: HttpAnswer): SourceError {
    if (![400, 401, 403].includes(answer.status) || readProblem(answer).errorCode === 'NotImplemented') {
      return toVeeamError(answer, `the sign-in at ${address}`, spoken, tokens.redact);
    }
    const { message } = readProblem(answer);
    return new SourceError(
      `${address} refused the sign-in (${answer.status}${message ? `: ${tokens.redact(message)}` : ''}): check VEEAM_USERNAME and VEEAM_PASSWORD. ` +
        'An account with multi-factor authentication cannot sign in through REST: use one that is exempt (a service account)',
      { code: 'sign-in', retryable: false, status: answer.status },
    );
  }

  function createView({ requestBudget, signal: runSignal }: RunLimits): VeeamClient {
    const budget: Budget | undefined = requestBudget === undefined ? undefined : createBudget(requestBudget);

    async function get(path: string, call: GetOptions = {}): Promise<HttpAnswer> {
      if (closed) throw new Error('the Veeam client is closed');
      if (!/^\/api\/v1\/[^?#]*$/.test(path)) throw new Error(`${path} is no path of the Veeam API`);
      const signal = joined(runSignal, call.signal);
      const endpoint = toTemplate(path);
      const pay = () => budget?.take(endpoint);
      const revision = await abortable(negotiation.get(pay), signal);
      const send = (token: string | undefined) =>
        http.get(toPathWithQuery(path, call.query), {
          endpoint,
          signal,
          budget,
          tally: call.tally,
          timeoutMs: call.timeoutMs,
          headers: { 'x-api-version': revision, ...(token ? { authorization: `Bearer ${token}` } : {}) },
        });
      const answer = ANONYMOUS.has(path) ? await send(undefined) : await signedIn(send, pay, signal);
      if (answer.status >= 200 && answer.status < 300) return answer;
      throw toVeeamError(answer, `${endpoint} of ${address}`, revision, tokens.redact);
    }

    return {
      address,
      settings: { timeZone: settings.timeZone },
      clock,
      identity: tokens,
      revision: () =>
        abortable(
          negotiation.get(() => budget?.take('negotiation')),
          runSignal,
        ),
      get,
      observeBuild: (buildVersion) => {
        if (build !== undefined && build !== buildVersion) negotiation.forget();
        build = buildVersion;
      },
      forRun: createView,
      counters: http.counters,
      close,
    };
  }

  /** A token that the server refuses is replaced once; if it refuses the new one as well, that is the answer. */
  async function signedIn(
    send: (token: string) => Promise<HttpAnswer>,
    pay: () => void,
    signal: AbortSignal | undefined,
  ): Promise<HttpAnswer> {
    const token = await abortable(tokens.current(pay), signal);
    const answer = await send(token);
    if (answer.status !== 401) return answer;
    return send(await abortable(tokens.renew(token, pay), signal));
  }

  async function close(): Promise<void> {
    if (closed) return;
    closed = true;
    const token = tokens.take();
    try {
      if (token) await logout(token);
    } catch (error) {
      // The session ends by itself; there is nothing left to do about it.
      options.log?.debug({ server: address, err: error }, 'sign-out failed');
    } finally {
      await http.close();
    }
  }

  function logout(token: string): Promise<HttpAnswer> {
    const { endpoint, headers } = base(LOGOUT_PATH);
    return http.postForm(LOGOUT_PATH, {
      endpoint,
      headers: { ...headers, authorization: `Bearer ${token}` },
      fields: {},
      repeatable: false,
      timeoutMs: LOGOUT_MS,
    });
  }

  return createView(options);
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
