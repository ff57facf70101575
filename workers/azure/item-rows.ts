import type { JobSchedule } from '../../src/analysis/health/schedule.ts';
import { type AzureProtectedItem, sourceKeyOf } from '../../src/azure/protected-items.ts';
import type { BulkRow } from '../../src/pipeline/bulk.ts';
import type { FactRow } from '../shared/facts.ts';
import { deletedForGoodAt } from './deferred-delete.ts';
import { isDatabase, toAzureWorkloadId, toItemId, toItemKind, toRepositoryId } from './ids.ts';

/** What is stored of an item: its facts, and the same as a job, a backup and an object in it. */
export type ItemRows = {
  item: FactRow<'azure_item'>;
  job: FactRow<'job'>;
  backup: FactRow<'backup'>;
  object: Omit<BulkRow<'backup_object'>, 'source_id' | 'first_seen_at' | 'vanished_at' | 'known_from'>;
};

export type About = { sourceId: string; vaultName: string; now: Date; schedule: JobSchedule | null };

/** @returns null if the id of the item is none */
export function toItemRows(one: AzureProtectedItem, about: About): ItemRows | null {
  const itemId = toItemId(one.parts);
  if (!itemId) return null;
  const item = toItem(one, itemId, about.now);
  const kind = toItemKind(one);
  const {
    name,
    parent_name: parentName = null,
    server_name: server = null,
    resource_key: resourceKey = null,
  } = item;
  const title = isDatabase(kind) ? [server, parentName, name].filter(Boolean).join('/') : name;
  const place = { repository_id: toRepositoryId(about.sourceId), repository_name: about.vaultName };
  const lastResult = RESULTS[one.lastBackupStatus?.toLowerCase() ?? ''] ?? null;
  const isOff = item.is_soft_deleted === true || OFF.includes(item.protection_state ?? '');
  return {
    item,
    job: {
      job_id: itemId,
      name: title,
      type: kind,
      description: null,
      workload: kind === 'AzureVm' ? 'Vm' : isDatabase(kind) ? 'Application' : 'File',
      status: item.protection_state ?? null,
      // Not said is not known: such an item counts as one that is meant to run.
      is_disabled: item.protection_state === null && !isOff ? null : isOff,
      is_scheduled: isOff ? false : about.schedule ? true : null,
      schedule: isOff ? null : about.schedule,
      after_job_id: null,
      copy_mode: null,
      ...place,
      objects_count: 1,
      last_run_at: item.last_backup_at ?? null,
      last_result: lastResult,
      next_run_at: null,
      session_id: null,
    },
    backup: {
      backup_id: itemId,
      name: title,
      job_id: itemId,
      job_type: kind,
      policy_unique_id: item.policy_id ?? null,
      platform_name: 'AzureBackup',
      ...place,
      oldest_point_at: item.oldest_point_at ?? null,
    },
    object: {
      backup_id: itemId,
      object_id: itemId,
      workload_id: toAzureWorkloadId({ kind, itemId, name, parentName, resourceKey }),
      name: title,
      platform: 'AzureBackup',
      type: kind,
      platform_object_id: resourceKey,
      path: isDatabase(kind) ? [server, parentName].filter(Boolean).join('/') || null : null,
      // Azure tells bytes of whole vaults only.
      size_bytes: null,
      restore_points_count: item.point_count ?? null,
      last_run_failed: lastResult === null || lastResult === 'None' ? null : lastResult === 'Failed',
    },
  };
}

const OFF = ['ProtectionStopped', 'ProtectionPaused', 'BackupsSuspended'];

/** Words of machines and of databases for how the last backup went. */
const RESULTS: Record<string, string> = {
  completed: 'Success',
  completedwithwarnings: 'Warning',
  failed: 'Failed',
  cancelled: 'None',
  inprogress: 'None',
  healthy: 'Success',
  unhealthy: 'Failed',
};

/** Resource Graph has words of its own for the state of protection. */
const GRAPH_STATES: Record<string, string> = {
  ConfiguringProtection: 'IRPending',
  ProtectionConfigured: 'Protected',
  ConfiguringProtectionFailed: 'ProtectionError',
  ProtectionStopped: 'ProtectionStopped',
  SoftDeleted: 'ProtectionStopped',
  ProtectionError: 'ProtectionError',
};

function toItem(one: AzureProtectedItem, itemId: string, now: Date): FactRow<'azure_item'> {
  const { extendedInfo, currentProtectionState = '' } = one;
  const graphState = GRAPH_STATES[currentProtectionState] ?? (currentProtectionState || null);
  const count = extendedInfo?.recoveryPointCount;
  return {
    item_id: itemId,
    name: one.friendlyName ?? one.name,
    policy_id: (one.policyName ?? one.policyId?.split('/').at(-1))?.toLowerCase() ?? null,
    management_type: one.backupManagementType ?? null,
    item_type: one.protectedItemType ?? null,
    workload_type: one.workloadType ?? null,
    resource_key: sourceKeyOf(one) ?? null,
    container_name: one.parts.container?.toLowerCase() ?? null,
    server_name: one.serverName ?? null,
    parent_name: one.parentName ?? null,
    protection_state: one.protectionState ?? graphState,
    protection_status: one.protectionStatus ?? null,
    health_status: one.healthStatus ?? one.protectedItemHealthStatus ?? null,
    health_details: toHealthDetails(one),
    last_backup_status: one.lastBackupStatus ?? null,
    last_backup_at: one.lastBackupTime,
    last_point_at: one.lastRecoveryPoint,
    point_count: count !== undefined && Number.isInteger(count) && count >= 0 ? count : null,
    oldest_point_at: extendedInfo?.oldestRecoveryPoint ?? null,
    is_soft_deleted: one.isScheduledForDeferredDelete ?? currentProtectionState === 'SoftDeleted',
    deleted_for_good_at: deletedForGoodAt(one, now),
    is_archive_enabled: one.isArchiveEnabled ?? null,
    policy_inconsistent: extendedInfo?.policyInconsistent ?? null,
  };
}

/** What Azure says is wrong: of machines their health, of databases their last backup. */
function toHealthDetails({ healthDetails, lastBackupErrorDetail }: AzureProtectedItem) {
  const texts = ({ code, title, message, recommendations }: NonNullable<typeof healthDetails>[number]) => ({
    code: code ?? null,
    title: title ?? null,
    message: message ?? null,
    recommendations: recommendations ?? [],
  });
  const last =
    lastBackupErrorDetail?.code || lastBackupErrorDetail?.message ? lastBackupErrorDetail : undefined;
  return [...(healthDetails ?? []), ...(last ? [{ title: undefined, ...last }] : [])].map(texts);
}
