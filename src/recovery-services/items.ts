import type { VaultRef } from '../azure/paths.ts';
import type { AzureProtectedItem } from '../azure/protected-items.ts';
import { cleanText } from '../mcp/untrusted.ts';
import type { VmArgs } from './arguments.ts';
import type { ReadContext } from './context.ts';
import { ToolError } from './errors.ts';
import { type FoundItem, findItem } from './vm-reference.ts';

/** The protected item of a machine, or null if the vault has none. @throws what `findItem` throws otherwise */
export async function findItemOrNull(
  args: VmArgs,
  vault: VaultRef,
  context: ReadContext,
): Promise<FoundItem | null> {
  try {
    return await findItem(args, vault, context);
  } catch (error) {
    if (error instanceof ToolError && error.facts.code === 'no-such-machine') return null;
    throw error;
  }
}

export const isSoftDeleted = ({ isScheduledForDeferredDelete: isDeferred }: AzureProtectedItem): boolean =>
  isDeferred === true;

/** No backups are made, and what there is is kept. */
export const isStopped = ({ protectionState: state }: AzureProtectedItem): boolean =>
  state === 'ProtectionStopped' || state === 'BackupsSuspended';

export const shownName = ({ friendlyName, name }: AzureProtectedItem): string =>
  cleanText(friendlyName ?? name, 120);

/** @throws ToolError `conflict` for an item that was deleted and is still kept */
export function assertNotDeleted(item: AzureProtectedItem): void {
  if (!isSoftDeleted(item)) return;
  throw new ToolError('conflict', `${shownName(item)} is soft-deleted in this vault`, {
    code: 'soft-deleted',
    hint: 'enable_protection with undelete = true brings it back, with its recovery points.',
  });
}
