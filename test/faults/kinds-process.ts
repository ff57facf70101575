import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Attempt, between, type Kind, type Struck } from './attempt.ts';
import { readRuns } from './contents.ts';
import { unitEnvironment } from './estate.ts';

const DR365 = join(import.meta.dirname, '../../src/cli/dr365.mjs');
const CLOCK = join(import.meta.dirname, 'frozen-clock.mjs');

/** What a process asks of its databases before its run begins. */
const AT_START = 12;

/** Faults of the process that runs, which is the product's own command. */
export const PROCESS_KINDS: Kind[] = [
  {
    name: 'kill -9',
    fits: () => true,
    attempt: (attempt) => signalling(attempt, ['worker'], 'SIGKILL'),
    record: (runs) => (runs.some(({ status }) => status === 'abandoned') ? 'abandoned' : undefined),
  },
  {
    name: 'SIGTERM during load',
    // The schedule catches up what was missed for more than a day.
    fits: ({ kind }, slot) => kind === 'tables' || slot % 2 === 0,
    attempt: (attempt) => signalling(attempt, ['workers'], 'SIGTERM'),
    record: (runs) =>
      runs
        .map(({ status, error_message }) => {
          if (status === 'succeeded') return 'succeeded: the run was ended first';
          return status === 'failed' && /stop/i.test(error_message ?? '') ? 'failed: stopped' : undefined;
        })
        .find((text) => text !== undefined),
  },
];

/** A process of its own runs the unit and gets a signal at one of its statements. */
async function signalling(
  { place, proxy, unit, now, usual, random }: Attempt,
  command: string[],
  signal: 'SIGKILL' | 'SIGTERM',
): Promise<Struck> {
  const before = new Set((await readRuns(place.server, place.name)).map(({ run_id }) => run_id));
  const number = between(random, AT_START, AT_START + usual.statements);
  const wait = between(random, 0, 20);
  const stopSeconds = random() < 0.6 ? '0' : '45';
  let isDone = false;
  let said = '';
  proxy.reset();
  const child = spawn(process.execPath, ['--import', CLOCK, DR365, ...command, unit.worker], {
    // With no time to finish in, what is under way is ended at once.
    env: { ...unitEnvironment(unit, place, now), WORKERS_STOP_SECONDS: stopSeconds },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  child.stderr.on('data', (chunk) => {
    said = `${said}${String(chunk)}`.slice(-2000);
  });
  const ended = new Promise<NodeJS.Signals | number | null>((done) =>
    child.once('close', (code, by) => done(by ?? code)),
  );
  const idle = setInterval(() => {
    if (!isDone && proxy.idleMs() > 10_000) child.kill(signal);
  }, 500);
  proxy.onStatement(({ number: at }) => {
    if (!isDone && at >= number) {
      isDone = true;
      void sleep(wait).then(() => child.kill(signal));
    }
    return 'pass';
  });
  const end = await ended;
  const wasUnderWay = (await readRuns(place.server, place.name)).some(
    ({ run_id, status }) => !before.has(run_id) && status === 'running',
  );
  clearInterval(idle);
  proxy.reset();
  if (signal === 'SIGTERM' && end !== 0 && end !== 'SIGTERM')
    throw new Error(`dr365 workers ended with ${end} after SIGTERM: ${said}`);
  return {
    // A signal that comes before the program listens ends it before it has begun anything.
    struck: isDone && (end === 0 || (end === signal && wasUnderWay)),
    what: `${signal} ${wait} ms after statement ${number} of ${usual.statements}, ${stopSeconds} s to finish`,
  };
}
