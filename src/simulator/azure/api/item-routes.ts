import { gone } from '../errors.ts';
import { containerName, MANAGEMENT_TYPES, shortContainer, WORKLOAD_TYPES } from '../ids.ts';
import { itemsFrom } from '../items.ts';
import type { Policy } from '../policies.ts';
import type { Item, Vault } from '../types.ts';
import { type Call, ITEM, page, type Result, type Routes, type Source, VAULT } from './call.ts';
import { fits, parseFilter } from './filter.ts';
import { itemOf, vaultOf } from './find.ts';
import { isStopped, isUnhealthy, itemDetails, itemRow } from './item-view.ts';
import { policyRow } from './policy-view.ts';
import { fromArray } from './vault-routes.ts';

const POLICY_KEYS = ['backupManagementType', 'workloadType', 'fabricName'];
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

/** Policies and protected items. */
export const itemRoutes: Routes = {
  [`GET ${VAULT}/backupPolicies`]: listPolicies,
  [`GET ${VAULT}/backupPolicies/{policy}`]: (call) => {
    const vault = vaultOf(call);
    const policy = policyOf(call, vault);
    return { body: policyRow(vault, policy, usersOf(call, vault)[policy.index] ?? 0) };
  },
  [`GET ${VAULT}/backupProtectedItems`]: listItems,
  [`GET ${ITEM}`]: (call) => {
    parseFilter(call.query.get('$filter'), ['expand']);
    return { body: itemDetails(call.world, itemOf(call), call.now) };
  },
};

/** @throws ArmFailure 404 */
export function policyOf({ world, ids }: Call, vault: Vault): Policy {
  const policy = world.policies.find(vault, ids.policy ?? '');
  if (policy) return policy;
  throw gone(`backupPolicies/${ids.policy ?? ''}`);
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

function listPolicies(call: Call): Result {
  const { world } = call;
  const vault = vaultOf(call);
  const filter = parseFilter(call.query.get('$filter'), POLICY_KEYS);
  const wanted = ({ kind }: Policy) =>
    fits(filter, {
      backupManagementType: MANAGEMENT_TYPES[kind],
      workloadType: WORKLOAD_TYPES[kind],
      fabricName: 'Azure',
    });
  const users = usersOf(call, vault);
  const rows = world.policies
    .of(vault)
    .filter(wanted)
    .map((policy) => policyRow(vault, policy, users[policy.index] ?? 0));
  return page(call, fromArray(rows));
}

/** How many items each policy protects. */
function usersOf({ world, now }: Call, vault: Vault): number[] {
  const counts: number[] = [];
  for (const [, item] of itemsFrom(world, vault, 0))
    if (!isStopped(item, now)) counts[item.policy.index] = (counts[item.policy.index] ?? 0) + 1;
  return counts;
}
