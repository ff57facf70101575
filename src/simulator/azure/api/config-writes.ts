import { ArmFailure, badRequest } from '../errors.ts';
import { itemId } from '../ids.ts';
import { stamp } from '../runs.ts';
import type { Vault } from '../types.ts';
import { type Call, type Result, type Routes, VAULT } from './call.ts';
import { vaultOf } from './find.ts';
import { vaultConfig } from './vault-view.ts';
import { checkGuard, type Properties, propertiesOf, textIn, wordIn } from './write-call.ts';

const CONFIG = `${VAULT}/backupconfig/vaultconfig`;
const UNLOCK_MS = 3_600_000;

export const configWrites: Routes = {
  [`PATCH ${CONFIG}`]: (call) => changeConfig(call, propertiesOf(call)),
  [`PUT ${CONFIG}`]: (call) => {
    const properties = propertiesOf(call);
    if (properties.enhancedSecurityState === undefined && properties.softDeleteFeatureState === undefined)
      throw badRequest('The whole configuration has to be given');
    return changeConfig(call, properties);
  },
  [`POST ${VAULT}/backupResourceGuardProxies/{proxy}/unlockDelete`]: unlockDelete,
};

function changeConfig(call: Call, properties: Properties): Result {
  const vault = vaultOf(call);
  const softDelete = wordIn(properties, 'softDeleteFeatureState', ['Enabled', 'Disabled', 'AlwaysON']);
  const enhancedSecurity = wordIn(properties, 'enhancedSecurityState', ['Enabled', 'Disabled']);
  const days = daysIn(properties);
  if (vault.softDelete === 'AlwaysON' && softDelete !== undefined && softDelete !== 'AlwaysON')
    throw new ArmFailure(
      400,
      'UserErrorSoftDeleteAlwaysOnCannotBeReverted',
      'Soft delete of the vault is always on, which cannot be reverted.',
    );
  if (isWeaker(vault, softDelete, enhancedSecurity))
    checkGuard(vault, 'disableSoftDeleteRequests', properties.resourceGuardOperationRequests);
  vault.softDelete = softDelete ?? vault.softDelete;
  vault.enhancedSecurity = enhancedSecurity ?? vault.enhancedSecurity;
  vault.softDeleteDays = days ?? vault.softDeleteDays;
  return { body: vaultConfig(vault) };
}

const isWeaker = (vault: Vault, softDelete?: string, enhancedSecurity?: string): boolean =>
  (softDelete === 'Disabled' && vault.softDelete !== 'Disabled') ||
  (enhancedSecurity === 'Disabled' && vault.enhancedSecurity !== 'Disabled');

function daysIn({ softDeleteRetentionPeriodInDays: days }: Properties): number | undefined {
  if (days === undefined || days === null) return undefined;
  if (typeof days === 'number' && Number.isInteger(days) && days >= 14 && days <= 180) return days;
  throw badRequest('softDeleteRetentionPeriodInDays has to be a whole number from 14 to 180');
}

/** A second person allows one item to be deleted, for a while. */
function unlockDelete(call: Call): Result {
  const vault = vaultOf(call);
  const body = (call.body ?? {}) as Properties;
  if (!vault.hasGuard) throw badRequest('The vault has no resource guard');
  checkGuard(vault, 'deleteProtectedItemRequests', body.resourceGuardOperationRequests);
  const id = textIn(body, 'resourceToBeDeleted')?.toLowerCase() ?? '';
  const [, container = '', item = ''] =
    /\/protectioncontainers\/([^/]+)\/protecteditems\/([^/]+)$/.exec(id) ?? [];
  const found = call.world.findItem(vault, container, item);
  if (!found) throw badRequest('resourceToBeDeleted has to be the id of a protected item');
  const until = call.now + UNLOCK_MS;
  call.world.unlockedUntil.set(itemId(found).toLowerCase(), until);
  return { body: { unlockDeleteExpiryTime: stamp(until) } };
}
