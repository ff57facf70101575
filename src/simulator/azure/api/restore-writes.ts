import { createIds } from '../../ids.ts';
import { hash, hashText } from '../../random.ts';
import { MINUTE } from '../../zone.ts';
import { ArmFailure, badRequest } from '../errors.ts';
import { sourceId, vaultId } from '../ids.ts';
import { itemsFrom } from '../items.ts';
import type { Point } from '../runs.ts';
import type { Item } from '../types.ts';
import { keyOf } from '../world.ts';
import { type Call, POINT, type Result, type Routes, VAULT } from './call.ts';
import { itemOf, vaultOf } from './find.ts';
import { isSoftDeleted } from './item-view.ts';
import { nameOf, pointOf } from './point-routes.ts';
import {
  type Finding,
  findingsOf,
  type RecoveryType,
  type RestoreRequest,
  readRestore,
} from './restore-request.ts';
import {
  accept,
  checkGuard,
  isRecord,
  jobIdFor,
  type Properties,
  propertiesOf,
  textIn,
} from './write-call.ts';

const KINDS: Record<RecoveryType, string> = {
  OriginalLocation: 'Replace existing disks',
  AlternateLocation: 'Create virtual machine',
  RestoreDisks: 'Recover disks',
};
const REHYDRATION_HOURS = 15;
const FAILS_AFTER = 4;

export const restoreWrites: Routes = { [`POST ${POINT}/restore`]: restore };

/** Whether a restore could be done is only asked: whoever may read may ask. */
export const restoreChecks: Routes = {
  [`POST ${VAULT}/backupValidateOperation`]: (call) => ({ body: answerOf(validate(call)) }),
  [`POST ${VAULT}/backupTriggerValidateOperation`]: (call) => {
    const findings = validate(call);
    return accept(call, {
      kind: 'validate',
      below: vaultId(vaultOf(call)),
      properties: () => ({
        objectType: 'OperationStatusValidateOperationExtendedInfo',
        ...answerOf(findings),
      }),
    });
  },
};

const answerOf = (validationResults: Finding[]) => ({ validateOperationResponse: { validationResults } });

/** The operation ends with a job, and the job with a machine or its disks. */
function restore(call: Call): Result {
  const item = itemOf(call);
  const point = pointOf(call, item);
  const properties = propertiesOf(call);
  const request = readRestore(item, point, properties);
  if (isSoftDeleted(item, call.now))
    throw new ArmFailure(
      400,
      'UserErrorItemInSoftDeletedState',
      'The item is in soft deleted state. Undelete it before it is restored.',
    );
  checkGuard(item.vault, 'triggerRestoreRequests', properties.resourceGuardOperationRequests);
  const jobId = jobIdFor(call, item.vault);
  const [error] = findingsOf(call, item, point, request);
  return accept(call, {
    kind: 'restore',
    below: call.path.slice(0, call.path.toLowerCase().lastIndexOf('/recoverypoints/')),
    lock: `restore ${keyOf(item.vault, item.index)}`,
    jobId,
    ...(error && { error: { code: error.code, message: error.message } }),
    effect: (at) => beginRestore(call, item, point, request, jobId, at),
  });
}

function beginRestore(
  call: Call,
  item: Item,
  point: Point,
  request: RestoreRequest,
  id: string,
  startedAt: number,
): void {
  const { world } = call;
  const isFailing = world.writes.failingJobs > 0;
  if (isFailing) world.writes.failingJobs -= 1;
  const moved = 10 + (item.sizeBytes / 2 ** 30) * 0.3 + (request.rehydrates ? REHYDRATION_HOURS * 60 : 0);
  const target = request.targetVirtualMachineId;
  world.jobs.add({
    id,
    vault: item.vault,
    item: item.index,
    operation: 'Restore',
    startedAt,
    endsAt: startedAt + Math.round((isFailing ? FAILS_AFTER : moved) * MINUTE),
    outcome: isFailing ? 'Failed' : 'Completed',
    error: 2,
    restoreKind: KINDS[request.recoveryType],
    pointAt: point.at,
    bag: {
      'Target Storage Account Name': request.storageAccountId.split('/').at(-1) ?? '',
      ...(target !== undefined && { 'Target VM Name': target.split('/').at(-1) ?? '' }),
    },
    ...(request.recoveryType === 'AlternateLocation' && {
      effect: () => addMachine(call, item, target ?? ''),
    }),
  });
}

/** The machine that a restore has made: no vault protects it yet. */
function addMachine({ world }: Call, { vault, index }: Item, target: string): void {
  const [, subscription = vault.subscription, group = '', name = ''] =
    /^\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)\/.*\/([^/]+)$/i.exec(target) ?? [];
  const ids = createIds(hash(world.settings.seed, hashText('azure restored')));
  const vmId = ids.of('bios', index, world.unprotected.length);
  const machine = { name, subscription, group, location: vault.location, vmId, computerName: name };
  world.unprotected.push({ ...machine, isLinux: index % 2 === 0 });
}

/** The request may come as it is, or wrapped as a resource. @throws ArmFailure 400, or 404 for what it names */
function validate(call: Call): Finding[] {
  const vault = vaultOf(call);
  const body = isRecord(call.body) ? call.body : {};
  const request = isRecord(body.properties) ? body.properties : body;
  if (
    textIn(request, 'objectType') !== 'ValidateIaasVMRestoreOperationRequest' ||
    !isRecord(request.restoreRequest)
  )
    throw badRequest(
      'Input provided for the call is invalid: objectType and restoreRequest have to be given',
    );
  const { item, point } = subjectOf(call, vault.index, request.restoreRequest);
  return findingsOf(call, item, point, readRestore(item, point, request.restoreRequest));
}

/** What a request is about is told by the machine and the id of the point alone. */
function subjectOf(call: Call, vaultIndex: number, request: Properties): { item: Item; point: Point } {
  const { world, now } = call;
  const source = textIn(request, 'sourceResourceId')?.toLowerCase();
  const id = textIn(request, 'recoveryPointId');
  const vault = world.vaults[vaultIndex];
  for (const [, item] of vault ? itemsFrom(world, vault, 0) : []) {
    if (item.kind !== 'vm' || sourceId(item).toLowerCase() !== source) continue;
    for (const point of world.runs.points(item, now)) if (nameOf(item, point) === id) return { item, point };
    throw new ArmFailure(404, 'BMSUserErrorObjectNotFound', `There is no recovery point ${id ?? ''}`);
  }
  throw new ArmFailure(
    404,
    'BMSUserErrorDataSourceObjectNotFound',
    'Item not found.\r\nSelected item might have been deleted. Please check if item is registered to the vault.',
  );
}
