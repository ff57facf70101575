import { targetId } from '../api/job-details.ts';
import { isKnownJob, type Job, type Protected } from '../estate/types.ts';
import { createChains, type Link } from '../history/chains.ts';
import type { World } from '../world.ts';
import { type FileOf, filesOf } from './efficiency-files.ts';
import type { JobReduction } from './efficiency-jobs.ts';

/** Space that could be had back. Items may overlap: each says what it is by itself. */
export type ReclaimableTruth = {
  category: 'ORPHANED' | 'DISABLED_JOB' | 'DOUBLY_PROTECTED' | 'OVER_RETAINED' | 'BELOW_PEERS';
  owner: { jobId: string | null; backupId: string; name: string };
  repositoryId: string | null;
  /** Of DOUBLY_PROTECTED; `keptBy` is the job that has more points of it. */
  machine?: { name: string; backupObjectId: string; keptBy: { jobId: string; backupId: string } };
  files: number;
  bytes: number;
  /** Where there is more than one right way to reckon: what a careful analyst may say. */
  between?: [number, number];
};

/** All of the estate at an instant. @param reductions of the same instant */
export function reclaimableOf(world: World, now: number, reductions: JobReduction[]): ReclaimableTruth[] {
  const jobs = world.estate.jobs.filter(({ kind }) => kind !== 'replica');
  return [
    ...jobs.flatMap((job) => abandoned(world, job, now)),
    ...protectedTwice(world, now),
    ...jobs.flatMap((job) => keptTooLong(world, job, now)),
    ...belowPeers(world, now, reductions),
  ];
}

type Item = Omit<ReclaimableTruth, 'category' | 'files' | 'bytes'>;

const ownerOf = (world: World, job: Job, now: number): Item => ({
  owner: {
    jobId: isKnownJob(job, now) ? job.id : null,
    backupId: world.ids.of('backup', job.index),
    name: job.name,
  },
  repositoryId: targetId({ world, now }, job) ?? null,
});

function abandoned(world: World, job: Job, now: number): ReclaimableTruth[] {
  const isDisabled = job.disabledSince !== undefined && now >= job.disabledSince;
  if (isKnownJob(job, now) && !isDisabled) return [];
  const files = [...filesOf(world, job, now)];
  if (files.length === 0) return [];
  const category = isKnownJob(job, now) ? 'DISABLED_JOB' : 'ORPHANED';
  return [{ category, ...ownerOf(world, job, now), ...sumOf(files) }];
}

const sumOf = (files: readonly FileOf[]) => ({
  files: files.length,
  bytes: files.reduce((sum, { listed }) => sum + (listed.backupSize ?? 0), 0),
});

/** Copies of points are no protection of their own. The job with more points is the one to keep. */
function protectedTwice(world: World, now: number): ReclaimableTruth[] {
  const places = world.estate.protected.filter((place) => isReadBy(world, place, now));
  return [...Map.groupBy(places, ({ machine }) => machine).values()].flatMap((same) => {
    if (same.length < 2) return [];
    const points = (place: Protected) => world.storage.linksOf(place, now).length;
    const [kept, ...others] = same.toSorted((a, b) => points(b) - points(a));
    const keeper = world.estate.jobs[kept?.job ?? -1];
    if (!keeper) return [];
    return others.flatMap((place) => doubleOf(world, place, keeper, now));
  });
}

function isReadBy({ estate }: World, { job, originJob }: Protected, now: number): boolean {
  const { kind, disabledSince } = estate.jobs[job] ?? {};
  const about = estate.jobs[job];
  if (!about || job !== originJob || kind === 'replica' || !isKnownJob(about, now)) return false;
  return disabledSince === undefined || now < disabledSince;
}

function doubleOf(world: World, place: Protected, keeper: Job, now: number): ReclaimableTruth[] {
  const job = world.estate.jobs[place.job];
  if (!job) return [];
  const files = [...filesOf(world, job, now)].filter((file) => file.place.index === place.index);
  if (files.length === 0) return [];
  const machine = {
    name: world.estate.machines[place.machine]?.name ?? '',
    backupObjectId: world.ids.of('object', place.index),
    keptBy: { jobId: keeper.id, backupId: world.ids.of('backup', keeper.index) },
  };
  return [{ category: 'DOUBLY_PROTECTED', ...ownerOf(world, job, now), machine, ...sumOf(files) }];
}

/** What the job's own settings would have released: the same chains with and without what keeps them. */
function keptTooLong(world: World, job: Job, now: number): ReclaimableTruth[] {
  if (job.keptDays === undefined) return [];
  const files = [...filesOf(world, job, now)];
  const beyond = (moreDays: number) => {
    const due = new Set(linksDue(world, job, now, moreDays).map(keyOf));
    return sumOf(files.filter(({ link }) => !due.has(keyOf(link))));
  };
  const exact = beyond(0);
  if (exact.files === 0) return [];
  const between: [number, number] = [beyond(SLACK_DAYS).bytes, beyond(-SLACK_DAYS).bytes];
  return [{ category: 'OVER_RETAINED', ...ownerOf(world, job, now), ...exact, between }];
}

/** Days counted from now or from the newest point, with the first or without, are all right. */
const SLACK_DAYS = 2;

const keyOf = ({ origin, slot }: Link): string => `${origin} ${slot}`;

function linksDue(world: World, job: Job, now: number, moreDays: number): readonly Link[] {
  const { estate, runs, zone, retentionDays } = world;
  const days = (one: Job, at: number) =>
    Math.max(1, retentionDays(one, at) + moreDays, one.immutableDays ?? 0);
  return createChains({ estate, runs, zone, retentionDays: days }).at(job, now);
}

/** What would be free if its data shrank as those of a good one in four of the same platform do. */
function belowPeers(world: World, now: number, reductions: JobReduction[]): ReclaimableTruth[] {
  return (world.draft.efficiency?.belowPeers ?? []).flatMap((index) => {
    const job = world.estate.jobs[index];
    const own = reductions.find(({ backupId }) => backupId === world.ids.of('backup', index));
    if (!job || !own) return [];
    const peers = reductions.filter(
      ({ platform, isMeasurable }) => isMeasurable && platform === own.platform,
    );
    const at = (share: number) => potential(own, peers, share);
    const between: [number, number] = [at(0.5), at(1)];
    return [
      {
        category: 'BELOW_PEERS',
        ...ownerOf(world, job, now),
        files: own.all.files,
        bytes: at(0.75),
        between,
      },
    ];
  });
}

/** Compared kind by kind, and never more than half. */
function potential(own: JobReduction, peers: readonly JobReduction[], share: number): number {
  const bytes = (['full', 'increment'] as const).map((kind) => {
    const factors = peers.flatMap((peer) => peer[kind].factor ?? []).sort((a, b) => a - b);
    const reference = Math.min(5, Math.max(1.2, quantile(factors, share)));
    const { factor, storedBytes } = own[kind];
    return factor === null ? 0 : storedBytes * Math.min(0.5, Math.max(0, 1 - factor / reference));
  });
  return Math.round(bytes.reduce((a, b) => a + b, 0));
}

/** Between two values in proportion. */
function quantile(sorted: readonly number[], share: number): number {
  const at = (sorted.length - 1) * share;
  const [low = 1, high = low] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  return low + (high - low) * (at - Math.floor(at));
}
