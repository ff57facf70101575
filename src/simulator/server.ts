import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConfigError } from '../errors.ts';
import { type Answer, answer, json, type Request, type Service } from './api/dispatch.ts';
import type { ServerCertificate } from './certificate.ts';
import type { Fault, Faults } from './faults.ts';
import type { RequestRecord } from './requests.ts';

export type Hooks = {
  faults: Faults;
  /** Faults that are not about one answer: tokens, clock, certificate, retention. */
  onFault: (fault: Fault) => Promise<void> | void;
  record: (record: RequestRecord) => void;
};

export type Address = { host: string; port: number };

export type RunningServer = {
  port: number;
  setCertificate: (certificate: ServerCertificate) => void;
  close: () => Promise<void>;
};

const MAX_BODY = 64 * 1024;

/** Listens on that address only. */
export async function startServer(
  service: Service,
  certificate: ServerCertificate,
  address: Address,
  hooks: Hooks,
): Promise<RunningServer> {
  const server = createServer(
    { key: certificate.key, cert: certificate.cert, keepAliveTimeout: 30_000 },
    (request, response) => {
      serve(service, hooks, request, response).catch((error: unknown) => fail(response, error));
    },
  );
  await listen(server, address);
  return {
    port: (server.address() as AddressInfo).port,
    setCertificate: ({ key, cert }) => {
      server.setSecureContext({ key, cert });
      server.closeIdleConnections();
    },
    close: () => close(server),
  };
}

async function serve(
  service: Service,
  hooks: Hooks,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const request = await readRequest(incoming);
  const struck = hooks.faults.strike(request.path, skipOf(request) > 0);
  for (const fault of struck) await hooks.onFault(fault);
  const delay = struck.reduce((longest, { name, ms = 0 }) => Math.max(longest, name === 'slow' ? ms : 0), 0);
  if (delay > 0) await sleep(delay, undefined, { ref: false });
  const names = new Set(struck.map(({ name }) => name));
  const replaced = isOut(service) ? unavailable() : struck.map(replacement).find((one) => one !== undefined);
  const made =
    replaced ?? answer({ ...service, isFaulty: (name) => names.has(name as Fault['name']) }, request);
  const given = spoil(service, request, made, struck);
  hooks.record({
    method: request.method,
    path: request.path,
    query: request.query.toString(),
    status: given.status,
    bytes: Buffer.byteLength(given.body),
    rows: rowsIn(given),
  });
  send(response, given, names);
}

/** Reads the whole request; of a body that is too large only the beginning is kept. */
export async function readRequest(incoming: IncomingMessage): Promise<Request> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming) {
    bytes += (chunk as Buffer).length;
    if (bytes <= MAX_BODY) chunks.push(chunk as Buffer);
  }
  const url = new URL(incoming.url ?? '/', 'https://localhost');
  const path = url.pathname.length > 1 ? url.pathname.replace(/\/$/, '') : url.pathname;
  return {
    method: incoming.method ?? 'GET',
    path,
    query: url.searchParams,
    headers: incoming.headers,
    body: Buffer.concat(chunks).toString('utf8'),
  };
}

/** Restarts for hours on end, updates that went wrong: nothing answers. */
function isOut({ world: { clock, draft } }: Service): boolean {
  const now = clock.ms();
  return draft.outages.some(({ from, to }) => now >= from && now < to);
}

const unavailable = (): Answer =>
  json(503, { errorCode: 'UnknownError', message: 'The service is starting', status: 503 });

function replacement(fault: Fault): (Answer & { retryAfter?: number }) | undefined {
  const after = fault.retryAfter === undefined ? {} : { retryAfter: fault.retryAfter };
  const error = (status: number, code: string, message: string) =>
    json(status, { errorCode: code, message, status });
  if (fault.name === 'throttle')
    return { ...error(429, 'ServiceUnavailable', 'Too many requests'), ...after };
  if (fault.name === 'error-500') return error(500, 'UnknownError', 'An unexpected error occurred');
  if (fault.name === 'error-502')
    return {
      status: 502,
      contentType: 'text/html',
      body: '<html><body><h1>502 Bad Gateway</h1></body></html>',
    };
  if (fault.name === 'error-503')
    return { ...error(503, 'ServiceUnavailable', 'The service is starting'), ...after };
  if (fault.name === 'not-found') return error(404, 'NotFound', 'The object was not found');
  if (fault.name === 'forbidden') return error(403, 'Forbidden', 'The account may not read this');
  if (fault.name === 'empty-401') return { status: 401, contentType: 'application/json', body: '' };
  return undefined;
}

