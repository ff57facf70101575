import type { ItemRef, VaultRef } from '../../src/azure/paths.ts';
import type { AzureProtectedItem } from '../../src/azure/protected-items.ts';

/** `container/item`, in lower case: the item's id in all tables, and its job's. null: the id names no item. */
export function toItemId({ container, item }: { container?: string; item?: string }): string | null {
  return container && item ? `${container}/${item}`.toLowerCase() : null;
}

/** Where Azure has the item of an id. */
export function toItemRef(vault: VaultRef, itemId: string): ItemRef {
  const [container = '', ...item] = itemId.split('/');
  return { ...vault, container, item: item.join('/') };
}

/** The vault as a repository: a vault is a source, so their names are one. */
export const toRepositoryId = (sourceId: string): string => sourceId.replace(/^azure:/, '');

/** In what kind of thing an item consists, whatever Azure calls it. */
export type ItemKind =
  | 'AzureVm'
  | 'AzureSql'
  | 'AzureSapHana'
  | 'AzureSapAse'
  | 'AzureFiles'
  | 'AzureMars'
  | 'AzureDpm'
  | 'AzureOther';

const KINDS: [pattern: RegExp, kind: ItemKind][] = [
  [/saphana/i, 'AzureSapHana'],
  [/sapase/i, 'AzureSapAse'],
  [/sql/i, 'AzureSql'],
  [/fileshare/i, 'AzureFiles'],
  [/virtualmachines|^vm$/i, 'AzureVm'],
  [/^mab|filefolder/i, 'AzureMars'],
  [/dpm|azurebackupserver/i, 'AzureDpm'],
];

type Typed = Pick<AzureProtectedItem, 'protectedItemType' | 'workloadType' | 'backupManagementType'>;

/** By the type of the item, else by its workload, else by who manages it. */
export function toItemKind({ protectedItemType, workloadType, backupManagementType }: Typed): ItemKind {
  for (const text of [protectedItemType, workloadType, backupManagementType]) {
    const found = KINDS.find(([pattern]) => text && pattern.test(text));
    if (found) return found[1];
  }
  return 'AzureOther';
}

const DATABASES: readonly ItemKind[] = ['AzureSql', 'AzureSapHana', 'AzureSapAse'];
export const isDatabase = (kind: ItemKind): boolean => DATABASES.includes(kind);

type Known = {
  kind: ItemKind;
  itemId: string;
  name: string;
  parentName: string | null;
  resourceKey: string | null;
};

/**
 * Which workload an item protects, the same in all vaults. Databases and shares say only which machine or account holds
 * them, so they have an id below it. What does not say what it protects is a workload of its own.
 */
export function toAzureWorkloadId({ kind, itemId, name, parentName, resourceKey }: Known): string {
  if (!resourceKey) return `azure/item/${itemId}`;
  if (kind === 'AzureVm') return `azure${resourceKey}`;
  const below = isDatabase(kind) ? ['databases', parentName ?? '', name] : ['items', name];
  return `azure${resourceKey}/${below.join('/').toLowerCase()}`;
}
