import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isLoopback } from '../../config/mcp.ts';
import type { MetricsSettings } from '../../config/observability.ts';
import { ConfigError } from '../../errors.ts';
import type { Log } from '../../log.ts';

export type MetricsServer = { url: string; stop: () => Promise<void> };

type Serving = {
  /** The text of the metrics and its type. */
  metrics: () => Promise<{ text: string; contentType: string }>;
  /** What /healthz tells besides that this process answers. */
  health: () => Record<string, unknown>;
  log: Log;
};

const LIMITS = {
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  keepAliveTimeout: 5_000,
  maxHeaderSize: 8_192,
};
const MOST_CONNECTIONS = 32;

/**
 * Serves /metrics and /healthz, for reading only and without signing in: figures and names of sources, no secrets.
 * @throws ConfigError if the address cannot be listened on
 */
export async function startMetricsServer(
  settings: MetricsSettings,
  serving: Serving,
): Promise<MetricsServer> {
  const server = createServer(LIMITS, (request, response) => {
    answer(request, response, settings, serving).catch((error: unknown) => {
      serving.log.error({ err: error }, 'metrics could not be given');
      if (!response.headersSent) send(response, 500, 'text/plain', 'internal error\n');
      else response.destroy();
    });
  });
  server.maxConnections = MOST_CONNECTIONS;
  await listen(server, settings);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${settings.host.includes(':') ? `[${settings.host}]` : settings.host}:${port}/metrics`,
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { host }: MetricsSettings,
  { metrics, health }: Serving,
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return send(response, 405, 'text/plain', 'read only\n');
  // A page in a browser on this machine may not read it by a name that it makes up for 127.0.0.1.
  if (isLoopback(host) && !isLoopback(nameOf(request.headers.host ?? '')))
    return send(response, 403, 'text/plain', 'ask for 127.0.0.1 or localhost\n');
  if (request.headers.origin !== undefined) return send(response, 403, 'text/plain', 'not for web pages\n');
  const path = request.url?.split('?', 1)[0];
  if (path === '/healthz') return send(response, 200, 'application/json', `${JSON.stringify(health())}\n`);
  if (path !== '/metrics') return send(response, 404, 'text/plain', 'there are /metrics and /healthz\n');
  const { text, contentType } = await metrics();
  send(response, 200, contentType, text);
}

function send(response: ServerResponse, status: number, contentType: string, body: string): void {
  response.writeHead(status, {
    'content-type': contentType,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(body);
}

/** The host of a Host header, without its port. */
const nameOf = (header: string) => header.replace(/:\d+$/, '');

async function listen(server: Server, { host, port }: MetricsSettings): Promise<void> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const remedy =
      code === 'EADDRINUSE'
        ? 'each process needs a port of its own, and what is set in its environment comes before .env'
        : 'check METRICS_HOST and METRICS_PORT';
    throw new ConfigError(`METRICS_PORT: nothing can listen on ${host} port ${port} (${code}): ${remedy}`, {
      cause,
    });
  }
}
