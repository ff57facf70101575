import { Agent } from 'undici';
import { type BreakerSettings, createBreaker } from './breaker.ts';
import type { Budget } from './budget.ts';
import { type Clock, systemClock } from './clock.ts';
import { createCounters, type EndpointCounter, type Tally } from './counters.ts';
import { exchange, type HttpAnswer, type HttpRequest } from './exchange.ts';
import { type Failure, toFailure } from './failure.ts';
import { createGate } from './gate.ts';
import {
  backOffMs,
  RETRY_DEFAULTS,
  type RetrySettings,
  retriesForFailure,
  retriesForStatus,
  retryAfterMs,
} from './retry.ts';
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

/** What every call may say. `endpoint` is its name in counters and messages. */
type Call = {
  endpoint: string;
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
  budget?: Budget | undefined;
  tally?: Tally | undefined;
  timeoutMs?: number | undefined;
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

type Sending = {
  request: HttpRequest;
  call: Call;
  expect: NonNullable<GetCall['expect']>;
  secret: boolean;
  repeatable: boolean;
};

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
  const origin = `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
  const agent = new Agent({ connect: createConnector(tls, names), connections: concurrency, pipelining: 1 });
  const gate = createGate(concurrency, clock);
  const breaker = createBreaker(`${host}:${port}`, clock, options.breaker);
  const counters = createCounters();

  async function attempt({ request, call, expect, secret }: Sending, isRetry: boolean): Promise<HttpAnswer> {
    call.budget?.take(call.endpoint);
    if (call.tally) call.tally.requests += 1;
    if (call.tally && isRetry) call.tally.retries += 1;
    const begun = clock.monotonic();
    let bytes = 0;
    try {
      const timeout = AbortSignal.timeout(call.timeoutMs ?? timeoutMs);
      const signal = call.signal ? AbortSignal.any([call.signal, timeout]) : timeout;
      const answer = await exchange(agent, origin, request, { expect, maxBytes, secret, signal }, clock);
      bytes = answer.bytes;
      return answer;
    } finally {
      counters.add(call.endpoint, { retry: isRetry, bytes, ms: clock.monotonic() - begun });
    }
  }

  /** Sends until there is an answer to give back, or a failure that no retry cures. */
  async function send(sending: Sending): Promise<HttpAnswer> {
    const { call, repeatable } = sending;
    for (let number = 0; ; number += 1) {
      call.signal?.throwIfAborted();
      const outcome = await gate.pass(async () => {
        const result = await toOutcome(attempt(sending, number > 0), sending);
        const pause = 'answer' in result ? pauseOf(result.answer) : undefined;
        if (pause !== undefined) gate.pause(pause);
        return { ...result, pause };
      }, call.signal);
      const left = repeatable ? retriesLeft(outcome) - number : 0;
      if (left <= 0) return 'answer' in outcome ? outcome.answer : Promise.reject(outcome.failure.error);
      if (outcome.pause === undefined) await clock.sleep(backOffMs(number, retry, clock), call.signal);
    }
  }

  async function toOutcome(
    answering: Promise<HttpAnswer>,
    { call }: Sending,
  ): Promise<{ answer: HttpAnswer } | { failure: Failure }> {
    try {
      return { answer: await answering };
    } catch (error) {
      if (call.signal?.aborted) throw call.signal.reason;
      const where = { host, port, endpoint: call.endpoint, timeoutMs: call.timeoutMs ?? timeoutMs, names };
      return { failure: toFailure(error, where) };
    }
  }

  const retriesLeft = (outcome: { answer: HttpAnswer } | { failure: Failure }) =>
    'answer' in outcome
      ? retriesForStatus(outcome.answer.status, retry)
      : retriesForFailure(outcome.failure.kind, retry);

  const pauseOf = ({ status, header }: HttpAnswer) =>
    status === 429 || status === 503 ? retryAfterMs(header('retry-after'), retry, clock) : undefined;

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
    close: () => agent.destroy(),
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
