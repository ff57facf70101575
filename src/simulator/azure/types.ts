import type { Policy } from './policies.ts';

export type ItemKind = 'vm' | 'sql' | 'files';
type Redundancy = 'GeoRedundant' | 'LocallyRedundant' | 'ZoneRedundant';

/** What can be changed of a vault is what an administrator can change. */
export type Vault = {
  index: number;
  subscription: string;
  group: string;
  name: string;
  location: string;
  redundancy: Redundancy;
  crossRegionRestore: boolean;
  softDelete: 'Enabled' | 'Disabled' | 'AlwaysON';
  softDeleteDays: number;
  immutability: 'Disabled' | 'Unlocked' | 'Locked';
  hasGuard: boolean;
  /** The account may not read it. */
  isForbidden: boolean;
};

export type OddItem = 'no-fabric' | 'upper-case' | 'malformed-source' | 'nulls' | 'numbers' | 'sentinels';

/** What happened to an item. Times are milliseconds; absent: it did not happen. */
export type ItemState = {
  protectedSince: number;
  stoppedAt?: number;
  /** Deleted with its data, which soft delete keeps. */
  deletedAt?: number;
  isPending?: boolean;
  failing?: { from: number; error: number };
  /** Since when its backups are not even started. */
  silentFrom?: number;
  odd?: OddItem;
};

export type Item = {
  vault: Vault;
  index: number;
  kind: ItemKind;
  /** The machine, the database or the share. */
  name: string;
  /** The machine or the storage account that holds it. */
  holder: string;
  group: string;
  policy: Policy;
  sizeBytes: number;
  state: ItemState;
};

/** A virtual machine, protected or not. */
export type Machine = {
  name: string;
  subscription: string;
  group: string;
  location: string;
  /** The UUID of its firmware; undefined: it does not say. */
  vmId: string | undefined;
  /** What the guest calls itself; undefined: its agent does not answer. */
  computerName: string | undefined;
  isLinux: boolean;
};
