import type { Readable, Writable } from 'node:stream';
import type { Config } from '../config/config.ts';
import { createLog, type Log } from '../log.ts';
import { createMcpServer } from './server.ts';
import { type LazyStore, lazyStore, toServerOptions } from './serving.ts';
import { serveStdio } from './stdio.ts';

export type McpIo = { stdin: Readable; stdout: Writable; log: Log; clock: () => Date; store: LazyStore };

/**
 * The MCP server on stdin and stdout, until the client closes stdin, goes away, or the process is asked to end. It starts
 * and lists its tools without a database; the database is opened by the first question.
 * @returns the exit code
 */
export async function runMcp(config: Config, io: Partial<McpIo> = {}): Promise<number> {
  const { stdin = process.stdin, stdout = process.stdout, clock = () => new Date() } = io;
  const log = io.log ?? createLog(config.logLevel);
  const store = io.store ?? lazyStore(config, log);
  const server = createMcpServer(toServerOptions(store, log, clock));
  const reason = await serveStdio({ ...server, stdin, stdout, log });
  await store.close();
  log.info({ reason }, 'MCP server ended');
  return 0;
}
