import { importCapacity } from '../../workers/capacity/import.ts';
import { loadConfig } from '../config/config.ts';
import { openDatabases } from '../db/database.ts';
import { ConfigError } from '../errors.ts';
import { readText } from './read-text.ts';

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
