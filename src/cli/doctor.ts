import type { BusinessContext } from '../business/context.ts';
import { asReader } from '../db/connect.ts';
import type { Databases } from '../db/database.ts';
import { ConfigError } from '../errors.ts';
import type { Access } from './doctor-access.ts';
import { checkAzure } from './doctor-azure.ts';
import { type Check, createChecks, exitCodeOf, reasonOf } from './doctor-check.ts';
import { checkDatabase } from './doctor-database.ts';
import { checkMachine } from './doctor-machine.ts';
import { toJson, toText } from './doctor-report.ts';
import { checkRules } from './doctor-rules.ts';
import { checkRuns } from './doctor-runs.ts';
import { checkSettings } from './doctor-settings.ts';
import { checkVeeam } from './doctor-veeam.ts';

/**
 * `dr365 doctor`: Node.js, disk, settings, dr365.toml and what its rules match, databases with their roles and tenants, backup
 * servers and vaults of Azure Backup with what may be read of them, and last runs, a line each with what to do. Changes nothing.
 * @returns 0, 1 if something failed, 2 if a setting is wrong by itself
 */
export async function doctorCommand(args: string[]): Promise<number> {
  const isJson = args[0] === '--json';
  if (args.length > (isJson ? 1 : 0))
    throw new ConfigError(
      `doctor takes --json or nothing, ${JSON.stringify(args[isJson ? 1 : 0])} was given`,
    );
  const now = new Date();
  const { checks, access } = await examine(now);
  process.stdout.write(isJson ? toJson(checks, access, now) : toText(checks, access, now));
  return exitCodeOf(checks);
}

async function examine(now: Date): Promise<{ checks: Check[]; access: Access[] }> {
  const { checks, config, business } = checkSettings(process.env);
  if (!config) return { checks, access: [] };
  const [veeam, azure, tables] = await Promise.all([
    checkVeeam(config),
    checkAzure(config.azure),
    checkDatabase(config).then(async ({ checks: found, databases }) => [
      ...found,
      ...(await checkContents(databases, business, now)),
    ]),
  ]);
  return {
    checks: [...checkMachine(config.database), ...checks, ...veeam.checks, ...azure.checks, ...tables],
    access: [...veeam.access, ...azure.access],
  };
}

async function checkContents(
  databases: Databases | undefined,
  business: BusinessContext | undefined,
  now: Date,
): Promise<Check[]> {
  if (!databases) return [];
  try {
    const rules = business ? await checkRules(business, asReader(databases.metrics.db)) : [];
    return [...rules, ...(await checkRuns(databases, now))];
  } catch (error) {
    const { checks, fail } = createChecks('database');
    fail('tables', `cannot be read: ${reasonOf(error)}`);
    return checks;
  } finally {
    await databases.close();
  }
}
