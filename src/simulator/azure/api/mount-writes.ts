import { hash } from '../../random.ts';
import { HOUR } from '../../zone.ts';
import { badRequest } from '../errors.ts';
import { machineOf } from '../machines.ts';
import type { Item } from '../types.ts';
import { keyOf } from '../world.ts';
import { type Call, POINT, type Result, type Routes } from './call.ts';
import { itemOf } from './find.ts';
import { nameOf, pointOf } from './point-routes.ts';
import { accept, propertiesOf, textIn, wordIn } from './write-call.ts';

const MOUNTED_FOR = 12 * HOUR;

/** A point is opened for its files: what comes of it is a script, which has to be run by whoever wants them. */
export const mountWrites: Routes = {
  [`POST ${POINT}/provisionInstantItemRecovery`]: provision,
  [`POST ${POINT}/revokeInstantItemRecovery`]: (call) => {
    const item = itemOf(call);
    const { slot } = pointOf(call, item);
    return accept(call, {
      ...startOf(call, item),
      kind: 'unmount',
      effect: () => setMount(call, item, slot, undefined),
    });
  },
};

function provision(call: Call): Result {
  const item = itemOf(call);
  const point = pointOf(call, item);
  const properties = propertiesOf(call);
  const type = wordIn(properties, 'objectType', ['IaasVMILRRegistrationRequest']);
  const machine = textIn(properties, 'virtualMachineId') ?? '';
  const isComplete = type !== undefined && textIn(properties, 'recoveryPointId') !== undefined;
  if (!isComplete || !/\/virtualMachines\/[^/]+$/i.test(machine) || item.kind !== 'vm')
    throw badRequest(
      'Input provided for the call is invalid: objectType, recoveryPointId and virtualMachineId have to be given',
    );
  const script = scriptOf(call, item, nameOf(item, point));
  return accept(call, {
    ...startOf(call, item),
    kind: 'mount',
    properties: () => ({
      objectType: 'OperationStatusProvisionILRExtendedInfo',
      recoveryTarget: { clientScripts: [script] },
    }),
    effect: (at) => setMount(call, item, point.slot, at + MOUNTED_FOR),
  });
}

const startOf = (call: Call, { vault, index }: Item) => ({
  below: call.path.slice(0, call.path.toLowerCase().lastIndexOf('/recoverypoints/')),
  lock: `mount ${keyOf(vault, index)}`,
});

function setMount({ world }: Call, { vault, index }: Item, slot: number, until: number | undefined): void {
  const mounts = new Map(world.item(vault, index).state.mounts ?? []);
  if (until === undefined) mounts.delete(slot);
  else mounts.set(slot, until);
  world.change(vault, index, { mounts: mounts.size > 0 ? mounts : undefined });
}

/** As Azure does it, the password stands in the script itself. */
function scriptOf({ world }: Call, item: Item, point: string) {
  const { settings, writes } = world;
  const password = `ilr-${hash(settings.seed, 995, item.index).toString(36)}${hash(Number(point.slice(-6)), 996).toString(36)}`;
  const { isLinux } = machineOf(world, item);
  const text = `# mounts point ${point} of ${item.name}\nPASSWORD = '${password}'\nTARGET = 'iqn.2016-01.com.example:${point}'\n`;
  const scriptContent = Buffer.from(text).toString('base64');
  writes.secrets.add(password).add(scriptContent);
  return {
    scriptContent,
    scriptExtension: isLinux ? '.py' : '.exe',
    osType: isLinux ? 'Linux' : 'Windows',
    url: '',
    scriptNameSuffix: `${item.vault.location}_${point.slice(-10)}`,
  };
}
