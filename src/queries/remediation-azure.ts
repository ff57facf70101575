import { sql } from 'kysely';
import type { MetricsReader } from '../db/connect.ts';

/** A protected item of a vault with the error of its newest failed backup; times by the clock of the source. */
export type AzureItemRow = {
  itemId: string;
  workloadId: string | null;
  protectionState: string | null;
  healthStatus: string | null;
  isSoftDeleted: boolean | null;
  deletedForGoodAt: Date | null;
  lastPointAt: Date | null;
  policyInconsistent: boolean | null;
  errorCode: string | null;
  errorTitle: string | null;
};

/** Items of a vault; none where the source is no vault. */
export function listAzureItems(db: MetricsReader, sourceId: string): Promise<AzureItemRow[]> {
  const rows = sql<AzureItemRow>`(
    select i.item_id as "itemId", o.workload_id as "workloadId", i.protection_state as "protectionState",
           i.health_status as "healthStatus", i.is_soft_deleted as "isSoftDeleted",
           i.deleted_for_good_at as "deletedForGoodAt", i.last_point_at as "lastPointAt",
           i.policy_inconsistent as "policyInconsistent", e.code as "errorCode", e.title as "errorTitle"
      from azure_item i
      left join backup_object o on o.source_id = i.source_id and o.backup_id = i.item_id and o.object_id = i.item_id
      left join lateral (
        select x.code, x.title from session s
          left join azure_job_error x on x.source_id = s.source_id and x.session_id = s.session_id
         where s.source_id = i.source_id and s.job_id = i.item_id and s.vanished_at is null
           and s.session_type = 'AzureBackup' and s.result = 'Failed'
         order by s.created_at desc, s.session_id, x.seq limit 1) e on true
     where i.source_id = ${sourceId} and i.vanished_at is null)`;
  return db.selectFrom(rows.as('item')).selectAll().orderBy('itemId').limit(1_000_000).execute();
}

/** What kind of source it is. */
export async function getSourceKind(db: MetricsReader, sourceId: string): Promise<'veeam' | 'azure'> {
  const row = await db
    .selectFrom('source')
    .select('kind')
    .where('source_id', '=', sourceId)
    .executeTakeFirst();
  return row?.kind === 'azure' ? 'azure' : 'veeam';
}
