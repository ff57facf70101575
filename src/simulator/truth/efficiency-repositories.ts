import { isUnlimited, spaceAt, volumeBytes } from '../estate/space.ts';
import { type Repository, SCALE_OUT_BASE, targetAt } from '../estate/types.ts';
import type { World } from '../world.ts';
import { addFile, type FileOf, filesOf, noFiles, type Sums } from './efficiency-files.ts';
import { APPLIANCES } from './efficiency-jobs.ts';

/** What the files in one repository, or of one scale-out repository, take. */
export type RepositoryBytes = {
  kind: 'repository' | 'scaleOutRepository';
  id: string;
  name: string;
  isMeasurable: boolean;
  files: number;
  /** Bytes of all files that are listed with a size, whatever their data. */
  listedBytes: number;
  dataBytes: number;
  storedBytes: number;
  factor: number | null;
  /** What the state of the repository says; null for scale-out repositories, which have none. */
  reportedBytes: number | null;
  /** Capacity less what is free; null without a limit, or where there is no state. */
  usedBytes: number | null;
  /** Reported less used, where that is more than nothing. */
  sharedBytes: number | null;
};

type Held = { sums: Sums; listedBytes: number };

/** Those that hold files at an instant. */
export function repositoryBytes(world: World, now: number): RepositoryBytes[] {
  const { repositories, scaleOuts } = world.estate;
  const held = sumUp(world, now);
  const used = world.storage.usedBytes(now);
  return [
    ...repositories.flatMap((one) => {
      const of = held.get(one.index);
      return of ? [{ ...describe(one, of), ...spaceOf(world, one, used, now) }] : [];
    }),
    ...scaleOuts.flatMap((one): RepositoryBytes[] => {
      const of = held.get(SCALE_OUT_BASE + one.index);
      const { id, name } = one;
      const none = { reportedBytes: null, usedBytes: null, sharedBytes: null };
      return of
        ? [{ kind: 'scaleOutRepository', id, name, isMeasurable: true, ...toBytes(of), ...none }]
        : [];
    }),
  ];
}

/** By repository, and by scale-out repository for what is on its extents. */
function sumUp(world: World, now: number): Map<number, Held> {
  const held = new Map<number, Held>();
  for (const job of world.estate.jobs) {
    if (job.kind === 'replica') continue;
    const target = targetAt(job, now);
    for (const file of filesOf(world, job, now)) {
      addTo(held, file.repository, file);
      if (target !== file.repository) addTo(held, target, file);
    }
  }
  return held;
}

function addTo(held: Map<number, Held>, index: number, file: FileOf): void {
  const of = held.get(index) ?? { sums: noFiles(), listedBytes: 0 };
  held.set(index, of);
  addFile(of.sums, file);
  of.listedBytes += Math.max(0, file.listed.backupSize ?? 0);
}

const toBytes = ({ sums: { files, dataBytes, storedBytes, factor }, listedBytes }: Held) => ({
  files,
  listedBytes,
  dataBytes,
  storedBytes,
  factor,
});

const describe = ({ id, name, kind }: Repository, held: Held) => ({
  kind: 'repository' as const,
  id,
  name,
  isMeasurable: !APPLIANCES.includes(kind),
  ...toBytes(held),
});

function spaceOf({ estate }: World, one: Repository, used: readonly number[], now: number) {
  const { capacityBytes, isOnline } = spaceAt(one, now);
  if (!isOnline) return { reportedBytes: null, usedBytes: null, sharedBytes: null };
  const tiered = one.extent && one.extent.tier !== 'Performance' ? one.foreignBytes : 0;
  const reportedBytes = (used[one.index] ?? 0) + tiered;
  if (isUnlimited(one)) return { reportedBytes, usedBytes: null, sharedBytes: null };
  const usedBytes = Math.min(capacityBytes, volumeBytes(estate, used, one.volume, now));
  const sharedBytes = reportedBytes > usedBytes ? reportedBytes - usedBytes : null;
  return { reportedBytes, usedBytes, sharedBytes };
}
