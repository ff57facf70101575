import { parseArmId, toVaultKey } from '../../src/azure/ids.ts';
import type { AzureSource } from './source.ts';

/** The vault's id in lower case, as answers about all vaults are sorted by. */
export const vaultKeyOf = ({ vault }: Pick<AzureSource, 'vault'>): string =>
  toVaultKey(parseArmId(vault.id)) ?? vault.key;
