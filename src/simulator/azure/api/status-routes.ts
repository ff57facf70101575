import { badRequest } from '../errors.ts';
import { containerName, itemName, machineId, sourceId, vaultId } from '../ids.ts';
import { itemsFrom } from '../items.ts';
import { machinesFrom } from '../machines.ts';
import type { Item, Vault } from '../types.ts';
import type { AzureWorld } from '../world.ts';
import { type Call, LOCATION, type Result, type Routes } from './call.ts';
import { checkSubscription } from './find.ts';
import { isSoftDeleted, isStopped } from './item-view.ts';
import { type Properties, textIn } from './write-call.ts';

/** Questions about one machine, which have to be asked in its region. */
export const statusRoutes: Routes = {
  [`POST ${LOCATION}/backupStatus`]: backupStatus,
  [`POST ${LOCATION}/backupPreValidateProtection`]: preValidate,
  [`POST ${LOCATION}/backupValidateFeatures`]: (call) => {
    checkSubscription(call);
    const { featureType, vmSize } = (call.body ?? {}) as Properties;
    if (typeof featureType !== 'string') throw badRequest('featureType has to be given');
    const isOld = typeof vmSize === 'string' && /^Basic_/i.test(vmSize);
    return { body: { supportStatus: isOld ? 'DefaultOFF' : 'Supported' } };
  },
};

function backupStatus(call: Call): Result {
  const subscription = checkSubscription(call);
  const { resourceType, resourceId } = (call.body ?? {}) as Record<string, unknown>;
  if (typeof resourceId !== 'string' || typeof resourceType !== 'string')
    throw badRequest('resourceType and resourceId have to be given');
  const item = protectorOf(call.world, { subscription, location: regionOf(call) }, resourceId, call.now);
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

const regionOf = ({ ids }: Call): string => ids.region?.toLowerCase() ?? '';

/** The answer is 200 whatever it says. */
function preValidate(call: Call): Result {
  const subscription = checkSubscription(call);
  const body = (call.body ?? {}) as Properties;
  const resourceId = textIn(body, 'resourceId');
  if (resourceId === undefined || textIn(body, 'resourceType') === undefined)
    throw badRequest('resourceType and resourceId have to be given');
  const { world, now } = call;
  const names = namesOf(resourceId);
  const failed = (errorCode: string, errorMessage: string, recommendation: string) => ({
    body: { status: 'Failed', errorCode, errorMessage, recommendation, ...names },
  });
  const item = protectorOf(world, { subscription, location: regionOf(call) }, resourceId, now);
  if (item)
    return failed(
      'VirtualMachineAlreadyProtected',
      'Virtual machine with same name and same resource group is already protected.',
      'Please do not enable protection again.',
    );
  const vault = vaultOfId(world, textIn(body, 'vaultId'));
  if (textIn(body, 'vaultId') !== undefined && vault?.location !== regionOf(call))
    return failed(
      'UserErrorVaultNotInRegion',
      'The vault is not in the region of the virtual machine, or there is no such vault.',
      'Choose a vault of the same region and subscription.',
    );
  if (world.writes.goneMachines.has(resourceId.toLowerCase()) || !isMachine(world, subscription, resourceId))
    return failed(
      'UserErrorVmNotFoundV2',
      'The virtual machine was not found.',
      'Check the id of the virtual machine and its region.',
    );
  return {
    body: { status: 'Succeeded', errorCode: 'Success', errorMessage: '', recommendation: '', ...names },
  };
}

function namesOf(resourceId: string) {
  const [, group = '', name = ''] = /\/resourceGroups\/([^/]+)\/.*\/([^/]+)$/i.exec(resourceId) ?? [];
  const end = `iaasvmcontainerv2;${group};${name}`;
  return { containerName: `iaasvmcontainer;${end}`, protectedItemName: `vm;${end}` };
}

const vaultOfId = ({ vaults }: AzureWorld, id: string | undefined): Vault | undefined =>
  vaults.find((vault) => vaultId(vault).toLowerCase() === id?.toLowerCase());

function isMachine(world: AzureWorld, subscription: string, id: string): boolean {
  for (const [, machine] of machinesFrom(world, 0, new Set([subscription])))
    if (machineId(machine).toLowerCase() === id.toLowerCase()) return true;
  return false;
}

/** The item that protects a machine, in whatever vault of the region. */
export function protectorOf(
  world: AzureWorld,
  { subscription, location }: Pick<Vault, 'subscription' | 'location'>,
  resourceId: string,
  now: number,
): Item | undefined {
  const wanted = resourceId.toLowerCase();
  for (const vault of world.vaults) {
    if (vault.subscription !== subscription || vault.location !== location) continue;
    for (const [, item] of itemsFrom(world, vault, 0))
      if (item.kind === 'vm' && !isSoftDeleted(item, now) && sourceId(item).toLowerCase() === wanted)
        return item;
  }
  return undefined;
}
