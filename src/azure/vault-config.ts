import type * as z from 'zod';
import { API_VERSIONS } from './api-versions.ts';
import type { AzureClient } from './client.ts';
import { REDUNDANCIES, SOFT_DELETE_STATES, SWITCH } from './enums.ts';
import { type VaultRef, vaultPath } from './paths.ts';
import { orNull, type ReadOptions, readOne } from './rows.ts';
import { number, open, resource, text, texts } from './wire.ts';

const configSchema = resource({
  enhancedSecurityState: open(SWITCH),
  softDeleteFeatureState: open(SOFT_DELETE_STATES),
  softDeleteRetentionPeriodInDays: number,
  storageModelType: open(REDUNDANCIES),
  storageType: open(REDUNDANCIES),
  storageTypeState: text,
  resourceGuardOperationRequests: texts,
});
/** What guards a vault's backups against deletion. */
export type AzureVaultConfig = z.infer<typeof configSchema>;

/** The backup settings of a vault, or null if there is no such vault. */
export function getVaultConfig(
  client: AzureClient,
  vault: VaultRef,
  options: ReadOptions = {},
): Promise<AzureVaultConfig | null> {
  const path = vaultPath(vault, 'backupconfig', 'vaultconfig');
  const call = { ...options, apiVersion: API_VERSIONS.vaultConfig };
  return orNull(readOne(client, path, configSchema, call), options.reading);
}
