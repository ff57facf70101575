import { type ClassifiedCause, classifyFailure, type FailureCause } from './failure-cause.ts';

/** What Azure says of a failure. Codes are names such as `UserErrorVmNotFound`, or numbers, which mean nothing by themselves. */
export interface AzureProblem {
  code: string | null;
  title: string | null;
  message: string | null;
}

/**
 * Codes of Azure Backup by the class of their cause; longer names that begin with one of these are of its class.
 * @see https://learn.microsoft.com/azure/backup/backup-azure-vms-troubleshoot
 * @see https://learn.microsoft.com/azure/backup/backup-azure-troubleshoot-vm-backup-fails-snapshot-timeout
 * @see https://learn.microsoft.com/azure/backup/backup-sql-server-azure-troubleshoot
 * @see https://learn.microsoft.com/azure/backup/troubleshoot-azure-files
 */
const CODES: Partial<Record<FailureCause, string>> = {
  SERVICE_DOWN: `UserErrorGuestAgentStatusUnavailable GuestAgentSnapshotTaskStatusError UserErrorVmProvisioningStateFailed
    UserErrorVmNotInDesirableState VmNotInDesirableState ExtensionStuckInDeletionState ExtensionInstallationFailed
    ExtensionConfigParsingFailure ExtensionOperationFailed ExtensionVCRedistInstallationFailure
    WorkloadExtensionNotReachable BackUpOperationFailed CloudInternalError InternalServerError`,
  SNAPSHOT: `ExtensionSnapshotFailed ExtensionFailedSnapshotLimitReached VMRestorePointInternalError
    VMRestorePointClientError UserErrorFsFreezeFailed ExtensionSnapshotBitlockerError`,
  VSS: `ExtensionSnapshotFailedCOM ExtensionInstallationFailedCOM ExtensionInstallationFailedMDTC
    ExtensionFailedVssWriterInBadState ExtensionFailedVssServiceInBadState`,
  NETWORK: `ExtensionSnapshotFailedNoNetwork ExtensionSnapshotFailedNoSecureNetwork UserErrorVMInternetConnectivityIssue
    ExtensionFailedTimeoutVMNetworkUnresponsive UserErrorServerConnectionClosed UserErrorInOpeningHanaOdbcConnection`,
  PERMISSION: `UserErrorKeyVaultPermissionsNotConfigured UserErrorSQLNoSysadminMembership
    UserErrorHANAInternalRoleNotPresent AuthorizationFailed LinkedAuthorizationFailed`,
  CONFIGURATION: `UserErrorRequestDisallowedByPolicy RequestDisallowedByPolicy UserErrorMarketPlaceVMNotSupported
    UserErrorUnsupportedDiskSize UserErrorSQLPODoesNotSupportBackupType UserErrorUnableToOpenMount
    UserErrorHanaInstanceNameInvalid FabricSvcBackupPreferenceCheckFailed`,
  OBJECT_NOT_FOUND: `UserErrorVmNotFound VmNotFound UserErrorBcmDatasourceNotPresent FileshareNotFound
    StorageAccountNotFound ResourceNotFound`,
  RESOURCES: `UserErrorRpCollectionLimitReached UserErrorBcmPremiumStorageQuotaError CloudDosAbsoluteLimitReached
    QuotaExceeded UserErrorQuotaExceeded TooManyRequests`,
  LOCKED: `UserErrorBackupOperationInProgress ScopeLocked OperationCancelledBecauseConflicting`,
};

/** Longest names first, so that the most exact one counts. */
const BY_LENGTH = Object.entries(CODES)
  .flatMap(([cause, names]) =>
    names.split(/\s+/).map((name) => ({ name: name.toLowerCase(), cause: cause as FailureCause })),
  )
  .toSorted((a, b) => b.name.length - a.name.length);

const CODE_IN_TEXT = /\b[A-Z][a-z]+(?:[A-Z][A-Za-z0-9]*){2,}\b/g;

/** What Azure writes in words of its own; the general rules would take these for something else. Tried in this order. */
const TEXTS: [id: string, cause: FailureCause, pattern: RegExp][] = [
  [
    'azure-agent',
    'SERVICE_DOWN',
    /\b(?:VM|guest|virtual machine) agent\b.{0,120}(?:unable|not |un\w+able|unreachable|unresponsive|communicat|fail|outdated|status)|(?:communicat\w+|contact|reach) .{0,40}\b(?:VM|guest) agent\b/i,
  ],
  [
    'azure-vm-state',
    'SERVICE_DOWN',
    /not in a state that allows|failed provisioning state|provisioning state (?:is )?failed/i,
  ],
  [
    'azure-key-vault',
    'PERMISSION',
    /key ?vault.{0,80}(?:permission|access|not configured)|permission.{0,60}key ?vault/i,
  ],
  ['azure-policy', 'CONFIGURATION', /disallowed by .{0,20}policy|azure policy/i],
  [
    'azure-lock',
    'LOCKED',
    /\b(?:resource group|scope|delete) lock|lock .{0,20}(?:on|of) the (?:resource|scope)/i,
  ],
  ['azure-limit', 'RESOURCES', /\bquota\b|limit of .{0,40}per (?:subscription|region|vault|day)/i],
  [
    'azure-passing',
    'SERVICE_DOWN',
    /(?:temporary|transient|internal) .{0,20}(?:service )?(?:issue|error|failure)|issue with the service/i,
  ],
];

/**
 * Cause of a failure of Azure Backup: by its code, by a code that its text names, by Azure's own wording, else by the general
 * rules. UNKNOWN if none fits: the title then is all there is.
 */
export function classifyAzureProblem({ code, title, message }: AzureProblem): ClassifiedCause {
  const text = [title, message].filter(Boolean).join(': ').slice(0, 4000);
  for (const name of [code ?? '', ...(text.match(CODE_IN_TEXT) ?? [])]) {
    const known = causeOfCode(name);
    if (known) return known;
  }
  for (const [ruleId, cause, pattern] of TEXTS) if (pattern.test(text)) return { cause, ruleId };
  return classifyFailure(text);
}

function causeOfCode(code: string): ClassifiedCause | null {
  const wanted = code.trim().toLowerCase();
  const known = BY_LENGTH.find(({ name }) => wanted.startsWith(name));
  return known ? { cause: known.cause, ruleId: `azure-code:${known.name}` } : null;
}
