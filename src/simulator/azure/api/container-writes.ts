import { ArmFailure, badRequest } from '../errors.ts';
import { machineId } from '../ids.ts';
import type { Vault } from '../types.ts';
import { type Call, CONTAINER, FABRIC, type Result, type Routes } from './call.ts';
import { findContainer, itemsIn } from './container-routes.ts';
import { parseFilter } from './filter.ts';
import { vaultOf } from './find.ts';
import { machinesNear } from './protectable.ts';
import { accept, propertiesOf, textIn, wordIn } from './write-call.ts';

const TYPES = { VMAppContainer: 'sql', StorageContainer: 'files' } as const;
const MANAGEMENT = { sql: 'AzureWorkload', files: 'AzureStorage' } as const;
const WORKLOADS = ['SQLDataBase', 'SAPHanaDatabase', 'SAPAseDatabase', 'AnyDatabase', 'AzureFileShare'];

/** Machines with databases and storage accounts are registered; machines as such are only found. */
export const containerWrites: Routes = {
  [`PUT ${CONTAINER}`]: register,
  [`DELETE ${CONTAINER}`]: unregister,
  [`POST ${CONTAINER}/inquire`]: inquire,
  [`POST ${FABRIC}/refreshContainers`]: refresh,
};

function register(call: Call): Result {
  const { world, ids, now } = call;
  const vault = vaultOf(call);
  const properties = propertiesOf(call);
  const name = ids.container ?? '';
  const type = wordIn(properties, 'containerType', Object.keys(TYPES) as (keyof typeof TYPES)[]);
  const sourceId = textIn(properties, 'sourceResourceId') ?? '';
  if (type === undefined || !isNameOf(name, type, sourceId))
    throw badRequest(
      'Input provided for the call is invalid: containerType, sourceResourceId and the name do not fit',
    );
  const kind = TYPES[type];
  const management = wordIn(properties, 'backupManagementType', [MANAGEMENT[kind]]);
  const workloadType = wordIn(properties, 'workloadType', WORKLOADS) ?? null;
  if (management === undefined) throw badRequest('backupManagementType has to be given');
  const isAgain = wordIn(properties, 'operationType', ['Register', 'Reregister', 'Invalid']) === 'Reregister';
  const isKnown = findContainer(world, vault, name, now) !== undefined;
  if ((isAgain && !isKnown) || (kind === 'sql' && !isKnown && !isMachine(call, vault, sourceId)))
    throw notFound(name);
  const friendlyName = textIn(properties, 'friendlyName') ?? sourceId.split('/').at(-1) ?? '';
  return accept(call, {
    kind: 'register',
    below: call.path,
    lock: `${vault.index} ${name}`.toLowerCase(),
    effect: () => {
      if (!isKnown) world.containers.put({ vault, name, kind, sourceId, friendlyName, workloadType });
    },
  });
}

/** `VMAppContainer;Compute;group;machine` or `StorageContainer;Storage;group;account` of the same id. */
function isNameOf(name: string, type: string, sourceId: string): boolean {
  const [, group, provider, resource] =
    /\/resourceGroups\/([^/]+)\/providers\/Microsoft\.(Compute|Storage|ClassicStorage)\/[^/]+\/([^/]+)$/i.exec(
      sourceId,
    ) ?? [];
  return name.toLowerCase() === `${type};${provider};${group};${resource}`.toLowerCase();
}

const isMachine = ({ world }: Call, vault: Vault, id: string): boolean =>
  machinesNear(world, vault).some((machine) => machineId(machine).toLowerCase() === id.toLowerCase());

function unregister(call: Call): Result {
  const { world, ids, now } = call;
  const vault = vaultOf(call);
  const name = ids.container ?? '';
  if (/^iaasvmcontainer;/i.test(name))
    throw badRequest('Azure virtual machines are not registered: there is nothing to unregister');
  if (!findContainer(world, vault, name, now)) return { status: 204, body: undefined };
  const items = itemsIn(world, vault, name);
  if (items.length > 0)
    throw new ArmFailure(
      400,
      'BMSUserErrorContainerHasDatasources',
      `There are backup items associated with the container ${name}. Stop their protection with delete data first, and wait until soft deleted items are gone.`,
    );
  return accept(call, {
    kind: 'unregister',
    below: call.path,
    lock: `${vault.index} ${name}`.toLowerCase(),
    effect: () => world.containers.remove(vault, name),
  });
}

function inquire(call: Call): Result {
  const { world, ids, query, now } = call;
  const vault = vaultOf(call);
  parseFilter(query.get('$filter'), ['backupManagementType', 'workloadType']);
  const name = ids.container ?? '';
  if (!findContainer(world, vault, name, now)) throw notFound(name);
  return accept(call, {
    kind: 'inquire',
    below: parentOf(call.path),
    effect: (at) => {
      const registered = world.containers.find(vault, name);
      if (registered) world.containers.put({ ...registered, inquiredAt: at });
    },
  });
}

/** The vault looks around: what is there then can be protected. */
function refresh(call: Call): Result {
  const { world, query } = call;
  const vault = vaultOf(call);
  parseFilter(query.get('$filter'), ['backupManagementType']);
  return accept(call, {
    kind: 'refresh',
    below: parentOf(call.path),
    effect: () => {
      const known = world.containers.discovered(vault);
      known.clear();
      for (const machine of machinesNear(world, vault)) known.add(machineId(machine).toLowerCase());
    },
  });
}

const notFound = (name: string): ArmFailure =>
  new ArmFailure(404, 'BMSUserErrorContainerObjectNotFound', `The container ${name} was not found.`);

const parentOf = (path: string) => path.slice(0, path.lastIndexOf('/'));
