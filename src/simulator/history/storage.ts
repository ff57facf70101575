import type { Estate, Job, Machine, Protected } from '../estate/types.ts';
import { SCALE_OUT_BASE, targetAt } from '../estate/types.ts';
import { hash } from '../random.ts';
import type { Zone } from '../zone.ts';
import type { Chains, Link } from './chains.ts';
import { isProtected, readAt } from './point-before.ts';
import { protectingAttempt } from './runs.ts';
import { fileSizes, type Sizes, usedBytes } from './sizes.ts';

/** One machine's part of what a run left: a backup file, and a restore point in it. */
type Point = {
  place: Protected;
  link: Link;
  /** When the machine's data was read. */
  created: number;
  sizes: Sizes;
};

export type Storage = {
  /** What is stored of one machine in one job at an instant, oldest first. */
  pointsOf: (place: Protected, at: number) => Point[];
  /** The same, without sizes: for lists that are long. */
  linksOf: (place: Protected, at: number) => readonly Link[];
  toPoint: (place: Protected, link: Link) => Point;
  createdAt: (place: Protected, link: Link) => number;
  /** Data read and sent by a run; for a synthetic full that is an increment. */
  readSizes: (place: Protected, link: Link, isFull: boolean) => Sizes;
  /** Bytes of the machine in use when the data was read. */
  machineBytes: (place: Protected, link: Link) => number;
  /** Bytes of backup files in each repository at an instant, by its index; `jobs`: of these only. */
  usedBytes: (at: number, jobs?: readonly Job[]) => number[];
  /**
   * The repository that holds a machine's files, or that one file, at an instant: an extent where the job writes to a
   * scale-out repository.
   */
  repositoryOf: (place: Protected, at: number, link?: Link) => number;
};

export type StorageOptions = {
  estate: Estate;
  chains: Chains;
  seed: number;
  historyStart: number;
  zone: Zone;
};

export function createStorage(options: StorageOptions): Storage {
  const { estate, chains } = options;
  const jobOf = (index: number): Job => must(estate.jobs[index]);
  const linksOf = (place: Protected, at: number) =>
    chains.at(jobOf(place.job), at).filter((link) => holds(estate, link, place));
  const createdAt = (place: Protected, { run }: Link) => {
    const attempt = run.attempts[protectingAttempt(run, place.originSlot)];
    return readAt(attempt?.start ?? run.start, place);
  };
  const readSizes = (place: Protected, link: Link, isFull: boolean) => {
    const machine: Machine = must(estate.machines[place.machine]);
    const { readFactor, isIncompressible } = link.run;
    return fileSizes(jobOf(place.job), machine, link.slot, link.created, isFull, {
      ...options,
      readFactor,
      isIncompressible,
    });
  };
  const machineBytes = (place: Protected, { created }: Link) =>
    usedBytes(must(estate.machines[place.machine]), created, options.historyStart);
  const toPoint = (place: Protected, link: Link): Point => ({
    place,
    link,
    created: createdAt(place, link),
    sizes: readSizes(place, link, link.isFull),
  });
  const repositoryOf = (place: Protected, at: number, link?: Link) =>
    fileRepository(estate, targetAt(jobOf(place.job), at), place, link);
  return {
    linksOf,
    createdAt,
    readSizes,
    machineBytes,
    toPoint,
    pointsOf: (place, at) => linksOf(place, at).map((link) => toPoint(place, link)),
    usedBytes: createUsage(options, { readSizes, repositoryOf }),
    repositoryOf,
  };
}

/** Data locality: all files of a machine are on one extent, not on one in maintenance; old chains may have moved on. */
function fileRepository(estate: Estate, target: number, place: Protected, link: Link | undefined): number {
  if (target < SCALE_OUT_BASE) return target;
  const tier = link?.isOffloaded ? 'Capacity' : 'Performance';
  const extents = estate.repositories.filter(
    ({ extent }) =>
      extent?.scaleOut === target - SCALE_OUT_BASE && extent.tier === tier && !extent.isInMaintenance,
  );
  return extents[hash(place.machine, 17) % extents.length]?.index ?? 0;
}

const holds = (estate: Estate, link: Link, place: Protected): boolean =>
  link.origin === place.originJob &&
  protectingAttempt(link.run, place.originSlot) >= 0 &&
  isProtected(estate, place, link.run.start);

type Parts = Pick<Storage, 'readSizes' | 'repositoryOf'>;

type Usage = {
  links: readonly Link[];
  target: number;
  /** Bytes in each repository, and the same for each link, some of which may be gone. */
  bytes: Map<number, number>;
  parts: Map<number, Map<number, number>>;
};

/** Which run a link is of, as one number, and what its size and place depend on. */
const keyOf = ({ origin, slot, isFull, isOffloaded }: Link): number =>
  ((origin * 2 ** 31 + slot) * 2 + Number(isFull)) * 2 + Number(isOffloaded ?? false);

/** Sums are kept for each job for as long as its chain is the same; of a chain that has grown, only the new is added up. */
function createUsage(
  { estate, chains }: StorageOptions,
  { readSizes, repositoryOf }: Parts,
): Storage['usedBytes'] {
  const kept = new Map<number, Usage>();
  const bytesOfLink = (job: Job, link: Link, at: number): Map<number, number> => {
    const bytes = new Map<number, number>();
    for (const place of estate.protected.slice(job.first, job.first + job.count)) {
      if (!holds(estate, link, place)) continue;
      const repository = repositoryOf(place, at, link);
      bytes.set(repository, (bytes.get(repository) ?? 0) + readSizes(place, link, link.isFull).backupSize);
    }
    return bytes;
  };
  const bytesOf = (job: Job, at: number): Map<number, number> => {
    const links = chains.at(job, at);
    const target = targetAt(job, at);
    const known = kept.get(job.index);
    if (known?.links === links && known.target === target) return known.bytes;
    const isAsBefore = known?.target === target && known.parts.size < 2 * links.length + 50;
    const parts = isAsBefore ? known.parts : new Map<number, Map<number, number>>();
    const usage: Usage = { links, target, bytes: new Map(), parts };
    for (const link of links) {
      const key = keyOf(link);
      const part = parts.get(key) ?? bytesOfLink(job, link, at);
      parts.set(key, part);
      for (const [repository, bytes] of part)
        usage.bytes.set(repository, (usage.bytes.get(repository) ?? 0) + bytes);
    }
    kept.set(job.index, usage);
    return usage.bytes;
  };
  return (at, jobs = estate.jobs) => {
    const used = estate.repositories.map(() => 0);
    for (const job of jobs) {
      if (job.kind === 'replica') continue;
      for (const [repository, bytes] of bytesOf(job, at)) used[repository] = (used[repository] ?? 0) + bytes;
    }
    return used;
  };
}

function must<T>(value: T | undefined): T {
  if (value === undefined) throw new RangeError('no such part of the estate');
  return value;
}
