import { badRequest } from '../errors.ts';
import {
  containerName,
  itemName,
  MANAGEMENT_TYPES,
  machineId,
  sourceId,
  vaultId,
  WORKLOAD_TYPES,
} from '../ids.ts';
import type { Item, Vault } from '../types.ts';
import { type Call, FABRIC, page, type Result, type Routes, VAULT } from './call.ts';
import { findContainer } from './container-routes.ts';
import { fits, parseFilter } from './filter.ts';
import { vaultOf } from './find.ts';
import { machinesNear, protectableIn } from './protectable.ts';
import { fromArray } from './vault-routes.ts';

const ITEM_KEYS = ['backupManagementType', 'workloadType', 'status', 'containerName', 'friendlyName'];
const CONTAINER_KEYS = ['backupManagementType', 'workloadType'];
const TYPE = 'Microsoft.RecoveryServices/vaults/backupFabrics';

/** What could be protected, by what the vault has found so far. */
export const protectableRoutes: Routes = {
  [`GET ${VAULT}/backupProtectableItems`]: listItems,
  [`GET ${FABRIC}/protectableContainers`]: listContainers,
};

function listItems(call: Call): Result {
  const { world, query, now } = call;
  const vault = vaultOf(call);
  const filter = parseFilter(query.get('$filter'), ITEM_KEYS);
  const all = (['vm', 'sql', 'files'] as const).flatMap((kind) => protectableIn(world, vault, kind, now));
  const wanted = all.filter((item) =>
    fits(filter, {
      backupManagementType: MANAGEMENT_TYPES[item.kind],
      workloadType: WORKLOAD_TYPES[item.kind],
      status: 'NotProtected',
      containerName: containerName(item),
      friendlyName: item.name,
    }),
  );
  return page(call, fromArray(wanted.map(itemRow)));
}

const PROTECTABLE = {
  vm: 'Microsoft.Compute/virtualMachines',
  sql: 'SQLDataBase',
  files: 'AzureFileShare',
} as const;

const itemRow = (item: Item) => ({
  id: `${vaultId(item.vault, 'Subscriptions')}/backupFabrics/Azure/protectionContainers/${containerName(item)}/protectableItems/${itemName(item)}`,
  name: itemName(item),
  type: `${TYPE}/protectionContainers/protectableItems`,
  properties: {
    friendlyName: item.name,
    ...(item.kind === 'vm' && { virtualMachineId: sourceId(item) }),
    ...(item.kind === 'sql' && { parentName: 'MSSQLSERVER', serverName: item.holder }),
    ...(item.kind === 'files' && { parentContainerFriendlyName: item.holder }),
    protectionState: 'NotProtected',
    protectableItemType: PROTECTABLE[item.kind],
    backupManagementType: MANAGEMENT_TYPES[item.kind],
    workloadType: WORKLOAD_TYPES[item.kind],
  },
});

/** Machines whose databases nobody has registered. Storage accounts are not known here before they are registered. */
function listContainers(call: Call): Result {
  const { world, query, now } = call;
  const vault = vaultOf(call);
  const filter = parseFilter(query.get('$filter'), CONTAINER_KEYS);
  const management = filter.get('backupmanagementtype');
  if (management === undefined) throw badRequest('The filter has to name a backupManagementType');
  if (management.toLowerCase() !== 'azureworkload') return page(call, fromArray([]));
  const rows = machinesNear(world, vault)
    .map((machine) => containerRow(vault, machine))
    .filter(({ name }) => !findContainer(world, vault, name, now));
  return page(call, fromArray(rows));
}

function containerRow(vault: Vault, machine: { name: string; subscription: string; group: string }) {
  const name = `VMAppContainer;Compute;${machine.group};${machine.name}`;
  return {
    id: `${vaultId(vault, 'Subscriptions')}/backupFabrics/Azure/protectableContainers/${name}`,
    name,
    type: `${TYPE}/protectableContainers`,
    properties: {
      friendlyName: machine.name,
      backupManagementType: 'AzureWorkload',
      protectableContainerType: 'VMAppContainer',
      healthStatus: 'Healthy',
      containerId: machineId(machine),
    },
  };
}
