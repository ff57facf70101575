import type { Case } from './evidence.ts';
import type { Rule } from './rule.ts';
import { ACCESS_RULES } from './rules/access.ts';
import { AZURE_FAILURE_RULES } from './rules/azure-failures.ts';
import { AZURE_GUEST_FAILURE_RULES } from './rules/azure-guest-failures.ts';
import { AZURE_PROTECTION_RULES } from './rules/azure-protection.ts';
import { AZURE_RECOVER_RULES } from './rules/azure-recover.ts';
import { AZURE_VAULT_RULES } from './rules/azure-vault.ts';
import { CAPACITY_RULES } from './rules/capacity.ts';
import { ESTATE_RULES } from './rules/estate.ts';
import { EVIDENCE_RULES } from './rules/evidence.ts';
import { GUEST_RULES } from './rules/guest.ts';
import { INFRASTRUCTURE_RULES } from './rules/infrastructure.ts';
import { INTEGRITY_RULES } from './rules/integrity.ts';
import { PROTECTION_RULES } from './rules/protection.ts';
import { RECOVER_RULES } from './rules/recover.ts';
import { SCHEDULE_RULES } from './rules/schedule.ts';
import { STORAGE_RULES } from './rules/storage.ts';
import { TAMPERING_RULES } from './rules/tampering.ts';

export const REMEDIATION_RULES: readonly Rule[] = [
  ...ACCESS_RULES,
  ...STORAGE_RULES,
  ...INFRASTRUCTURE_RULES,
  ...GUEST_RULES,
  ...SCHEDULE_RULES,
  ...PROTECTION_RULES,
  ...CAPACITY_RULES,
  ...INTEGRITY_RULES,
  ...TAMPERING_RULES,
  ...RECOVER_RULES,
  ...EVIDENCE_RULES,
  ...ESTATE_RULES,
  ...AZURE_GUEST_FAILURE_RULES,
  ...AZURE_FAILURE_RULES,
  ...AZURE_PROTECTION_RULES,
  ...AZURE_RECOVER_RULES,
  ...AZURE_VAULT_RULES,
];

/** A rule that fits a case, and how much speaks for it. */
export interface Match {
  rule: Rule;
  weight: number;
}

const MOST_HYPOTHESES = 4;

/**
 * Rules of the case's type and scope whose condition holds, likeliest first; at most four. `keep` is the rule that an open
 * plan has in first place: it stays there unless another one is likelier by more than a tenth, so that a plan does not
 * change its mind with every run.
 */
export function matchRules(of: Case, keep?: string, rules: readonly Rule[] = REMEDIATION_RULES): Match[] {
  const matches = rules
    .filter(({ type, scopes }) => type === of.type && scopes.includes(of.scope))
    .filter(({ platforms = ['veeam'] }) => platforms.includes(of.facts.platform ?? 'veeam'))
    .flatMap((rule): Match[] => {
      const weight = rule.when(of);
      return weight === null || !(weight > 0) ? [] : [{ rule, weight: Math.min(1, weight) }];
    })
    .toSorted((a, b) => b.weight - a.weight || (a.rule.id < b.rule.id ? -1 : 1));
  const kept = matches.find(({ rule }) => rule.id === keep);
  const first = matches[0];
  if (!kept || !first || first.weight > kept.weight + KEEP_MARGIN) return matches.slice(0, MOST_HYPOTHESES);
  return [kept, ...matches.filter((match) => match !== kept)].slice(0, MOST_HYPOTHESES);
}

const KEEP_MARGIN = 0.1;
