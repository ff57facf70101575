import type { Config } from '../../config/config.ts';
import { assertMayListen, type McpHttpSettings } from '../../config/mcp.ts';
import { ConfigError } from '../../errors.ts';
import { createLog, type Log } from '../../log.ts';
import type { MetricsServer } from '../../observability/metrics/server.ts';
import { createMcpServer, type DrMcpServer, type ServerOptions } from '../server.ts';
import { type LazyStore, lazyStore, toServerOptions } from '../serving.ts';
import { programVersion } from '../version.ts';
import type { Endpoint, McpFactory } from './endpoint.ts';
import { createReadiness } from './readiness.ts';
import { type McpHttpServer, type SocketLimits, startHttpServer } from './server.ts';
import { createSessionEndpoint } from './sessions.ts';
import { createStatelessEndpoint } from './stateless.ts';
import { within } from './within.ts';

/** How long the start waits for the database. */
const STARTUP_MS = 3000;

export type McpHttpIo = {
  log: Log;
  clock: () => Date;
  store: LazyStore;
  limits: Partial<SocketLimits>;
  /** Changes each server before it is connected. */
  adapt: (server: DrMcpServer) => DrMcpServer;
};

/**
 * The MCP server over Streamable HTTP, until the process is asked to end.
 * @returns the exit code
 * @throws ConfigError as startMcpHttp does
 */
export async function runMcpHttp(config: Config, io: Partial<McpHttpIo> = {}): Promise<number> {
  const log = io.log ?? createLog(config.logLevel);
  const ended = untilSignal();
  const server = await startMcpHttp(config, { ...io, log });
  const metrics = await startMetricsOf(config, log, io.clock ?? now).catch(async (error: unknown) => {
    await server.stop();
    throw error;
  });
  const signal = await ended;
  await server.stop();
  await metrics?.stop();
  log.info({ signal }, 'MCP server ended');
  return 0;
}

/**
 * Starts the server. It does so without a database and says in its answers what is wrong with it, but not with a login that
 * could change data.
 * @throws ConfigError about the settings, or about a login that could write
 */
export async function startMcpHttp(config: Config, io: Partial<McpHttpIo> = {}): Promise<McpHttpServer> {
  const { mcpHttp: settings } = config;
  assertMayListen(settings);
  const log = io.log ?? createLog(config.logLevel);
  const store = io.store ?? lazyStore(config, log);
  try {
    await assertSafeLogin(store, log);
    const endpoint = createEndpoint(settings, toServerOptions(store, log, io.clock ?? now), io.adapt);
    const isReady = createReadiness(store.open, log);
    const server = await startHttpServer({ settings, endpoint, isReady, log, limits: io.limits ?? {} });
    log.info({ url: server.url, sessions: settings.sessions }, 'MCP server ready');
    const stop = async () => {
      await server.stop();
      await store.close();
    };
    return { url: server.url, stop };
  } catch (error) {
    await store.close();
    throw error;
  }
}

const now = () => new Date();

/** @returns undefined: it is not switched on */
async function startMetricsOf(
  { metrics }: Config,
  log: Log,
  clock: () => Date,
): Promise<MetricsServer | undefined> {
  if (!metrics) return undefined;
  const { startMetrics } = await import('../../observability/metrics/start.ts');
  return startMetrics(metrics, { mcp: true }, { log, clock, version: programVersion() });
}

function createEndpoint(
  settings: McpHttpSettings,
  options: ServerOptions,
  adapt: McpHttpIo['adapt'] = (server) => server,
): Endpoint {
  const timeLimitMs = settings.timeoutSeconds * 1000;
  const create: McpFactory = (caller) => {
    const server = adapt(createMcpServer({ ...options, caller, timeLimitMs }));
    server.mcp.server.onerror = (err) => options.log.debug({ err, caller }, 'message not understood');
    return server;
  };
  return settings.sessions ? createSessionEndpoint(create, settings) : createStatelessEndpoint(create);
}

/**
 * A database that is away, empty or old is said in answers; a login that could write is a mistake that must not be served.
 * One that does not answer soon is not waited for: the same check comes before each first question.
 */
async function assertSafeLogin(store: LazyStore, log: Log): Promise<void> {
  const { UnsafeLogin } = await import('../store.ts');
  const asked = (await store.open()).readRisk(async () => {}).catch((error: unknown) => error as Error);
  const error = await within(STARTUP_MS, asked);
  if (error instanceof UnsafeLogin) throw new ConfigError(error.message, { cause: error });
  if (error) log.warn({ reason: error.message }, 'the database cannot be asked yet');
}

/** Listens on after the first signal: a library that finds nobody listening any more would end the process at once. */
function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise((done) => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => done(signal));
  });
}
