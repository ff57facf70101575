import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import type { Config } from '../config.ts';
import { createLog, type Log } from '../log.ts';
import { createMcpServer } from './server.ts';
import { type LazyStore, lazyStore, toServerOptions } from './serving.ts';

export type McpIo = { stdin: Readable; stdout: Writable; log: Log; clock: () => Date; store: LazyStore };

/** How long answers under way may still take when the client has closed its end. */
const LAST_ANSWERS_MS = 20_000;

/**
 * The MCP server on stdin and stdout, until the client closes stdin, goes away, or the process is asked to end. It starts
 * and lists its tools without a database; the database is opened by the first question.
 * @returns the exit code
 */
export async function runMcp(config: Config, io: Partial<McpIo> = {}): Promise<number> {
  const { stdin = process.stdin, stdout = process.stdout, clock = () => new Date() } = io;
  const log = io.log ?? createLog(config.logLevel);
  const store = io.store ?? lazyStore(config, log);
  const ended = untilEnd(stdin, stdout);
  const { mcp, idle } = createMcpServer(toServerOptions(store, log, clock));
  mcp.server.onerror = (err) => log.warn({ err }, 'message not understood');
  // The SDK asks for the process' own streams and uses no more of them than any stream has.
  await mcp.connect(new StdioServerTransport(stdin as typeof process.stdin, stdout as typeof process.stdout));
  log.info('MCP server ready');
  const reason = await ended;
  if (reason === 'stdin closed') await lastAnswers(idle);
  await mcp.close();
  await store.close();
  log.info({ reason }, 'MCP server ended');
  return 0;
}

type End = 'stdin closed' | 'stdout closed' | 'signal';

function untilEnd(stdin: Readable, stdout: Writable): Promise<End> {
  return new Promise((done) => {
    stdin.once('end', () => done('stdin closed'));
    stdin.once('close', () => done('stdin closed'));
    stdin.once('error', () => done('stdin closed'));
    stdout.on('error', () => done('stdout closed')); // EPIPE: nobody listens any more
    // Not once: a library that finds nobody listening any more would end the process at once.
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => done('signal'));
  });
}

/** Questions that were piped in are answered, although stdin is closed already. */
async function lastAnswers(idle: () => Promise<void>): Promise<void> {
  const deadline = new AbortController();
  const turn = () => sleep(0);
  await turn(); // the last message may not have reached its handler yet
  await Promise.race([idle(), sleep(LAST_ANSWERS_MS, undefined, { signal: deadline.signal, ref: false })]);
  deadline.abort();
  await turn(); // the last answer is written one turn after it was made
}
