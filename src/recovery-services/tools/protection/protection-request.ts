import { API_VERSIONS } from '../../../azure/api-versions.ts';
import { type ItemRef, itemPath, vaultPath } from '../../../azure/paths.ts';
import type { AzureProtectedItem } from '../../../azure/protected-items.ts';
import type { PlannedRequest } from '../../plan.ts';

/** What is to be protected: where its item is or will be, and what Azure calls it. */
export type Subject = { ref: ItemRef; sourceId: string; type: string };

/** Disks that are left out, or the only ones that are not. */
export type Disks = { diskLunList: number[]; isInclusionList: boolean };

const MACHINE = 'Microsoft.Compute/virtualMachines';
const CLASSIC = 'Microsoft.ClassicCompute/virtualMachines';

/** The kind of item as requests name it. */
export const itemTypeOf = ({ protectedItemType }: AzureProtectedItem): string => protectedItemType ?? MACHINE;

/** The same of a machine that has no item yet. */
export const machineTypeOf = (machineId: string): string =>
  /\/microsoft\.classiccompute\//i.test(machineId) ? CLASSIC : MACHINE;

/** Protects by a policy: a machine for the first time, again, or otherwise than before. */
export const protectRequest = (
  { ref, sourceId, type }: Subject,
  policy: string,
  disks: Disks | undefined,
): PlannedRequest => ({
  method: 'PUT',
  path: itemPath(ref),
  api_version: API_VERSIONS.protectedItems,
  body: {
    properties: {
      protectedItemType: type,
      sourceResourceId: sourceId,
      policyId: `${vaultPath(ref)}/backupPolicies/${policy}`,
      ...(disks ? { extendedProperties: { diskExclusionProperties: disks } } : {}),
    },
  },
});

/** Takes a deletion back; protection is stopped then. */
export const undeleteRequest = ({ ref, sourceId, type }: Subject): PlannedRequest => ({
  method: 'PUT',
  path: itemPath(ref),
  api_version: API_VERSIONS.protectedItems,
  body: {
    properties: {
      protectedItemType: type,
      sourceResourceId: sourceId,
      protectionState: 'ProtectionStopped',
      isRehydrate: true,
    },
  },
});
