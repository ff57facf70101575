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
const TIERS = ['daily', 'weekly', 'monthly', 'yearly'] as const;

/** Days for which each kind of copy is kept, about; 0: there are none of the kind. */
type KeptDays = Record<(typeof TIERS)[number], number>;

/**
 * What a change of policy makes Azure remove: it keeps copies that are there already by the new policy, too. A copy of one
 * kind is a daily one as well, so the days of those count for all. What is not known counts as shorter. Empty: nothing.
 */
export function shortened(before: AzurePolicy | null, after: AzurePolicy | null): string[] {
  const had = keptDays(before);
  const has = keptDays(after);
  if (!had || !has)
    return [
      'How long one of the two policies keeps recovery points is not known: older ones may be removed for good.',
    ];
  const [most, now] = [had, has].map((kept) => Math.max(...Object.values(kept))) as [number, number];
  if (now < most)
    return [
      `Recovery points are kept for about ${now} days at most instead of ${most}: older ones are removed, for good.`,
    ];
  return TIERS.filter((tier) => Math.max(has[tier], has.daily) < had[tier]).map(
    (tier) =>
      `Of the ${tier} recovery points those older than about ${Math.max(has[tier], has.daily)} days are removed, for good; they were kept for ${had[tier]}.`,
  );
}

/** Days for which every copy is kept, whatever its kind; null: the policy does not say. */
export function shortestDays(policy: AzurePolicy): number | null {
  const rules = Object.values(keptDays(policy) ?? {}).filter((days) => days > 0);
  return rules.length > 0 ? Math.min(...rules) : null;
}

function keptDays(policy: AzurePolicy | null): KeptDays | null {
  const kept = policy && toRetention(policy);
  if (!kept) return null;
  const days = Object.fromEntries(
    TIERS.map((tier) => {
      const { count = 0, unit = 'days' } = kept[tier] ?? {};
      return [tier, count * (DAYS[unit as keyof typeof DAYS] ?? Number.NaN)];
    }),
  ) as KeptDays;
  const all = Object.values(days);
  return all.some(Number.isNaN) || all.every((one) => one === 0) ? null : days;
}
