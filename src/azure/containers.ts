import type * as z from 'zod';
import { API_VERSIONS } from './api-versions.ts';
import type { AzureClient } from './client.ts';
import { MANAGEMENT_TYPES } from './enums.ts';
import { type VaultRef, vaultPath } from './paths.ts';
import { toFilter } from './query.ts';
import { type Page, type ReadOptions, readPages } from './rows.ts';
import { keyOf, number, open, resource, text, time } from './wire.ts';

const containerSchema = resource({
  friendlyName: text,
  backupManagementType: open(MANAGEMENT_TYPES),
  containerType: text,
  registrationStatus: text,
  healthStatus: text,
  sourceResourceId: keyOf,
  virtualMachineId: keyOf,
  protectedItemCount: number,
  workloadType: text,
  lastUpdatedTime: time,
});
/** What holds protected items: a machine, a storage account. */
export type AzureContainer = z.infer<typeof containerSchema>;

const KIND = { row: containerSchema, key: ({ key }: AzureContainer) => key };

/** The registered containers of a vault. Azure wants to be told of which kind. */
export function listContainers(
  client: AzureClient,
  vault: VaultRef,
  { backupManagementType, ...options }: ReadOptions & { backupManagementType: string },
): AsyncGenerator<Page<AzureContainer>> {
  const query = { $filter: toFilter({ backupManagementType }) };
  const path = vaultPath(vault, 'backupProtectionContainers');
  return readPages(client, path, KIND, { ...options, query, apiVersion: API_VERSIONS.containers });
}
