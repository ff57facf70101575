/** What the health rules need to know of a vault of Azure Backup. Null is "not known" and gives no finding. */
export interface AzureFacts {
  vault: VaultFacts;
  items: readonly AzureItemFacts[];
  /** Null: they could not be read. */
  containers: readonly AzureContainerFacts[] | null;
  /** Backups of the last 14 days of which Azure does not say which item they were of. */
  backupsWithoutItem: number;
  /** Figures of the vault that have a limit. Null: none of its figures was read lately. */
  limits: readonly { name: string; value: number; limit: number }[] | null;
}

export interface VaultFacts {
  id: string;
  name: string;
  softDelete: string | null;
  softDeleteDays: number | null;
  immutability: string | null;
  multiUserAuthorization: boolean | null;
  redundancy: string | null;
  alertsOnFailures: boolean | null;
}

export interface AzureItemFacts {
  /** Its job's id. */
  id: string;
  name: string;
  protectionState: string | null;
  protectionStatus: string | null;
  healthStatus: string | null;
  healthDetails: readonly { code: string | null; title: string | null; message: string | null }[];
  isSoftDeleted: boolean | null;
  policyInconsistent: boolean | null;
  /** Epoch milliseconds. */
  lastBackupAt: number | null;
  lastPointAt: number | null;
  deletedForGoodAt: number | null;
  /** Code of the error of its last failed backup. */
  lastErrorCode: string | null;
}

export interface AzureContainerFacts {
  id: string;
  name: string;
  type: string | null;
  registrationStatus: string | null;
  healthStatus: string | null;
  items: number | null;
}
