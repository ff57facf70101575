import * as z from 'zod';
import { loose } from '../wire/lenient.ts';
import { API_VERSIONS } from './api-versions.ts';
import type { AzureClient } from './client.ts';
import { GRAPH_PROTECTION_STATES, HEALTH_STATES, MANAGEMENT_TYPES, PROTECTION_STATES } from './enums.ts';
import { type ItemRef, itemPath, type VaultRef, vaultPath } from './paths.ts';
import { toFilter } from './query.ts';
import { orNull, type Page, type ReadOptions, type RowKind, readOne, readPages } from './rows.ts';
import { code, filledText, flag, keyOf, number, open, resource, seconds, text, texts, time } from './wire.ts';

const healthDetail = z.object({ code, title: text, message: text, recommendations: texts });

const itemSchema = resource({
  /** Short name, not unique. */
  friendlyName: text,
  /** `Microsoft.Compute/virtualMachines`, `AzureVmWorkloadSQLDatabase` … */
  protectedItemType: text,
  backupManagementType: open(MANAGEMENT_TYPES),
  workloadType: text,
  sourceResourceId: keyOf,
  virtualMachineId: keyOf,
  dataSourceInfo: loose(z.object({ resourceID: keyOf, resourceLocation: text })),
  containerName: text,
  policyId: keyOf,
  policyName: filledText,
  protectionState: open(PROTECTION_STATES),
  /** Only from Resource Graph, with other values than `protectionState`. */
  currentProtectionState: open(GRAPH_PROTECTION_STATES),
  protectionStatus: text,
  healthStatus: open(HEALTH_STATES),
  healthDetails: loose(z.array(healthDetail)),
  kpisHealths: loose(z.record(z.string(), z.object({ resourceHealthStatus: text }))),
  protectedItemHealthStatus: text,
  /** Job-like for machines, health-like for databases; absent if there was no backup yet. */
  lastBackupStatus: filledText,
  /** null: no backup yet. */
  lastBackupTime: time,
  lastBackupErrorDetail: loose(z.object({ code, message: text, recommendations: texts })),
  /** The newest copy that can be restored, which may be months older than the last backup. null: none. */
  lastRecoveryPoint: time,
  /** Text: it can exceed what a number holds. */
  protectedItemDataId: text,
  extendedInfo: loose(
    z.object({
      recoveryPointCount: number,
      oldestRecoveryPoint: time,
      oldestRecoveryPointInVault: time,
      oldestRecoveryPointInArchive: time,
      newestRecoveryPointInArchive: time,
      policyInconsistent: flag,
      policyState: text,
    }),
  ),
  isScheduledForDeferredDelete: flag,
  deferredDeleteTimeInUTC: time,
  /** Seconds. */
  deferredDeleteTimeRemaining: seconds,
  softDeleteRetentionPeriodInDays: number,
  isArchiveEnabled: flag,
  serverName: text,
  parentName: text,
  computerName: text,
});
/** Something protected. Of the same thing there is another item in each vault that protected it. */
export type AzureProtectedItem = z.infer<typeof itemSchema>;

export const PROTECTED_ITEM: RowKind<AzureProtectedItem> = { row: itemSchema, key: ({ key }) => key };

export type ItemFilter = {
  backupManagementType?: string | undefined;
  itemType?: string | undefined;
  policyName?: string | undefined;
  friendlyName?: string | undefined;
};

/** The protected items of a vault, also those that are stopped or deleted and still kept. */
export function listProtectedItems(
  client: AzureClient,
  vault: VaultRef,
  filter: ItemFilter = {},
  options: ReadOptions = {},
): AsyncGenerator<Page<AzureProtectedItem>> {
  const query = { $filter: toFilter({ ...filter }) };
  const path = vaultPath(vault, 'backupProtectedItems');
  const call = { ...options, query, apiVersion: API_VERSIONS.protectedItems };
  return readPages(client, path, PROTECTED_ITEM, call);
}

/** A protected item with `extendedInfo` (number and age of its recovery points), or null if there is none. */
export function getProtectedItem(
  client: AzureClient,
  item: ItemRef,
  options: ReadOptions = {},
): Promise<AzureProtectedItem | null> {
  const query = { $filter: toFilter({ expand: 'extendedinfo' }) };
  const call = { ...options, query, apiVersion: API_VERSIONS.protectedItems };
  return orNull(readOne(client, itemPath(item), itemSchema, call), options.reading);
}

/** The key of what an item protects; undefined if the item does not say it. */
export function sourceKeyOf(item: AzureProtectedItem): string | undefined {
  return item.sourceResourceId ?? item.virtualMachineId ?? item.dataSourceInfo?.resourceID;
}
