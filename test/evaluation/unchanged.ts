import { sql } from 'kysely';
import type { TestDatabase } from '../support/database.ts';

/** Contents of all tables of both databases, and what the server has counted of changes: equal if nothing was written. */
export async function stateOf(database: TestDatabase): Promise<string> {
  const { metrics, risk } = await database.as('owner');
  const states: string[] = [];
  for (const { db } of [metrics, risk]) {
    const { rows: tables } = await sql<{ name: string; writes: string }>`
      select relname as name, concat_ws(' ', n_tup_ins, n_tup_upd, n_tup_del) as writes
      from pg_stat_user_tables order by relname`.execute(db as never);
    for (const { name, writes } of tables) {
      const { rows } = await sql<{ sum: string }>`
        select concat_ws(' ', count(*), sum(hashtextextended(t::text, 0))) as sum from ${sql.table(name)} t`.execute(
        db as never,
      );
      states.push(`${name} ${rows[0]?.sum} ${writes}`);
    }
  }
  return states.join('\n');
}

/** Where the ids of answers come from, by the field that names them. */
const IDS: Record<string, string> = {
  // A backup without a job goes by its own id.
  job_id: 'select job_id from job union select job_id from backup union select backup_id from backup',
  workload_id: 'select workload_id from workload_recovery',
  repository_id: 'select repository_id from repository union select repository_id from capacity_forecast',
  session_id: 'select session_id from session union select session_id from task_session',
  source_id: 'select source_id from source',
};

/** All ids that rows have, by the field that names them in answers. */
export async function knownIds(database: TestDatabase): Promise<Map<string, Set<string>>> {
  const { db } = (await database.as('reader')).metrics;
  const known = new Map<string, Set<string>>();
  for (const [field, query] of Object.entries(IDS)) {
    const { rows } = await sql.raw<Record<string, string>>(query).execute(db as never);
    known.set(field, new Set(rows.flatMap((row) => Object.values(row))));
  }
  return known;
}
