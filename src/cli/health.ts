import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import type { Beat } from './heartbeat.ts';

// Started every few seconds in each container: it loads nothing but this file.

/** The process writes every 15 s; a long pause of a busy one is none. */
const SILENT_MS = 90_000;
const DATABASE_MS = 180_000;
/** From a slot to the start of its runs, which may be spread over some minutes. */
const LATE_MS = 600_000;
const HANGING_MS = 24 * 3_600_000;
const WAIT_MS = 4000;

type Env = Record<string, string | undefined>;

/**
 * `dr365 health [http://… | tcp:HOST:PORT]`: whether what runs in this container does its work. Without an argument it is what the
 * scheduler wrote, or where none did, the MCP server. A source that is down is no reason: a restart would not help.
 * @returns 0 and a word, or 1 and what is wrong
 */
export async function healthCommand(args: string[], env: Env = process.env): Promise<number> {
  const problems = await problemsOf(args[0], env);
  process.stdout.write(`${problems.length === 0 ? 'healthy' : problems.join('; ')}\n`);
  return problems.length === 0 ? 0 : 1;
}

async function problemsOf(target: string | undefined, env: Env): Promise<string[]> {
  const [, host, port] = /^tcp:(.+):(\d+)$/.exec(target ?? '') ?? [];
  if (host) return listens(host, Number(port));
  if (target) return answers(target);
  const beat = readBeat(env.DR365_HEALTH_FILE);
  if (beat) return judgeBeat(beat, Date.now());
  return answers(`http://127.0.0.1:${env.MCP_HTTP_PORT || 3365}/readyz`);
}

function readBeat(file: string | undefined): Beat | undefined {
  if (!file) return undefined;
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Beat;
  } catch {
    return undefined; // no scheduler, or one that has just begun
  }
}

/** What is wrong with a scheduler that said this of itself; nothing: it lives, and its last slots went through. */
export function judgeBeat({ at, databaseAt, jobs }: Beat, now: number): string[] {
  const age = (text: string | null) => (text === null ? Number.POSITIVE_INFINITY : now - Date.parse(text));
  const problems: string[] = [];
  if (age(at) > SILENT_MS) problems.push(`the scheduler has not moved since ${at}`);
  if (age(databaseAt) > DATABASE_MS)
    problems.push(`the database has not answered ${databaseAt ? `since ${databaseAt}` : 'yet'}`);
  for (const { name, slotAt, startedAt, endedAt } of jobs) {
    const isRunning = startedAt !== null && (endedAt === null || endedAt < startedAt);
    const seen = Math.min(age(startedAt), age(endedAt));
    if (isRunning && age(startedAt) > HANGING_MS)
      problems.push(`${name} has been running since ${startedAt}`);
    if (!isRunning && slotAt !== null && age(slotAt) > LATE_MS && seen > age(slotAt))
      problems.push(`${name} did not begin at ${slotAt}`);
  }
  return problems;
}

async function answers(url: string): Promise<string[]> {
  try {
    const { status } = await fetch(url, { signal: AbortSignal.timeout(WAIT_MS) });
    return status === 200 ? [] : [`${url} answers ${status}`];
  } catch {
    return [`${url} does not answer`];
  }
}

function listens(host: string, port: number): Promise<string[]> {
  return new Promise((done) => {
    const socket = connect({ host, port, timeout: WAIT_MS });
    const end = (problems: string[]) => {
      socket.destroy();
      done(problems);
    };
    socket.once('connect', () => end([]));
    for (const event of ['error', 'timeout'])
      socket.once(event, () => end([`nothing answers at ${host}:${port}`]));
  });
}

if (import.meta.main) process.exitCode = await healthCommand(process.argv.slice(2));
