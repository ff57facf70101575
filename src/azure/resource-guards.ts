import * as z from 'zod';
import { API_VERSIONS } from './api-versions.ts';
import type { AzureClient } from './client.ts';
import { type VaultRef, vaultPath } from './paths.ts';
import { type Page, type ReadOptions, readPages } from './rows.ts';
import { keyOf, resource, text, time } from './wire.ts';

const proxySchema = resource({
  resourceGuardResourceId: keyOf,
  resourceGuardOperationDetails: z.array(z.object({ vaultCriticalOperation: text })).optional(),
  lastUpdatedTime: time,
  description: text,
});
/** The link of a vault to a resource guard: critical operations need a second person. */
export type AzureResourceGuardProxy = z.infer<typeof proxySchema>;

const KIND = { row: proxySchema, key: ({ key }: AzureResourceGuardProxy) => key };

/** The resource guards of a vault; any at all means that multi-user authorization is on. */
export function listResourceGuardProxies(
  client: AzureClient,
  vault: VaultRef,
  options: ReadOptions = {},
): AsyncGenerator<Page<AzureResourceGuardProxy>> {
  const path = vaultPath(vault, 'backupResourceGuardProxies');
  return readPages(client, path, KIND, { ...options, apiVersion: API_VERSIONS.resourceGuardProxies });
}
