import { ArmFailure, badRequest } from '../errors.ts';
import { policyId } from '../ids.ts';
import { itemsFrom } from '../items.ts';
import { longestKept, type Policy } from '../policies.ts';
import type { Vault } from '../types.ts';
import { nextEra } from '../world.ts';
import { type Call, type Result, type Routes, VAULT } from './call.ts';
import { vaultOf } from './find.ts';
import { isStopped } from './item-view.ts';
import { readPolicy } from './policy-request.ts';
import { policyRow } from './policy-view.ts';
import { accept, checkGuard, immutable, jobIdFor, type Properties, propertiesOf } from './write-call.ts';

const NAME = /^[A-Za-z][-A-Za-z0-9]{1,148}[A-Za-z0-9]$/;

/** A new policy is there at once; one that items have is applied to each of them. */
export const policyWrites: Routes = {
  [`PUT ${VAULT}/backupPolicies/{policy}`]: putPolicy,
  [`DELETE ${VAULT}/backupPolicies/{policy}`]: deletePolicy,
};

function putPolicy(call: Call): Result {
  const { world, ids } = call;
  const vault = vaultOf(call);
  const properties = propertiesOf(call);
  const before = world.policies.find(vault, ids.policy ?? '');
  const name = before?.name ?? ids.policy ?? '';
  if (!NAME.test(name)) throw badRequest('Policy names have 3 to 150 letters, digits and hyphens');
  if (before && before.kind !== 'vm')
    throw badRequest('Policies of databases and shares cannot be changed here');
  const policy = readPolicy(name, properties);
  if (before) checkRetention(vault, before, policy, properties);
  const users = usersOf(call, vault, name);
  if (users.length === 0) return { body: policyRow(vault, world.policies.put(vault, policy), 0) };
  const jobIds = users.map((_, place) => jobIdFor(call, vault, place));
  return accept(call, {
    kind: 'policy',
    below: policyId(vault, name),
    lock: policyId(vault, name).toLowerCase(),
    properties: () => ({ objectType: 'OperationStatusJobsExtendedInfo', jobIds, failedJobsError: {} }),
    effect: (at) => {
      for (const [place, index] of users.entries()) {
        world.change(vault, index, nextEra(world.item(vault, index), at));
        const startedAt = at - world.writes.seconds * 1000;
        const times = { startedAt, endsAt: at, outcome: 'Completed' as const, error: 0 };
        const id = jobIds[place] ?? '';
        world.jobs.add({ id, vault, item: index, operation: 'ConfigureBackup', ...times });
      }
      world.policies.put(vault, policy);
    },
  });
}

/** To keep copies for less time than before is destructive. */
function checkRetention(
  vault: Vault,
  before: Policy,
  after: Omit<Policy, 'index'>,
  properties: Properties,
): void {
  if (longestKept(after) >= longestKept(before)) return;
  if (vault.immutability !== 'Disabled') throw immutable();
  checkGuard(vault, 'updateProtectionPolicyRequests', properties.resourceGuardOperationRequests);
}

function usersOf({ world, now }: Call, vault: Vault, name: string): number[] {
  return [...itemsFrom(world, vault, 0)]
    .filter(([, item]) => item.policy.name === name && !isStopped(item, now))
    .map(([index]) => index);
}

function deletePolicy(call: Call): Result {
  const vault = vaultOf(call);
  const policy = call.world.policies.find(vault, call.ids.policy ?? '');
  if (!policy) return { status: 204, body: undefined };
  if (usersOf(call, vault, policy.name).length > 0)
    throw new ArmFailure(
      400,
      'BMSUserErrorPolicyObjectInUse',
      'The policy cannot be deleted: there are items that it protects.',
    );
  call.world.policies.remove(vault, policy.name);
  return { status: 200, body: undefined };
}
