import { sql } from 'kysely';
import type {
  AzureContainerFacts,
  AzureFacts,
  AzureItemFacts,
  VaultFacts,
} from '../../src/analysis/health/azure-facts.ts';
import type { Context, Trx } from '../shared/facts.ts';
import { ms } from './facts.ts';

/** A figure older than this says nothing about now. */
const HOURS = 26;
const RECENT_DAYS = 14;

/** A vault with its items as the tables have them. What could not be read in this run is null: not known. */
export async function readAzureFacts(trx: Trx, context: Context): Promise<AzureFacts> {
  const { sourceId, recorder } = context;
  const isMissing = recorder.endpoints.some(
    ({ endpoint, outcome }) =>
      endpoint === 'backupProtectionContainers' && ['forbidden', 'failed'].includes(outcome),
  );
  return {
    vault: await readVault(trx, sourceId),
    items: await readItems(trx, sourceId),
    containers: isMissing ? null : await readContainers(trx, sourceId),
    backupsWithoutItem: await countUnplaced(trx, context),
    limits: await readLimits(trx, context),
  };
}

async function readVault(trx: Trx, sourceId: string): Promise<VaultFacts> {
  const row = await trx
    .selectFrom('azure_vault')
    .selectAll()
    .where('source_id', '=', sourceId)
    .executeTakeFirst();
  return {
    id: sourceId,
    name: row?.name ?? sourceId,
    softDelete: row?.soft_delete ?? null,
    softDeleteDays: row?.soft_delete_days ?? null,
    immutability: row?.immutability ?? null,
    multiUserAuthorization: row?.multi_user_authorization ?? null,
    redundancy: row?.redundancy ?? null,
    alertsOnFailures: row?.alerts_on_failures ?? null,
  };
}

async function readItems(trx: Trx, sourceId: string): Promise<AzureItemFacts[]> {
  const rows = await trx
    .selectFrom('azure_item as i')
    .innerJoin('job as j', (join) =>
      join.onRef('j.source_id', '=', 'i.source_id').onRef('j.job_id', '=', 'i.item_id'),
    )
    .leftJoinLateral(
      (eb) =>
        eb
          .selectFrom('azure_job_error as e')
          .innerJoin('session as s', (join) =>
            join.onRef('s.source_id', '=', 'e.source_id').onRef('s.session_id', '=', 'e.session_id'),
          )
          .select('e.code')
          .whereRef('e.source_id', '=', 'i.source_id')
          .whereRef('e.item_id', '=', 'i.item_id')
          .where('s.session_type', '=', 'AzureBackup')
          .where('s.result', '=', 'Failed')
          .orderBy('s.created_at', 'desc')
          .orderBy('e.seq')
          .limit(1)
          .as('last'),
      (join) => join.onTrue(),
    )
    .selectAll('i')
    .select(['j.name as title', 'last.code as last_error_code'])
    .where('i.source_id', '=', sourceId)
    .where('i.vanished_at', 'is', null)
    .orderBy('i.item_id')
    .execute();
  return rows.map((row) => ({
    id: row.item_id,
    name: row.title,
    protectionState: row.protection_state,
    protectionStatus: row.protection_status,
    healthStatus: row.health_status,
    healthDetails: row.health_details as unknown as AzureItemFacts['healthDetails'],
    isSoftDeleted: row.is_soft_deleted,
    policyInconsistent: row.policy_inconsistent,
    lastBackupAt: ms(row.last_backup_at),
    lastPointAt: ms(row.last_point_at),
    deletedForGoodAt: ms(row.deleted_for_good_at),
    lastErrorCode: row.last_error_code,
  }));
}

async function readContainers(trx: Trx, sourceId: string): Promise<AzureContainerFacts[]> {
  const rows = await trx
    .selectFrom('azure_container')
    .selectAll()
    .where('source_id', '=', sourceId)
    .where('vanished_at', 'is', null)
    .orderBy('container_id')
    .execute();
  return rows.map((row) => ({
    id: row.container_id,
    name: row.name,
    type: row.container_type,
    registrationStatus: row.registration_status,
    healthStatus: row.health_status,
    items: row.items_count,
  }));
}

async function countUnplaced(trx: Trx, { sourceId, sourceNow }: Context): Promise<number> {
  const { backups } = await trx
    .selectFrom('session')
    .select(({ fn }) => fn.countAll<number>().as('backups'))
    .where('source_id', '=', sourceId)
    .where('session_type', '=', 'AzureBackup')
    .where('job_id', 'is', null)
    .where('created_at', '>=', new Date(sourceNow.getTime() - RECENT_DAYS * 86_400_000))
    .executeTakeFirstOrThrow();
  return Number(backups);
}

/** The capacity worker reads them. */
async function readLimits(trx: Trx, { sourceId, sourceNow }: Context): Promise<AzureFacts['limits']> {
  const since = new Date(sourceNow.getTime() - HOURS * 3_600_000);
  const { rows } = await sql<{ name: string; value: number; limit: number | null }>`
    select distinct on (name) name, value, limit_value as limit from azure_usage
     where source_id = ${sourceId} and sampled_at between ${since} and ${sourceNow}
     order by name, sampled_at desc`.execute(trx);
  if (rows.length === 0) return null;
  return rows.flatMap(({ name, value, limit }) => (limit === null ? [] : [{ name, value, limit }]));
}
