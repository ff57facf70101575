import { type ArmParts, parseArmId } from './ids.ts';
import type { VaultRef } from './paths.ts';

/** What holds protected items: a machine, a machine with databases, a storage account, or what an agent runs on. */
export type ContainerName = {
  kind: 'machine' | 'workload' | 'storage' | 'other';
  /** true: of the classic deployment model, whose group is a cloud service. */
  isClassic: boolean;
  resourceGroup: string;
  /** Name of the machine or the account. */
  holder: string;
};

/** What is protected, as the name of its item says it. */
export type ItemName =
  | { kind: 'machine'; isClassic: boolean; resourceGroup: string; name: string }
  /** `parent`: the instance of SQL, the system of SAP. */
  | { kind: 'database'; type: string; parent: string; name: string }
  | { kind: 'share'; name: string };

/** First words of the names, as Azure writes them today. It compares them without their case. */
const FIRST = {
  machine: 'IaasVMContainer',
  workload: 'VMAppContainer',
  storage: 'StorageContainer',
} as const;
/** Second words: of the resource manager, and of the classic model. */
const SECOND = {
  machine: ['iaasvmcontainerv2', 'iaasvmcontainer'],
  workload: ['Compute', 'ClassicCompute'],
  storage: ['Storage', 'ClassicStorage'],
} as const;
type Kind = keyof typeof FIRST;
const SECONDS = new Set<string>(
  Object.values(SECOND).flatMap((words) => words.map((word) => word.toLowerCase())),
);
const KINDS = Object.keys(FIRST) as Kind[];

/**
 * Name of a container in the path of a request: `IaasVMContainer;iaasvmcontainerv2;group;machine`.
 * @throws Error if a part has the sign that separates parts
 * @see https://learn.microsoft.com/azure/backup/backup-azure-arm-userestapi-backupazurevms
 */
export function toContainerName({
  kind,
  isClassic,
  resourceGroup,
  holder,
}: ContainerName & { kind: Kind }): string {
  return joined(FIRST[kind], SECOND[kind][isClassic ? 1 : 0], resourceGroup, holder);
}

/** Name of an item in the path of a request: `VM;iaasvmcontainerv2;group;machine`. */
export function toItemName(item: ItemName): string {
  if (item.kind === 'machine')
    return joined('VM', SECOND.machine[item.isClassic ? 1 : 0], item.resourceGroup, item.name);
  return item.kind === 'share'
    ? joined('AzureFileShare', item.name)
    : `${joined(item.type, item.parent)};${item.name}`;
}

/** Where the item of a machine is, or will be. @param machineId its ARM id @throws Error if that is no id of a machine */
export function machineItemAt(vault: VaultRef, machineId: string) {
  const machine = parseMachineId(machineId);
  if (!machine) throw new Error(`${machineId} is no id of a machine`);
  const { resourceGroup, name, isClassic } = machine;
  return {
    ...vault,
    fabric: 'Azure',
    container: toContainerName({ kind: 'machine', isClassic, resourceGroup, holder: name }),
    item: toItemName({ kind: 'machine', isClassic, resourceGroup, name }),
  };
}

/**
 * Reads the name of a container, in the form of paths (`IaasVMContainer;iaasvmcontainerv2;group;machine`) and in that of
 * properties, which have no first word; of any letter case. null: not a name of a known form.
 */
export function parseContainerName(text: string): ContainerName | null {
  const words = text.split(';').map((word) => word.trim());
  const first = words[0]?.toLowerCase();
  const named = KINDS.find((kind) => FIRST[kind].toLowerCase() === first);
  // The first word of the one form is the second word of the other.
  const rest = named && words.length > 3 ? words.slice(1) : words;
  for (const kind of named && words.length > 3 ? [named] : KINDS) {
    const at = SECOND[kind].findIndex((word) => word.toLowerCase() === rest[0]?.toLowerCase());
    const [, resourceGroup, holder, ...more] = rest;
    if (at >= 0 && resourceGroup && holder && more.length === 0 && !SECONDS.has(resourceGroup.toLowerCase()))
      return { kind, isClassic: at === 1, resourceGroup, holder };
  }
  const [type, holder, ...more] = words;
  const isAgent = /^(windows|dpmcontainer|azurebackupservercontainer|generic)$/i.test(type ?? '');
  return isAgent && holder && more.length === 0
    ? { kind: 'other', isClassic: false, resourceGroup: '', holder }
    : null;
}

/** Reads the name of an item, of any letter case, also without its first word. null: not a name of a known form. */
export function parseItemName(text: string): ItemName | null {
  const words = text.split(';').map((word) => word.trim());
  const [type = '', parent, ...rest] = words;
  if (/^azurefileshare$/i.test(type))
    return parent && rest.length === 0 ? { kind: 'share', name: parent } : null;
  const container = parseContainerName((/^vm$/i.test(type) ? words.slice(1) : words).join(';'));
  if (container?.kind === 'machine') {
    const { isClassic, resourceGroup, holder: name } = container;
    return { kind: 'machine', isClassic, resourceGroup, name };
  }
  // A database may have the separating sign in its name.
  const name = rest.join(';');
  return /^(sql|saphana|sapase|sybase|anydatabase)/i.test(type) && parent && name
    ? { kind: 'database', type, parent, name }
    : null;
}

/** The parts of the id of a machine; null: it is none, or lacks a part. */
export function parseMachineId(
  id: string,
): { subscriptionId: string; resourceGroup: string; name: string; isClassic: boolean } | null {
  const [, provider, name] =
    /\/providers\/microsoft\.((?:classic)?compute)\/virtualmachines\/([^/;]+)$/i.exec(id) ?? [];
  const { subscriptionId, resourceGroup }: ArmParts = parseArmId(id).parts;
  if (!provider || !name || !subscriptionId || !resourceGroup) return null;
  return { subscriptionId, resourceGroup, name, isClassic: /^classic/i.test(provider) };
}

function joined(...words: string[]): string {
  for (const word of words)
    if (word === '' || word.includes(';')) throw new Error(`"${word}" cannot be a part of a name`);
  return words.join(';');
}
