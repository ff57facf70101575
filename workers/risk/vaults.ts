import type { VaultExposure } from '../../src/analysis/risk/exposure.ts';
import type { MetricsReader } from '../../src/db/connect.ts';
import { getRiskVault, type VaultRow } from '../../src/queries/risk-machines.ts';
import type { Input } from './inputs.ts';

/** A vault as a place that holds copies. */
export type VaultPlace = Pick<VaultRow, 'redundancy' | 'crossRegionRestore'>;

export async function vaultPlace(metrics: MetricsReader, sourceId: string): Promise<VaultPlace | undefined> {
  return getRiskVault(metrics, sourceId);
}

/** How what lies in the vault is guarded; the settings are read with its health. */
export function toExposure(vault: VaultRow, sourceId: string, { lookedAt }: Input): VaultExposure {
  const { softDelete, softDeleteDays, immutability, hasSecondPerson, redundancy } = vault;
  return {
    softDelete,
    softDeleteDays,
    immutability,
    hasSecondPerson,
    redundancy,
    asOf: lookedAt,
    refs: [{ table: 'azure_vault', id: sourceId }],
  };
}

/** Ids of workloads of a vault that are resources of Azure; what an agent protects stands elsewhere. */
const IN_AZURE = /^azure\/subscriptions\//;
/** Platforms whose machines run on hosts of their owner. */
const ON_PREMISES = /^(VMware|HyperV|CloudDirector|Nutanix|Proxmox)\//i;

/** Whether a machine runs in Azure, by the ids of its workloads in all sources; null: not known. */
export function runsInAzure(workloadIds: readonly string[]): boolean | null {
  if (workloadIds.some((id) => ON_PREMISES.test(id))) return false;
  if (workloadIds.some((id) => IN_AZURE.test(id))) return true;
  return workloadIds.some((id) => id.startsWith('azure/item/')) ? null : false;
}

/**
 * Whether a vault is another site. For what does not run in Azure it is a provider's storage elsewhere. A machine in Azure is
 * usually in the region of its vault, so only a copy in the paired region is away; three zones are other buildings, which is no
 * proof of another site.
 */
export function isVaultOffsite({ redundancy }: VaultPlace, inAzure: boolean | null): boolean | null {
  if (inAzure === false) return true;
  if (redundancy === 'GeoRedundant' || redundancy === 'ReadAccessGeoZoneRedundant') return true;
  return redundancy === 'LocallyRedundant' && inAzure === true ? false : null;
}
