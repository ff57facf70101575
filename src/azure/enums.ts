const words = (text: string) => text.trim().split(/\s+/);

export const MANAGEMENT_TYPES = words(
  'Invalid AzureIaasVM MAB DPM AzureBackupServer AzureSql AzureStorage AzureWorkload DefaultBackup',
);
export const JOB_STATES = words(
  'Invalid InProgress Completed Failed CompletedWithWarnings Cancelled Cancelling',
);
export const JOB_OPERATIONS = words(
  `Invalid Register UnRegister ConfigureBackup Backup Restore DisableBackup DeleteBackupData CrossRegionRestore Undelete
  UpdateCustomerManagedKey`,
);
export const JOB_ACTIONS = words('Invalid Cancellable Retriable');
export const PROTECTION_STATES = words(
  'Invalid IRPending Protected ProtectionError ProtectionStopped ProtectionPaused BackupsSuspended',
);
export const PROTECTABLE_STATES = words('Invalid NotProtected Protecting Protected ProtectionFailed');
/** What Resource Graph says in place of `protectionState`. */
export const GRAPH_PROTECTION_STATES = words(
  `ConfiguringProtection ProtectionConfigured ConfiguringProtectionFailed ProtectionStopped SoftDeleted ProtectionError`,
);
export const HEALTH_STATES = words('Passed ActionRequired ActionSuggested Invalid');
/** In the order of their numbers, which older answers give in place of the words. */
export const TIER_TYPES = words('Invalid InstantRP HardenedRP ArchivedRP');
export const TIER_STATES = words('Invalid Valid Disabled Deleted Rehydrated');
export const REDUNDANCIES = words(
  'Invalid LocallyRedundant ZoneRedundant GeoRedundant ReadAccessGeoZoneRedundant',
);
export const SWITCH = words('Enabled Disabled Invalid');
export const SOFT_DELETE_STATES = words('Invalid Enabled Disabled AlwaysON');
export const IMMUTABILITY_STATES = words('Disabled Unlocked Locked');
export const FREQUENCIES = words('Invalid Hourly Daily Weekly');
export const BACKUP_STATES = words('Invalid NotProtected Protecting Protected ProtectionFailed');
