import type { Budget } from '../http/budget.ts';
import { type Clock, systemClock } from '../http/clock.ts';
import type { EndpointCounter } from '../http/counters.ts';
import type { HttpAnswer, HttpRequest } from '../http/exchange.ts';
import type { Log } from '../log.ts';
import { rememberSecret } from '../observability/secrets.ts';
import { requestIdOf, toArmError } from './arm-error.ts';
import { checkCredential, openTokenSource, secretsOf } from './credential.ts';
import { type AzureReading, readThrottle, recordAnswer } from './reading.ts';
import { type AzureSettings, type Endpoint, toEndpoint } from './settings.ts';
import { abortable } from './signals.ts';
import { createArmTokens, type TokenStore } from './token.ts';
import { createTransport, type TransportOptions } from './transport.ts';

export type ConnectionOptions = TransportOptions & {
  log?: Log | undefined;
  clock?: Clock | undefined;
  /** Where tokens outlive the process; undefined: they do not. */
  tokenStore?: TokenStore | undefined;
};

export type ArmRequest = {
  method: HttpRequest['method'];
  /** Path and query, as they go out. */
  target: string;
  /** Its name in counters and messages. */
  endpoint: string;
  body?: unknown;
  /** Whether it may be sent again when no answer came. Never for what changes something. */
  repeatable: boolean | 'when-refused';
  signal?: AbortSignal | undefined;
  budget?: Budget | undefined;
  reading?: AzureReading | undefined;
  timeoutMs?: number | undefined;
  /** Called when signing in is done and the request leaves. */
  onSending?: () => void;
};

/** What all views of one client share: the connections and the sign-in. */
export type AzureConnection = {
  endpoint: Endpoint;
  clock: Clock;
  /** @throws ArmError for every status that is no success */
  send: (request: ArmRequest) => Promise<HttpAnswer>;
  /** Forgets tokens and credential. @returns how many tokens this connection held */
  clearTokens: () => number;
  /** The text without our secrets and tokens. */
  redact: (text: string) => string;
  counters: () => Record<string, EndpointCounter>;
  close: () => Promise<void>;
};

/**
 * A signed-in way to one resource manager. What reads and what writes are views of it.
 * @throws ConfigError if an address, the CA file or the certificate of the credential cannot be used
 */
export function createAzureConnection(
  settings: AzureSettings,
  { log, clock = systemClock, tokenStore, ...options }: ConnectionOptions = {},
): AzureConnection {
  const { credential, tls = { mode: 'system' as const } } = settings;
  const endpoint = toEndpoint(settings);
  checkCredential(credential);
  const transport = createTransport({ ...endpoint, tls, clock }, options);
  const secrets = secretsOf(credential);
  for (const secret of secrets) rememberSecret(secret);
  const tokens = createArmTokens(
    () => openTokenSource(credential, endpoint, tls, (text) => tokens.redact(text)),
    {
      secrets,
      clock,
      log,
      store: tokenStore,
    },
  );
  let closed = false;

  async function send(request: ArmRequest): Promise<HttpAnswer> {
    if (closed) throw new Error('the Azure client is closed');
    const sendWith = (token: string) => transport.send(toSending(request, token));
    const token = await abortable(tokens.current(), request.signal);
    request.onSending?.();
    let answer = await sendWith(token);
    if (answer.status === 401) {
      const other = await abortable(tokens.renew(token), request.signal);
      if (other !== undefined) answer = await sendWith(other);
    }
    recordAnswer(request.reading, answer);
    const { status } = answer;
    const trace = { requestId: requestIdOf(answer), ...readThrottle(answer) };
    log?.debug({ azure: request.endpoint, status, ...trace }, 'answered');
    if (status >= 200 && status < 300) return answer;
    throw toArmError(answer, `${request.endpoint} of ${endpoint.host}`, tokens.redact);
  }

  return {
    endpoint,
    clock,
    send,
    clearTokens: tokens.clear,
    redact: tokens.redact,
    counters: transport.counters,
    close: async () => {
      closed = true;
      tokens.forget();
      await transport.close();
    },
  };
}

function toSending(
  { method, target, endpoint, body, repeatable, signal, budget, reading, timeoutMs }: ArmRequest,
  token: string,
) {
  const headers = {
    accept: 'application/json',
    authorization: `Bearer ${token}`,
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  };
  const sent = body === undefined ? undefined : JSON.stringify(body);
  return {
    request: { method, path: target, headers, body: sent },
    call: { endpoint, signal, budget, tally: reading, timeoutMs },
    repeatable,
  };
}
