import { type AzurePolicy, getPolicy, listPolicies, toRetention } from '../azure/policies.ts';
import { nearestNames } from '../mcp/suggest.ts';
import { cleanText } from '../mcp/untrusted.ts';
import type { ReadContext } from './context.ts';
import { ToolError } from './errors.ts';
import { readVaultList } from './read-lists.ts';
import type { VaultTarget } from './vault-reference.ts';

/** A policy for machines. @throws ToolError `not_found` with the names most alike, `validation` for one of another kind */
export async function machinePolicy(
  name: string,
  vault: VaultTarget,
  context: ReadContext,
): Promise<AzurePolicy> {
  const policy = await getPolicy(context.azure, vault, name);
  if (!policy) throw await noSuchPolicy(name, vault, context);
  const { backupManagementType: type = 'AzureIaasVM' } = policy;
  if (type === 'AzureIaasVM') return policy;
  throw new ToolError('validation', `policy ${cleanText(name, 150)} is for ${cleanText(type, 40)}`, {
    code: 'wrong-kind-of-policy',
    hint: 'Machines take policies of AzureIaasVM: list_policies shows them.',
  });
}

async function noSuchPolicy(name: string, vault: VaultTarget, context: ReadContext): Promise<ToolError> {
  const filter = { backupManagementType: 'AzureIaasVM' };
  const all = await readVaultList('policies', vault, context, (reading) =>
    listPolicies(context.azure, vault, filter, { reading }),
  );
  const near = nearestNames(
    name,
    all.map((one) => one.name),
    3,
  ).map((one) => cleanText(one, 150));
  return new ToolError('not_found', `vault ${vault.vault} has no policy ${cleanText(name, 150)}`, {
    code: 'no-such-policy',
    httpStatus: 404,
    hint: `list_policies shows those there are, create_policy makes one.${near.length > 0 ? ` Most alike are: ${near.join(', ')}.` : ''}`,
  });
}

const DAYS = { days: 1, weeks: 7, months: 30, years: 365 } as const;

/** Days for which the copies that are kept longest are kept, about. null: the policy does not say. */
export function longestDays(policy: AzurePolicy): number | null {
  const rules = Object.values(toRetention(policy) ?? {}).filter((rule) => rule !== null);
  const days = rules.map(({ count, unit }) => count * (DAYS[unit as keyof typeof DAYS] ?? Number.NaN));
  return days.length > 0 && !days.some(Number.isNaN) ? Math.max(...days) : null;
}
