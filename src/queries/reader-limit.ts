import { sql } from 'kysely';
import type { MetricsReader } from '../db/connect.ts';
import type { RunKey } from './health.ts';

/** The tenants whose sources the login of this connection sees; null: it is not limited and sees all. */
export async function readLimit(db: MetricsReader): Promise<string[] | null> {
  const row = await db
    .selectFrom(
      sql<{ isLimited: boolean; tenants: string[] }>`(
        select pg_has_role(session_user, 'dr365_tenant_reader', 'member') as "isLimited",
               array(select tenant from reader_tenant where login = session_user::text order by tenant) as tenants)`.as(
        'own',
      ),
    )
    .selectAll()
    .executeTakeFirst();
  return row?.isLimited ? row.tenants : null;
}

/** How many machines that the runs of the rto worker judged are not shown to this login: they name sources that it may not see. */
export async function countWithheld(db: MetricsReader, runs: readonly RunKey[]): Promise<number> {
  if (runs.length === 0 || (await readLimit(db)) === null) return 0;
  const row = await db
    .selectFrom(
      sql<{ left: number }>`(
        select coalesce(sum(s.workloads - (select count(*) from workload_recovery w
                                            where w.source_id = s.source_id and w.run_id = s.run_id)), 0)::int as left
          from unnest(${runs.map(({ sourceId }) => sourceId)}::text[], ${runs.map(({ runId }) => runId)}::uuid[])
                 as run(source_id, run_id)
          join recovery_summary s on s.source_id = run.source_id and s.run_id = run.run_id)`.as('counted'),
    )
    .selectAll()
    .executeTakeFirst();
  return Math.max(0, row?.left ?? 0);
}
