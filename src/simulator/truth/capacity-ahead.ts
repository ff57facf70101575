import type { Job, Repository } from '../estate/types.ts';
import type { Link } from '../history/chains.ts';
import type { World } from '../world.ts';
import { DAY } from '../zone.ts';

export type Release = { day: string; bytes: number };

export type Immutable = {
  /** Days for which nothing can be deleted. */
  days: number;
  /** Local day from which on all that is stored now could be deleted. */
  until: string;
  /** Bytes that cannot be deleted now. */
  bytes: number;
};

export type Ahead = {
  /** Now, and noon of each following local day. */
  instants: number[];
  /** Bytes of backup files in each repository at these instants. */
  use: number[][];
  releasesOf: (repository: number) => { releases: Release[]; keptBytes: number };
};

export const dateOf = ({ zone }: World, at: number): string =>
  new Date(zone.dayOf(at) * DAY).toISOString().slice(0, 10);

/** Lets time pass, day by day, and writes down what is stored and what of that which is stored now goes. */
export function lookAhead(world: World, jobs: readonly Job[], now: number, days: number): Ahead {
  const { zone, storage, chains } = world;
  const today = zone.dayOf(now);
  const instants = [now];
  for (let day = 1; day <= days; day += 1) instants.push(zone.toUtc((today + day) * DAY + DAY / 2));
  const held = jobs.map((job) => ({ job, files: heldBytes(world, job, now), links: chains.at(job, now) }));
  const released: { day: string; bytes: Map<number, number> }[] = [];
  const use = instants.map((at) => {
    const used = storage.usedBytes(at, jobs);
    for (const one of held) {
      const links = chains.at(one.job, at);
      if (links === one.links) continue;
      one.links = links;
      const bytes = takeMissing(one.files, links);
      if (bytes.size > 0) released.push({ day: dateOf(world, at), bytes });
    }
    return used;
  });
  return { instants, use, releasesOf: (repository) => releasesOf(repository, released, held) };
}

/** Files that are stored now, by the run that they are of: bytes in each repository. */
type Files = Map<string, Map<number, number>>;

const keyOf = ({ origin, slot }: Link) => `${origin} ${slot}`;

function heldBytes({ estate, storage }: World, job: Job, now: number): Files {
  const files: Files = new Map();
  for (const place of estate.protected.slice(job.first, job.first + job.count)) {
    for (const link of storage.linksOf(place, now)) {
      const ofRun = files.get(keyOf(link)) ?? new Map<number, number>();
      const repository = storage.repositoryOf(place, now, link);
      const { backupSize } = storage.readSizes(place, link, link.isFull);
      files.set(keyOf(link), ofRun.set(repository, (ofRun.get(repository) ?? 0) + backupSize));
    }
  }
  return files;
}

function takeMissing(files: Files, links: readonly Link[]): Map<number, number> {
  const there = new Set(links.map(keyOf));
  const sum = new Map<number, number>();
  for (const [key, ofRun] of files) {
    if (there.has(key)) continue;
    files.delete(key);
    for (const [repository, bytes] of ofRun) sum.set(repository, (sum.get(repository) ?? 0) + bytes);
  }
  return sum;
}

function releasesOf(
  repository: number,
  released: readonly { day: string; bytes: Map<number, number> }[],
  held: readonly { files: Files }[],
): { releases: Release[]; keptBytes: number } {
  const byDay = new Map<string, number>();
  for (const { day, bytes } of released) {
    const own = bytes.get(repository);
    if (own) byDay.set(day, (byDay.get(day) ?? 0) + own);
  }
  let keptBytes = 0;
  for (const { files } of held) for (const ofRun of files.values()) keptBytes += ofRun.get(repository) ?? 0;
  return { releases: [...byDay].map(([day, bytes]) => ({ day, bytes })).sort(byDate), keptBytes };
}

const byDate = (a: Release, b: Release) => (a.day < b.day ? -1 : 1);

/** A file cannot be deleted before the newest one of its chain is old enough. */
export function immutableOf(
  world: World,
  { index, immutableDays }: Repository,
  jobs: readonly Job[],
  now: number,
): Immutable | null {
  if (immutableDays === 0) return null;
  let until = now;
  let bytes = 0;
  for (const job of jobs) {
    for (const place of world.estate.protected.slice(job.first, job.first + job.count)) {
      for (const chain of toChains(world.storage.linksOf(place, now))) {
        const free = (chain.at(-1)?.created ?? 0) + immutableDays * DAY;
        if (free <= now) continue;
        for (const link of chain) {
          if (world.storage.repositoryOf(place, now, link) !== index) continue;
          bytes += world.storage.readSizes(place, link, link.isFull).backupSize;
          until = Math.max(until, free);
        }
      }
    }
  }
  return { days: immutableDays, until: dateOf(world, until), bytes };
}

/** Each begins with a full. */
function toChains(oldestFirst: readonly Link[]): Link[][] {
  const found: Link[][] = [];
  for (const link of oldestFirst) {
    if (link.isFull || found.length === 0) found.push([]);
    found.at(-1)?.push(link);
  }
  return found;
}
