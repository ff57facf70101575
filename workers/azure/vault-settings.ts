import * as z from 'zod';
import type { AzureVault } from '../../src/azure/vaults.ts';

/** What was asked about a vault, each as Azure answered; missing: not read, or not readable any more. */
export type Answers = { vault?: unknown; config?: unknown; storage?: unknown; guards?: unknown };

const text = z.string().nullish().catch(undefined);
const count = z.number().int().nonnegative().nullish().catch(undefined);
const properties = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.looseObject({ properties: z.looseObject(shape).prefault({} as never) });

const configSchema = properties({
  softDeleteFeatureState: text,
  softDeleteRetentionPeriodInDays: count,
  storageModelType: text,
});
const storageSchema = properties({
  storageModelType: text,
  storageType: text,
  crossRegionRestoreFlag: z.boolean().nullish().catch(undefined),
});

/**
 * What protects a vault's backups. Newer vaults say it themselves, others in answers of their own. null: nobody said, so it
 * is not known.
 */
export function toVaultSettings(vault: AzureVault, answers: Answers) {
  const config = configSchema.safeParse(answers.config).data?.properties;
  const storage = storageSchema.safeParse(answers.storage).data?.properties;
  const { redundancySettings, securitySettings, monitoringSettings, encryption, publicNetworkAccess } = vault;
  const { softDeleteSettings, immutabilitySettings } = securitySettings ?? {};
  const redundancies = [
    redundancySettings?.standardTierStorageRedundancy,
    storage?.storageModelType,
    storage?.storageType,
    config?.storageModelType,
  ];
  return {
    redundancy: firstSaid(redundancies),
    cross_region_restore:
      isOn(redundancySettings?.crossRegionRestore) ?? storage?.crossRegionRestoreFlag ?? null,
    soft_delete: firstSaid([softDeleteSettings?.softDeleteState, config?.softDeleteFeatureState]),
    soft_delete_days:
      softDeleteSettings?.softDeleteRetentionPeriodInDays ?? config?.softDeleteRetentionPeriodInDays ?? null,
    immutability: firstSaid([immutabilitySettings?.state]),
    multi_user_authorization: hasSecondPerson(vault, answers.guards),
    public_network_access: isOn(publicNetworkAccess),
    customer_managed_key: encryption === undefined ? false : encryption.keyVaultProperties !== undefined,
    alerts_on_failures: isOn(monitoringSettings?.azureMonitorAlertSettings?.alertsForAllJobFailures),
  };
}

/** A guard counts whoever names it; that there is none has to be said by somebody. */
function hasSecondPerson(
  { securitySettings, isVaultProtectedByResourceGuard }: AzureVault,
  guards: unknown,
): boolean | null {
  const said = [
    isOn(securitySettings?.multiUserAuthorization),
    isVaultProtectedByResourceGuard ?? null,
    Array.isArray(guards) ? guards.length > 0 : null,
  ];
  if (said.includes(true)) return true;
  return said.includes(false) ? false : null;
}

const firstSaid = (values: (string | null | undefined)[]): string | null =>
  values.find((value) => value && value !== 'Invalid') ?? null;

function isOn(value: string | undefined): boolean | null {
  if (value === 'Enabled') return true;
  return value === 'Disabled' ? false : null;
}
