import { DOMAIN } from '../estate/names.ts';
import { createIds } from '../ids.ts';
import { hash, hashText, unit } from '../random.ts';
import type { Item, Machine } from './types.ts';
import { type AzureWorld, keyOf } from './world.ts';

/** The machine that an item of kind `vm` protects, as the resource manager shows it. */
export function machineOf({ settings, identities }: AzureWorld, item: Item): Machine {
  const { vault, index, holder: name, group } = item;
  const ids = createIds(hash(settings.seed, hashText('azure machines')));
  const identity = identities.get(keyOf(vault, index));
  return {
    name,
    subscription: vault.subscription,
    group,
    location: vault.location,
    vmId: identity ? identity.vmId : ids.of('bios', vault.index, index),
    computerName: identity ? identity.computerName : `${name}.${DOMAIN}`,
    isLinux: unit(settings.seed, 721, vault.index, index) < 0.4,
  };
}

/** All machines: those of the vaults in the order of their items, then those without protection. */
export function* machinesFrom(
  world: AzureWorld,
  from: number,
  subscriptions: ReadonlySet<string>,
): Generator<[number, Machine]> {
  const { vaults, settings, unprotected } = world;
  const count = settings.azureItems;
  const total = vaults.length * count;
  for (let at = from; at < total; at += 1) {
    const vault = vaults[Math.floor(at / count)];
    if (!vault || !subscriptions.has(vault.subscription)) continue;
    const item = world.item(vault, at % count);
    if (item.kind === 'vm') yield [at, machineOf(world, item)];
  }
  for (let at = Math.max(from, total); at < total + unprotected.length; at += 1) {
    const machine = unprotected[at - total];
    if (machine && subscriptions.has(machine.subscription)) yield [at, machine];
  }
}
