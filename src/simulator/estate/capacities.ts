import type { Storage } from '../history/storage.ts';
import { unit } from '../random.ts';
import type { Draft } from '../scenarios/draft.ts';
import { TIB } from './repositories.ts';
import type { Estate, Repository } from './types.ts';

const STEP = TIB / 8;

/** Bytes in use on the volume of a repository: backups and what others have stored, of all its repositories. */
export function volumeBytes(estate: Estate, used: number[], volume: number): number {
  return estate.repositories
    .filter((one) => one.volume === volume)
    .reduce((sum, one) => sum + (used[one.index] ?? 0) + one.foreignBytes, 0);
}

/** Gives each volume a size at which it is about half to two thirds full now, or as full as the scenario wants it. */
export function setCapacities({ estate, settings, now, fullness }: Draft, storage: Storage): void {
  const used = storage.usedBytes(now);
  for (const one of estate.repositories.filter(
    ({ extent }) => extent?.tier === 'Capacity' || extent?.tier === 'Archive',
  )) {
    one.foreignBytes = Math.floor(offloadable(estate, used) * (one.extent?.tier === 'Capacity' ? 0.6 : 0.3));
  }
  const capacities = new Map<number, number>();
  for (const { index, volume } of estate.repositories) {
    if (capacities.has(volume)) continue;
    const wanted = fullness.get(index);
    const share = wanted ?? 0.48 + 0.2 * unit(settings.seed, 801, volume);
    const bytes = Math.max(volumeBytes(estate, used, volume), 2 ** 30);
    const fine = stepOf(estate.repositories[index], wanted);
    capacities.set(volume, Math.ceil(bytes / share / fine) * fine);
  }
  for (const one of estate.repositories)
    if (!isUnlimited(one)) one.capacityBytes = capacities.get(one.volume) ?? 0;
}

/** The limit of object storage is set in whole terabytes. */
function stepOf(one: Repository | undefined, wanted: number | undefined): number {
  if (one?.kind === 'S3Compatible') return TIB;
  return wanted === undefined ? STEP : STEP / 512;
}

export const isUnlimited = ({ capacityBytes }: Repository): boolean => capacityBytes < 0;

/** Bytes on the performance tier, of which a part is on the other tiers as well. */
const offloadable = (estate: Estate, used: number[]) =>
  estate.repositories.reduce(
    (sum, { index, extent }) => sum + (extent?.tier === 'Performance' ? (used[index] ?? 0) : 0),
    0,
  );
