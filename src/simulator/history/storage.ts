import type { Estate, Job, Machine, Protected } from '../estate/types.ts';
import { SCALE_OUT_BASE } from '../estate/types.ts';
import { hash } from '../random.ts';
import type { Chains, Link } from './chains.ts';
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
  /** Bytes of backup files in each repository at an instant, by its index. */
  usedBytes: (at: number) => number[];
  /** The repository that holds a machine's files: an extent where the job writes to a scale-out repository. */
  repositoryOf: (place: Protected) => number;
};

export type StorageOptions = { estate: Estate; chains: Chains; seed: number; historyStart: number };

export function createStorage(options: StorageOptions): Storage {
  const { estate, chains } = options;
  const jobOf = (index: number): Job => must(estate.jobs[index]);
  const linksOf = (place: Protected, at: number) =>
    chains
      .at(jobOf(place.job), at)
      .filter(
        (link) => link.origin === place.originJob && protectingAttempt(link.run, place.originSlot) >= 0,
      );
  const createdAt = (place: Protected, { run }: Link) => {
    const attempt = run.attempts[protectingAttempt(run, place.originSlot)];
    return (attempt?.start ?? run.start) + 15_000 * (place.originSlot + 1);
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
  const repositoryOf = (place: Protected) => fileRepository(estate, jobOf(place.job), place);
  return {
    linksOf,
    createdAt,
    readSizes,
    machineBytes,
    toPoint,
    pointsOf: (place, at) => linksOf(place, at).map((link) => toPoint(place, link)),
    usedBytes: createUsage(options, { linksOf, readSizes, repositoryOf }),
    repositoryOf,
  };
}

/** Data locality: all files of a machine are on one extent, not on one in maintenance. */
function fileRepository(estate: Estate, job: Job, place: Protected): number {
  if (job.repository < SCALE_OUT_BASE) return job.repository;
  const extents = estate.repositories.filter(
    ({ extent }) => extent?.tier === 'Performance' && !extent.isInMaintenance,
  );
  return extents[hash(place.machine, 17) % extents.length]?.index ?? 0;
}

type Parts = Pick<Storage, 'linksOf' | 'readSizes' | 'repositoryOf'>;

/** Sums are kept for each job for as long as its chain is the same. */
function createUsage({ estate, chains }: StorageOptions, { linksOf, readSizes, repositoryOf }: Parts) {
  const kept = new Map<number, { links: readonly Link[]; bytes: Map<number, number> }>();
  const bytesOf = (job: Job, at: number): Map<number, number> => {
    const links = chains.at(job, at);
    const known = kept.get(job.index);
    if (known?.links === links) return known.bytes;
    const bytes = new Map<number, number>();
    for (const place of estate.protected.slice(job.first, job.first + job.count)) {
      const repository = repositoryOf(place);
      const sum = linksOf(place, at).reduce(
        (total, link) => total + readSizes(place, link, link.isFull).backupSize,
        0,
      );
      bytes.set(repository, (bytes.get(repository) ?? 0) + sum);
    }
    kept.set(job.index, { links, bytes });
    return bytes;
  };
  return (at: number): number[] => {
    const used = estate.repositories.map(() => 0);
    for (const job of estate.jobs) {
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
