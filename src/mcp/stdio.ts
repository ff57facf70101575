import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import type { Log } from '../log.ts';

export type StdioServing = {
  mcp: McpServer;
  /** Resolves when nothing that was asked waits for its answer. */
  idle: () => Promise<void>;
  stdin: Readable;
  stdout: Writable;
  log: Log;
};

/** How long answers under way may still take when the client has closed its end. */
const LAST_ANSWERS_MS = 20_000;

/**
 * Serves on stdin and stdout until the client closes stdin, goes away, or the process is asked to end.
 * @returns why it ended
 */
export async function serveStdio({ mcp, idle, stdin, stdout, log }: StdioServing): Promise<End> {
  const ended = untilEnd(stdin, stdout);
  mcp.server.onerror = (err) => log.warn({ err }, 'message not understood');
  // The SDK asks for the process' own streams and uses no more of them than any stream has.
  await mcp.connect(new StdioServerTransport(stdin as typeof process.stdin, stdout as typeof process.stdout));
  log.info('MCP server ready');
  const reason = await ended;
  if (reason === 'stdin closed') await lastAnswers(idle);
  await mcp.close();
  return reason;
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
