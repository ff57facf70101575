import type * as z from 'zod';
import { API_VERSIONS } from './api-versions.ts';
import type { AzureClient } from './client.ts';
import { REDUNDANCIES } from './enums.ts';
import { type VaultRef, vaultPath } from './paths.ts';
import { orNull, type ReadOptions, readOne } from './rows.ts';
import { flag, open, resource, text } from './wire.ts';

const storageSchema = resource({
  storageModelType: open(REDUNDANCIES),
  storageType: open(REDUNDANCIES),
  /** `Locked` once something is protected: the redundancy cannot be changed any more. */
  storageTypeState: text,
  crossRegionRestoreFlag: flag,
  dedupState: text,
  xcoolState: text,
});
/** How a vault's backups are stored. */
export type AzureStorageConfig = z.infer<typeof storageSchema>;

/** The redundancy of a vault, or null if there is no such vault. */
export function getStorageConfig(
  client: AzureClient,
  vault: VaultRef,
  options: ReadOptions = {},
): Promise<AzureStorageConfig | null> {
  const path = vaultPath(vault, 'backupstorageconfig', 'vaultstorageconfig');
  const call = { ...options, apiVersion: API_VERSIONS.storageConfig };
  return orNull(readOne(client, path, storageSchema, call), options.reading);
}