/** What a fault does to an answer that is right as such. */
function spoil(service: Service, request: Request, made: Answer, struck: readonly Fault[]): Answer {
  const missing = struck.find(({ name }) => name === 'missing-rows');
  if (missing) return loseRows(service, request, made, missing.count ?? 1);
  return struck.some(({ name }) => name === 'duplicate-row') ? repeatRow(service, request, made) : made;
}

const skipOf = ({ query }: Request): number => Number(query.get('skip') ?? 0);

/** Rows of the pages before are gone: as many of this page have moved to where the reader has been already. */
function loseRows(service: Service, request: Request, made: Answer, count: number): Answer {
  if (made.status !== 200) return made;
  const query = new URLSearchParams(request.query);
  query.set('skip', String(skipOf(request) + count));
  const body = JSON.parse(answer(service, { ...request, query }).body) as {
    data?: unknown[];
    pagination?: { total: number };
  };
  const { data, pagination } = body;
  if (!data || !pagination) return made;
  const less = { ...pagination, total: pagination.total - count, skip: skipOf(request) };
  return { ...made, body: JSON.stringify({ ...body, pagination: less }) };
}

/** The list moved between two pages: the first row is one that the page before had already. */
function repeatRow(service: Service, request: Request, made: Answer): Answer {
  const skip = skipOf(request);
  if (made.status !== 200 || !(skip > 0)) return made;
  const body = JSON.parse(made.body) as { data?: unknown[] };
  const query = new URLSearchParams(request.query);
  query.set('skip', String(skip - 1));
  query.set('limit', '1');
  const before = JSON.parse(answer(service, { ...request, query }).body) as { data?: unknown[] };
  if (!body.data?.length || !before.data?.length) return made;
  return { ...made, body: JSON.stringify({ ...body, data: [before.data[0], ...body.data.slice(0, -1)] }) };
}

function send(response: ServerResponse, given: Answer & { retryAfter?: number }, faults: Set<string>): void {
  response.statusCode = given.status;
  response.setHeader('content-type', given.contentType);
  if (given.retryAfter !== undefined) response.setHeader('retry-after', String(given.retryAfter));
  const half = given.body.slice(0, Math.floor(given.body.length / 2));
  if (faults.has('reset')) {
    response.setHeader('content-length', Buffer.byteLength(given.body));
    response.write(half, () => response.destroy());
    return;
  }
  response.end(faults.has('truncate') ? half : given.body);
}

/** A mistake in this program: say so, and let the client see a 500. */
function fail(response: ServerResponse, error: unknown): void {
  process.stderr.write(
    `simulator: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const { status, body, contentType } = json(500, {
    errorCode: 'UnknownError',
    message: 'The simulator failed',
    status: 500,
  });
  response.writeHead(status, { 'content-type': contentType }).end(body);
}

const ROWS = /"pagination":\{"total":\d+,"count":(\d+)/;
const rowsIn = ({ status, body }: Answer): number =>
  status === 200 ? Number(ROWS.exec(body.slice(-200))?.[1] ?? 0) : 0;

/** @throws ConfigError if the port is in use, or the address is none of this machine's */
export function listen(server: Server, { host, port }: Address): Promise<void> {
  return new Promise((done, failed) => {
    server.once('error', (cause: NodeJS.ErrnoException) => failed(explain(cause, host, port)));
    server.listen(port, host, () => {
      server.removeAllListeners('error');
      done();
    });
  });
}

function explain(cause: NodeJS.ErrnoException, host: string, port: number): Error {
  if (cause.code === 'EADDRINUSE') return new ConfigError(`port ${port} is in use`, { cause });
  if (['EADDRNOTAVAIL', 'ENOTFOUND', 'EAI_AGAIN'].includes(cause.code ?? ''))
    return new ConfigError(`${host} is no address of this machine`, { cause });
  return cause;
}

export function close(server: Server): Promise<void> {
  return new Promise((done) => {
    server.close(() => done());
    server.closeAllConnections();
  });
}
