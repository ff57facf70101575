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

/** Waits until everybody else has left, since what a connection has changed is counted when it ends. */
export async function untilAlone(database: TestDatabase): Promise<void> {
  await database.close();
  const { metrics, risk } = await database.as('owner');
  for (const { db } of [metrics, risk])
    for (let others = 1; others > 0; ) {
      const { rows } = await sql<{ others: number }>`
        select count(*)::int as others from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid()`.execute(db as never);
      others = rows[0]?.others ?? 0;
    }
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
/** Fields with the id of a run; one of a job is known by its last session. */
const RUNS = ['run_id', 'before_run_id', 'last_good_run_id', 'health_run_id', 'risk_run_id'];

/** All ids that rows have, by the field that names them in answers. */
export async function knownIds(database: TestDatabase): Promise<Map<string, Set<string>>> {
  const { metrics, risk } = await database.as('reader');
  const { db } = metrics;
  const known = new Map<string, Set<string>>();
  for (const [field, query] of Object.entries(IDS)) {
    const { rows } = await sql.raw<Record<string, string>>(query).execute(db as never);
    known.set(field, new Set(rows.flatMap((row) => Object.values(row))));
  }
  const runs = [
    ...(await db.selectFrom('run').select('run_id').execute()),
    ...(await risk.db.selectFrom('run').select('run_id').execute()),
  ].map(({ run_id }) => run_id);
  for (const field of RUNS) known.set(field, new Set([...runs, ...(known.get('session_id') ?? [])]));
  return known;
}
