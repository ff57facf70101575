import { SourceError } from '../errors.ts';
import { type Budget, createBudget } from '../http/budget.ts';
import type { Clock } from '../http/clock.ts';
import type { EndpointCounter } from '../http/counters.ts';
import type { HttpAnswer } from '../http/exchange.ts';
import {
  type ArmRequest,
  type AzureConnection,
  type ConnectionOptions,
  createAzureConnection,
} from './connection.ts';
import { linkOf, toLinkTarget } from './next-link.ts';
import { assertPlainPath } from './paths.ts';
import { type Query, toPathWithQuery, toTemplate } from './query.ts';
import type { AzureReading } from './reading.ts';
import type { AzureSettings } from './settings.ts';
import { joined } from './signals.ts';

/** What one run of a worker may do with a client that it shares with others. */
type RunLimits = { requestBudget?: number | undefined; signal?: AbortSignal | undefined };
export type AzureOptions = ConnectionOptions & RunLimits;

export type CallOptions = {
  apiVersion: string;
  query?: Query | undefined;
  signal?: AbortSignal | undefined;
  /** Filled in while reading. */
  reading?: AzureReading | undefined;
  timeoutMs?: number | undefined;
};
export type ListOptions = CallOptions & { maxPages?: number | undefined };

export type AzureClient = {
  /** Where it reads, for messages: `management.azure.com`. */
  readonly address: string;
  readonly clock: Clock;
  /** @throws SourceError, most often ArmError */
  get: (path: string, options: CallOptions) => Promise<HttpAnswer>;
  /** Asks one of the questions that Azure takes as a POST; nothing else can be posted. */
  post: (path: string, body: unknown, options: CallOptions) => Promise<HttpAnswer>;
  /** The pages of a list, as they come; `reading.complete` is set at the end. */
  list: (path: string, options: ListOptions) => AsyncGenerator<unknown[]>;
  /** The same connections and sign-in, with limits of its own. */
  forRun: (limits: RunLimits) => AzureClient;
  /** Requests, retries, bytes and milliseconds per endpoint since the client was made. */
  counters: () => Record<string, EndpointCounter>;
  /** Forgets tokens and credential; the next call signs in anew. */
  clearTokens: () => void;
  close: () => Promise<void>;
};

/** Far above any real list; reached only by a server that never ends. */
const MAX_PAGES = 5_000;
/** POSTs that change nothing. */
const QUESTIONS =
  /^\/providers\/microsoft\.resourcegraph\/resources$|\/microsoft\.recoveryservices\/(locations\/[^/]+\/(backupstatus|backupvalidatefeatures|backupprevalidateprotection)|vaults\/[^/]+\/(backupvalidateoperation|backupfabrics\/.+\/recoverypointsrecommendedformove))$/i;

/**
 * A client of one Azure resource manager that only reads. Nothing is sent before the first call.
 * @throws ConfigError if an address, the CA file or the certificate of the credential cannot be used
 */
export function createAzureClient(settings: AzureSettings, options: AzureOptions = {}): AzureClient {
  const { requestBudget, signal, ...connection } = options;
  return createAzureReader(createAzureConnection(settings, connection), { requestBudget, signal });
}

/** The reading view of a connection. */
export function createAzureReader(
  connection: AzureConnection,
  { requestBudget, signal }: RunLimits = {},
): AzureClient {
  const budget = requestBudget === undefined ? undefined : createBudget(requestBudget);
  const get = async (path: string, options: CallOptions) =>
    connection.send({ ...toRequest(path, options, signal, budget), method: 'GET' });
  return {
    address: connection.endpoint.host,
    clock: connection.clock,
    get,
    post: async (path, body, options) => {
      if (!QUESTIONS.test(path)) throw new Error(`${toTemplate(path)} takes no question`);
      return connection.send({ ...toRequest(path, options, signal, budget), method: 'POST', body });
    },
    list: (path, options) => readList(connection, path, options, signal, budget),
    forRun: (limits) => createAzureReader(connection, limits),
    counters: connection.counters,
    clearTokens: connection.clearTokens,
    close: connection.close,
  };
}

function toRequest(
  path: string,
  { apiVersion, query, signal, reading, timeoutMs }: CallOptions,
  runSignal: AbortSignal | undefined,
  budget: Budget | undefined,
): Omit<ArmRequest, 'method'> {
  assertPlainPath(path);
  return {
    target: toPathWithQuery(path, apiVersion, query),
    endpoint: toTemplate(path),
    repeatable: true,
    signal: joined(runSignal, signal),
    budget,
    reading,
    timeoutMs,
  };
}

async function* readList(
  connection: AzureConnection,
  path: string,
  options: ListOptions,
  signal: AbortSignal | undefined,
  budget: Budget | undefined,
): AsyncGenerator<unknown[]> {
  const { reading, maxPages = MAX_PAGES } = options;
  const request = toRequest(path, options, signal, budget);
  const followed = new Set<string>();
  for (let target = request.target, pages = 0; pages < maxPages; pages += 1) {
    const answer = await connection.send({ ...request, target, method: 'GET' });
    if (reading) reading.pages += 1;
    const { value, next } = readEnvelope(answer, request.endpoint);
    if (value.length > 0) yield value;
    if (next === undefined) return settle(reading, true);
    target = toLinkTarget(next, connection.endpoint, request.endpoint);
    if (followed.has(target))
      return settle(reading, false, 'the links to the next page go round in a circle');
    followed.add(target);
  }
  settle(reading, false, `stopped after ${maxPages} pages`);
}

function readEnvelope(
  { json }: HttpAnswer,
  endpoint: string,
): { value: unknown[]; next: string | undefined } {
  const { value, nextLink } = (typeof json === 'object' && json !== null ? json : {}) as Record<
    string,
    unknown
  >;
  if (Array.isArray(value)) return { value, next: linkOf(nextLink) };
  throw new SourceError(`${endpoint} is not of the expected shape: a list has a "value"`, {
    code: 'bad-answer',
    retryable: false,
  });
}

function settle(reading: AzureReading | undefined, complete: boolean, reason?: string): void {
  if (!reading) return;
  reading.complete = complete;
  if (reason) reading.reason = reason;
}
