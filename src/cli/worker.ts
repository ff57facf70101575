import { type Collecting, runOnce, WORKERS } from '../../workers/main.ts';
import { loadConfig } from '../config.ts';
import { openDatabases } from '../db/database.ts';
import { ConfigError } from '../errors.ts';
import { createLog } from '../log.ts';
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
    return summary.status === 'failed' ? 1 : 0;
  } finally {
    progress.end();
    await databases.close();
  }
}
