import type { Job, Protected } from '../estate/types.ts';
import type { Link } from '../history/chains.ts';
import { type ListedSizes, listedSizes } from '../history/oddities.ts';
import type { World } from '../world.ts';

export type FileKind = 'FULL' | 'INCREMENT';

/** A backup file as the server lists it at an instant. */
export type FileOf = {
  id: string;
  kind: FileKind;
  created: number;
  repository: number;
  place: Protected;
  link: Link;
  listed: ListedSizes;
};

/** What files hold together. Bytes are of those that have both sizes. */
export type Sums = {
  files: number;
  /** Files that are in no sum of bytes, by the reason. */
  excluded: Partial<Record<Exclusion, number>>;
  /** Files whose percentages contradict their bytes; their bytes are in the sums. */
  mismatched: number;
  dataBytes: number;
  storedBytes: number;
  /** Data for a stored byte; null without any. */
  factor: number | null;
};

type Exclusion = 'NO_SIZES' | 'NO_DATA' | 'NOTHING_STORED' | 'NOTHING_CHANGED' | 'NEGATIVE';

/** All files of a job, machine by machine, oldest first. */
export function* filesOf(world: World, job: Job, now: number): Generator<FileOf> {
  const { estate, storage, ids, draft } = world;
  for (const place of estate.protected.slice(job.first, job.first + job.count)) {
    const odd = draft.efficiency?.odd.get(place.index);
    for (const link of storage.linksOf(place, now)) {
      yield {
        id: ids.of('file', place.index, link.slot),
        kind: link.isFull ? 'FULL' : 'INCREMENT',
        created: storage.createdAt(place, link),
        repository: storage.repositoryOf(place, now, link),
        place,
        link,
        listed: listedSizes(storage.readSizes(place, link, link.isFull), odd, link.slot),
      };
    }
  }
}

export const noFiles = (): Sums => ({
  files: 0,
  excluded: {},
  mismatched: 0,
  dataBytes: 0,
  storedBytes: 0,
  factor: null,
});

export function addFile(sums: Sums, { listed }: FileOf): void {
  const excluded = exclusionOf(listed);
  sums.files += 1;
  if (excluded) {
    sums.excluded[excluded] = (sums.excluded[excluded] ?? 0) + 1;
    return;
  }
  sums.dataBytes += listed.dataSize ?? 0;
  sums.storedBytes += listed.backupSize ?? 0;
  sums.factor = sums.dataBytes / sums.storedBytes;
  if (isMismatch(listed)) sums.mismatched += 1;
}

function exclusionOf({ dataSize, backupSize }: ListedSizes): Exclusion | undefined {
  if (typeof dataSize !== 'number' || typeof backupSize !== 'number') return 'NO_SIZES';
  if (dataSize < 0 || backupSize < 0) return 'NEGATIVE';
  if (dataSize === 0) return backupSize === 0 ? 'NOTHING_CHANGED' : 'NO_DATA';
  return backupSize === 0 ? 'NOTHING_STORED' : undefined;
}

/** Percentages of 0 say that nothing was measured. */
function isMismatch({ dataSize, backupSize, dedupRatio, compressRatio }: ListedSizes): boolean {
  if (!dataSize || !backupSize || !dedupRatio || !compressRatio) return false;
  return Math.abs(backupSize / dataSize - (dedupRatio * compressRatio) / 10_000) > 0.02;
}
