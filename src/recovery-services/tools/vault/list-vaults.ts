import * as z from 'zod';
import { type AzureVault, listVaults } from '../../../azure/vaults.ts';
import { SourceError } from '../../../errors.ts';
import { cleanText } from '../../../mcp/untrusted.ts';
import { PAGE_ARGS, VAULT_ARGS } from '../../arguments.ts';
import type { ReadContext } from '../../context.ts';
import { pageRows, pageShape } from '../../paging.ts';
import { readList } from '../../read-lists.ts';
import { defineRead } from '../../registry.ts';
import { assertConfigured } from '../../vault-reference.ts';
import { toVaultRow, vaultRow } from './vault-row.ts';

const { subscription_id, resource_group } = VAULT_ARGS;

export const listVaultsTool = defineRead({
  name: 'list_vaults',
  category: 'vault',
  title: 'Vaults',
  description:
    'The Recovery Services vaults that the identity can see, of one subscription or of all that are configured. alias: how the configuration calls a vault.',
  role: 'Backup Reader',
  input: z.object({ subscription_id, resource_group, ...PAGE_ARGS }),
  data: z.object({ ...pageShape, vaults: z.array(vaultRow) }),
  answer: async (args, context) => {
    const { settings, now } = context;
    if (args.subscription_id === undefined) assertConfigured(settings);
    const subscriptions = args.subscription_id
      ? [args.subscription_id.toLowerCase()]
      : settings.subscriptionIds;
    const vaults = await vaultsOf(subscriptions, args.resource_group, context);
    const { limit, cursor, ...filters } = args;
    const { rows, ...paged } = pageRows(
      vaults.map((vault) => toVaultRow(vault, settings)),
      { limit, cursor },
      { page: { tool: context.tool, filters }, now, order: ({ id }) => [id.toLowerCase()] },
    );
    return {
      summary: `${paged.count} of ${paged.total} vaults in ${subscriptions.length} subscription${subscriptions.length === 1 ? '' : 's'}.`,
      data: { ...paged, vaults: rows },
    };
  },
});

/** What can be read; a subscription that cannot is told, and fails the call only if no other can be read. */
async function vaultsOf(
  subscriptions: readonly string[],
  resourceGroup: string | undefined,
  context: ReadContext,
): Promise<AzureVault[]> {
  const found: AzureVault[] = [];
  const failures: SourceError[] = [];
  for (const subscriptionId of subscriptions) {
    try {
      const rows = await readList(`vaults of ${subscriptionId}`, context, (reading) =>
        listVaults(context.azure, { subscriptionId, resourceGroup }, { reading }),
      );
      found.push(...rows);
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      failures.push(error);
      context.warn(`Subscription ${subscriptionId} could not be read: ${cleanText(error.message)}`);
    }
  }
  if (failures[0] && failures.length === subscriptions.length) throw failures[0];
  return found;
}
