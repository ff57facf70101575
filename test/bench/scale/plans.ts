import { openDatabases } from '../../../src/db/database.ts';
import type { Asked, Statement } from './answers.ts';

/** How the database answers a statement, as the reader asks it. */
export async function explain({ settings }: Asked, { database, text, values }: Statement): Promise<string> {
  const databases = await openDatabases(settings, 'reader', 'dr365 bench');
  try {
    const { pool } =
      [databases.metrics, databases.risk].find(({ connection }) => connection.database === database) ??
      databases.metrics;
    const { rows } = await pool.query<{ 'QUERY PLAN': string }>({
      text: `explain (analyze, buffers) ${text}`,
      values,
    });
    return rows.map((row) => row['QUERY PLAN']).join('\n');
  } finally {
    await databases.close();
  }
}
