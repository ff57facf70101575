import type * as z from 'zod';
import { API_VERSIONS } from './api-versions.ts';
import type { AzureClient } from './client.ts';
import { MANAGEMENT_TYPES, PROTECTABLE_STATES } from './enums.ts';
import { type VaultRef, vaultPath } from './paths.ts';
import { toFilter } from './query.ts';
import { type Page, type ReadOptions, readPages } from './rows.ts';
import { flag, keyOf, open, resource, text } from './wire.ts';

const protectableSchema = resource({
  friendlyName: text,
  /** `Microsoft.Compute/virtualMachines`, `SQLInstance`, `SQLDataBase` … */
  protectableItemType: text,
  backupManagementType: open(MANAGEMENT_TYPES),
  workloadType: text,
  protectionState: open(PROTECTABLE_STATES),
  virtualMachineId: keyOf,
  resourceGroup: text,
  serverName: text,
  parentName: text,
  parentContainerFriendlyName: text,
  isAutoProtected: flag,
});
/** Something that a vault could protect. */
export type AzureProtectableItem = z.infer<typeof protectableSchema>;

const KIND = { row: protectableSchema, key: ({ key }: AzureProtectableItem) => key };

export type ProtectableFilter = { backupManagementType: string; workloadType?: string | undefined };

/** What a vault could protect, as it was when the vault looked around last: `refreshContainers` makes it look again. */
export function listProtectableItems(
  client: AzureClient,
  vault: VaultRef,
  filter: ProtectableFilter,
  options: ReadOptions = {},
): AsyncGenerator<Page<AzureProtectableItem>> {
  const query = { $filter: toFilter({ ...filter }) };
  const call = { ...options, query, apiVersion: API_VERSIONS.protectableItems };
  return readPages(client, vaultPath(vault, 'backupProtectableItems'), KIND, call);
}
