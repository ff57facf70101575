import type { Container } from '../containers.ts';
import { containerId, containerName, MANAGEMENT_TYPES, sourceId, vaultId } from '../ids.ts';
import type { Item } from '../types.ts';
import { isStopped } from './item-view.ts';

const TYPE = 'Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers';

export const CONTAINER_TYPES = {
  vm: 'Microsoft.Compute/virtualMachines',
  sql: 'VMAppContainer',
  files: 'StorageContainer',
} as const;

/** What holds an item. */
export const containerRow = (item: Item, now: number) => ({
  id: containerId(item),
  name: containerName(item),
  type: TYPE,
  properties: {
    sourceResourceId: sourceId(item),
    ...(item.kind === 'vm' && { virtualMachineId: sourceId(item) }),
    protectedItemCount: isStopped(item, now) ? 0 : 1,
    friendlyName: item.holder,
    backupManagementType: MANAGEMENT_TYPES[item.kind],
    registrationStatus: 'Registered',
    healthStatus: 'Healthy',
    containerType: CONTAINER_TYPES[item.kind],
    ...(item.kind === 'sql' && inquiryOf(item.holder, 1)),
  },
});

/** What somebody registered and holds nothing yet; `protectedItemCount` is of what was protected since. */
export const registeredRow = (container: Container, protectedItemCount: number) => ({
  id: `${vaultId(container.vault, 'Subscriptions')}/backupFabrics/Azure/protectionContainers/${container.name}`,
  name: container.name,
  type: TYPE,
  properties: {
    sourceResourceId: container.sourceId,
    protectedItemCount,
    friendlyName: container.friendlyName,
    backupManagementType: MANAGEMENT_TYPES[container.kind],
    registrationStatus: 'Registered',
    healthStatus: 'Healthy',
    containerType: CONTAINER_TYPES[container.kind],
    ...(container.kind === 'files' && { acquireStorageAccountLock: 'Acquire' }),
    ...(container.kind === 'sql' && {
      ...inquiryOf(container.friendlyName, container.inquiredAt === undefined ? 0 : DATABASES.length),
      workloadType: container.workloadType,
    }),
  },
});

/** Of every machine with databases that is registered. */
export const DATABASES = ['master', 'Billing'];
export const SHARES = ['data'];

function inquiryOf(host: string, itemCount: number) {
  const found = {
    code: 'Success',
    message: 'Not Available',
    recommendations: ['Not Available'],
  };
  const ok = { status: 'Success', errorDetail: found };
  return {
    workloadType: null,
    extendedInfo: {
      hostServerName: host,
      nodesList: [],
      inquiryInfo: { ...ok, inquiryDetails: [{ type: 'sql', itemCount, inquiryValidation: ok }] },
    },
  };
}
