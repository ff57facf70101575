import { hash } from '../../random.ts';
import { ArmFailure, VM_NOT_FOUND } from '../errors.ts';
import { containerName, itemName, machineId, sourceId } from '../ids.ts';
import { itemsFrom } from '../items.ts';
import { machinesFrom } from '../machines.ts';
import type { Policy } from '../policies.ts';
import type { Item, ItemKind, Machine, NewItem, Vault } from '../types.ts';
import { type AzureWorld, isGone } from '../world.ts';
import type { Call } from './call.ts';
import { DATABASES, SHARES } from './container-view.ts';
import { isSoftDeleted } from './item-view.ts';

/** Types of protected items that can be put, and what they are here. */
export const TYPES = {
  'Microsoft.Compute/virtualMachines': 'vm',
  AzureVmWorkloadSQLDatabase: 'sql',
  AzureFileShareProtectedItem: 'files',
} as const satisfies Record<string, ItemKind>;
export type ProtectedItemType = keyof typeof TYPES;

const GIB = 2 ** 30;

/** Machines in the subscription and the region of a vault. */
export function machinesNear(world: AzureWorld, vault: Vault): Machine[] {
  const all = machinesFrom(world, 0, new Set([vault.subscription]));
  return [...all]
    .map(([, machine]) => machine)
    .filter(({ location }) => location.toLowerCase() === vault.location.toLowerCase());
}

/** What a vault could protect by its last look around, and nothing protects: as items that are not there yet. */
export function protectableIn(world: AzureWorld, vault: Vault, kind: ItemKind, now: number): Item[] {
  const policy = world.policies.of(vault).find((one) => one.kind === kind);
  if (!policy) return [];
  if (kind === 'vm') {
    const known = world.containers.discovered(vault);
    const taken = protectedSources(world, vault, now);
    return machinesNear(world, vault)
      .filter((machine) => known.has(machineId(machine).toLowerCase()))
      .map((machine) =>
        asItem(vault, policy, { name: machine.name, holder: machine.name, group: machine.group }),
      )
      .filter((item) => !taken.has(sourceId(item).toLowerCase()));
  }
  const taken = new Set([...itemsFrom(world, vault, 0)].map(([, item]) => pathOf(item)));
  return world.containers
    .of(vault)
    .filter((one) => one.kind === kind && one.inquiredAt !== undefined)
    .flatMap(({ name, friendlyName }) => {
      const group = name.split(';')[2] ?? '';
      return (kind === 'sql' ? DATABASES : SHARES).map((inner) =>
        asItem(vault, policy, { name: inner, holder: friendlyName, group }),
      );
    })
    .filter((item) => !taken.has(pathOf(item)));
}

/** Ids of the machines that the vaults of a subscription and a region protect, in lower case. */
function protectedSources(world: AzureWorld, { subscription, location }: Vault, now: number): Set<string> {
  const vaults = world.vaults.filter((one) => one.subscription === subscription && one.location === location);
  const items = vaults.flatMap((vault) => [...itemsFrom(world, vault, 0)].map(([, item]) => item));
  return new Set(
    items
      .filter((item) => item.kind === 'vm' && !isSoftDeleted(item, now))
      .map((item) => sourceId(item).toLowerCase()),
  );
}

type Made = {
  item: NewItem & { vault: Vault; index: number };
  /** The item of that name that is gone. */
  earlier: Item | undefined;
  /** Why the operation will fail, though it is accepted. */
  error: { code: string; message: string } | undefined;
};

/**
 * What is protected from now on by the path of a request.
 * @throws ArmFailure 404 for what the vault does not know; it may have to look around first
 */
export function newItemFor(call: Call, vault: Vault, policy: Policy, type: ProtectedItemType): Made {
  const { world, ids, now } = call;
  const wanted = `${ids.container ?? ''}/${ids.item ?? ''}`.toLowerCase();
  const found = protectableIn(world, vault, TYPES[type], now).find((item) => pathOf(item) === wanted);
  const earlier = world.findItem(vault, ids.container ?? '', ids.item ?? '');
  const gone = earlier && isGone(earlier, now) ? earlier : undefined;
  if (!found)
    throw new ArmFailure(
      404,
      'BMSUserErrorContainerObjectNotFound',
      `The container ${ids.container ?? ''} was not found. Refresh the containers of the vault if the resource is new.`,
    );
  const isMissing = world.writes.goneMachines.has(sourceId(found).toLowerCase());
  const made = { ...found, policy, state: { protectedSince: now } };
  return { item: made, earlier: gone, error: isMissing ? VM_NOT_FOUND : undefined };
}

const pathOf = (item: Item) => `${containerName(item)}/${itemName(item)}`.toLowerCase();

function asItem(vault: Vault, policy: Policy, named: Pick<Item, 'name' | 'holder' | 'group'>): Item {
  const size = hash(19, vault.index, named.name.length, named.holder.charCodeAt(named.holder.length - 1));
  const sizeBytes = GIB * (20 + (size % 200));
  return { ...named, vault, index: -1, kind: policy.kind, policy, sizeBytes, state: { protectedSince: 0 } };
}
