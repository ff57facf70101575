import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { importCapacity } from '../../workers/capacity/import.ts';
import { loadConfig } from '../config/config.ts';
import type { Metrics } from '../db/connect.ts';
import { openDatabases } from '../db/database.ts';
import { ConfigError } from '../errors.ts';
import { workerCommand } from './worker.ts';

const LOOKS = 300;
const LOOK_MS = 2000;

/**
 * `dr365 demo:history FILE`, a one-shot service of the demo in docker-compose.yml: once the collectors know the repositories of the
 * simulator, it imports the readings of the past months, which a real installation would have taken itself, and forecasts from them.
 * @returns 0, also where the history is there already or something else than the simulator is read
 */
export async function demoHistoryCommand([file, ...rest]: string[]): Promise<number> {
  if (!file || rest.length > 0) throw new ConfigError('demo:history takes one file');
  const text = readFileSync(file, 'utf8');
  const [, first = ''] = text.split('\n');
  const source = first.split(',', 1)[0] ?? '';
  const config = loadConfig(process.env);
  if (!config.veeam.some(({ server }) => server === source)) return say(`${source} is not read: no history`);
  const databases = await openDatabases(config.database, 'collector', 'dr365 demo:history');
  try {
    const { db } = databases.metrics;
    if (await hasHistory(db)) return say('the history is there already');
    for (let look = 0; look < LOOKS && !(await isKnown(db, source)); look += 1) await sleep(LOOK_MS);
    const { rows, from } = await importCapacity(db, text, new Date());
    say(`${rows} readings since ${from} imported`);
  } finally {
    await databases.close();
  }
  return workerCommand(['capacity']);
}

/** Whether readings were imported before: then they stay as they are. */
export async function hasHistory(db: Metrics): Promise<boolean> {
  const row = await db
    .selectFrom('repository_sample')
    .select('source_id')
    .where('is_imported', '=', true)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Whether the capacity worker has concluded on it once. */
async function isKnown(db: Metrics, source: string): Promise<boolean> {
  const row = await db
    .selectFrom('capacity_summary')
    .select('source_id')
    .where('source_id', '=', source)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

function say(text: string): number {
  process.stdout.write(`demo: ${text}\n`);
  return 0;
}
