import * as z from 'zod';
import { type AzurePolicy, getPolicy, listPolicies } from '../../../azure/policies.ts';
import { listProtectedItems } from '../../../azure/protected-items.ts';
import { rawOf } from '../../../azure/rows.ts';
import { SourceError } from '../../../errors.ts';
import { nearestNames } from '../../../mcp/suggest.ts';
import { cleanText } from '../../../mcp/untrusted.ts';
import { nameArg, VAULT_ARGS } from '../../arguments.ts';
import type { ReadContext } from '../../context.ts';
import { ToolError } from '../../errors.ts';
import { asWritten, readVaultList } from '../../read-lists.ts';
import { defineRead } from '../../registry.ts';
import type { VaultTarget } from '../../vault-reference.ts';
import { policyRow, toPolicyRow } from './policy-row.ts';

/** Items that are shown; list_protected_items has them all. */
const MOST_ITEMS = 15;
/** Characters; the policies of Azure's own examples have half of it. */
const LONGEST_RAW = 5000;
const item = z.object({ name: z.string(), source_id: z.string().nullable(), state: z.string().nullable() });

export const getPolicyDetailsTool = defineRead({
  name: 'get_policy_details',
  category: 'policy',
  title: 'One backup policy',
  description:
    'One backup policy in plain terms, with the items that have it (the first 15), and on request as Azure wrote it.',
  role: 'Backup Reader',
  input: z.object({
    ...VAULT_ARGS,
    policy_name: nameArg(150),
    include_raw: z.boolean().default(false).describe("Also Azure's own JSON"),
  }),
  data: z.object({
    policy: policyRow,
    protected_items: z.array(item).optional(),
    items_left_out: z.number().optional(),
    raw: z.unknown().optional(),
  }),
  answer: async (args, context) => {
    const target = context.vault(args);
    const policy = await getPolicy(context.azure, target, args.policy_name);
    if (!policy) throw await noSuchPolicy(args.policy_name, target, context);
    const items = await itemsOf(policy, target, context);
    const shown = items?.slice(0, MOST_ITEMS);
    return {
      summary: `One policy; ${items ? `${items.length} items have it` : 'which items have it could not be read'}.`,
      data: {
        policy: toPolicyRow(policy),
        ...(shown ? { protected_items: shown } : {}),
        ...(items && shown && items.length > shown.length
          ? { items_left_out: items.length - shown.length }
          : {}),
        ...(args.include_raw ? rawPart(policy, context) : {}),
      },
    };
  },
});

/** What has the policy, by name. null: that could not be read, which is told. */
async function itemsOf(
  policy: AzurePolicy,
  target: VaultTarget,
  context: ReadContext,
): Promise<z.infer<typeof item>[] | null> {
  const filter = { backupManagementType: policy.backupManagementType, policyName: policy.name };
  try {
    const found = await readVaultList('protected items', target, context, (reading) =>
      listProtectedItems(context.azure, target, filter, { reading }),
    );
    const name = policy.name.toLowerCase();
    return found
      .filter((one) => (one.policyName ?? one.policyId?.split('/').at(-1) ?? name).toLowerCase() === name)
      .map((one) => ({
        name: cleanText(one.friendlyName ?? one.name, 120),
        source_id: sourceOf(one),
        state: one.protectionState ?? null,
      }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    context.warn(`The items of the policy could not be read: ${cleanText(error.message)}`);
    return null;
  }
}

function rawPart(policy: AzurePolicy, { warn }: ReadContext): { raw?: unknown } {
  const raw = rawOf(policy);
  const { length } = JSON.stringify(raw);
  if (length <= LONGEST_RAW) return { raw };
  warn(`The JSON of the policy is left out: it has ${length} characters.`);
  return {};
}

function sourceOf(one: object): string | null {
  const id = asWritten(one, 'sourceResourceId') ?? asWritten(one, 'virtualMachineId');
  return id === undefined ? null : cleanText(id, 300);
}

/** With the names that are most alike; without them if the vault has no policies that can be read. */
async function noSuchPolicy(name: string, target: VaultTarget, context: ReadContext): Promise<ToolError> {
  const found = await readVaultList('policies', target, context, (reading) =>
    listPolicies(context.azure, target, {}, { reading }),
  );
  const near = nearestNames(
    name,
    found.map((policy) => policy.name),
    3,
  ).map((one) => cleanText(one, 150));
  const like = near.length > 0 ? ` Most alike are: ${near.join(', ')}.` : ' The vault has none.';
  return new ToolError('not_found', `vault ${target.vault} has no policy ${cleanText(name, 150)}`, {
    code: 'no-such-policy',
    httpStatus: 404,
    hint: `list_policies shows the policies of the vault.${like}`,
  });
}
