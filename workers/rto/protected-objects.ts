import { sql } from 'kysely';
import type { Metrics } from '../../src/db/connect.ts';
import type { Trx } from '../shared/facts.ts';

/** A conclusion older than this says nothing about now. */
const HOURS = 26;

export type ProtectedObjects = {
  protectedObjects: number;
  unprotectedObjects: number;
  unknownObjects: number;
};

/**
 * How many machines were well protected when the rto worker concluded last, for the health score: the newest usable point
 * within the RPO, and the last run of at least one backup of the machine fine. Not judged anew at a later time, as newer points
 * are not known before the next run. Null if it has not concluded in the last 26 hours.
 */
export async function readProtectedObjects(
  db: Metrics | Trx,
  sourceId: string,
  now: Date,
): Promise<ProtectedObjects | null> {
  const since = new Date(now.getTime() - HOURS * 3_600_000);
  const { rows } = await sql<{ state: keyof ProtectedObjects; machines: number }>`
    with latest as (
      select run_id from recovery_summary
       where source_id = ${sourceId} and concluded_at between ${since} and ${now}
       order by concluded_at desc limit 1),
    failed as (
      select workload_id from backup_object
       where source_id = ${sourceId} and vanished_at is null
       group by workload_id having bool_and(coalesce(last_run_failed, false)))
    select case when w.rpo_status = 'UNKNOWN' then 'unknownObjects'
                when w.rpo_status in ('BREACHED', 'NEVER') or f.workload_id is not null then 'unprotectedObjects'
                else 'protectedObjects' end as state, count(*) as machines
      from latest l
      join workload_recovery w on w.source_id = ${sourceId} and w.run_id = l.run_id
      left join failed f on f.workload_id = w.workload_id
     group by 1`.execute(db);
  if (rows.length === 0) return null;
  const counts = { protectedObjects: 0, unprotectedObjects: 0, unknownObjects: 0 };
  for (const { state, machines } of rows) counts[state] = machines;
  return counts;
}
