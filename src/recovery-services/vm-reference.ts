import { parseArmId, toItemRef } from '../azure/ids.ts';
import { machineItemAt, parseContainerName, parseMachineId } from '../azure/naming.ts';
import type { ItemRef, VaultRef } from '../azure/paths.ts';
import {
  type AzureProtectedItem,
  getProtectedItem,
  listProtectedItems,
  sourceKeyOf,
} from '../azure/protected-items.ts';
import { listVirtualMachines } from '../azure/virtual-machines.ts';
import { SourceError } from '../errors.ts';
import { nearestNames } from '../mcp/suggest.ts';
import { cleanText } from '../mcp/untrusted.ts';
import type { VmArgs } from './arguments.ts';
import type { ReadContext } from './context.ts';
import { ToolError } from './errors.ts';
import { noSuchVault } from './not-found.ts';
import { readList } from './read-lists.ts';

/** A machine, whether it is protected or not. */
export type VmRef = { id: string; subscriptionId: string; resourceGroup: string; name: string };
/** What protects a machine in one vault. */
export type FoundItem = { item: AzureProtectedItem; ref: ItemRef };

const MOST_NAMES = 5;

/**
 * The machine that arguments mean. With its group it is named at once; without, it is looked for in the subscription.
 * @throws ToolError if no machine is named, if there is none of the name, or several
 */
export async function resolveVm(args: VmArgs, subscriptionId: string, context: ReadContext): Promise<VmRef> {
  const names = namesOf(args);
  const { name } = names;
  const id = idOf(names, subscriptionId);
  if (id !== undefined) return toVmRef(id);
  const all = await machinesOf(subscriptionId, context);
  const wanted = name.toLowerCase();
  const found = all.filter((one) => one.name.toLowerCase() === wanted);
  if (found.length === 1 && found[0]) return found[0];
  if (found.length > 1)
    throw ambiguous(
      name,
      found.map(({ id: other }) => other),
    );
  throw noMachine(
    name,
    `subscription ${subscriptionId}`,
    all.map((one) => one.name),
  );
}

/**
 * The protected item of a machine in a vault, by what Azure lists. Only where the list is forbidden to the caller, and the
 * machine is named in full, its name is put together.
 * @throws ToolError `not_found` if the vault protects no such machine, `validation` if the name means several
 */
export async function findItem(args: VmArgs, vault: VaultRef, context: ReadContext): Promise<FoundItem> {
  const names = namesOf(args);
  const { found, others } = await lookUp(names, vault, context);
  const [item, ...more] = found;
  if (!item) throw noMachine(names.name, `vault ${vault.vault}`, others);
  if (more.length > 0)
    throw ambiguous(
      names.name,
      found.map((one) => sourceKeyOf(one) ?? one.id),
    );
  const ref = toItemRef(parseArmId(item.id).parts);
  if (ref) return { item, ref };
  throw new ToolError(
    'azure',
    `the id of the item is not one that can be addressed: ${cleanText(item.id, 300)}`,
    { code: 'odd-id', hint: 'Look at the item in the portal of Azure.' },
  );
}

/** What is meant, and the names of all the others if that is nothing. */
type LookedUp = { found: AzureProtectedItem[]; others: string[] };

async function lookUp(names: Names, vault: VaultRef, context: ReadContext): Promise<LookedUp> {
  const list = async (friendlyName?: string) => {
    const filter = { backupManagementType: 'AzureIaasVM', friendlyName };
    return readList('protected items', context, (reading) =>
      listProtectedItems(context.azure, vault, filter, { reading }),
    );
  };
  try {
    const found = (await list(names.name)).filter((item) => fits(item, names));
    if (found.length > 0) return { found, others: [] };
    const all = await list(); // Azure may compare names otherwise than we do
    const others = all.map(({ friendlyName, name }) => friendlyName ?? name ?? '');
    return { found: all.filter((item) => fits(item, names)), others };
  } catch (error) {
    const code = error instanceof SourceError ? error.code : undefined;
    if (code === 'not-found') throw noSuchVault(vault, context.settings);
    const id = idOf(names, vault.subscriptionId);
    if (code !== 'forbidden' || id === undefined || !parseMachineId(id)) throw error;
    const item = await getProtectedItem(context.azure, machineItemAt(vault, id));
    return { found: item ? [item] : [], others: [] };
  }
}

