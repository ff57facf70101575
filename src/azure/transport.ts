import { Agent } from 'undici';
import { type BreakerSettings, createBreaker } from '../http/breaker.ts';
import type { Clock } from '../http/clock.ts';
import { createCounters, type EndpointCounter } from '../http/counters.ts';
import type { HttpAnswer, HttpRequest } from '../http/exchange.ts';
import { createGate } from '../http/gate.ts';
import { RETRY_DEFAULTS, type RetrySettings } from '../http/retry.ts';
import { type Call, createSender } from '../http/send.ts';
import { createConnector, type TlsMode } from '../http/tls.ts';

export type TransportOptions = {
  concurrency?: number | undefined;
  timeoutMs?: number | undefined;
  retry?: Partial<RetrySettings> | undefined;
  breaker?: Partial<BreakerSettings> | undefined;
};

type Sending = {
  request: HttpRequest;
  call: Call;
  /** false: sent once, as sending it twice could do something twice. */
  repeatable: boolean | 'when-refused';
};

export type Transport = {
  send: (sending: Sending) => Promise<HttpAnswer>;
  counters: () => Record<string, EndpointCounter>;
  close: () => Promise<void>;
};

const NAMES = {
  server: 'AZURE_RESOURCE_MANAGER_URL',
  port: 'the port in AZURE_RESOURCE_MANAGER_URL',
  caFile: 'AZURE_CA_FILE',
  fingerprint: 'AZURE_TLS_FINGERPRINT',
};
const CONCURRENCY = 4;
const TIMEOUT_MS = 60_000;
const MAX_BYTES = 64 * 2 ** 20;
/** Asking again before a `Retry-After` is over brings a new, longer one, so nearly all of it is waited. */
const RETRY_AFTER_CAP_MS = 5 * 60_000;

/**
 * The connections to one resource manager. Every request goes to this host and port, whatever its path says, so a token
 * cannot get anywhere else.
 * @throws ConfigError if the CA file or the fingerprint cannot be used
 */
export function createTransport(
  { host, port, tls, clock }: { host: string; port: number; tls: TlsMode; clock: Clock },
  options: TransportOptions,
): Transport {
  const concurrency = options.concurrency ?? CONCURRENCY;
  const agent = new Agent({ connect: createConnector(tls, NAMES), connections: concurrency, pipelining: 1 });
  const breaker = createBreaker(`${host}:${port}`, clock, options.breaker);
  const counters = createCounters();
  const send = createSender({
    host,
    port,
    names: NAMES,
    dispatcher: agent,
    timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
    maxBytes: MAX_BYTES,
    clock,
    retry: { ...RETRY_DEFAULTS, retryAfterCapMs: RETRY_AFTER_CAP_MS, ...options.retry },
    gate: createGate(concurrency, clock),
    counters,
  });
  return {
    send: async ({ request, call, repeatable }) => {
      breaker.enter();
      try {
        const answer = await send({ request, call, repeatable, expect: 'json', secret: false });
        if ([502, 503, 504].includes(answer.status)) breaker.failed(new Error(`status ${answer.status}`));
        else breaker.succeeded();
        return answer;
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'unreachable') breaker.failed(error);
        else breaker.left();
        throw error;
      }
    },
    counters: counters.snapshot,
    close: () => {
      breaker.close();
      return agent.destroy();
    },
  };
}
