import { readFileSync, statSync } from 'node:fs';
import { importCapacity } from '../../workers/capacity/import.ts';
import { loadConfig } from '../config.ts';
import { openDatabases } from '../db/database.ts';
import { ConfigError } from '../errors.ts';

const LARGEST_BYTES = 200 * 2 ** 20;

/** `dr365 import:capacity FILE`: older history of repositories from a CSV file, all of it or nothing. */
export async function importCapacityCommand(args: string[]): Promise<number> {
  const [file, ...rest] = args;
  if (!file || rest.length > 0)
    throw new ConfigError('import:capacity takes one file: npm run import:capacity -- FILE');
  const text = readText(file);
  const config = loadConfig(process.env);
  const databases = await openDatabases(config.database, 'collector', 'dr365 import:capacity');
  try {
    const imported = await importCapacity(databases.metrics.db, text, new Date());
    process.stdout.write(`${JSON.stringify({ file, ...imported })}\n`);
    return 0;
  } finally {
    await databases.close();
  }
}

function readText(file: string): string {
  try {
    if (statSync(file).size > LARGEST_BYTES)
      throw new ConfigError(`${file} is larger than 200 MiB: split it`);
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
  } catch (cause) {
    if (cause instanceof ConfigError) throw cause;
    const why =
      cause instanceof TypeError ? 'it is not UTF-8 text' : String((cause as NodeJS.ErrnoException).code);
    throw new ConfigError(`${file} cannot be read: ${why}`, { cause });
  }
}
