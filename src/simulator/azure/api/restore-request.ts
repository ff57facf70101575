import { badRequest, VM_NOT_FOUND } from '../errors.ts';
import { sourceId } from '../ids.ts';
import type { Point } from '../runs.ts';
import type { Item } from '../types.ts';
import type { Call } from './call.ts';
import { nameOf, tiersOf } from './point-routes.ts';
import { machinesNear } from './protectable.ts';
import { isRecord, type Properties, textIn, wordIn } from './write-call.ts';

const TYPES = ['OriginalLocation', 'AlternateLocation', 'RestoreDisks'] as const;
export type RecoveryType = (typeof TYPES)[number];

/** A request to restore a machine that is well formed. Ids are those of the resource manager. */
export type RestoreRequest = {
  recoveryType: RecoveryType;
  storageAccountId: string;
  region: string;
  targetVirtualMachineId: string | undefined;
  rehydrates: boolean;
};
export type Finding = { code: string; message: string; recommendations: string[] };

const OBJECT_TYPES = ['IaasVMRestoreRequest', 'IaasVMRestoreWithRehydrationRequest'];
const TARGETS = ['targetVirtualMachineId', 'targetResourceGroupId', 'virtualNetworkId', 'subnetId'];

const missing = (name: string) =>
  badRequest(`Input provided for the call is invalid: ${name} has to be given`);

/** @throws ArmFailure 400 for what the service would refuse before it looks at the world */
export function readRestore(item: Item, point: Point, given: Properties): RestoreRequest {
  if (item.kind !== 'vm') throw badRequest('Only machines can be restored here');
  const objectType = wordIn(given, 'objectType', OBJECT_TYPES);
  const recoveryType = wordIn(given, 'recoveryType', TYPES);
  const region = textIn(given, 'region');
  if (objectType === undefined) throw missing('objectType');
  if (recoveryType === undefined) throw missing('recoveryType');
  if (region === undefined) throw missing('region');
  if (textIn(given, 'recoveryPointId') !== nameOf(item, point))
    throw badRequest('Input provided for the call is invalid: recoveryPointId is not that of the path');
  if (textIn(given, 'sourceResourceId')?.toLowerCase() !== sourceId(item).toLowerCase())
    throw badRequest('Input provided for the call is invalid: sourceResourceId is not that of the item');
  if (recoveryType === 'AlternateLocation')
    for (const name of TARGETS) if (!isArmId(textIn(given, name))) throw missing(name);
  return {
    recoveryType,
    region,
    storageAccountId: stagingOf(given),
    targetVirtualMachineId: textIn(given, 'targetVirtualMachineId'),
    rehydrates: rehydrationOf(given, objectType),
  };
}

function stagingOf(given: Properties): string {
  const { identityBasedRestoreDetails: details } = given;
  const id = isRecord(details)
    ? textIn(details, 'targetStorageAccountId')
    : textIn(given, 'storageAccountId');
  if (id !== undefined && /\/providers\/Microsoft\.(Classic)?Storage\/storageAccounts\/[^/]+$/i.test(id))
    return id;
  throw missing('storageAccountId');
}

function rehydrationOf(given: Properties, objectType: string): boolean {
  if (objectType === 'IaasVMRestoreRequest') return false;
  const { recoveryPointRehydrationInfo: info } = given;
  if (!isRecord(info)) throw missing('recoveryPointRehydrationInfo');
  wordIn(info, 'rehydrationPriority', ['Standard', 'High']);
  return true;
}

const isArmId = (text: string | undefined) =>
  /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+/i.test(text ?? '');

/** What stands in the way of a restore in the world as it is. None: it can go on. */
export function findingsOf(
  { world, now }: Call,
  item: Item,
  point: Point,
  request: RestoreRequest,
): Finding[] {
  const { recoveryType, region, targetVirtualMachineId, rehydrates } = request;
  const findings: Finding[] = [];
  const add = (code: string, message: string, ...recommendations: string[]) =>
    findings.push({ code, message, recommendations });
  const source = sourceId(item).toLowerCase();
  if (recoveryType === 'OriginalLocation' && world.writes.goneMachines.has(source))
    add(VM_NOT_FOUND.code, VM_NOT_FOUND.message, 'Restore to an alternate location.');
  if (region.replaceAll(' ', '').toLowerCase() !== item.vault.location)
    add(
      'UserErrorTargetRegionNotSupported',
      `The region ${region.slice(0, 60)} is not that of the vault.`,
      `Restore in ${item.vault.location}.`,
    );
  const isArchived = tiersOf(item, point, now).some(
    ({ type, status }) => type === 'ArchivedRP' && status === 'Valid',
  );
  if (isArchived && !rehydrates)
    add(
      'UserErrorRecoveryPointNotRehydrated',
      'The recovery point is in the archive tier.',
      'Restore with rehydration.',
    );
  const name = targetVirtualMachineId?.split('/').at(-1)?.toLowerCase();
  const taken = new Set(machinesNear(world, item.vault).map((machine) => machine.name.toLowerCase()));
  if (recoveryType === 'AlternateLocation' && name !== undefined && taken.has(name))
    add('UserErrorTargetVmAlreadyExists', `There is a virtual machine ${name}.`, 'Choose another name.');
  if (recoveryType === 'AlternateLocation' && world.writes.isQuotaReached)
    add(
      'UserErrorCoreCountSubscriptionQuotaReached',
      'Core Count subscription quota has been reached.',
      'Contact Azure support to increase the limits.',
    );
  return findings;
}
