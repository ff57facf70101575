import { importSureBackup } from '../../workers/rto/import.ts';
import { loadConfig } from '../config/config.ts';
import { openDatabases } from '../db/database.ts';
import { ConfigError } from '../errors.ts';
import { readText } from './read-text.ts';

/** `dr365 import:surebackup FILE`: results of SureBackup machine by machine from JSON lines, all of them or none. */
export async function importSureBackupCommand(args: string[]): Promise<number> {
  const [file, ...rest] = args;
  if (!file || rest.length > 0)
    throw new ConfigError('import:surebackup takes one file: npm run import:surebackup -- FILE');
  const text = readText(file);
  const config = loadConfig(process.env);
  const databases = await openDatabases(config.database, 'collector', 'dr365 import:surebackup');
  try {
    const imported = await importSureBackup(databases.metrics.db, text, { file, now: new Date() });
    process.stdout.write(`${JSON.stringify({ file, ...imported })}\n`);
    return 0;
  } finally {
    await databases.close();
  }
}
