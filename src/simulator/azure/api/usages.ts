import { unit } from '../../random.ts';
import { DAY } from '../../zone.ts';
import { badRequest } from '../errors.ts';
import { MANAGEMENT_TYPES } from '../ids.ts';
import { itemsFrom } from '../items.ts';
import { localDayOf } from '../policies.ts';
import type { Item, ItemKind, Vault } from '../types.ts';
import type { AzureWorld } from '../world.ts';
import { isUnhealthy } from './item-view.ts';

type Counts = Record<ItemKind, number> & { critical: number; running: number; failed: number; bytes: number };

/** The figures of a vault. Bytes are those of all its items; ones that say nothing here are 0. */
export function usagesOf(world: AzureWorld, vault: Vault, now: number) {
  const counts = countItems(world, vault, now);
  const all = counts.vm + counts.sql + counts.files;
  const isLocal = vault.redundancy === 'LocallyRedundant';
  const isGeo = vault.redundancy === 'GeoRedundant';
  return [
    usage('MABContainersCount', 'Backup management servers', 0),
    usage('ProtectedItemCount', 'Backup items', all),
    usage('ProtectedItemCriticalCount', 'Critical', counts.critical),
    usage('ProtectedItemWarningCount', 'Warning', 0),
    usage('IaaSVMProtectedItemCount', 'Azure Virtual Machines', counts.vm),
    usage('IaaSVMProtectedItemCriticalCount', 'Critical', counts.critical),
    usage('IaaSVMProtectedItemWarningCount', 'Warning', 0),
    usage('MABProtectedItemCount', 'File-Folders', 0),
    usage('DPMProtectedItemCount', 'DPM Protected Items Count', 0),
    usage('AzureBackupServerProtectedItemCount', 'Azure Backup Server Protected Items Count', 0),
    { ...usage('InProgressJobsCount', 'In progress', counts.running), quotaPeriod: 'P1D' },
    { ...usage('FailedJobsCount', 'Failed', counts.failed), quotaPeriod: 'P1D' },
    usage('GRSStorageUsage', 'Cloud - GRS', isGeo ? counts.bytes : 0, 'Bytes'),
    usage('LRSStorageUsage', 'Cloud - LRS', isLocal ? counts.bytes : 0, 'Bytes'),
    ...(isGeo || isLocal ? [] : [usage('ZRSStorageUsage', 'Cloud - ZRS', counts.bytes, 'Bytes')]),
    usage('ManagedInstances', 'Protected Instances', all),
    usage('GRSDedupStorageUsage', 'Dedup - GRS', 0, 'Bytes'),
    usage('LRSDedupStorageUsage', 'Dedup - LRS', 0, 'Bytes'),
    usage('UsedDiskSize', "Backup Engines' Disk Used", 0, 'Bytes'),
  ];
}

/** How many items there are of each kind. */
export function itemSummary(world: AzureWorld, vault: Vault, type: string | undefined) {
  const wanted = type?.toLowerCase();
  if (wanted !== 'backupprotecteditemcountsummary' && wanted !== 'backupprotectioncontainercountsummary')
    throw badRequest("The filter has to have type eq 'BackupProtectedItemCountSummary'");
  const counts = { vm: 0, sql: 0, files: 0 };
  for (const [, item] of itemsFrom(world, vault, 0)) counts[item.kind] += 1;
  return [
    usage(MANAGEMENT_TYPES.vm, 'Azure Virtual Machine', counts.vm),
    usage('MAB', 'Azure Backup Agent', 0),
    usage('AzureBackupServer', 'Azure Backup Server', 0),
    usage(MANAGEMENT_TYPES.files, 'Azure Storage (Azure Files)', counts.files),
    usage(MANAGEMENT_TYPES.sql, 'SQL in Azure VM', counts.sql),
  ];
}

function usage(value: string, localizedValue: string, currentValue: number, unitName = 'Count') {
  return { unit: unitName, currentValue, limit: -1, name: { value, localizedValue } };
}

function countItems(world: AzureWorld, vault: Vault, now: number): Counts {
  const counts: Counts = { vm: 0, sql: 0, files: 0, critical: 0, running: 0, failed: 0, bytes: 0 };
  counts.running = world.jobs.countRunning(vault, now);
  for (const [, item] of itemsFrom(world, vault, 0)) {
    counts[item.kind] += 1;
    counts.bytes += storedBytes(world, item, now);
    if (isUnhealthy(item, now)) counts.critical += 1;
    const today = localDayOf(item.policy, now);
    for (const day of [today - 1, today]) {
      for (const { startedAt, endsAt, outcome } of world.runs.ofDay(item, day, now)) {
        if (endsAt > now) counts.running += 1;
        else if (outcome === 'Failed' && startedAt > now - DAY) counts.failed += 1;
      }
    }
  }
  return counts;
}

/** A full copy and what has changed since, which levels off as copies expire. Nothing is stored of what has none. */
function storedBytes(
  { settings }: AzureWorld,
  { state, sizeBytes, vault, index }: Item,
  now: number,
): number {
  if (state.isPending) return 0;
  const until = Math.min(now, state.stoppedAt ?? now, state.deletedAt ?? now, state.silentFrom ?? now);
  const days = Math.max(0, (until - state.protectedSince) / DAY);
  const growth = 1 + 0.001 * unit(settings.seed, 731, vault.index, index) * days;
  return Math.round(sizeBytes * 0.6 * growth * (1 + 0.02 * Math.min(days, 30)));
}
