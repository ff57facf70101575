import type { Vault } from '../types.ts';
import { type Call, page, type Routes, type Source, VAULT, VAULTS } from './call.ts';
import { parseFilter } from './filter.ts';
import { checkSubscription, vaultOf } from './find.ts';
import { itemSummary, usagesOf } from './usages.ts';
import { guardProxies, storageConfig, vaultConfig, vaultDetails, vaultRow } from './vault-view.ts';

/** Vaults, their settings and what they hold. */
export const vaultRoutes: Routes = {
  [`GET /subscriptions/{sub}/${VAULTS}`]: (call) => listVaults(call, () => true),
  [`GET /subscriptions/{sub}/resourceGroups/{rg}/${VAULTS}`]: (call) =>
    listVaults(call, ({ group }) => group.toLowerCase() === call.ids.rg?.toLowerCase()),
  [`GET ${VAULT}`]: (call) => ({ body: vaultDetails(vaultOf(call), call.world.tenantId) }),
  [`GET ${VAULT}/usages`]: (call) => page(call, fromArray(usagesOf(call.world, vaultOf(call), call.now))),
  [`GET ${VAULT}/backupUsageSummaries`]: (call) => {
    const filter = parseFilter(call.query.get('$filter'), ['type']);
    return page(call, fromArray(itemSummary(call.world, vaultOf(call), filter.get('type'))));
  },
  [`GET ${VAULT}/backupconfig/vaultconfig`]: (call) => ({ body: vaultConfig(vaultOf(call)) }),
  [`GET ${VAULT}/backupstorageconfig/vaultstorageconfig`]: (call) => ({ body: storageConfig(vaultOf(call)) }),
  [`GET ${VAULT}/backupResourceGuardProxies`]: (call) => page(call, fromArray(guardProxies(vaultOf(call)))),
};

function listVaults(call: Call, wanted: (vault: Vault) => boolean) {
  const subscription = checkSubscription(call);
  const rows = call.world.vaults.filter((vault) => vault.subscription === subscription && wanted(vault));
  return page(call, fromArray(rows.map(vaultRow)));
}

/** A short list, whose positions are those of its rows. */
export const fromArray =
  (rows: readonly unknown[]): Source =>
  (from) => {
    const first = Number(from ?? 0);
    return rows.slice(first).map((row, index) => [String(first + index), row]);
  };
