import { fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { isPassed, reportOf } from './report.ts';
import type { SequenceResult } from './sequence.ts';

const HELP = `npm run test:faults -- [--seed N] [--faults 1000] [--lanes N] [--without-full-disk]

Plays sequences of seeded faults over collectors, advisors and both databases, and compares all tables with those of an
undisturbed run. Sequence i has the seed N + i; the one with seed N alone: --seed N --faults 1.
Exit code 0: all equal and on record, and each kind struck where there were enough faults for it; 1: not; 2: wrong options, or
this machine cannot (see --without-full-disk).
`;

/** What a lane is told, and what it says. */
export type ToLane = { seed: number } | { end: true };
export type FromLane = { ready: string[] } | { result: SequenceResult } | { failed: string; cannot: boolean };

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: '1' },
      faults: { type: 'string', default: '1000' },
      lanes: { type: 'string', default: String(Math.min(4, availableParallelism() + 1)) },
      'without-full-disk': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const wanted = numberOf('faults', values.faults, 1);
  const began = performance.now();
  const results: SequenceResult[] = [];
  let seed = numberOf('seed', values.seed, 0);
  let kinds: string[] = [];
  const counted = () => results.reduce((sum, { outcomes }) => sum + outcomes.length, 0);
  const given = numberOf('lanes', values.lanes, 1);
  const lanes = wanted < 20 ? 1 : given;
  // A sequence has about nine faults: none is begun that is not needed any more.
  let underWay = 0;
  const next = (): ToLane => {
    if (results.length > 0 || underWay > 0)
      if (counted() + underWay * FAULTS_EACH >= wanted) return { end: true };
    underWay += 1;
    seed += 1;
    return { seed: seed - 1 };
  };
  const outcome = await Promise.all(
    Array.from({ length: lanes }, () =>
      drive(values['without-full-disk'], next, (message) => {
        if ('ready' in message) kinds = message.ready;
        if (!('result' in message)) return;
        underWay -= 1;
        results.push(message.result);
        process.stderr.write(
          `seed ${message.result.seed}: ${counted()} of ${wanted} faults${message.result.problems.map((problem) => `\n  DIFFERENT: ${problem}`).join('')}\n`,
        );
      }),
    ),
  );
  const failure = outcome.find((one) => one !== undefined);
  if (failure) {
    process.stderr.write(`${failure.failed}\n`);
    if (!failure.cannot) return 1;
    process.stderr.write(
      'FULL DISK CANNOT BE TESTED on this machine: run as root where mounting is allowed, or leave it out with --without-full-disk\n',
    );
    return 2;
  }
  if (values['without-full-disk']) process.stdout.write('LEFT OUT, as told: full disk\n');
  process.stdout.write(`${reportOf(results, kinds)}\n${Math.round((performance.now() - began) / 1000)} s\n`);
  return isPassed(results, kinds) ? 0 : 1;
}

/** @throws RangeError: a suite that is asked for nothing would find nothing wrong */
function numberOf(option: string, text: string, low: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < low)
    throw new RangeError(`--${option} is a whole number from ${low} on, ${JSON.stringify(text)} was given`);
  return value;
}

const FAULTS_EACH = 9;

type Failure = { failed: string; cannot: boolean };

async function drive(
  withoutFullDisk: boolean,
  next: () => ToLane,
  tell: (message: FromLane) => void,
): Promise<Failure | undefined> {
  const child = fork(
    join(import.meta.dirname, 'lane-process.ts'),
    withoutFullDisk ? ['--without-full-disk'] : [],
  );
  let failure: Failure | undefined;
  child.on('message', (message: FromLane) => {
    tell(message);
    if ('failed' in message) failure = message;
    else child.send(next());
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  return failure ?? (code === 0 ? undefined : { failed: `a lane ended with ${code}`, cannot: false });
}

process.exitCode = await main().catch((error: unknown) => {
  if (!(error instanceof RangeError)) throw error;
  process.stderr.write(`${error.message}\n`);
  return 2;
});
