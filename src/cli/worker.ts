import { ADVISORS, type Advising, runAdvisorOnce } from '../../workers/advisors.ts';
import { type Collecting, runEverywhere, WORKERS } from '../../workers/main.ts';
import { loadBusinessContext } from '../business/load.ts';
import { type Config, loadConfig, type Role } from '../config.ts';
import { type Databases, openDatabases } from '../db/database.ts';
import { ConfigError } from '../errors.ts';
import { createLog } from '../log.ts';
import type { RunSummary } from '../pipeline/run-worker.ts';
import { createProgress } from './progress.ts';

/** `dr365 worker NAME`: one run now, with progress on a terminal and the outcome in one line for each source. */
export async function workerCommand(args: string[]): Promise<number> {
  const [name = '', ...rest] = args;
  const names = [...Object.keys(WORKERS), ...Object.keys(ADVISORS)];
  if (!names.includes(name) || rest.length > 0)
    throw new ConfigError(`worker takes one name: ${names.join(', ')}`);
  const config = loadConfig(process.env);
  const role: Role = name in ADVISORS ? 'advisor' : 'collector';
  const databases = await openDatabases(config.database, role, `dr365 ${name}`);
  const progress = createProgress(process.stderr);
  try {
    const summaries = await runNamed(name, config, databases, progress.show);
    progress.end();
    for (const summary of summaries) report(name, summary);
    if (summaries.length === 0)
      process.stderr.write('dr365: no source has been read yet: run a collecting worker first\n');
    return Math.max(0, ...summaries.map(exitCodeOf));
  } finally {
    progress.end();
    await databases.close();
  }
}

async function runNamed(
  name: string,
  config: Config,
  databases: Databases,
  progress: (text: string) => void,
): Promise<RunSummary[]> {
  const log = createLog(process.stderr.isTTY && !process.env.LOG_LEVEL ? 'warn' : config.logLevel);
  const options = { log, clock: () => new Date(), progress };
  if (!(name in ADVISORS)) return runEverywhere(name as Collecting, config, databases, options);
  const business = loadBusinessContext(config.configFile);
  return runAdvisorOnce(name as Advising, databases, { ...options, business });
}

function report(name: string, summary: RunSummary): void {
  process.stdout.write(`${JSON.stringify({ worker: name, ...summary })}\n`);
  if (summary.error)
    process.stderr.write(`dr365: the run failed and is on record: ${summary.error.message}\n`);
}

/** A certificate or a password that is refused is a setting to be mended, also where it was right before. */
function exitCodeOf({ status, error }: RunSummary): number {
  if (status !== 'failed') return 0;
  return error && ['tls', 'sign-in'].includes(error.code) ? 2 : 1;
}
