import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isLoopback, type McpHttpSettings } from '../../config/mcp.ts';
import { ConfigError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { createAdmission } from './admission.ts';
import { HttpRefusal, sendJson, sendRefusal } from './answers.ts';
import type { Endpoint } from './endpoint.ts';
import { createGuard } from './guard.ts';
import { baseUrl, MCP_PATH, METADATA_PATHS, resourceMetadata } from './metadata.ts';
import { createTokenCheck } from './tokens.ts';
import { within } from './within.ts';

export type HttpOptions = {
  settings: McpHttpSettings;
  endpoint: Endpoint;
  /** Whether the database can be asked. */
  isReady: () => Promise<boolean>;
  log: Log;
  limits?: Partial<SocketLimits>;
};

export type McpHttpServer = {
  /** With the port that was found, where 0 was asked for. */
  url: string;
  /** Answers what is under way, takes nothing new, and ends. */
  stop: () => Promise<void>;
};

/** How long a client may take to send its whole request. */
const REQUEST_MS = 30_000;
/** How long what is under way may still take when the server is asked to end. */
const DRAIN_MS = 20_000;
const GOODBYE_MS = 2000;

/**
 * Serves the protocol at /mcp, and beside it /healthz, /readyz and the metadata of the protected resource.
 * @throws ConfigError if the address cannot be listened on
 */
export async function startHttpServer({
  settings,
  endpoint,
  isReady,
  log,
  limits,
}: HttpOptions): Promise<McpHttpServer> {
  const guard = createGuard(settings);
  const tokens = createTokenCheck(settings, log);
  const admit = createAdmission(settings, tokens, log);
  const open = new Set<ServerResponse>();
  let isEnding = false;

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = request.url?.split('?', 1)[0] ?? '';
    setHeaders(response, guard.readableBy(request));
    if (path === '/healthz') return sendJson(response, 200, { status: 'ok' });
    if (path === '/readyz') {
      const ready = !isEnding && (await isReady());
      return sendJson(response, ready ? 200 : 503, { status: ready ? 'ready' : 'not ready' });
    }
    const foreign = guard.check(request);
    if (foreign) throw new HttpRefusal(403, foreign);
    if (METADATA_PATHS.includes(path) && tokens.isNeeded)
      return sendJson(response, 200, resourceMetadata(baseUrl(settings.publicUrl, request)));
    if (path !== MCP_PATH) throw new HttpRefusal(404, `there is nothing here: the server is at ${MCP_PATH}`);
    if (isEnding) throw new HttpRefusal(503, 'the server is ending', { headers: { connection: 'close' } });
    if (request.method === 'OPTIONS') return void response.writeHead(204, PREFLIGHT).end();
    await endpoint.answer(await admit(request, response));
  };

  const { maxConnections, ...socketLimits } = { ...LIMITS, ...limits };
  const server = createServer(socketLimits, (request, response) => {
    open.add(response);
    response.once('close', () => open.delete(response));
    answer(request, response).catch((error: unknown) => refuse(response, error, log));
  });
  server.maxConnections = maxConnections;
  // Nothing is silent for longer than an answer may take; a client that does not read its answer is.
  server.setTimeout(settings.timeoutSeconds * 1000 + REQUEST_MS);
  await listen(server, settings);
  return {
    url: urlOf(server, settings.host),
    stop: async () => {
      isEnding = true;
      await drain(server, endpoint, open);
    },
  };
}

/** What a client may use of this process before it is known who it is; milliseconds and bytes. */
export type SocketLimits = typeof LIMITS;

const LIMITS = {
  headersTimeout: 10_000,
  requestTimeout: REQUEST_MS,
  connectionsCheckingInterval: 1000,
  keepAliveTimeout: 30_000,
  maxHeaderSize: 16_384,
  maxConnections: 256,
};

/** What a page of an allowed origin may send. */
const PREFLIGHT = {
  'access-control-allow-methods': 'GET, POST, DELETE',
  'access-control-allow-headers':
    'authorization, content-type, last-event-id, mcp-protocol-version, mcp-session-id',
  'access-control-max-age': '600',
};

function setHeaders(response: ServerResponse, origin: string | undefined): void {
  response.setHeader('cache-control', 'no-store');
  response.setHeader('x-content-type-options', 'nosniff');
  if (origin === undefined) return;
  response.setHeader('access-control-allow-origin', origin);
  response.setHeader('access-control-expose-headers', 'mcp-session-id, www-authenticate');
  response.setHeader('vary', 'origin');
}

function refuse(response: ServerResponse, error: unknown, log: Log): void {
  if (error instanceof HttpRefusal) return sendRefusal(response, error);
  if (response.destroyed) return; // the client hung up
  log.error({ err: error }, 'request failed');
  sendRefusal(response, new HttpRefusal(500, 'internal error', { code: -32603 }));
}

async function listen(server: Server, { host, port }: McpHttpSettings): Promise<void> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const setting = code === 'EADDRINUSE' || code === 'EACCES' ? 'MCP_HTTP_PORT' : 'MCP_HTTP_HOST';
    throw new ConfigError(`${setting}: nothing can listen on ${host} port ${port} (${code})`, {
      cause: error,
    });
  }
}

function urlOf(server: Server, host: string): string {
  const { port } = server.address() as AddressInfo;
  const name = isLoopback(host) || host === '0.0.0.0' || host === '::' ? 'localhost' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}${MCP_PATH}`;
}

async function drain(server: Server, endpoint: Endpoint, open: ReadonlySet<ServerResponse>): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  await within(DRAIN_MS, endpoint.idle());
  // A stream that a client opened to listen has no end of its own.
  const answers = [...open].filter(({ req }) => req.method !== 'GET');
  await within(GOODBYE_MS, sent(answers));
  await endpoint.close();
  await within(GOODBYE_MS, sent([...open]));
  server.closeAllConnections();
  await closed;
}

const sent = (responses: ServerResponse[]) =>
  Promise.all(responses.map((response) => once(response, 'close')));
