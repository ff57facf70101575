import type { Item, Vault } from './types.ts';
import { type AzureWorld, isGone } from './world.ts';

/** All that are not gone for good. */
export function* itemsFrom(world: AzureWorld, vault: Vault, from: number): Generator<[number, Item]> {
  const now = world.now();
  const count = world.count(vault);
  for (let index = from; index < count; index += 1) {
    const item = world.item(vault, index);
    if (!isGone(item, now)) yield [index, item];
  }
}
