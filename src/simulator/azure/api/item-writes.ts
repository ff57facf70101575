import { ArmFailure, badRequest } from '../errors.ts';
import { itemId, sourceId, vaultId } from '../ids.ts';
import { longestKept, type Policy } from '../policies.ts';
import type { Item, Vault } from '../types.ts';
import { isGone, keyOf, nextEra } from '../world.ts';
import { type Call, ITEM, type Result, type Routes } from './call.ts';
import { vaultOf } from './find.ts';
import { isSoftDeleted, isStopped } from './item-view.ts';
import { newItemFor, type ProtectedItemType, TYPES } from './protectable.ts';
import { protectorOf } from './status-routes.ts';
import {
  accept,
  checkGuard,
  immutable,
  isRecord,
  jobIdFor,
  type Properties,
  propertiesOf,
  textIn,
  wordIn,
} from './write-call.ts';

const STATES = ['ProtectionStopped', 'BackupsSuspended', 'Protected', 'IRPending', 'ProtectionConfigured'];

/** Protection is enabled, changed, stopped and taken up again by one call. */
export const itemWrites: Routes = { [`PUT ${ITEM}`]: putItem };
export const itemDeletes: Routes = { [`DELETE ${ITEM}`]: deleteItem };

function putItem(call: Call): Result {
  const vault = vaultOf(call);
  const properties = propertiesOf(call);
  const type = wordIn(properties, 'protectedItemType', Object.keys(TYPES) as ProtectedItemType[]);
  if (type === undefined) throw invalid();
  const existing = findItem(call, vault);
  checkSource(call, existing, type, properties);
  const state = wordIn(properties, 'protectionState', STATES);
  if (properties.isRehydrate === true) return undelete(call, existing);
  if (existing && isSoftDeleted(existing, call.now))
    throw new ArmFailure(
      400,
      'UserErrorItemInSoftDeletedState',
      'The item is in soft deleted state. Undelete it (isRehydrate) before protection is configured again.',
    );
  const isOldStop = properties.policyId === '';
  if (state === 'ProtectionStopped' || state === 'BackupsSuspended' || isOldStop)
    return stop(call, existing, properties, state === 'BackupsSuspended');
  return protect(call, vault, existing, type, properties);
}

/** The item that the path names, with its data or without. */
function findItem({ world, ids, now }: Call, vault: Vault): Item | undefined {
  const found = world.findItem(vault, ids.container ?? '', ids.item ?? '');
  return found && !isGone(found, now) ? found : undefined;
}

/** @throws ArmFailure 400 unless the source of the body is that of the path */
function checkSource(
  { ids }: Call,
  existing: Item | undefined,
  type: ProtectedItemType,
  properties: Properties,
): void {
  const source = textIn(properties, 'sourceResourceId');
  if (existing && TYPES[type] !== existing.kind) throw invalid();
  if (existing && source !== undefined && source.toLowerCase() !== sourceId(existing).toLowerCase())
    throw invalid();
  if (!existing && type === 'Microsoft.Compute/virtualMachines') {
    const [, group = '', name = ''] =
      /\/resourceGroups\/([^/]+)\/providers\/Microsoft\.Compute\/virtualMachines\/([^/]+)$/i.exec(
        source ?? '',
      ) ?? [];
    const end = `iaasvmcontainerv2;${group};${name}`.toLowerCase();
    const [container = '', item = ''] = [ids.container?.toLowerCase(), ids.item?.toLowerCase()];
    if (name === '' || container !== `iaasvmcontainer;${end}` || item !== `vm;${end}`) throw invalid();
  }
}

const invalid = (): ArmFailure =>
  new ArmFailure(
    400,
    'BMSUserErrorInvalidConfigureProtectionRequest',
    'Input for configure protection is not in proper format\r\nPlease ensure that container exists and other parameters are in valid format',
  );

function protect(
  call: Call,
  vault: Vault,
  existing: Item | undefined,
  type: ProtectedItemType,
  properties: Properties,
): Result {
  const { world } = call;
  const policy = policyIn(call, vault, TYPES[type], textIn(properties, 'policyId'));
  const disks = disksIn(properties);
  if (existing && longestKept(policy) < longestKept(existing.policy) && !isStopped(existing, call.now)) {
    if (vault.immutability !== 'Disabled') throw immutable();
    checkGuard(vault, 'updateProtectedItemRequests', properties.resourceGuardOperationRequests);
  }
  if (existing) {
    return begin(call, existing, 'protect', (at) => {
      const before = world.item(vault, existing.index);
      world.change(vault, existing.index, {
        policy: policy.name,
        ...nextEra(before, at),
        stoppedAt: undefined,
        isSuspended: undefined,
        ...(disks && { disks }),
      });
    });
  }
  const other = protectorOf(world, vault, textIn(properties, 'sourceResourceId') ?? '', call.now);
  if (other && TYPES[type] === 'vm')
    throw new ArmFailure(
      400,
      'VirtualMachineAlreadyProtected',
      `Virtual machine is already protected by the vault ${vaultId(other.vault)}`,
    );
  const { item, earlier, error } = newItemFor(call, vault, policy, type);
  const id = jobIdFor(call, vault);
  return accept(call, {
    kind: 'protect',
    below: call.path,
    lock: sourceId(item).toLowerCase(),
    jobId: id,
    ...(error && { error }),
    effect: (at) => {
      const state = { ...item.state, protectedSince: at, ...(disks && { disks }) };
      const index = earlier ? earlier.index : world.add(vault, { ...item, state });
      if (earlier)
        world.change(vault, index, {
          ...state,
          policy: policy.name,
          ...nextEra(earlier, at),
          dataSince: at,
          stoppedAt: undefined,
          deletedAt: undefined,
          purgedAt: undefined,
          failing: undefined,
          isPending: undefined,
          silentFrom: undefined,
        });
      addJob(call, vault, index, 'ConfigureBackup', id, at);
    },
  });
}

