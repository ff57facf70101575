import type { BusinessContext } from '../business/context.ts';
import { loadBusinessContext } from '../business/load.ts';
import { loadConfig } from '../config.ts';

type Env = Record<string, string | undefined>;

/**
 * Sets what the `[schedule]` of dr365.toml says where the environment says nothing, before the settings are read.
 * @throws ConfigError if the environment or the file is wrong
 */
export async function readScheduleFile(env: Env): Promise<void> {
  fillSchedule(env, loadBusinessContext(loadConfig(env).configFile));
}

/** The same from a file that has been read. */
export function fillSchedule(env: Env, { schedule }: BusinessContext): void {
  for (const [name, value] of Object.entries(schedule)) if (!env[name]?.trim()) env[name] = value;
}
