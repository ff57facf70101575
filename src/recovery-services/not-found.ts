import type { VaultRef } from '../azure/paths.ts';
import type { RecoveryServicesSettings } from '../config/recovery-services-section.ts';
import { ToolError } from './errors.ts';

/** That Azure has no such vault, or none that the identity may see: it answers both alike. */
export function noSuchVault(
  { vault, resourceGroup, subscriptionId }: VaultRef,
  { vaults }: Pick<RecoveryServicesSettings, 'vaults'>,
): ToolError {
  const names = vaults.map(({ alias, vault: name }) => alias ?? name).join(', ');
  return new ToolError(
    'not_found',
    `Azure knows no vault ${vault} in ${resourceGroup} of ${subscriptionId}`,
    {
      code: 'vault-not-found',
      httpStatus: 404,
      hint: `Check name, resource group and subscription, or the rights of the identity; list_vaults shows what it can see.${names ? ` The configuration names: ${names}.` : ''}`,
    },
  );
}
