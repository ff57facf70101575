import { type AzureBackupStatus, getBackupStatus } from '../azure/backup-status.ts';
import { parseArmId, toVaultRef } from '../azure/ids.ts';
import { vaultPath } from '../azure/paths.ts';
import { SourceError } from '../errors.ts';
import { cleanText } from '../mcp/untrusted.ts';
import type { ReadContext } from './context.ts';
import { ToolError } from './errors.ts';
import { aliasOf, type VaultTarget } from './vault-reference.ts';
import type { VmRef } from './vm-reference.ts';

/** How a machine stands with a vault. `isProtectedHere` null: that may not be asked. */
export type Standing = {
  isProtectedHere: boolean | null;
  container: string | undefined;
  item: string | undefined;
  policy: string | undefined;
};

/**
 * Whether a vault protects a machine, by what Azure says of the machine.
 * @throws ToolError `conflict` if another vault protects it
 */
export async function standingOf(
  machine: VmRef,
  { region, vault }: { region: string; vault: VaultTarget },
  context: ReadContext,
): Promise<Standing> {
  const status = await statusOf(machine, region, context);
  const { protectionStatus, vaultId, containerName, protectedItemName, policyName } = status ?? {};
  const isProtected = /^protect(ed|ing)$/i.test(protectionStatus ?? '');
  const isHere = vaultId === undefined || vaultId === parseArmId(vaultPath(vault)).key;
  if (isProtected && !isHere) throw protectedElsewhere(machine, vaultId ?? '', context);
  return {
    isProtectedHere: status && isProtected,
    container: containerName || undefined,
    item: protectedItemName || undefined,
    policy: policyName || undefined,
  };
}

/** null: the identity may not ask. */
async function statusOf(
  { id, subscriptionId }: VmRef,
  region: string,
  { azure, warn }: ReadContext,
): Promise<AzureBackupStatus | null> {
  try {
    return await getBackupStatus(azure, { subscriptionId, region, resourceId: id });
  } catch (error) {
    if (!(error instanceof SourceError && error.code === 'forbidden')) throw error;
    warn('Whether another vault protects the machine may not be asked: it takes a role on the subscription.');
    return null;
  }
}

function protectedElsewhere({ name }: VmRef, vaultId: string, { settings }: ReadContext): ToolError {
  const ref = toVaultRef(parseArmId(vaultId).parts);
  const place = (ref && aliasOf(ref, settings.vaults)) ?? vaultId;
  return new ToolError(
    'conflict',
    `another vault protects ${cleanText(name, 120)}: ${cleanText(place, 300)}`,
    {
      code: 'protected-elsewhere',
      hint: 'A machine is protected by one vault at a time. Use that vault, or stop its protection there and delete its data first (disable_protection).',
    },
  );
}
