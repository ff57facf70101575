import { ArmFailure, badRequest, gone } from '../errors.ts';
import { containerName, itemName, sourceId, vaultId } from '../ids.ts';
import { stamp } from '../runs.ts';
import type { Item } from '../types.ts';
import { type Call, ITEM, type Result, type Routes, VAULT } from './call.ts';
import { checkSubscription, itemOf, vaultOf } from './find.ts';
import { itemsFrom } from './item-routes.ts';
import { isSoftDeleted, isStopped, itemRow } from './item-view.ts';

const LOCATION = '/subscriptions/{sub}/providers/Microsoft.RecoveryServices/locations/{region}';
const NOT_YET = '0001-01-01T00:00:00.0000000Z';

/** Questions about one machine, and what has become of operations. */
export const statusRoutes: Routes = {
  [`POST ${LOCATION}/backupStatus`]: backupStatus,
  [`GET ${ITEM}/operationsStatus/{operation}`]: (call) => {
    itemOf(call);
    return operationStatus(call);
  },
  [`GET ${ITEM}/operationResults/{operation}`]: (call) => {
    const { status } = operationOf(call);
    if (status === 'InProgress') return { status: 202, body: undefined, headers: { 'retry-after': '60' } };
    return { body: itemRow(call.world, itemOf(call), call.now) };
  },
  [`GET ${VAULT}/backupOperations/{operation}`]: (call) => {
    vaultOf(call);
    return operationStatus(call);
  },
  [`GET ${VAULT}/backupPolicies/{policy}/operations/{operation}`]: (call) => {
    vaultOf(call);
    return operationStatus(call);
  },
};

function backupStatus(call: Call): Result {
  const subscription = checkSubscription(call);
  const { resourceType, resourceId } = (call.body ?? {}) as Record<string, unknown>;
  if (typeof resourceId !== 'string' || typeof resourceType !== 'string')
    throw badRequest('resourceType and resourceId have to be given');
  const item = protectorOf(call, subscription, resourceId);
  if (!item)
    return {
      body: { protectionStatus: 'NotProtected', fabricName: 'Azure', errorCode: 'Success', errorMessage: '' },
    };
  return {
    body: {
      protectionStatus: call.world.runs.last(item, call.now) ? 'Protected' : 'Protecting',
      vaultId: vaultId(item.vault),
      fabricName: 'Azure',
      containerName: containerName(item),
      protectedItemName: itemName(item),
      policyName: isStopped(item, call.now) ? '' : item.policy.name,
      errorCode: 'Success',
      errorMessage: '',
    },
  };
}

/** The item that protects a machine, in whatever vault of the region. */
function protectorOf({ world, now, ids }: Call, subscription: string, resourceId: string): Item | undefined {
  const region = ids.region?.toLowerCase();
  const vaults = world.vaults.filter((one) => one.subscription === subscription && one.location === region);
  const wanted = resourceId.toLowerCase();
  for (const vault of vaults) {
    for (const [, item] of itemsFrom(world, vault, 0))
      if (item.kind === 'vm' && !isSoftDeleted(item, now) && sourceId(item).toLowerCase() === wanted)
        return item;
  }
  return undefined;
}

function operationOf({ world, ids }: Call) {
  const found = world.operations.get(ids.operation?.toLowerCase() ?? '');
  if (!found) throw gone(`operations/${ids.operation ?? ''}`);
  return found;
}

/** `Succeeded` means that a job was made, not that it has ended well. */
function operationStatus(call: Call): Result {
  const { status, startedAt, endedAt, jobId, error } = operationOf(call);
  const id = call.ids.operation;
  if (id === undefined) throw new ArmFailure(404, 'ResourceNotFound', 'There is no such operation');
  return {
    body: {
      id,
      name: id,
      status,
      startTime: stamp(startedAt),
      endTime: endedAt === undefined ? NOT_YET : stamp(endedAt),
      ...(jobId !== undefined && { properties: { objectType: 'OperationStatusJobExtendedInfo', jobId } }),
      ...(error && { error }),
    },
    ...(status === 'InProgress' && { headers: { 'retry-after': '60' } }),
  };
}
