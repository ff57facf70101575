import type { Policy } from './policies.ts';

export type ItemKind = 'vm' | 'sql' | 'files';
type Redundancy = 'GeoRedundant' | 'LocallyRedundant' | 'ZoneRedundant';
type SoftDelete = 'Enabled' | 'Disabled' | 'AlwaysON';

/** What can be changed of a vault is what an administrator can change. */
export type Vault = {
  index: number;
  subscription: string;
  group: string;
  name: string;
  location: string;
  redundancy: Redundancy;
  crossRegionRestore: boolean;
  softDelete: SoftDelete;
  softDeleteDays: number;
  enhancedSecurity: 'Enabled' | 'Disabled';
  immutability: 'Disabled' | 'Unlocked' | 'Locked';
  hasGuard: boolean;
  /** Requests of the resource guard that critical operations need, where there is one. */
  guarded: string[];
  /** The account may not read it. */
  isForbidden: boolean;
};

export type OddItem = 'no-fabric' | 'upper-case' | 'malformed-source' | 'nulls' | 'numbers' | 'sentinels';

/** A time in which backups were made by a policy. `to` is not part of it. */
export type Era = { policy: Policy; from: number; to: number };

export type Outcome = 'Completed' | 'CompletedWithWarnings' | 'Failed' | 'Cancelled';
/** A backup. It exists from `startedAt` on. */
export type Run = { slot: number; startedAt: number; endsAt: number; outcome: Outcome; error: number };
/** A backup that somebody asked for, with its copy. */
export type OnDemand = Run & { jobId: string; expiresAt: number };

/** What happened to an item. Times are milliseconds; absent: it did not happen. */
export type ItemState = {
  protectedSince: number;
  stoppedAt?: number;
  /** Stopped in a way that copies go on to expire. */
  isSuspended?: boolean;
  /** Deleted with its data, which soft delete keeps. */
  deletedAt?: number;
  /** Gone with its data, for good. */
  purgedAt?: number;
  isPending?: boolean;
  failing?: { from: number; error: number };
  /** Since when its backups are not even started. */
  silentFrom?: number;
  odd?: OddItem;
  /** Name of the policy, where it is not that of the seed. */
  policy?: string;
  /** Times of former policies, and before protection was stopped and resumed. */
  eras?: Era[];
  /** When the policy of today began to count; absent: with the protection. */
  since?: number;
  /** Copies of before are gone. */
  dataSince?: number;
  onDemand?: OnDemand[];
  /** Scheduled backups that were cancelled, by their slots. */
  cancelled?: ReadonlyMap<number, number>;
  /** Disks that are left out of the backup, or alone in it. */
  disks?: { diskLunList: number[]; isInclusionList: boolean };
  /** Recovery points that are mounted for their files, by slot, and until when. */
  mounts?: ReadonlyMap<number, number>;
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

/** What an item is that was not there when the simulator started. */
export type NewItem = Pick<Item, 'kind' | 'name' | 'holder' | 'group' | 'policy' | 'sizeBytes' | 'state'>;

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
