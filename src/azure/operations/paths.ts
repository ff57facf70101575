import { API_VERSIONS } from '../api-versions.ts';
import { type ItemRef, itemPath, type VaultRef, vaultPath } from '../paths.ts';
import { toPathWithQuery } from '../query.ts';
import type { AzureOperation } from './operation.ts';

/** What an operation belongs to, for those of whom nothing but the id is left. Headers are followed as they are. */
export type OperationPlace =
  | { kind: 'backup' | 'refresh' | 'validate'; vault: VaultRef }
  | { kind: 'item'; item: ItemRef }
  | { kind: 'policy'; vault: VaultRef; policy: string }
  | { kind: 'container'; vault: VaultRef; container: string }
  | { kind: 'job_cancel'; vault: VaultRef; jobId: string };

/** Where the state of an operation can be read, by what it belongs to. */
export function operationAt(place: OperationPlace, id: string): AzureOperation {
  const kind = place.kind === 'refresh' || place.kind === 'job_cancel' ? 'result' : 'status';
  const target = toPathWithQuery(pathOf(place, id), API_VERSIONS.operations);
  return { kind, target, id, retryAfterSeconds: 0 };
}

function pathOf(place: OperationPlace, id: string): string {
  switch (place.kind) {
    case 'item':
      return itemPath(place.item, 'operationsStatus', id);
    case 'backup':
      return vaultPath(place.vault, 'backupOperations', id);
    case 'policy':
      return vaultPath(place.vault, 'backupPolicies', place.policy, 'operations', id);
    case 'container': {
      const parts = ['backupFabrics', 'Azure', 'protectionContainers', place.container];
      return vaultPath(place.vault, ...parts, 'operationsStatus', id);
    }
    case 'refresh':
      return vaultPath(place.vault, 'backupFabrics', 'Azure', 'operationResults', id);
    case 'job_cancel':
      return vaultPath(place.vault, 'backupJobs', place.jobId, 'operationResults', id);
    case 'validate':
      return vaultPath(place.vault, 'backupValidateOperationsStatuses', id);
  }
}
