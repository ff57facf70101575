import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { pino } from 'pino';
import { loadConfig } from '../../src/config/config.ts';
import { type McpHttpIo, startMcpHttp } from '../../src/mcp/http/main.ts';

export type HttpServerUnderTest = AsyncDisposable & {
  url: string;
  /** What was logged, a line each. */
  log: () => Record<string, unknown>[];
  stop: () => Promise<void>;
  /** A request as any program could send it. */
  send: (init?: RequestInit & { path?: string }) => Promise<Response>;
  /** A message of the protocol. */
  post: (message: unknown, headers?: Record<string, string>) => Promise<Response>;
  connect: (headers?: Record<string, string>) => Promise<Client & AsyncDisposable>;
};

/** Nothing listens there: the server has to do without a database. */
export const NO_DATABASE = { DB_HOST: '127.0.0.1', DB_PORT: '1', DB_READER_PASSWORD: 'not-used' };

export const ACCEPT = { accept: 'application/json, text/event-stream' };
export const LIST = { jsonrpc: '2.0', id: 1, method: 'tools/list' };

/** The server over HTTP in this process, on a port of its own. */
export async function startHttpMcp(
  env: Record<string, string> = NO_DATABASE,
  io: Partial<McpHttpIo> = {},
): Promise<HttpServerUnderTest> {
  const lines: string[] = [];
  const log = pino({ base: null }, { write: (line: string) => void lines.push(line) });
  const config = loadConfig({ MCP_HTTP_PORT: '0', ...env });
  const { url, stop } = await startMcpHttp(config, { log, ...io });
  const send: HttpServerUnderTest['send'] = ({ path, ...init } = {}) =>
    fetch(path === undefined ? url : new URL(path, url), init);
  let stopped: Promise<void> | undefined;
  const stopOnce = () => (stopped ??= stop());
  return {
    url,
    log: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>),
    stop: stopOnce,
    send,
    post: (message, headers = {}) =>
      send({
        method: 'POST',
        headers: { 'content-type': 'application/json', ...ACCEPT, ...headers },
        body: typeof message === 'string' ? message : JSON.stringify(message),
      }),
    connect: (headers) => connectClient(url, headers),
    [Symbol.asyncDispose]: stopOnce,
  };
}

/** The SDK's client, connected. */
export async function connectClient(
  url: string,
  headers: Record<string, string> = {},
): Promise<Client & AsyncDisposable> {
  const client = new Client({ name: 'dr365 test', version: '1.0.0' });
  const transport = new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } });
  await client.connect(transport as Transport);
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.close() });
}

/** A server in a process of its own, when it listens. */
export async function spawnHttpMcp(
  env: Record<string, string>,
  entry = join(import.meta.dirname, '../../src/cli/dr365.mjs'),
): Promise<{ child: ChildProcess; url: string } & AsyncDisposable> {
  const child = spawn(process.execPath, [entry, 'mcp', '--http'], {
    env: { PATH: process.env.PATH ?? '', MCP_HTTP_PORT: '0', ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const url = await new Promise<string>((found, failed) => {
    let written = '';
    child.stderr.on('data', (chunk: Buffer) => {
      written += chunk.toString();
      const [, listening] = /"url":"([^"]+)"/.exec(written) ?? [];
      if (listening) found(listening);
    });
    child.once('exit', () => failed(new Error(`the server ended: ${written}`)));
  });
  const end = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'exit');
  };
  return { child, url, [Symbol.asyncDispose]: end };
}
