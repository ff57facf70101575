import { sql } from 'kysely';
import type { Metrics } from '../db/connect.ts';

const known = new WeakMap<Metrics, Set<string>>();

/** Months as young as this are there once they were: retention keeps all of them longer. */
const SURE_FOR_MS = 60 * 86_400_000;

/**
 * Makes the monthly partitions (UTC) that rows with these times go to, if they are missing. In transactions of their own,
 * before the load: making one waits for readers of the table, a load should not. Maintenance makes those of the coming months
 * ahead, and may drop an old one while this process runs, so old ones are asked for each time.
 */
export async function ensurePartitions(
  db: Metrics,
  table: 'session' | 'task_session' | 'repository_sample',
  times: Date[],
): Promise<void> {
  const seen = known.get(db) ?? new Set<string>();
  known.set(db, seen);
  const months = new Set(times.map((time) => `${time.toISOString().slice(0, 7)}-01`));
  for (const month of [...months].sort()) {
    if (seen.has(table + month)) continue;
    await sql`select create_month_partition(${table}::regclass, ${month}::date)`.execute(db);
    if (Date.parse(month) > Date.now() - SURE_FOR_MS) seen.add(table + month);
  }
}
