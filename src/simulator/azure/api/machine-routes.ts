import { hash } from '../../random.ts';
import { ArmFailure } from '../errors.ts';
import { machineId } from '../ids.ts';
import { machinesFrom } from '../machines.ts';
import type { Machine } from '../types.ts';
import { page, type Routes } from './call.ts';
import { checkSubscription } from './find.ts';

/** Virtual machines, which a backup reader may list with another role only. */
export const machineRoutes: Routes = {
  'GET /subscriptions/{sub}/providers/Microsoft.Compute/virtualMachines': (call) => {
    const subscriptions = new Set([checkSubscription(call)]);
    return page(call, function* rows(from) {
      for (const [position, machine] of machinesFrom(call.world, Number(from ?? 0), subscriptions))
        yield [String(position), machineRow(machine)];
    });
  },
  'GET /subscriptions/{sub}/resourceGroups/{rg}/providers/Microsoft.Compute/virtualMachines/{vm}': (call) => {
    const { rg: group = '', vm: name = '' } = call.ids;
    const subscription = checkSubscription(call);
    const wanted = machineId({ subscription, group, name }).toLowerCase();
    for (const [, machine] of machinesFrom(call.world, 0, new Set([subscription])))
      if (machineId(machine).toLowerCase() === wanted && !call.world.writes.goneMachines.has(wanted))
        return { body: machineRow(machine) };
    throw new ArmFailure(
      404,
      'ResourceNotFound',
      `The Resource 'Microsoft.Compute/virtualMachines/${name}' under resource group '${group}' was not found.`,
    );
  },
};

/** Without the view of the instance, which only a machine by itself shows. */
function machineRow(machine: Machine) {
  const { name, location, vmId, isLinux } = machine;
  return {
    id: machineId(machine),
    name,
    type: 'Microsoft.Compute/virtualMachines',
    location,
    properties: {
      ...(vmId !== undefined && { vmId }),
      provisioningState: 'Succeeded',
      hardwareProfile: { vmSize: 'Standard_D2s_v3' },
      storageProfile: {
        osDisk: { osType: isLinux ? 'Linux' : 'Windows', diskSizeGB: isLinux ? 30 : 127 },
        dataDisks: [{ lun: 0, diskSizeGB: 64 * (1 + (hash(17, name.length, name.charCodeAt(0)) % 4)) }],
      },
      osProfile: { computerName: computerName(machine) },
    },
  };
}

/** As it was created: Linux takes a full name, Windows up to 15 letters of a host name. */
function computerName({ name, computerName: known, isLinux }: Machine): string {
  if (isLinux) return known ?? name;
  return (known?.split('.')[0] ?? name).slice(0, 15);
}
