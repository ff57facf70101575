import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerCertificate } from '../certificate.ts';
import type { Fault, Faults } from '../faults.ts';
import { ZERO_ID } from '../ids.ts';
import { hash } from '../random.ts';
import type { RequestRecord } from '../requests.ts';
import { type Address, close, listen, readRequest } from '../server.ts';
import type { Result } from './api/call.ts';
import { type AzureRequest, answerArm, segmentsOf } from './api/dispatch.ts';
import { type AzureAuth, SignInFailure } from './auth.ts';
import { ArmFailure } from './errors.ts';
import type { AzureWorld } from './world.ts';

export type AzureService = {
  world: AzureWorld;
  auth: AzureAuth;
  faults: Faults;
  onFault: (fault: Fault) => Promise<void> | void;
  record: (record: RequestRecord) => void;
};

type Sent = { status: number; body: string; headers: Record<string, string>; rows: number };

export type AzureServer = {
  port: number;
  setCertificate: (certificate: ServerCertificate) => void;
  close: () => Promise<void>;
};

/** Listens on that address only: sign-in and resource manager on one port. */
export async function startAzureServer(
  service: AzureService,
  { key, cert }: ServerCertificate,
  address: Address,
): Promise<AzureServer> {
  const quota = { reads: 0, writes: 0, deletes: 0, queries: 0, hour: -1, window: -1 };
  const server = createServer({ key, cert, keepAliveTimeout: 30_000 }, (request, response) => {
    serve(service, quota, request, response).catch((error: unknown) => {
      fail(response, error);
    });
  });
  await listen(server, address);
  return {
    port: (server.address() as AddressInfo).port,
    setCertificate: (next) => {
      server.setSecureContext({ key: next.key, cert: next.cert });
      server.closeIdleConnections();
    },
    close: () => close(server),
  };
}

type Quota = Record<'reads' | 'writes' | 'deletes' | 'queries' | 'hour' | 'window', number>;

async function serve(
  service: AzureService,
  quota: Quota,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const request = await readRequest(incoming);
  const isLater = /[?&](%24|\$)skiptoken=/i.test(incoming.url ?? '');
  const struck = service.faults.strike(`${request.method} ${decoded(request.path)}`, isLater);
  for (const fault of struck) await service.onFault(fault);
  const delay = Math.max(0, ...struck.map(({ name, ms = 0 }) => (name === 'slow' ? ms : 0)));
  if (delay > 0) await sleep(delay, undefined, { ref: false });
  const sent = struck.map(replacement).find((one) => one !== undefined) ?? answer(service, request, struck);
  const { method, path, query } = request;
  const bytes = Buffer.byteLength(sent.body);
  service.record({ method, path, query: query.toString(), status: sent.status, bytes, rows: sent.rows });
  const date = new Date(service.world.now()).toUTCString();
  const headers = { date, ...requestIds(service.world), ...limits(quota, method, path), ...sent.headers };
  send(response, { ...sent, headers }, new Set(struck.map(({ name }) => name)));
}

function answer({ world, auth }: AzureService, request: AzureRequest, struck: readonly Fault[]): Sent {
  try {
    const signIn = answerSignIn(auth, request);
    if (signIn) return toSent({ body: signIn });
    const missing = struck.find(({ name }) => name === 'missing-rows');
    const repeated = struck.some(({ name }) => name === 'duplicate-row');
    return toSent(answerArm(world, auth, request, missing ? (missing.count ?? 1) : repeated ? -1 : 0));
  } catch (error) {
    if (error instanceof ArmFailure) return toError(error.status, error.code, error.message, error.headers);
    if (!(error instanceof SignInFailure)) throw error;
    const { status, error: name, code, message } = error;
    const trace = { trace_id: ZERO_ID, correlation_id: ZERO_ID, timestamp: new Date().toISOString() };
    return toSent({
      status,
      body: { error: name, error_description: message, error_codes: [code], ...trace },
    });
  }
}

/** The sign-in service; undefined: the request is for the resource manager. */
function answerSignIn(auth: AzureAuth, request: AzureRequest): object | undefined {
  const [tenant = '', ...rest] = segmentsOf(request.path);
  const what = rest.join('/').toLowerCase();
  if (what === 'oauth2/v2.0/token' && request.method === 'POST')
    return auth.token(tenant, new URLSearchParams(request.body), String(request.headers.authorization ?? ''));
  if (what !== 'v2.0/.well-known/openid-configuration') return undefined;
  const origin = `https://${String(request.headers.host)}`;
  return {
    issuer: `${origin}/${tenant}/v2.0`,
    token_endpoint: `${origin}/${tenant}/oauth2/v2.0/token`,
    authorization_endpoint: `${origin}/${tenant}/oauth2/v2.0/authorize`,
    jwks_uri: `${origin}/${tenant}/discovery/v2.0/keys`,
  };
}

