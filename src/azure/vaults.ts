import * as z from 'zod';
import { API_VERSIONS } from './api-versions.ts';
import type { AzureClient } from './client.ts';
import { IMMUTABILITY_STATES, REDUNDANCIES, SOFT_DELETE_STATES, SWITCH } from './enums.ts';
import { parseArmId } from './ids.ts';
import { type VaultRef, vaultPath, vaultsPath } from './paths.ts';
import { orNull, type Page, type ReadOptions, readOne, readPages } from './rows.ts';
import { flag, number, open, text } from './wire.ts';

const properties = z.object({
  provisioningState: text,
  redundancySettings: z
    .object({ standardTierStorageRedundancy: open(REDUNDANCIES), crossRegionRestore: open(SWITCH) })
    .optional(),
  securitySettings: z
    .object({
      immutabilitySettings: z.object({ state: open(IMMUTABILITY_STATES) }).optional(),
      softDeleteSettings: z
        .object({ softDeleteState: open(SOFT_DELETE_STATES), softDeleteRetentionPeriodInDays: number })
        .optional(),
      multiUserAuthorization: open(SWITCH),
    })
    .optional(),
  secureScore: text,
  bcdrSecurityLevel: text,
  publicNetworkAccess: open(SWITCH),
  monitoringSettings: z
    .object({
      azureMonitorAlertSettings: z.object({ alertsForAllJobFailures: open(SWITCH) }).optional(),
      classicAlertSettings: z.object({ alertsForCriticalOperations: open(SWITCH) }).optional(),
    })
    .optional(),
  /** Present if the vault is encrypted with a key of its owner. */
  encryption: z
    .object({ infrastructureEncryption: open(SWITCH), keyVaultProperties: z.object({}).optional() })
    .optional(),
  privateEndpointStateForBackup: text,
  moveState: text,
  restoreSettings: z
    .object({
      crossSubscriptionRestoreSettings: z.object({ crossSubscriptionRestoreState: text }).optional(),
    })
    .optional(),
  isVaultProtectedByResourceGuard: flag,
});

const vaultSchema = z
  .object({
    id: z.string().min(1),
    name: text,
    location: text,
    tags: z.record(z.string(), z.string()).optional(),
    sku: z.object({ name: text, tier: text }).optional(),
    identity: z.object({ type: text, principalId: text }).optional(),
    properties: properties.prefault({}),
  })
  .transform(({ properties, name, ...vault }) => {
    const { key, parts } = parseArmId(vault.id);
    return { ...vault, key, parts, name: name ?? parts.vault ?? vault.id, ...properties };
  });
/** A vault. In lists only what is outside `properties` is sure to come; `getVault` has the rest. */
export type AzureVault = z.infer<typeof vaultSchema>;

const KIND = { row: vaultSchema, key: ({ key }: AzureVault) => key };

/** The vaults of a subscription, or of one of its resource groups. */
export function listVaults(
  client: AzureClient,
  { subscriptionId, resourceGroup }: { subscriptionId: string; resourceGroup?: string | undefined },
  options: ReadOptions = {},
): AsyncGenerator<Page<AzureVault>> {
  const path = vaultsPath(subscriptionId, resourceGroup);
  return readPages(client, path, KIND, { ...options, apiVersion: API_VERSIONS.vaults });
}

/** A vault with its redundancy and security, or null if there is none of that name. */
export function getVault(
  client: AzureClient,
  vault: VaultRef,
  options: ReadOptions = {},
): Promise<AzureVault | null> {
  const call = { ...options, apiVersion: API_VERSIONS.vaults };
  return orNull(readOne(client, vaultPath(vault), vaultSchema, call), options.reading);
}
