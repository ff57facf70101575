import type { Dispatcher } from 'undici';
import { noteRequest, noteTrouble } from '../journal.ts';
import { requestSent } from '../observability/signals.ts';
import type { Budget } from './budget.ts';
import type { Clock } from './clock.ts';
import type { Counters, Tally } from './counters.ts';
import { exchange, type HttpAnswer, type HttpRequest } from './exchange.ts';
import { type Failure, toFailure } from './failure.ts';
import type { Gate } from './gate.ts';
import {
  backOffMs,
  isTooLong,
  type RetrySettings,
  retriesForFailure,
  retriesForStatus,
  retryAfterMs,
} from './retry.ts';
import type { SettingNames } from './tls.ts';

/** What every call may say. `endpoint` is its name in counters and messages. */
export type Call = {
  endpoint: string;
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
  budget?: Budget | undefined;
  tally?: Tally | undefined;
  timeoutMs?: number | undefined;
};

export type Sending = {
  request: HttpRequest;
  call: Call;
  expect: 'json' | 'text' | 'nothing';
  /** The answer holds a secret: nothing of it may get into a message. */
  secret: boolean;
  /** false: sent once, whatever comes of it. `when-refused`: again only after a 429, which says that nothing was done. */
  repeatable: boolean | 'when-refused';
};

export type SenderSettings = {
  host: string;
  port: number;
  names: SettingNames;
  dispatcher: Dispatcher;
  timeoutMs: number;
  maxBytes: number;
  clock: Clock;
  retry: RetrySettings;
  gate: Gate;
  counters: Counters;
};

/** Refusals that are got over, be it by signing in anew or by waiting. */
const WORTH_A_NOTE = new Set([401, 408, 429]);

type Outcome = { answer: HttpAnswer } | { failure: Failure };

/** Sends a request until there is an answer to give back, or a failure that no retry cures. */
export function createSender(settings: SenderSettings): (sending: Sending) => Promise<HttpAnswer> {
  const { clock, retry, gate } = settings;
  return async (sending) => {
    const { signal } = sending.call;
    for (let number = 0; ; number += 1) {
      signal?.throwIfAborted();
      const { outcome, pauseMs } = await gate.pass(async () => {
        const result = await attempt(settings, sending, number > 0);
        const pause = wantedPause(result, settings);
        if (pause !== undefined) gate.pause(pause);
        return { outcome: result, pauseMs: pause };
      }, signal);
      if (number >= retriesOf(outcome, sending, settings)) return resultOf(outcome);
      if (pauseMs === undefined) await clock.sleep(backOffMs(number, retry, clock), signal);
    }
  };
}

function resultOf(outcome: Outcome): HttpAnswer {
  if ('answer' in outcome) return outcome.answer;
  throw outcome.failure.error;
}

function retriesOf(outcome: Outcome, { repeatable }: Sending, { retry, clock }: SenderSettings): number {
  if (!repeatable) return 0;
  if (repeatable === 'when-refused' && !('answer' in outcome && outcome.answer.status === 429)) return 0;
  if ('answer' in outcome && isTooLong(outcome.answer.header('retry-after'), retry, clock)) return 0;
  return 'answer' in outcome
    ? retriesForStatus(outcome.answer.status, retry)
    : retriesForFailure(outcome.failure.kind, retry);
}

function wantedPause(outcome: Outcome, { retry, clock }: SenderSettings): number | undefined {
  if (!('answer' in outcome) || ![429, 503].includes(outcome.answer.status)) return undefined;
  const header = outcome.answer.header('retry-after');
  return isTooLong(header, retry, clock) ? undefined : retryAfterMs(header, retry, clock);
}

async function attempt(settings: SenderSettings, sending: Sending, isRetry: boolean): Promise<Outcome> {
  const { call } = sending;
  call.budget?.take(call.endpoint);
  if (call.tally) call.tally.requests += 1;
  if (call.tally && isRetry) call.tally.retries += 1;
  const { host, port, names, clock, counters } = settings;
  const timeoutMs = call.timeoutMs ?? settings.timeoutMs;
  const begun = clock.monotonic();
  let bytes = 0;
  let status: number | undefined;
  let isThrottled = false;
  try {
    const answer = await exchangeInTime(settings, sending, timeoutMs);
    bytes = answer.bytes;
    status = answer.status;
    isThrottled = status === 429 || (status === 503 && answer.header('retry-after') !== undefined);
    if (WORTH_A_NOTE.has(status) || status >= 500) noteTrouble(call.endpoint, String(status));
    return { answer };
  } catch (error) {
    if (call.signal?.aborted) throw call.signal.reason;
    const failure = toFailure(error, { host, port, endpoint: call.endpoint, timeoutMs, names });
    noteTrouble(call.endpoint, shortly(failure));
    return { failure };
  } finally {
    const ms = clock.monotonic() - begun;
    counters.add(call.endpoint, { retry: isRetry, bytes, ms });
    noteRequest(call.endpoint, ms);
    requestSent.send({ upstream: `${host}:${port}`, status, isRetry, isThrottled });
  }
}

/** `unreachable (ECONNRESET)`: the words of the error name the server and may be long. */
function shortly({ error }: Failure): string {
  const { cause } = error;
  if (!(cause instanceof Error)) return error.code;
  // What the platform throws of a time-out has a number for a code.
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.name;
  return code === 'Error' ? error.code : `${error.code} (${code.slice(0, 40)})`;
}

function exchangeInTime(
  { host, port, dispatcher, maxBytes, clock }: SenderSettings,
  { request, call, expect, secret }: Sending,
  timeoutMs: number,
): Promise<HttpAnswer> {
  const timeout = AbortSignal.timeout(timeoutMs);
  const signal = call.signal ? AbortSignal.any([call.signal, timeout]) : timeout;
  const origin = `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
  return exchange(dispatcher, origin, request, { expect, maxBytes, secret, signal }, clock);
}
