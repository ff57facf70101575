import { type Collecting, runOnce, WORKERS } from '../../workers/main.ts';
import { loadConfig } from '../config.ts';
import { openDatabases } from '../db/database.ts';
import { ConfigError } from '../errors.ts';
import { createLog } from '../log.ts';
import type { RunSummary } from '../pipeline/run-worker.ts';
import { createProgress } from './progress.ts';

/** `dr365 worker NAME`: one run now, with progress on a terminal and the outcome in one line. */
export async function workerCommand(args: string[]): Promise<number> {
  const [name = '', ...rest] = args;
  const names = Object.keys(WORKERS);
  if (!names.includes(name) || rest.length > 0)
    throw new ConfigError(`worker takes one name: ${names.join(', ')}`);
  const config = loadConfig(process.env);
  const log = createLog(process.stderr.isTTY && !process.env.LOG_LEVEL ? 'warn' : config.logLevel);
  const databases = await openDatabases(config.database, 'collector', `dr365 ${name}`);
  const progress = createProgress(process.stderr);
  try {
    const summary = await runOnce(name as Collecting, config, databases, {
      log,
      clock: () => new Date(),
      progress: progress.show,
    });
    progress.end();
    process.stdout.write(`${JSON.stringify({ worker: name, ...summary })}\n`);
    if (summary.error)
      process.stderr.write(`dr365: the run failed and is on record: ${summary.error.message}\n`);
    return exitCodeOf(summary);
  } finally {
    progress.end();
    await databases.close();
  }
}

/** A certificate or a password that is refused is a setting to be mended, also where it was right before. */
function exitCodeOf({ status, error }: RunSummary): number {
  if (status !== 'failed') return 0;
  return error && ['tls', 'sign-in'].includes(error.code) ? 2 : 1;
}
