import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Attempt, between, type Kind, type Struck } from './attempt.ts';
import { type RunRecord, readRuns } from './contents.ts';
import { type Unit, unitEnvironment } from './estate.ts';
import { isWanted, type Wanted } from './statements.ts';

const DR365 = join(import.meta.dirname, '../../src/cli/dr365.mjs');
const CLOCK = join(import.meta.dirname, 'frozen-clock.mjs');

/** What a process asks of its databases before its run begins. */
const AT_START = 12;

/** How long a statement is held while the process takes its signal, and how long it may take to end then. */
const HELD_MS = 1_500;

// The schedule catches up what was missed for more than a day.
const isDue = ({ kind }: Unit, slot: number) => kind === 'tables' || slot % 2 === 0;

/** Faults of the process that runs, which is the product's own command. */
export const PROCESS_KINDS: Kind[] = [
  {
    name: 'kill -9',
    fits: () => true,
    attempt: (attempt) =>
      signalling(attempt, ['worker'], {
        signal: 'SIGKILL',
        wanted: attempt.random() < 0.5 ? 'load' : 'any',
        waitMs: attempt.random() < 0.5 ? 0 : between(attempt.random, 1, 20),
      }),
    record: (runs) => (runs.some(({ status }) => status === 'abandoned') ? 'abandoned' : undefined),
  },
  {
    name: 'SIGTERM during load',
    fits: isDue,
    attempt: (attempt) =>
      signalling(attempt, ['workers'], { signal: 'SIGTERM', wanted: 'load', waitMs: 0, stopSeconds: 0 }),
    record: (runs) =>
      runs.some(isStopped) ? 'failed: stopped; the rows under way are rolled back' : undefined,
  },
  {
    name: 'SIGTERM, time to end',
    fits: isDue,
    attempt: (attempt) =>
      signalling(attempt, ['workers'], {
        signal: 'SIGTERM',
        wanted: 'any',
        waitMs: between(attempt.random, 1, 20),
        stopSeconds: 45,
      }),
    record: (runs) => {
      if (runs.some(isStopped)) return 'failed: stopped';
      return runs.some(({ status }) => status === 'succeeded')
        ? 'succeeded: the run was ended first'
        : undefined;
    },
  },
];

const isStopped = ({ status, error_message }: RunRecord) =>
  status === 'failed' && /stop/i.test(error_message ?? '');

type Signal = {
  signal: 'SIGKILL' | 'SIGTERM';
  /** The statement at which it is sent: one of these. */
  wanted: Wanted;
  /** So long after the statement; 0: before it goes on, which it does when the process has had time to take the signal. */
  waitMs: number;
  stopSeconds?: number;
};

/** A process of its own runs the unit and gets a signal at one of its statements. */
async function signalling(
  { place, proxy, unit, now, usual, random }: Attempt,
  command: string[],
  { signal, wanted, waitMs, stopSeconds = 45 }: Signal,
): Promise<Struck> {
  const before = new Set((await readRuns(place.server, place.name)).map(({ run_id }) => run_id));
  const from = wanted === 'any' ? AT_START : 1;
  const number = between(random, from, from - 1 + usual.statements[wanted]);
  let seen = 0;
  let isDone = false;
  let said = '';
  proxy.reset();
  const child = spawn(process.execPath, ['--import', CLOCK, DR365, ...command, unit.worker], {
    // With no time to finish in, what is under way is ended at once.
    env: { ...unitEnvironment(unit, place, now), WORKERS_STOP_SECONDS: String(stopSeconds) },
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
  proxy.onStatement((statement) => {
    if (isWanted(wanted, statement)) seen += 1;
    if (isDone || seen < number || !isWanted(wanted, statement)) return 'pass';
    isDone = true;
    if (waitMs > 0) {
      void sleep(waitMs).then(() => child.kill(signal));
      return 'pass';
    }
    child.kill(signal);
    return Promise.race([ended, sleep(HELD_MS)]).then(() => 'pass');
  });
  const end = await ended;
  const begun = (await readRuns(place.server, place.name)).filter(({ run_id }) => !before.has(run_id));
  const wasUnderWay = begun.some(({ status }) => status === 'running');
  clearInterval(idle);
  proxy.reset();
  if (signal === 'SIGTERM' && end !== 0 && end !== 'SIGTERM')
    throw new Error(`dr365 workers ended with ${end} after SIGTERM: ${said}`);
  return {
    // A signal that comes before the program listens, or before it opens the record of a run, finds nothing to strike.
    struck: isDone && (end === 0 ? begun.length > 0 : end === signal && wasUnderWay),
    what: `${signal} ${waitMs} ms after statement ${number} of ${usual.statements[wanted]} (${wanted}), ${stopSeconds} s to finish`,
  };
}
