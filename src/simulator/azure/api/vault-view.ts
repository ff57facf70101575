import { hash } from '../../random.ts';
import { vaultId } from '../ids.ts';
import type { Vault } from '../types.ts';

const TYPE = 'Microsoft.RecoveryServices/vaults';

/** A vault as lists have it: of its properties hardly any. */
export const vaultRow = (vault: Vault) => ({
  location: vault.location,
  name: vault.name,
  etag: `W/"datetime'2025-03-0${(vault.index % 9) + 1}T11%3A05%3A19.907Z'"`,
  tags: { environment: vault.index % 2 === 0 ? 'production' : 'shared' },
  properties: { provisioningState: 'Succeeded' },
  id: vaultId(vault),
  type: TYPE,
  sku: { name: 'Standard' },
});

/** A vault asked for by name. */
export const vaultDetails = (vault: Vault, tenantId: string) => ({
  ...vaultRow(vault),
  identity: { tenantId, principalId: principalOf(vault), type: 'SystemAssigned' },
  properties: {
    publicNetworkAccess: 'Enabled',
    monitoringSettings: {
      azureMonitorAlertSettings: { alertsForAllJobFailures: 'Enabled' },
      classicAlertSettings: { alertsForCriticalOperations: 'Disabled' },
    },
    provisioningState: 'Succeeded',
    privateEndpointConnections: [],
    privateEndpointStateForBackup: 'None',
    privateEndpointStateForSiteRecovery: 'None',
    redundancySettings: {
      standardTierStorageRedundancy: vault.redundancy,
      crossRegionRestore: vault.crossRegionRestore ? 'Enabled' : 'Disabled',
    },
    securitySettings: {
      immutabilitySettings: { state: vault.immutability },
      softDeleteSettings: {
        softDeleteState: vault.softDelete,
        softDeleteRetentionPeriodInDays: vault.softDeleteDays,
      },
      multiUserAuthorization: vault.hasGuard ? 'Enabled' : 'Disabled',
    },
    secureScore: scoreOf(vault),
  },
});

export const vaultConfig = (vault: Vault) => ({
  id: `${vaultId(vault)}/backupconfig/vaultconfig`,
  name: 'vaultconfig',
  type: `${TYPE}/backupconfig`,
  properties: {
    enhancedSecurityState: vault.enhancedSecurity,
    softDeleteFeatureState: vault.softDelete,
    softDeleteRetentionPeriodInDays: vault.softDeleteDays,
    storageModelType: vault.redundancy,
    storageType: vault.redundancy,
    storageTypeState: 'Locked',
  },
});

export const storageConfig = (vault: Vault) => ({
  id: `${vaultId(vault)}/backupstorageconfig/vaultstorageconfig`,
  name: 'vaultstorageconfig',
  type: `${TYPE}/backupstorageconfig`,
  properties: {
    storageModelType: vault.redundancy,
    storageType: vault.redundancy,
    storageTypeState: 'Locked',
    crossRegionRestoreFlag: vault.crossRegionRestore,
    dedupState: 'Disabled',
  },
});

export const guardId = ({ subscription }: Vault): string =>
  `/subscriptions/${subscription}/resourceGroups/rg-security/providers/Microsoft.DataProtection/resourceGuards/backup-guard`;

export function guardProxies(vault: Vault): unknown[] {
  if (!vault.hasGuard) return [];
  const guard = guardId(vault);
  return [
    {
      id: `${vaultId(vault)}/backupResourceGuardProxies/VaultProxy`,
      name: 'VaultProxy',
      type: `${TYPE}/backupResourceGuardProxies`,
      properties: {
        resourceGuardResourceId: guard,
        resourceGuardOperationDetails: vault.guarded.map((name) => ({
          vaultCriticalOperation: `Microsoft.DataProtection/resourceGuards/${name}`,
          defaultResourceRequest: `${guard}/${name}/default`,
        })),
        lastUpdatedTime: '2025-02-11T12:20:47.8210031Z',
        description: 'A second person has to approve critical operations',
      },
    },
  ];
}

function scoreOf({ softDelete, immutability, hasGuard }: Vault): string {
  if (softDelete === 'Disabled') return 'None';
  if (immutability === 'Disabled') return 'Minimum';
  return immutability === 'Locked' && softDelete === 'AlwaysON' && hasGuard ? 'Maximum' : 'Adequate';
}

const principalOf = ({ index }: Vault) =>
  `${hash(5, index).toString(16).padStart(8, '0')}-5d6c-411c-b934-7a2a729ee247`;
