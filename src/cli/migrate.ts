import { loadConfig } from '../config/config.ts';
import { migrate } from '../db/database.ts';
import { noArguments } from './arguments.ts';

/** `dr365 migrate`: prints what was done. */
export async function migrateCommand(args: string[]): Promise<number> {
  noArguments('migrate', args);
  const { database } = loadConfig(process.env);
  const done = await migrate(database);
  for (const line of done) process.stdout.write(`${line}\n`);
  process.stdout.write(
    done.length > 0 ? 'both databases are up to date\n' : 'both databases were up to date already\n',
  );
  return 0;
}