function idOf({ name, group, id }: Names, subscriptionId: string): string | undefined {
  if (id !== undefined || group === undefined) return id;
  return `/subscriptions/${subscriptionId}/resourceGroups/${group}/providers/Microsoft.Compute/virtualMachines/${name}`;
}

type Names = { name: string; group: string | undefined; id: string | undefined };

function namesOf({ vm_name: name, vm_resource_group: group, vm_resource_id: id }: VmArgs): Names {
  if (id !== undefined) return { name: id.split('/').at(-1) ?? '', group: undefined, id };
  if (name !== undefined) return { name, group, id: undefined };
  throw new ToolError('validation', 'no machine is named', {
    code: 'arguments',
    hint: 'Give vm_name (and vm_resource_group where names repeat), or vm_resource_id.',
  });
}

function fits(item: AzureProtectedItem, { name, group, id }: Names): boolean {
  const source = sourceKeyOf(item);
  if (id !== undefined) return source === parseArmId(id).key;
  const own = item.friendlyName ?? source?.split('/').at(-1) ?? '';
  if (own.toLowerCase() !== name.toLowerCase()) return false;
  return group === undefined || groupOf(item)?.toLowerCase() === group.toLowerCase();
}

/** The group of the machine: in the id of what is protected, else in the name (`vm;iaasvmcontainerv2;group;machine`). */
function groupOf(item: AzureProtectedItem): string | undefined {
  const source = sourceKeyOf(item);
  const { resourceGroup } = source ? parseArmId(source).parts : {};
  return resourceGroup ?? parseContainerName(item.containerName ?? '')?.resourceGroup;
}

function toVmRef(id: string): VmRef {
  const { subscriptionId = '', resourceGroup = '' } = parseArmId(id).parts;
  return { id, subscriptionId, resourceGroup, name: id.split('/').at(-1) ?? '' };
}

async function machinesOf(subscriptionId: string, context: ReadContext): Promise<VmRef[]> {
  try {
    const machines = await readList('virtual machines', context, (reading) =>
      listVirtualMachines(context.azure, subscriptionId, { reading }),
    );
    return machines.map(({ id }) => toVmRef(id));
  } catch (error) {
    if (!(error instanceof SourceError && error.code === 'forbidden')) throw error;
    throw new ToolError(
      'validation',
      'the machines of the subscription may not be listed, so its group is needed',
      {
        code: 'group-needed',
        hint: 'Give vm_resource_group or vm_resource_id; or grant the role Reader on the subscription.',
        cause: error,
      },
    );
  }
}

function ambiguous(name: string, ids: string[]): ToolError {
  const shown = ids.slice(0, MOST_NAMES).map((id) => cleanText(id, 300));
  const more = ids.length > shown.length ? ` and ${ids.length - shown.length} more` : '';
  return new ToolError(
    'validation',
    `${ids.length} machines are called ${cleanText(name, 120)}: ${shown.join(', ')}${more}`,
    {
      code: 'ambiguous-machine',
      hint: 'Give vm_resource_group, or vm_resource_id as it is shown here.',
    },
  );
}

function noMachine(name: string, where: string, names: string[]): ToolError {
  const near = nearestNames(name, names.filter(Boolean), 3).map((one) => cleanText(one, 120));
  const like = near.length > 0 ? ` Most alike are: ${near.join(', ')}.` : '';
  return new ToolError('not_found', `${where} has no machine ${cleanText(name, 120)}`, {
    code: 'no-such-machine',
    hint: `Check name and group; list_protected_items shows what is protected, list_protectable_items what is not.${like}`,
  });
}
