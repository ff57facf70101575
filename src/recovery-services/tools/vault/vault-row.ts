import * as z from 'zod';
import { toVaultRef } from '../../../azure/ids.ts';
import type { AzureVault } from '../../../azure/vaults.ts';
import type { RecoveryServicesSettings } from '../../../config/recovery-services-section.ts';
import { cleanOrNull, cleanText } from '../../../mcp/untrusted.ts';
import { aliasOf } from '../../vault-reference.ts';

/** A vault as lists show it. */
export const vaultRow = z.object({
  id: z.string(),
  name: z.string(),
  resource_group: z.string().nullable(),
  subscription_id: z.string().nullable(),
  location: z.string().nullable(),
  sku: z.string().nullable(),
  tags: z.record(z.string(), z.string()),
  provisioning_state: z.string().nullable(),
  alias: z.string().optional(),
});

export function toVaultRow(
  vault: AzureVault,
  { vaults }: Pick<RecoveryServicesSettings, 'vaults'>,
): z.infer<typeof vaultRow> {
  const { resourceGroup, subscriptionId } = vault.parts;
  const ref = toVaultRef(vault.parts);
  const alias = ref && aliasOf(ref, vaults);
  return {
    id: cleanText(vault.id, 400),
    name: cleanText(vault.name, 60),
    resource_group: cleanOrNull(resourceGroup, 90),
    subscription_id: cleanOrNull(subscriptionId, 60),
    location: cleanOrNull(vault.location, 60),
    sku: cleanOrNull(vault.sku?.name, 40),
    tags: cleanTags(vault.tags ?? {}),
    provisioning_state: cleanOrNull(vault.provisioningState, 40),
    ...(alias ? { alias } : {}),
  };
}

/** Azure allows 50 tags; so many say little. */
const MOST_TAGS = 15;

function cleanTags(tags: Record<string, string>): Record<string, string> {
  const entries = Object.entries(tags).slice(0, MOST_TAGS);
  return Object.fromEntries(entries.map(([name, value]) => [cleanText(name, 60), cleanText(value, 100)]));
}
