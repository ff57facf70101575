import { API_VERSIONS } from '../azure/api-versions.ts';
import { vaultPath } from '../azure/paths.ts';
import type { AzureWriter } from '../azure/writer.ts';
import type { ReadContext } from './context.ts';
import { type Settled, settle } from './operations.ts';
import type { VaultTarget } from './vault-reference.ts';

/**
 * Makes a vault look around for what it could protect. Nothing but what it knows of that changes.
 * @throws what `settle` throws
 */
export async function refreshContainers(
  context: ReadContext,
  write: AzureWriter,
  { vault, waitSeconds }: { vault: VaultTarget; waitSeconds: number },
): Promise<Settled> {
  const path = vaultPath(vault, 'backupFabrics', 'Azure', 'refreshContainers');
  const answer = await write.send({ method: 'POST', path, apiVersion: API_VERSIONS.containers });
  return settle(context, answer, { vault, waitSeconds });
}
