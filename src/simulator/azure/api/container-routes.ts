import { badRequest, gone } from '../errors.ts';
import { containerName, MANAGEMENT_TYPES } from '../ids.ts';
import { itemsFrom } from '../items.ts';
import type { Item, Vault } from '../types.ts';
import type { AzureWorld } from '../world.ts';
import { type Call, CONTAINER, page, type Result, type Routes, type Source, VAULT } from './call.ts';
import { CONTAINER_TYPES, containerRow, registeredRow } from './container-view.ts';
import { fits, parseFilter } from './filter.ts';
import { vaultOf } from './find.ts';
import { isStopped } from './item-view.ts';

const KEYS = ['backupManagementType', 'status', 'containerType', 'friendlyName'];

/** What holds the protected items. */
export const containerRoutes: Routes = {
  [`GET ${VAULT}/backupProtectionContainers`]: listContainers,
  [`GET ${CONTAINER}`]: (call) => {
    const body = findContainer(call.world, vaultOf(call), call.ids.container ?? '', call.now);
    if (body) return { body };
    throw gone(`protectionContainers/${call.ids.container ?? ''}`);
  },
};

/** The row of a container; undefined: there is none of that name. */
export function findContainer(world: AzureWorld, vault: Vault, name: string, now: number) {
  const registered = world.containers.find(vault, name);
  const items = itemsIn(world, vault, name);
  if (registered) return registeredRow(registered, items.filter((item) => !isStopped(item, now)).length);
  return items[0] && containerRow(items[0], now);
}

/** The items of a container, the ones that soft delete keeps as well. */
export const itemsIn = (world: AzureWorld, vault: Vault, name: string): Item[] =>
  [...itemsFrom(world, vault, 0)]
    .map(([, item]) => item)
    .filter((item) => containerName(item).toLowerCase() === name.toLowerCase());

function listContainers(call: Call): Result {
  const vault = vaultOf(call);
  const filter = parseFilter(call.query.get('$filter'), KEYS);
  if (!filter.has('backupmanagementtype')) throw badRequest('The filter has to name a backupManagementType');
  const isWanted = (kind: Item['kind'], friendlyName: string) =>
    fits(filter, {
      backupManagementType: MANAGEMENT_TYPES[kind],
      status: 'Registered',
      containerType: CONTAINER_TYPES[kind],
      friendlyName,
    });
  const { world, now } = call;
  const source: Source = function* rows(from) {
    const start = Number(from ?? 0);
    for (const [index, item] of itemsFrom(world, vault, start)) {
      if (world.containers.find(vault, containerName(item))) continue;
      if (isWanted(item.kind, item.holder)) yield [String(index), containerRow(item, now)];
    }
    const first = world.count(vault);
    for (const [place, one] of world.containers.of(vault).entries()) {
      if (first + place < start || !isWanted(one.kind, one.friendlyName)) continue;
      const count = itemsIn(world, vault, one.name).filter((item) => !isStopped(item, now)).length;
      yield [String(first + place), registeredRow(one, count)];
    }
  };
  return page(call, source);
}
