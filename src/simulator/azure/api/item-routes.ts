import { badRequest, gone } from '../errors.ts';
import {
  containerId,
  containerName,
  MANAGEMENT_TYPES,
  shortContainer,
  sourceId,
  WORKLOAD_TYPES,
} from '../ids.ts';
import { POLICIES, type Policy } from '../policies.ts';
import type { Item, Vault } from '../types.ts';
import type { AzureWorld } from '../world.ts';
import { type Call, CONTAINER, ITEM, page, type Result, type Routes, type Source, VAULT } from './call.ts';
import { fits, parseFilter } from './filter.ts';
import { itemOf, vaultOf } from './find.ts';
import { isStopped, isUnhealthy, itemDetails, itemRow } from './item-view.ts';
import { policyRow } from './policy-view.ts';
import { fromArray } from './vault-routes.ts';

const POLICY_KEYS = ['backupManagementType', 'workloadType', 'fabricName'];
const CONTAINER_KEYS = ['backupManagementType', 'status', 'containerType', 'friendlyName'];
const ITEM_KEYS = [
  'backupManagementType',
  'itemType',
  'policyName',
  'healthState',
  'containerName',
  'friendlyName',
  'backupSetName',
  'backupEngineName',
  'fabricName',
];

/** Policies, protected items and what holds them. */
export const itemRoutes: Routes = {
  [`GET ${VAULT}/backupPolicies`]: listPolicies,
  [`GET ${VAULT}/backupPolicies/{policy}`]: (call) => {
    const vault = vaultOf(call);
    const policy = POLICIES.find(({ name }) => name.toLowerCase() === call.ids.policy?.toLowerCase());
    if (!policy) throw gone(`backupPolicies/${call.ids.policy ?? ''}`);
    return { body: policyRow(vault, policy, usersOf(call, vault)[policy.index] ?? 0) };
  },
  [`GET ${VAULT}/backupProtectedItems`]: listItems,
  [`GET ${ITEM}`]: (call) => {
    parseFilter(call.query.get('$filter'), ['expand']);
    return { body: itemDetails(call.world, itemOf(call), call.now) };
  },
  [`GET ${VAULT}/backupProtectionContainers`]: listContainers,
  [`GET ${CONTAINER}`]: (call) => {
    const vault = vaultOf(call);
    for (const [, item] of itemsFrom(call.world, vault, 0)) {
      if (containerName(item).toLowerCase() === call.ids.container?.toLowerCase())
        return { body: containerRow(item, call.now) };
    }
    throw gone(`protectionContainers/${call.ids.container ?? ''}`);
  },
};

export function* itemsFrom(world: AzureWorld, vault: Vault, from: number): Generator<[number, Item]> {
  for (let index = from; index < world.settings.azureItems; index += 1)
    yield [index, world.item(vault, index)];
}

/** Rows of those items of a vault that are wanted; positions are their numbers. */
function fromItems(
  { world }: Call,
  vault: Vault,
  wanted: (item: Item) => boolean,
  toRow: (item: Item) => unknown,
): Source {
  return function* rows(from) {
    for (const [index, item] of itemsFrom(world, vault, Number(from ?? 0)))
      if (wanted(item)) yield [String(index), toRow(item)];
  };
}

function listItems(call: Call): Result {
  const vault = vaultOf(call);
  const filter = parseFilter(call.query.get('$filter'), ITEM_KEYS);
  const wanted = (item: Item) =>
    fits(filter, {
      backupManagementType: MANAGEMENT_TYPES[item.kind],
      itemType: WORKLOAD_TYPES[item.kind],
      policyName: isStopped(item, call.now) ? undefined : item.policy.name,
      healthState: isUnhealthy(item, call.now) ? 'ActionRequired' : 'Passed',
      containerName: filter.get('containername')?.includes(';iaasvmcontainerv2;')
        ? containerName(item)
        : shortContainer(item),
      friendlyName: item.name,
      backupSetName: undefined,
      backupEngineName: undefined,
      fabricName: 'Azure',
    });
  return page(
    call,
    fromItems(call, vault, wanted, (item) => itemRow(call.world, item, call.now)),
  );
}

function listContainers(call: Call): Result {
  const vault = vaultOf(call);
  const filter = parseFilter(call.query.get('$filter'), CONTAINER_KEYS);
  if (!filter.has('backupmanagementtype')) throw badRequest('The filter has to name a backupManagementType');
  const wanted = (item: Item) =>
    fits(filter, {
      backupManagementType: MANAGEMENT_TYPES[item.kind],
      status: 'Registered',
      containerType: CONTAINER_TYPES[item.kind],
      friendlyName: item.holder,
    });
  return page(
    call,
    fromItems(call, vault, wanted, (item) => containerRow(item, call.now)),
  );
}

const CONTAINER_TYPES = {
  vm: 'Microsoft.Compute/virtualMachines',
  sql: 'VMAppContainer',
  files: 'StorageContainer',
} as const;

const containerRow = (item: Item, now: number) => ({
  id: containerId(item),
  name: containerName(item),
  type: 'Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers',
  properties: {
    sourceResourceId: sourceId(item),
    ...(item.kind === 'vm' && { virtualMachineId: sourceId(item) }),
    protectedItemCount: isStopped(item, now) ? 0 : 1,
    friendlyName: item.holder,
    backupManagementType: MANAGEMENT_TYPES[item.kind],
    registrationStatus: 'Registered',
    healthStatus: 'Healthy',
    containerType: CONTAINER_TYPES[item.kind],
  },
});

function listPolicies(call: Call): Result {
  const vault = vaultOf(call);
  const filter = parseFilter(call.query.get('$filter'), POLICY_KEYS);
  const wanted = ({ kind }: Policy) =>
    fits(filter, {
      backupManagementType: MANAGEMENT_TYPES[kind],
      workloadType: WORKLOAD_TYPES[kind],
      fabricName: 'Azure',
    });
  const users = usersOf(call, vault);
  const rows = POLICIES.filter(wanted).map((policy) => policyRow(vault, policy, users[policy.index] ?? 0));
  return page(call, fromArray(rows));
}

/** How many items each policy protects. */
function usersOf({ world, now }: Call, vault: Vault): number[] {
  const counts: number[] = [];
  for (const [, item] of itemsFrom(world, vault, 0))
    if (!isStopped(item, now)) counts[item.policy.index] = (counts[item.policy.index] ?? 0) + 1;
  return counts;
}
