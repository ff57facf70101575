import { createIds } from '../ids.ts';
import type { Settings } from '../options.ts';
import { hash, hashText, pick, unit, whole } from '../random.ts';
import { DAY } from '../zone.ts';
import { POLICIES } from './policies.ts';
import type { Item, ItemKind, ItemState, Vault } from './types.ts';

const REGIONS = ['westeurope', 'northeurope', 'germanywestcentral', 'swedencentral'] as const;
const ROLES = ['app', 'web', 'erp', 'file', 'bi', 'vdi'];
const GIB = 2 ** 30;
/** Places in the pattern of ten items that are databases and shares; the others are machines. */
const KINDS: readonly ItemKind[] = ['vm', 'vm', 'vm', 'vm', 'sql', 'vm', 'vm', 'vm', 'files', 'vm'];

/** The ids of the subscriptions: a few vaults in each, and two at least where there are two vaults. */
export function subscriptionsOf({ seed, azureVaults }: Settings): string[] {
  const ids = createIds(hash(seed, hashText('azure')));
  const count = Math.min(azureVaults, Math.max(2, Math.ceil(azureVaults / 5)));
  return Array.from({ length: count }, (_, i) => ids.of('server', i));
}

/** The vaults as a careful administrator has set them. */
export function buildVaults(settings: Settings, subscriptions: string[]): Vault[] {
  return Array.from({ length: settings.azureVaults }, (_, index) => {
    const location = REGIONS[index % REGIONS.length] ?? 'westeurope';
    const redundancy = index % 4 === 3 ? 'ZoneRedundant' : 'GeoRedundant';
    return {
      index,
      subscription: subscriptions[index % subscriptions.length] ?? '',
      group: `rg-backup-${location}`,
      name: `rsv-${location}-${String(index + 1).padStart(2, '0')}`,
      location,
      redundancy,
      crossRegionRestore: redundancy === 'GeoRedundant',
      softDelete: index % 5 === 2 ? 'AlwaysON' : 'Enabled',
      softDeleteDays: 14,
      enhancedSecurity: 'Enabled' as const,
      immutability: index % 3 === 1 ? 'Locked' : 'Unlocked',
      hasGuard: true,
      guarded: ['deleteResourceGuardProxyRequests', 'disableSoftDeleteRequests'],
      isForbidden: false,
    };
  });
}

/** An item as the seed has it, without what happened to it. Nothing of it is stored. */
export function seededItem(seed: number, vault: Vault, index: number, state: ItemState): Item {
  const kind = KINDS[index % KINDS.length] ?? 'vm';
  const number = `${String(vault.index).padStart(2, '0')}${String(index).padStart(5, '0')}`;
  const role = pick(ROLES, seed, 701, vault.index, index);
  const fitting = POLICIES.filter((policy) => policy.kind === kind);
  return {
    vault,
    index,
    kind,
    name: kind === 'vm' ? `${role}-${number}` : kind === 'sql' ? `Sales${number}` : `share-${number}`,
    holder: kind === 'vm' ? `${role}-${number}` : kind === 'sql' ? `sql-${number}` : `st${role}${number}`,
    group: kind === 'vm' ? `rg-${role}-${whole(1, 3, seed, 702, vault.index, index)}` : `rg-${kind}`,
    policy: pick(fitting, seed, 703, vault.index, index),
    sizeBytes: Math.round(GIB * 20 * 2 ** (unit(seed, 704, vault.index, index) * 5)),
    state,
  };
}

/** The numbers of vault and item in a name that `seededItem` has made. */
export function numbersIn(name: string): { vault: number; index: number } | undefined {
  const [, vault, index] = /(\d\d)(\d{5})$/.exec(name) ?? [];
  return vault !== undefined && index !== undefined
    ? { vault: Number(vault), index: Number(index) }
    : undefined;
}

/** One item in ten was protected within the history, the others before it. */
export function usualState(seed: number, vault: number, index: number, now: number, days: number): ItemState {
  const isYoung = unit(seed, 705, vault, index) < 0.1;
  const age = isYoung ? whole(Math.min(8, days), days, seed, 706, vault, index) : days;
  return { protectedSince: now - age * DAY };
}
