import { validate as isCron } from 'node-cron';
import type { BusinessContext } from '../business/context.ts';
import { loadBusinessContext } from '../business/load.ts';
import { type Config, loadConfig } from '../config/config.ts';
import { misspeltVariables } from '../config/misspelt.ts';
import { loadFullConfig } from '../config/sources.ts';
import { ConfigError } from '../errors.ts';
import { type Check, createChecks, plural, reasonOf } from './doctor-check.ts';

type Found = { checks: Check[]; config: Config | undefined; business: BusinessContext | undefined };

/** The environment and dr365.toml. What cannot be read is undefined, and a check says why. */
export function checkSettings(env: NodeJS.ProcessEnv): Found {
  const { checks, ok, warn, fail } = createChecks('settings');
  for (const { name, meant } of misspeltVariables(env))
    warn('environment', `${name} is not known and read by nothing`, `set ${meant} instead`);
  const read = <T>(name: string, work: () => T): T | undefined => {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      fail(name, error.message, null, { isBadSetting: true });
      return undefined;
    }
  };
  const config = read('environment', () => loadConfig(env));
  if (!config) return { checks, config, business: undefined };
  ok('environment', describe(config));
  const business = read('dr365.toml', () => loadBusinessContext(config.configFile));
  if (business) ok('dr365.toml', ...describeFile(business));
  const full = business && read('sources', () => loadFullConfig(env));
  if (!full) return { checks, config, business };
  if (full.veeam.length + (full.azure?.vaults.length ?? 0) > config.veeam.length)
    ok('sources', describe(full));
  for (const [worker, cron] of Object.entries(full.schedule)) {
    if (worker === 'timeZone' || isCron(cron)) continue;
    const name = `SCHEDULE_${worker.toUpperCase()}`;
    fail(name, `${reasonOf(cron)} is no cron expression`, 'give five or six fields, such as 45 * * * *', {
      isBadSetting: true,
    });
  }
  return { checks, config: full, business };
}

function describe({ veeam, azure, database }: Config): string {
  const sources = [
    ...veeam.slice(0, 3).map(({ server, port }) => `VBR ${server}:${port}`),
    ...(veeam.length > 3 ? [`and ${veeam.length - 3} more VBR servers`] : []),
    ...(azure ? [`Azure Backup in ${plural(azure.subscriptionIds.length, 'subscription')}`] : []),
  ];
  const server = sources.join(', ') || 'no VBR server, no Azure Backup';
  const { external, dataDir } = database;
  const where = external ? `${external.host}:${external.port}` : `embedded in ${dataDir}`;
  return `${server}, database ${where}`;
}

function describeFile({
  path,
  fingerprint,
  tiers,
  targets,
  schedule,
}: BusinessContext): [string, string | null] {
  if (path === null)
    return [
      'there is none: tiers are assumed, targets and prices are defaults',
      'cp dr365.example.toml dr365.toml and say what matters (DOCS/configuration.md)',
    ];
  const parts = [
    plural(tiers.length, 'tier rule'),
    plural(targets.overrides.length, 'target override'),
    plural(Object.keys(schedule).length, 'schedule setting'),
  ];
  return [`${path}: ${parts.join(', ')} (fingerprint ${fingerprint})`, null];
}
