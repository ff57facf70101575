import type { AzureContainerFacts, AzureFacts, AzureItemFacts, VaultFacts } from './azure-facts.ts';
import type { Finding, Severity } from './finding.ts';
import type { JobHealth } from './job-health.ts';
import { vaultFindings } from './vault-findings.ts';

const DAY_MS = 86_400_000;

/**
 * What only Azure Backup can have wrong. How its backups run is judged as that of any other job. Severity:
 * - ITEM_SOFT_DELETED high: in some days its backups are gone for good, and nobody may have meant it;
 * - ITEM_PROTECTION_STOPPED medium, as machines are retired that way; high when Azure paused or suspended it;
 * - ITEM_UNHEALTHY high, medium where Azure only suggests something. Not where the job fails for the reason that Azure gives;
 * - ITEM_POLICY_INCONSISTENT, CONTAINER_UNHEALTHY medium: backups may be made otherwise than the policy says, or soon not at all.
 */
export function azureFindings(facts: AzureFacts, jobs: readonly JobHealth[]): Finding[] {
  const healthOf = new Map(jobs.map((health) => [health.job.jobId, health]));
  return [
    ...vaultFindings(facts),
    ...facts.items.flatMap((item) => itemFindings(item, facts.vault, healthOf.get(item.id))),
    ...(facts.containers ?? []).flatMap(containerFindings),
  ];
}

/** What of a vault could not be told, in words. */
export function azureNotKnown({
  vault,
  items,
  containers,
  backupsWithoutItem,
  limits,
}: AzureFacts): string[] {
  const settings: [string, unknown][] = [
    ['soft delete', vault.softDelete],
    ['immutability', vault.immutability],
    ['whether critical operations need a second person', vault.multiUserAuthorization],
    ['redundancy', vault.redundancy],
  ];
  const silent = settings.flatMap(([name, value]) => (value === null ? [name] : []));
  const unsure = items.filter(({ protectionState }) => protectionState === null).length;
  return [
    ...(silent.length > 0 ? [`${silent.join(', ')} of the vault: no answer that could be read says it`] : []),
    ...(unsure > 0 ? [`whether ${unsure} items are protected: Azure does not say their state`] : []),
    ...(backupsWithoutItem > 0
      ? [
          `of which item ${backupsWithoutItem} backups of the last 14 days were: their names fit none, or several`,
        ]
      : []),
    ...(containers === null ? ['health of containers: they could not be read'] : []),
    ...(limits === null ? ['how near the vault is to its limits: its usage was not read lately'] : []),
  ];
}

function itemFindings(item: AzureItemFacts, vault: VaultFacts, health: JobHealth | undefined): Finding[] {
  const { protectionState, lastBackupAt, lastPointAt } = item;
  const known = { protectionState, lastBackupAt, lastPointAt };
  if (item.isSoftDeleted) {
    const { deletedForGoodAt } = item;
    const days = vault.softDeleteDays;
    const since = deletedForGoodAt !== null && days !== null ? deletedForGoodAt - days * DAY_MS : null;
    return [finding(item, 'ITEM_SOFT_DELETED', 'high', { ...known, deletedForGoodAt }, null, since)];
  }
  const inconsistent = item.policyInconsistent
    ? [finding(item, 'ITEM_POLICY_INCONSISTENT', 'medium', known)]
    : [];
  const severity = STOPPED[protectionState ?? ''];
  if (severity)
    return [finding(item, 'ITEM_PROTECTION_STOPPED', severity, known, protectionState), ...inconsistent];
  return [...unhealthyFindings(item, health), ...inconsistent];
}

const STOPPED: Readonly<Record<string, Severity>> = {
  ProtectionStopped: 'medium',
  ProtectionPaused: 'high',
  BackupsSuspended: 'high',
};

const UNHEALTHY: Readonly<Record<string, Severity>> = {
  ProtectionError: 'high',
  ActionRequired: 'high',
  Unhealthy: 'high',
  NotReachable: 'high',
  ActionSuggested: 'medium',
};

function unhealthyFindings(item: AzureItemFacts, health: JobHealth | undefined): Finding[] {
  const { protectionState, healthStatus, protectionStatus, healthDetails, lastErrorCode } = item;
  const level = [protectionState, healthStatus, protectionStatus].find((word) => word && UNHEALTHY[word]);
  const severity = UNHEALTHY[level ?? ''];
  if (!level || !severity) return [];
  const isTold = healthDetails.every(({ code }) => code === null || code === lastErrorCode);
  if (health && health.streak >= 2 && isTold && protectionState !== 'ProtectionError') return [];
  const [first] = healthDetails;
  const evidence = {
    protectionState,
    healthStatus,
    protectionStatus,
    code: first?.code ?? null,
    title: first?.title ?? null,
    message: first?.message ?? null,
  };
  const found = finding(item, 'ITEM_UNHEALTHY', severity, evidence, level);
  const text = first?.title ?? first?.message;
  return [
    text ? { ...found, cause: { kind: 'error', ...(first?.code && { id: first.code }), text } } : found,
  ];
}

const HEALTHY = ['healthy', 'passed'];
const REGISTERED = ['registered', 'registering'];

function containerFindings(container: AzureContainerFacts): Finding[] {
  const { id, name, type, registrationStatus, healthStatus, items } = container;
  const isFine = (word: string | null, fine: string[]) => word === null || fine.includes(word.toLowerCase());
  if (isFine(healthStatus, HEALTHY) && isFine(registrationStatus, REGISTERED)) return [];
  return [
    {
      kind: 'CONTAINER_UNHEALTHY',
      entity: { kind: 'container', id, name },
      severity: 'medium',
      since: null,
      level: isFine(healthStatus, HEALTHY) ? registrationStatus : healthStatus,
      evidence: { type, registrationStatus, healthStatus, items },
    },
  ];
}

function finding(
  { id, name }: AzureItemFacts,
  kind: Finding['kind'],
  severity: Severity,
  evidence: Finding['evidence'],
  level: string | null = null,
  since: number | null = null,
): Finding {
  return { kind, entity: { kind: 'job', id, name }, severity, since, level, evidence };
}
