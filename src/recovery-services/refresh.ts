import { API_VERSIONS } from '../azure/api-versions.ts';
import { vaultPath } from '../azure/paths.ts';
import { toFilter } from '../azure/query.ts';
import type { AzureWriter } from '../azure/writer.ts';
import type { ReadContext } from './context.ts';
import { type Settled, settle } from './operations.ts';
import type { PlannedRequest } from './plan.ts';
import type { VaultTarget } from './vault-reference.ts';

type Refresh = { vault: VaultTarget; backupManagementType?: string | undefined; waitSeconds: number };

/** The request by which a vault looks around. */
export const refreshRequest = (vault: VaultTarget): PlannedRequest => ({
  method: 'POST',
  path: vaultPath(vault, 'backupFabrics', 'Azure', 'refreshContainers'),
  api_version: API_VERSIONS.containers,
});

/**
 * Makes a vault look around for what it could protect. Nothing but what it knows of that changes.
 * @throws what `settle` throws
 */
export async function refreshContainers(
  context: ReadContext,
  write: AzureWriter,
  { vault, backupManagementType, waitSeconds }: Refresh,
): Promise<Settled> {
  const { method, path, api_version: apiVersion } = refreshRequest(vault);
  const query = { $filter: toFilter({ backupManagementType }) };
  const answer = await write.send({ method, path, apiVersion, query });
  return settle(context, answer, { vault, waitSeconds });
}
