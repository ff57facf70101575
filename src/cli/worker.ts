import { ADVISORS, type Advising, runAdvisorOnce } from '../../workers/advisors.ts';
import { type Collecting, runEverywhere, type SourceRun, WORKERS } from '../../workers/main.ts';
import { loadBusinessContext } from '../business/load.ts';
import type { Config, Role } from '../config/config.ts';
import { loadFullConfig } from '../config/sources.ts';
import { type Databases, openDatabases } from '../db/database.ts';
import { ConfigError } from '../errors.ts';
import { createLog } from '../log.ts';
import { createProgress } from './progress.ts';

/**
 * `dr365 worker NAME`: one run now on each source, with progress on a terminal and the outcome in one line for each.
 * @returns 0 if all succeeded, at least in part; 1 if one failed; 2 if one failed of a setting
 */
export async function workerCommand(args: string[]): Promise<number> {
  const [name = '', ...rest] = args;
  const names = [...Object.keys(WORKERS), ...Object.keys(ADVISORS)];
  if (!names.includes(name) || rest.length > 0)
    throw new ConfigError(`worker takes one name: ${names.join(', ')}`);
  const role: Role = name in ADVISORS ? 'advisor' : 'collector';
  const config = loadFullConfig(process.env, { withSources: role === 'collector' });
  const databases = await openDatabases(config.database, role, `dr365 ${name}`);
  const progress = createProgress(process.stderr);
  try {
    const runs = await runNamed(name, config, databases, progress.show);
    progress.end();
    for (const run of runs) report(name, run);
    if (runs.length === 0)
      process.stderr.write('dr365: no source has been read yet: run a collecting worker first\n');
    return Math.max(0, ...runs.map(exitCodeOf));
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
): Promise<SourceRun[]> {
  const log = createLog(process.stderr.isTTY && !process.env.LOG_LEVEL ? 'warn' : config.logLevel);
  const options = { log, clock: () => new Date(), progress };
  if (!(name in ADVISORS)) return runEverywhere(name as Collecting, config, databases, options);
  const business = loadBusinessContext(config.configFile);
  return runAdvisorOnce(name as Advising, databases, { ...options, business });
}

/** One run a line, also where several sources were read. */
function report(worker: string, { sourceId, ...run }: SourceRun): void {
  process.stdout.write(`${JSON.stringify({ worker, sourceId, ...run })}\n`);
  if (!run.error) return;
  const record = run.runId ? 'the run failed and is on record' : 'could not be read, nothing is on record';
  process.stderr.write(`dr365: ${sourceId}: ${record}: ${run.error.message}\n`);
}

/**
 * A certificate or a password that is refused is a setting to be mended, also where it was right before; and so is the rest of
 * what settings decide where no answer ever came.
 */
function exitCodeOf({ status, error, runId }: SourceRun): number {
  if (status !== 'failed') return 0;
  const ofSettings = runId ? ['tls', 'sign-in'] : ['tls', 'sign-in', 'unreachable', 'rejected', 'settings'];
  return error && ofSettings.includes(error.code) ? 2 : 1;
}
