import { ArmFailure, gone } from '../errors.ts';
import type { Item, Vault } from '../types.ts';
import { isGone } from '../world.ts';
import type { Call } from './call.ts';

const same = (a: string, b: string | undefined) => a.toLowerCase() === b?.toLowerCase();

/** @throws ArmFailure 404, or 403 if the account may not read it */
export function vaultOf({ world, ids }: Call): Vault {
  const found = world.vaults.find(
    ({ subscription, group, name }) =>
      same(subscription, ids.sub) && same(group, ids.rg) && same(name, ids.vault),
  );
  if (!found) throw gone(`Microsoft.RecoveryServices/vaults/${ids.vault ?? ''}`);
  if (found.isForbidden)
    throw new ArmFailure(
      403,
      'AuthorizationFailed',
      `The client does not have authorization to perform action 'Microsoft.RecoveryServices/vaults/read' over scope '${found.name}'`,
    );
  return found;
}

/** @throws ArmFailure 404 */
export function itemOf(call: Call): Item {
  const { container = '', item = '', fabric = '' } = call.ids;
  const found = call.world.findItem(vaultOf(call), container, item);
  if (found && same('Azure', fabric) && !isGone(found, call.now)) return found;
  throw new ArmFailure(404, 'BMSUserErrorObjectNotFound', `There is no protected item ${item}`);
}

/** @throws ArmFailure 404 */
export function checkSubscription({ world, ids }: Call): string {
  const found = world.subscriptions.find((one) => same(one, ids.sub));
  if (found) return found;
  throw new ArmFailure(404, 'SubscriptionNotFound', `The subscription '${ids.sub ?? ''}' could not be found`);
}
