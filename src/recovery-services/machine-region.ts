import { getVault } from '../azure/vaults.ts';
import { getVirtualMachine } from '../azure/virtual-machines.ts';
import { SourceError } from '../errors.ts';
import type { ReadContext } from './context.ts';
import { ToolError } from './errors.ts';
import { noSuchVault } from './not-found.ts';
import type { VaultTarget } from './vault-reference.ts';
import type { VmRef } from './vm-reference.ts';

/** @throws ToolError `validation` if it cannot be found out where the machine is */
export async function locationOf(machine: VmRef, { azure }: ReadContext): Promise<string> {
  try {
    const found = await getVirtualMachine(azure, machine);
    if (found?.location) return found.location;
  } catch (error) {
    if (!(error instanceof SourceError && error.code === 'forbidden')) throw error;
    throw regionUnknown('may not be read, so its region is not known', error);
  }
  throw regionUnknown('is not there, or says no region');
}

const regionUnknown = (why: string, cause?: unknown) =>
  new ToolError('validation', `the machine ${why}`, {
    code: 'region-unknown',
    hint: 'Check name and group; or give location, the region of the machine: Azure can then say whether its backups are still kept. To read machines takes the role Reader.',
    cause,
  });

/**
 * The region of a machine; that of the vault where the machine may not be read: no vault protects machines of another region.
 * @throws ToolError if there is no such machine, or no such vault
 */
export async function regionOf(machine: VmRef, vault: VaultTarget, context: ReadContext): Promise<string> {
  try {
    return await locationOf(machine, context);
  } catch (error) {
    const isForbidden = error instanceof ToolError && error.facts.cause !== undefined;
    if (!isForbidden) throw error;
    context.warn('The machine may not be read: it is taken to be in the region of the vault.');
    return vaultRegion(vault, context);
  }
}

/** @throws ToolError `not_found` if there is no such vault, `azure` if it does not say where it is */
export async function vaultRegion(vault: VaultTarget, { azure, settings }: ReadContext): Promise<string> {
  const found = await getVault(azure, vault);
  if (!found) throw noSuchVault(vault, settings);
  if (found.location) return found.location;
  throw new ToolError('azure', 'the vault does not say in which region it is', {
    code: 'region-unknown',
    hint: 'Look at it with get_vault.',
  });
}
