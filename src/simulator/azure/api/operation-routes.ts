import { ArmFailure, gone } from '../errors.ts';
import { look, type Operation } from '../operations.ts';
import { stamp } from '../runs.ts';
import { type Call, CONTAINER, FABRIC, ITEM, type Result, type Routes, VAULT } from './call.ts';
import { findContainer } from './container-routes.ts';
import { itemOf, vaultOf } from './find.ts';
import { policyOf } from './item-routes.ts';
import { itemRow } from './item-view.ts';
import { policyRow } from './policy-view.ts';
import { linksOf, waitOf } from './write-call.ts';

const NOT_YET = '0001-01-01T00:00:00.0000000Z';

/** What has become of operations. Each is known at its own address alone. */
export const operationRoutes: Routes = {
  [`GET ${ITEM}/operationsStatus/{operation}`]: statusOf,
  [`GET ${CONTAINER}/operationsStatus/{operation}`]: statusOf,
  [`GET ${VAULT}/backupOperations/{operation}`]: statusOf,
  [`GET ${VAULT}/backupPolicies/{policy}/operations/{operation}`]: statusOf,
  [`GET ${VAULT}/backupValidateOperationsStatuses/{operation}`]: statusOf,
  [`GET ${ITEM}/operationResults/{operation}`]: (call) =>
    resultOf(call, ({ kind }) =>
      kind === undefined || kind === 'protect' || kind === 'stop' || kind === 'undelete'
        ? { body: itemRow(call.world, itemOf(call), call.now) }
        : { status: 204, body: undefined },
    ),
  [`GET ${CONTAINER}/operationResults/{operation}`]: (call) =>
    resultOf(call, () => {
      const body = findContainer(call.world, vaultOf(call), call.ids.container ?? '', call.now);
      return body ? { body } : { status: 204, body: undefined };
    }),
  [`GET ${FABRIC}/operationResults/{operation}`]: (call) =>
    resultOf(call, () => ({ status: 204, body: undefined })),
  [`GET ${VAULT}/backupJobs/{job}/operationResults/{operation}`]: (call) =>
    resultOf(call, () => ({ status: 204, body: undefined })),
  [`GET ${VAULT}/backupOperationResults/{operation}`]: (call) =>
    resultOf(call, () => ({ status: 204, body: undefined })),
  [`GET ${VAULT}/backupPolicies/{policy}/operationResults/{operation}`]: (call) =>
    resultOf(call, () => {
      const vault = vaultOf(call);
      return { body: policyRow(vault, policyOf(call, vault), 0) };
    }),
  [`GET ${VAULT}/backupValidateOperationResults/{operation}`]: (call) =>
    resultOf(call, ({ properties }) => {
      const { validateOperationResponse } = properties?.() ?? {};
      return { body: { validateOperationResponse } };
    }),
};

/** `Succeeded` means that a job was made, not that it has ended well. */
function statusOf(call: Call): Result {
  const operation = operationOf(call);
  look(call.world, operation);
  const { status, startedAt, endedAt, jobId, error, properties, kind } = operation;
  const more = status === 'Succeeded' ? properties?.() : undefined;
  const job = jobId === undefined ? undefined : { objectType: 'OperationStatusJobExtendedInfo', jobId };
  const shown = more ?? (status === 'Succeeded' || kind === undefined ? job : undefined);
  return {
    body: {
      id: call.ids.operation,
      name: kind === 'policy' ? 'GetProtectionPolicyOperationStatus' : call.ids.operation,
      status,
      startTime: stamp(startedAt),
      endTime: endedAt === undefined ? NOT_YET : stamp(endedAt),
      ...(shown && { properties: shown }),
      ...(status === 'Failed' && error && { error }),
    },
    ...(status === 'InProgress' && { headers: waitOf(call, kind ?? 'backup') }),
  };
}

function resultOf(call: Call, succeeded: (operation: Operation) => Result): Result {
  const operation = operationOf(call);
  look(call.world, operation);
  const { status, error, kind } = operation;
  if (status === 'InProgress') {
    const below = call.path.split('/').slice(0, -2).join('/');
    const headers = linksOf(call, kind ?? 'backup', below, call.ids.operation ?? '');
    return { status: 202, body: undefined, headers };
  }
  if (status === 'Failed' && error) throw new ArmFailure(400, error.code, error.message);
  return succeeded(operation);
}

/** @throws ArmFailure 404 for an operation of something else, too */
function operationOf(call: Call): Operation {
  vaultOf(call);
  const found = call.world.operations.get(call.ids.operation?.toLowerCase() ?? '');
  const below = call.path.split('/').slice(0, -2).join('/').toLowerCase();
  const isHere = found?.place === undefined || found.place === below;
  if (!found || !isHere || call.world.writes.isForgetful)
    throw gone(`operations/${call.ids.operation ?? ''}`);
  return found;
}