function replacement(fault: Fault): Sent | undefined {
  const { name, retryAfter } = fault;
  const after: Record<string, string> = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) };
  if (name === 'throttle')
    return toError(429, 'TooManyRequests', 'The request is being throttled.', {
      ...after,
      'x-ms-ratelimit-remaining-subscription-resource-requests': '0',
    });
  if (name === 'error-500') return toError(500, 'InternalServerError', 'An internal error has occurred.');
  if (name === 'error-502')
    return {
      status: 502,
      body: '<html><body>502</body></html>',
      headers: { 'content-type': 'text/html' },
      rows: 0,
    };
  if (name === 'error-503') return toError(503, 'ServiceUnavailable', 'The service is unavailable.', after);
  if (name === 'not-found') return toError(404, 'ResourceNotFound', 'The resource was not found.');
  if (name === 'forbidden')
    return toError(403, 'AuthorizationFailed', 'The client does not have authorization.');
  if (name === 'empty-401') return { status: 401, body: '', headers: {}, rows: 0 };
  return undefined;
}

const toSent = ({ status = 200, body, headers = {}, rows = 0 }: Result): Sent => ({
  status,
  body: body === undefined ? '' : JSON.stringify(body),
  headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
  rows,
});

const toError = (status: number, code: string, message: string, headers: Record<string, string> = {}): Sent =>
  toSent({ status, body: { error: { code, message } }, headers });

let answered = 0;

function requestIds({ settings }: AzureWorld): Record<string, string> {
  answered += 1;
  const part = (salt: number) => hash(settings.seed, 771, answered, salt).toString(16).padStart(8, '0');
  const id = `${part(1)}-${part(2).slice(4)}-4${part(3).slice(5)}-8${part(4).slice(5)}-${part(5)}${part(6).slice(4)}`;
  return {
    'x-ms-request-id': id,
    'x-ms-correlation-request-id': id,
    'x-ms-routing-request-id': `WESTEUROPE:${id}`,
  };
}

const ALLOWED = { reads: 12_000, writes: 1200, deletes: 15_000 };

/** How much is left of what Azure allows: in an hour, of queries 15 in five seconds. It is only told, nothing is refused. */
function limits(quota: Quota, method: string, path: string): Record<string, string> {
  const seconds = performance.now() / 1000;
  const [hour, window] = [Math.floor(seconds / 3600), Math.floor(seconds / 5)];
  if (hour !== quota.hour) Object.assign(quota, { hour, reads: 0, writes: 0, deletes: 0 });
  if (window !== quota.window) Object.assign(quota, { window, queries: 0 });
  if (/\/microsoft\.resourcegraph\//i.test(path)) {
    quota.queries += 1;
    const left = Math.max(0, 15 - quota.queries);
    return { 'x-ms-user-quota-remaining': String(left), 'x-ms-user-quota-resets-after': '00:00:05' };
  }
  if (!/^\/subscriptions\//i.test(path)) return {};
  const kind = method === 'GET' ? 'reads' : method === 'DELETE' ? 'deletes' : 'writes';
  quota[kind] += 1;
  const left = Math.max(0, ALLOWED[kind] - quota[kind]);
  return { [`x-ms-ratelimit-remaining-subscription-${kind}`]: String(left) };
}

function send(response: ServerResponse, { status, body, headers }: Sent, faults: Set<string>): void {
  if (faults.has('reset') && body === '') {
    // Nothing can be cut in the middle: the caller hears nothing at all of what was done.
    response.destroy();
    return;
  }
  response.writeHead(
    status,
    faults.has('reset') ? { ...headers, 'content-length': Buffer.byteLength(body) } : headers,
  );
  const half = body.slice(0, Math.floor(body.length / 2));
  if (faults.has('reset')) response.write(half, () => response.destroy());
  else response.end(faults.has('truncate') ? half : body);
}

/** A mistake in this program: say so, and let the client see a 500. */
function fail(response: ServerResponse, error: unknown): void {
  process.stderr.write(
    `simulator: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  const { status, body, headers } = toError(500, 'InternalServerError', 'The simulator failed.');
  if (response.headersSent) response.destroy();
  else response.writeHead(status, headers).end(body);
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
