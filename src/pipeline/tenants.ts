import { sql } from 'kysely';
import type { Metrics } from '../db/connect.ts';
import type { Databases } from '../db/database.ts';

/**
 * Brings the tenant of a source from the metrics database, where collectors write it, to the risk database. Not before the
 * newest results name no machine of another tenant: until then nobody but unlimited readers sees the risks of the source.
 * Where machines were joined with a source that is another tenant's now, the runs until now stay hidden from limited readers.
 */
export async function copyTenant({ metrics, risk }: Databases, sourceId: string): Promise<void> {
  const named = await metrics.db
    .selectFrom('source')
    .select('tenant')
    .where('source_id', '=', sourceId)
    .executeTakeFirst();
  const stored = await risk.db
    .selectFrom('source_tenant')
    .select('tenant')
    .where('source_id', '=', sourceId)
    .executeTakeFirst();
  const before = stored?.tenant ?? null;
  const isMixed = named?.tenant ? await namesOthers(metrics.db, sourceId) : false;
  const now = isMixed ? null : (named?.tenant ?? null);
  if (now === before) return;
  const parted = await listParted(metrics.db, sourceId);
  await risk.db.transaction().execute(async (trx) => {
    // Who was of the same tenant until now has results that name this one.
    const siblings = await trx
      .selectFrom('source_tenant')
      .select('source_id')
      .where('source_id', 'in', ['', ...parted])
      .where('tenant', '=', before ?? '')
      .execute();
    const hidden = parted.length > 0 ? [sourceId, ...siblings.map((one) => one.source_id)] : [];
    await sql`
      insert into hidden_run (source_id, run_id)
      select source_id, run_id from run where source_id = any(${hidden}::text[])
      on conflict do nothing`.execute(trx);
    await trx.deleteFrom('source_tenant').where('source_id', '=', sourceId).execute();
    if (now !== null)
      await trx.insertInto('source_tenant').values({ source_id: sourceId, tenant: now }).execute();
  });
}

/** Whether the newest results of the source, or those of another about it, join machines of two tenants. */
async function namesOthers(db: Metrics, sourceId: string): Promise<boolean> {
  const { rows } = await sql<{ found: boolean }>`
    select exists (
      select from (select distinct on (source_id) source_id, run_id from run
                    where worker = 'rto' and status in ('succeeded', 'partial')
                    order by source_id, finished_at desc, run_id) n
        join workload_recovery r on r.source_id = n.source_id and r.run_id = n.run_id and r.protections <> '[]'
       cross join lateral jsonb_to_recordset(r.protections) as p(source_id text)
        left join source a on a.source_id = r.source_id
        left join source b on b.source_id = p.source_id
       where (r.source_id = ${sourceId} or p.source_id = ${sourceId}) and a.tenant is distinct from b.tenant) as found`.execute(
    db,
  );
  return rows[0]?.found ?? false;
}

/** Sources of other tenants with which machines of this one were once joined. */
async function listParted(db: Metrics, sourceId: string): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select distinct o.source_id as id
      from workload_match m
      join source o on o.source_id = case when m.source_id = ${sourceId} then m.other_source_id else m.source_id end
      join source own on own.source_id = ${sourceId}
     where m.verdict = 'SAME' and (m.source_id = ${sourceId} or m.other_source_id = ${sourceId})
       and o.tenant is distinct from own.tenant
     order by 1`.execute(db);
  return rows.map(({ id }) => id);
}
