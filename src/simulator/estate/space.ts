import type { Estate, Repository } from './types.ts';

export type Space = Required<Pick<Repository, 'capacityBytes' | 'foreignBytes' | 'isOnline'>>;

/** Size, other data and state of a repository at an instant. */
export function spaceAt(
  { capacityBytes, foreignBytes, isOnline, changes = [] }: Repository,
  at: number,
): Space {
  const space = { capacityBytes, foreignBytes, isOnline };
  for (const change of changes) {
    if (change.at > at) break;
    if (change.capacityBytes !== undefined) space.capacityBytes = change.capacityBytes;
    if (change.foreignBytes !== undefined) space.foreignBytes = change.foreignBytes;
    if (change.isOnline !== undefined) space.isOnline = change.isOnline;
  }
  return space;
}

/** Bytes that backup files take on disk: fewer than theirs where they share blocks, or the storage reduces. */
const onDisk = ({ diskShare = 1 }: Repository, bytes: number): number =>
  diskShare === 1 ? bytes : Math.ceil(bytes * diskShare);

/** Bytes in use on a volume: backups and what others have stored, of all its repositories. `used` is of the same instant. */
export function volumeBytes(estate: Estate, used: readonly number[], volume: number, at: number): number {
  return estate.repositories
    .filter((one) => one.volume === volume)
    .reduce((sum, one) => sum + onDisk(one, used[one.index] ?? 0) + spaceAt(one, at).foreignBytes, 0);
}

export const isUnlimited = ({ capacityBytes }: Pick<Space, 'capacityBytes'>): boolean => capacityBytes < 0;
