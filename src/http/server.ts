import { Agent } from 'undici';
import { type BreakerSettings, createBreaker } from './breaker.ts';
import { type Clock, systemClock } from './clock.ts';
import { createCounters, type EndpointCounter } from './counters.ts';
import type { HttpAnswer } from './exchange.ts';
import { createGate } from './gate.ts';
import { RETRY_DEFAULTS, type RetrySettings } from './retry.ts';
import { type Call, createSender, type Sending } from './send.ts';
import { createConnector, type SettingNames, type TlsMode } from './tls.ts';

export type HttpServerOptions = {
  host: string;
  port: number;
  tls: TlsMode;
  names: SettingNames;
  /** The only paths that a form may be posted to; fixed here, so that nothing else can ever be written to. */
  formPaths: readonly string[];
  concurrency?: number;
  timeoutMs?: number;
  maxBytes?: number;
  retry?: Partial<RetrySettings>;
  breaker?: Partial<BreakerSettings>;
  clock?: Clock;
};

type GetCall = Call & { expect?: 'json' | 'text' | 'nothing' };
type FormCall = Call & {
  fields: Record<string, string>;
  /** false: sent once, since the server takes it only once. */
  repeatable: boolean;
};

export type HttpServer = {
  /** Reads `path`. Answers of any status come back, after the retries that it calls for. */
  get: (path: string, call: GetCall) => Promise<HttpAnswer>;
  /** Posts a form to one of `formPaths`. */
  postForm: (path: string, call: FormCall) => Promise<HttpAnswer>;
  counters: () => Record<string, EndpointCounter>;
  close: () => Promise<void>;
};

const CONCURRENCY = 3;
const TIMEOUT_MS = 60_000;
const MAX_BYTES = 64 * 2 ** 20;

/**
 * One upstream server over HTTPS: its connections, how many requests at a time, time-outs, retries with jittered
 * exponential back-off, `Retry-After`, and a circuit breaker.
 * @throws ConfigError here, if the CA file or the fingerprint cannot be used
 * @throws SourceError by its calls, if no answer came: `unreachable`, `tls`, `bad-answer`, `circuit-open`, `budget`
 */
export function createHttpServer(options: HttpServerOptions): HttpServer {
  const { host, port, tls, names, formPaths, timeoutMs = TIMEOUT_MS, maxBytes = MAX_BYTES } = options;
  const clock = options.clock ?? systemClock;
  const retry = { ...RETRY_DEFAULTS, ...options.retry };
  const concurrency = options.concurrency ?? CONCURRENCY;
  const agent = new Agent({ connect: createConnector(tls, names), connections: concurrency, pipelining: 1 });
  const breaker = createBreaker(`${host}:${port}`, clock, options.breaker);
  const counters = createCounters();

  const send = createSender({
    host,
    port,
    names,
    dispatcher: agent,
    timeoutMs,
    maxBytes,
    clock,
    retry,
    gate: createGate(concurrency, clock),
    counters,
  });

  async function guarded(sending: Sending): Promise<HttpAnswer> {
    breaker.enter();
    try {
      const answer = await send(sending);
      if ([502, 503, 504].includes(answer.status)) breaker.failed(new Error(`status ${answer.status}`));
      else breaker.succeeded();
      return answer;
    } catch (error) {
      if (isServerTrouble(error)) breaker.failed(error);
      else breaker.left();
      throw error;
    }
  }

  return {
    get: (path, call) => {
      const { expect = 'json', headers = {} } = call;
      const request = { method: 'GET' as const, path, headers: { accept: 'application/json', ...headers } };
      return guarded({ request, call, expect, secret: false, repeatable: true });
    },
    postForm: (path, call) => {
      if (!formPaths.includes(path)) throw new Error(`${path} takes no form`);
      const headers = {
        accept: 'application/json',
        'content-type': 'application/x-www-form-urlencoded',
        ...call.headers,
      };
      const body = toForm(call.fields);
      const request = { method: 'POST' as const, path, headers, body };
      return guarded({ request, call, expect: 'json', secret: true, repeatable: call.repeatable });
    },
    counters: counters.snapshot,
    close: () => {
      breaker.close();
      return agent.destroy();
    },
  };
}

/** The server itself could not be used, rather than this one endpoint or our own limits. */
function isServerTrouble(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && error.code === 'unreachable';
}

/** `%20` for a space: every server reads it, which is not true of `+`. */
function toForm(fields: Record<string, string>): string {
  return new URLSearchParams(fields).toString().replaceAll('+', '%20');
}