/** @throws ArmFailure unless there is such a policy for the kind in the same vault */
function policyIn({ world }: Call, vault: Vault, kind: Item['kind'], id: string | undefined): Policy {
  const prefix = `${vaultId(vault)}/backupPolicies/`.toLowerCase();
  if (id === undefined || !id.toLowerCase().startsWith(prefix)) throw invalid();
  const policy = world.policies.find(vault, id.slice(prefix.length));
  if (!policy)
    throw new ArmFailure(404, 'BMSUserErrorObjectNotFound', `There is no policy ${id.slice(prefix.length)}`);
  if (policy.kind !== kind) throw invalid();
  return policy;
}

function disksIn({ extendedProperties }: Properties): Item['state']['disks'] {
  const given = isRecord(extendedProperties) ? extendedProperties.diskExclusionProperties : undefined;
  if (given === undefined || given === null) return undefined;
  const { diskLunList, isInclusionList } = isRecord(given) ? given : {};
  const isList = Array.isArray(diskLunList) && diskLunList.every((lun) => Number.isInteger(lun) && lun >= 0);
  if (isList && typeof isInclusionList === 'boolean') return { diskLunList, isInclusionList };
  throw badRequest('diskExclusionProperties have to have a diskLunList of numbers and isInclusionList');
}

/** Copies are kept: for good, or as the policy has it where backups are only suspended. */
function stop(call: Call, item: Item | undefined, properties: Properties, isSuspended: boolean): Result {
  if (!item) throw notFound(call);
  // The service says so of vaults that are not immutable: only there backups can be suspended.
  if (isSuspended && item.vault.immutability === 'Disabled') throw immutable();
  checkGuard(item.vault, 'updateProtectedItemRequests', properties.resourceGuardOperationRequests);
  return begin(call, item, 'stop', (at) => {
    const stoppedAt = call.world.item(item.vault, item.index).state.stoppedAt ?? at;
    call.world.change(item.vault, item.index, { stoppedAt, isSuspended: isSuspended || undefined });
  });
}

/** What was deleted is there again, with its copies, and its protection is stopped. */
function undelete(call: Call, item: Item | undefined): Result {
  if (!item) throw notFound(call);
  if (!isSoftDeleted(item, call.now))
    throw new ArmFailure(400, 'BMSUserErrorInvalidInput', 'The item is not in soft deleted state');
  return begin(call, item, 'undelete', () =>
    call.world.change(item.vault, item.index, {
      stoppedAt: item.state.stoppedAt ?? item.state.deletedAt,
      deletedAt: undefined,
    }),
  );
}

const JOBS = { protect: 'ConfigureBackup', stop: 'DisableBackup', undelete: 'Undelete' } as const;

function begin(call: Call, item: Item, kind: keyof typeof JOBS, effect: (at: number) => void): Result {
  const { vault, index } = item;
  const jobId = jobIdFor(call, vault);
  return accept(call, {
    kind,
    below: call.path,
    lock: keyOf(vault, index),
    jobId,
    effect: (at) => {
      effect(at);
      addJob(call, vault, index, JOBS[kind], jobId, at);
    },
  });
}

type Short = 'ConfigureBackup' | 'DisableBackup' | 'Undelete' | 'DeleteBackupData';

/** Changes of the protection are jobs as well; they have ended when the operation has. */
function addJob(call: Call, vault: Vault, item: number, operation: Short, id: string, at: number): void {
  const startedAt = at - call.world.writes.seconds * 1000;
  call.world.jobs.add({ id, vault, item, operation, startedAt, endsAt: at, outcome: 'Completed', error: 0 });
}

/** With soft delete the item stays, without it is gone with its copies. */
function deleteItem(call: Call): Result {
  const vault = vaultOf(call);
  const item = findItem(call, vault);
  if (!item) return { status: 204, body: undefined };
  if (isSoftDeleted(item, call.now)) return { status: 200, body: undefined };
  const { world } = call;
  const hasCopies = !world.runs.points(item, call.now).next().done;
  if (vault.immutability !== 'Disabled' && hasCopies) throw immutable();
  if ((world.unlockedUntil.get(itemId(item).toLowerCase()) ?? 0) <= call.now)
    checkGuard(vault, 'deleteProtectedItemRequests', undefined);
  const jobId = jobIdFor(call, vault);
  return accept(call, {
    kind: 'delete',
    below: vaultId(vault, 'Subscriptions'),
    lock: keyOf(vault, item.index),
    jobId,
    effect: (at) => {
      const isKept = vault.softDelete !== 'Disabled' && hasCopies;
      world.change(vault, item.index, isKept ? { deletedAt: at } : { purgedAt: at });
      if (!isKept && item.kind !== 'vm') keepContainer(call, item);
      addJob(call, vault, item.index, 'DeleteBackupData', jobId, at);
    },
  });
}

/** The machine or the account stays registered when nothing of it is protected any more. */
function keepContainer({ world, ids }: Call, { vault, kind, holder, ...item }: Item): void {
  const name = ids.container ?? '';
  if (kind === 'vm' || world.containers.find(vault, name)) return;
  const source = sourceId({ vault, kind, holder, ...item });
  world.containers.put({ vault, name, kind, sourceId: source, friendlyName: holder, workloadType: null });
}

const notFound = ({ ids }: Call): ArmFailure =>
  new ArmFailure(
    404,
    'BMSUserErrorDataSourceObjectNotFound',
    `Item not found.\r\nSelected item might have been deleted. Please check if item is registered to the vault. (${ids.item ?? ''})`,
  );
