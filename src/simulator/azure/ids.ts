import type { Item, Machine, Vault } from './types.ts';

const PROVIDER = 'Microsoft.RecoveryServices';

/** Azure begins the ids of items, jobs and policies in lists with a capital, others not. */
export const vaultId = ({ subscription, group, name }: Vault, first = 'subscriptions'): string =>
  `/${first}/${subscription}/resourceGroups/${group}/providers/${PROVIDER}/vaults/${name}`;

/** The container without its first segment, as properties have it. */
export function shortContainer({ kind, group, holder }: Item): string {
  if (kind === 'vm') return `iaasvmcontainerv2;${group};${holder}`;
  return kind === 'sql' ? `Compute;${group};${holder}` : `Storage;${group};${holder}`;
}

export function containerName(item: Item): string {
  const first = { vm: 'IaasVMContainer', sql: 'VMAppContainer', files: 'StorageContainer' }[item.kind];
  return `${first};${shortContainer(item)}`;
}

export function itemName(item: Item): string {
  if (item.kind === 'vm') return `VM;${shortContainer(item)}`;
  return item.kind === 'sql' ? `SQLDataBase;mssqlserver;${item.name}` : `AzureFileShare;${item.name}`;
}

export const containerId = (item: Item): string =>
  `${vaultId(item.vault, 'Subscriptions')}/backupFabrics/Azure/protectionContainers/${containerName(item)}`;

export const itemId = (item: Item): string => `${containerId(item)}/protectedItems/${itemName(item)}`;

export const policyId = (vault: Vault, policy: string): string =>
  `${vaultId(vault, 'Subscriptions')}/backupPolicies/${policy}`;

/** What an item protects: a machine, also of a database, or a storage account. */
export function sourceId({ kind, vault, group, holder }: Item): string {
  const type = kind === 'files' ? 'Microsoft.Storage/storageAccounts' : 'Microsoft.Compute/virtualMachines';
  return `/subscriptions/${vault.subscription}/resourceGroups/${group}/providers/${type}/${holder}`;
}

export const machineId = ({
  subscription,
  group,
  name,
}: Pick<Machine, 'subscription' | 'group' | 'name'>): string =>
  `/subscriptions/${subscription}/resourceGroups/${group}/providers/Microsoft.Compute/virtualMachines/${name}`;

export const MANAGEMENT_TYPES = { vm: 'AzureIaasVM', sql: 'AzureWorkload', files: 'AzureStorage' } as const;
export const WORKLOAD_TYPES = { vm: 'VM', sql: 'SQLDataBase', files: 'AzureFileShare' } as const;
