import type { AzureFacts, VaultFacts } from './azure-facts.ts';
import type { Finding } from './finding.ts';

/** Azure's own shortest time; vaults of old may have less. */
const USUAL_SOFT_DELETE_DAYS = 14;
const NEAR = 0.8;
const VERY_NEAR = 0.95;

/**
 * How well a vault's backups are guarded, and how near it is to its limits. What is not known gives no finding. Severity:
 * - VAULT_SOFT_DELETE_OFF high: whoever may delete backups deletes them at once and for good;
 * - VAULT_SOFT_DELETE_SHORT (below 14 days), VAULT_IMMUTABILITY_OFF, VAULT_NO_SECOND_PERSON medium: one guard of several is weak;
 * - VAULT_LOCALLY_REDUNDANT medium: the loss of one datacentre takes machines and backups together;
 * - VAULT_IMMUTABILITY_UNLOCKED, VAULT_ALERTS_OFF low: the first holds until somebody switches it off;
 * - VAULT_LIMIT_NEAR medium from 80 % of a limit, high from 95 %: what comes after it is not protected.
 */
export function vaultFindings({ vault, limits }: AzureFacts): Finding[] {
  return [
    ...deletionFindings(vault),
    ...placeFindings(vault),
    ...(limits ?? []).flatMap((one) => limitFinding(vault, one)),
  ];
}

function deletionFindings(vault: VaultFacts): Finding[] {
  const { softDelete, softDeleteDays, immutability, multiUserAuthorization } = vault;
  const evidence = { softDelete, softDeleteDays, immutability, multiUserAuthorization };
  const findings: Finding[] = [];
  if (softDelete === 'Disabled') findings.push(of(vault, 'VAULT_SOFT_DELETE_OFF', 'high', evidence));
  else if (softDelete !== null && softDeleteDays !== null && softDeleteDays < USUAL_SOFT_DELETE_DAYS)
    findings.push(of(vault, 'VAULT_SOFT_DELETE_SHORT', 'medium', evidence));
  if (immutability === 'Disabled') findings.push(of(vault, 'VAULT_IMMUTABILITY_OFF', 'medium', evidence));
  if (immutability === 'Unlocked') findings.push(of(vault, 'VAULT_IMMUTABILITY_UNLOCKED', 'low', evidence));
  if (multiUserAuthorization === false)
    findings.push(of(vault, 'VAULT_NO_SECOND_PERSON', 'medium', evidence));
  return findings;
}

function placeFindings(vault: VaultFacts): Finding[] {
  const { redundancy, alertsOnFailures } = vault;
  return [
    ...(redundancy === 'LocallyRedundant'
      ? [of(vault, 'VAULT_LOCALLY_REDUNDANT', 'medium', { redundancy })]
      : []),
    ...(alertsOnFailures === false ? [of(vault, 'VAULT_ALERTS_OFF', 'low', { alertsOnFailures })] : []),
  ];
}

type Limit = NonNullable<AzureFacts['limits']>[number];

function limitFinding(vault: VaultFacts, { name, value, limit }: Limit): Finding[] {
  const share = limit > 0 ? value / limit : value > 0 ? 1 : 0;
  if (share < NEAR) return [];
  const evidence = { usage: name, value, limit, share };
  const finding = of(vault, 'VAULT_LIMIT_NEAR', share >= VERY_NEAR ? 'high' : 'medium', evidence);
  // A vault has several limits, and each is a finding.
  return [{ ...finding, entity: { ...finding.entity, id: `${vault.id} ${name}` }, level: name }];
}

function of(
  { id, name }: VaultFacts,
  kind: Finding['kind'],
  severity: Finding['severity'],
  evidence: Finding['evidence'],
): Finding {
  return { kind, entity: { kind: 'vault', id, name }, severity, since: null, level: null, evidence };
}
