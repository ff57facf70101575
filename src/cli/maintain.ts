import { assertRetentionFits } from '../../workers/maintenance/fits.ts';
import { type Maintained, maintain } from '../../workers/maintenance/maintenance.ts';
import { loadBusinessContext } from '../business/load.ts';
import type { Role } from '../config/config.ts';
import { loadFullConfig } from '../config/sources.ts';
import { openDatabases } from '../db/database.ts';
import { ConfigError } from '../errors.ts';
import { createLog } from '../log.ts';

const ROLE_OF: Record<Maintained, Role> = { metrics: 'collector', risk: 'advisor' };

/**
 * `dr365 maintain [metrics] [risk]`: the daily maintenance now, of both databases or of the one that is named.
 * @returns 0 if it is done, or goes on tomorrow; 1 if one failed
 */
export async function maintainCommand(args: string[]): Promise<number> {
  const all = Object.keys(ROLE_OF) as Maintained[];
  const unknown = args.find((name) => !all.includes(name as Maintained));
  if (unknown !== undefined)
    throw new ConfigError(`maintain takes metrics, risk, or nothing for both: ${JSON.stringify(unknown)}`);
  const config = loadFullConfig(process.env, { withSources: false });
  const { retention } = loadBusinessContext(config.configFile);
  assertRetentionFits(config, retention);
  const options = { retention, clock: () => new Date(), log: createLog(config.logLevel) };
  let code = 0;
  for (const name of all.filter((one) => args.length === 0 || args.includes(one))) {
    const databases = await openDatabases(config.database, ROLE_OF[name], 'dr365 maintain');
    try {
      const summary = await maintain(name, databases, options);
      process.stdout.write(`${JSON.stringify(summary)}\n`);
      if (summary.status === 'failed') code = 1;
    } finally {
      await databases.close();
    }
  }
  return code;
}
