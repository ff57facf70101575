export type Severity = 'critical' | 'high' | 'medium' | 'low';

/** All that can be found wrong. */
export const FINDING_KINDS = [
  'JOB_NEVER_RAN',
  'JOB_STALE',
  'JOB_FAILING',
  'JOB_SILENT',
  'JOB_OVERDUE',
  'RETRY_DEPENDENT',
  'RELIABILITY_DEGRADING',
  'TIMING_PATTERN',
  'INCIDENT',
  'PROXY_OFFLINE',
  'SERVER_UNAVAILABLE',
  'LICENSE_EXPIRED',
  'LICENSE_EXPIRING',
  'LICENSE_EXCEEDED',
  'ANALYZER_VIOLATION',
  'ANALYZER_NOT_RUN',
  'MALWARE_DETECTED',
  'AUTHORIZATION_PENDING',
  'AUTHORIZATION_REJECTED',
  'CONFIG_BACKUP_DISABLED',
  'CONFIG_BACKUP_STALE',
  'CONFIG_BACKUP_UNENCRYPTED',
  'CLOCK_SKEW',
  'CERTIFICATE_EXPIRING',
  'ENDPOINT_FORBIDDEN',
  'VAULT_SOFT_DELETE_OFF',
  'VAULT_SOFT_DELETE_SHORT',
  'VAULT_IMMUTABILITY_OFF',
  'VAULT_IMMUTABILITY_UNLOCKED',
  'VAULT_NO_SECOND_PERSON',
  'VAULT_LOCALLY_REDUNDANT',
  'VAULT_ALERTS_OFF',
  'VAULT_LIMIT_NEAR',
  'ITEM_UNHEALTHY',
  'ITEM_PROTECTION_STOPPED',
  'ITEM_SOFT_DELETED',
  'ITEM_POLICY_INCONSISTENT',
  'CONTAINER_UNHEALTHY',
] as const;
export type FindingKind = (typeof FINDING_KINDS)[number];

type EntityKind =
  | 'job'
  | 'estate'
  | 'proxy'
  | 'server'
  | 'licence'
  | 'best-practice'
  | 'machine'
  | 'authorization-event'
  | 'endpoint'
  | 'vault'
  | 'container';

export type EvidenceValue = number | string | boolean | null;

/** Something wrong, with the numbers it rests on. Texts from the source stay in fields. Times are epoch milliseconds. */
export interface Finding {
  kind: FindingKind;
  entity: { kind: EntityKind; id: string; name: string };
  severity: Severity;
  /** Since when it is so; null if that cannot be told. */
  since: number | null;
  /** Degree, where a kind has degrees. */
  level: string | null;
  evidence: Record<string, EvidenceValue>;
  cause?: { kind: string; id?: string; name?: string | null; text?: string };
  /** Jobs concerned, of incidents. */
  jobs?: string[];
}

const ORDER: Readonly<Record<Severity, number>> = { critical: 0, high: 1, medium: 2, low: 3 };

/** Worst first, then by kind and entity, so that two runs over the same facts give the same list. */
export function compareFindings(a: Finding, b: Finding): number {
  return (
    ORDER[a.severity] - ORDER[b.severity] ||
    (a.kind < b.kind ? -1 : a.kind > b.kind ? 1 : 0) ||
    (a.entity.id < b.entity.id ? -1 : a.entity.id > b.entity.id ? 1 : 0)
  );
}
