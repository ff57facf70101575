import { isUnlimited, type Space, spaceAt, volumeBytes } from '../estate/space.ts';
import { type Job, type Repository, SCALE_OUT_BASE } from '../estate/types.ts';
import type { SpacePlan } from '../scenarios/draft.ts';
import type { World } from '../world.ts';
import { dateOf, type Immutable, immutableOf, lookAhead, type Release } from './capacity-ahead.ts';
import { eventsOf, type SpaceEvent } from './capacity-events.ts';

/** What is true of one repository, and what a perfect analyst would say of it. */
export type CapacityTruth = {
  entity: { kind: 'repository'; id: string; name: string };
  /** How its use develops, as the scenario made it. */
  regime: string;
  /** Ids of all repositories on its volume, its own among them. */
  volume: string[];
  scaleOutRepositoryId: string | null;
  expected: 'OFFLINE' | 'UNBOUNDED' | 'EXCEEDED' | 'FILLS' | 'NOT_WITHIN_HORIZON';
  /** Bytes of its own files, and all bytes in use on its volume. */
  usedBytes: number;
  useBytes: number;
  /** null: no limit. */
  capacityBytes: number | null;
  /** First local day on which at noon so large a share of the capacity is in use; empty without a limit. */
  thresholds: Threshold[];
  /** What happened and what will happen, from the start of the history to a year ahead. */
  events: SpaceEvent[];
  /** Bytes of its files by job; they add up to `usedBytes`. */
  jobs: { id: string; name: string; bytes: number }[];
  /** On which days retention releases what is stored now, if the jobs go on. With `keptBytes` it adds up to `usedBytes`. */
  releases: Release[];
  /** Bytes that are still there a year ahead. */
  keptBytes: number;
  immutable: Immutable | null;
};

type Threshold = {
  share: number;
  /** Local day; null: not within a year. */
  day: string | null;
  /** Days from now; 0: exceeded. */
  inDays: number | null;
  /** Nothing happens until then that the past does not foretell. */
  isForeseeable: boolean;
};

const SHARES = [0.8, 0.9, 1];
const DAYS_AHEAD = 365;

/** The truth about the repositories that the scenario has plans for, at an instant. Later days are looked up, not estimated. */
export function findCapacity(world: World, now: number): CapacityTruth[] {
  const { draft, estate } = world;
  if (draft.plans.length === 0) return [];
  const targets = new Set(draft.plans.map(({ repository }) => repository));
  const jobs = estate.jobs.filter((job) => writesTo(world, job, targets));
  const ahead = lookAhead(world, jobs, now, DAYS_AHEAD);
  return draft.plans.flatMap((plan) => {
    const repository = estate.repositories[plan.repository];
    if (!repository) return [];
    const space = spaceAt(repository, now);
    const use = ahead.use.map((used, day) =>
      volumeBytes(estate, used, repository.volume, ahead.instants[day] ?? now),
    );
    const thresholds = isUnlimited(space)
      ? []
      : thresholdsOf(world, repository, plan, { use, instants: ahead.instants });
    const usedBytes = ahead.use[0]?.[repository.index] ?? 0;
    const { releases, keptBytes } = ahead.releasesOf(repository.index);
    return [
      {
        entity: { kind: 'repository' as const, id: repository.id, name: repository.name },
        regime: plan.regime,
        volume: estate.repositories.filter((one) => one.volume === repository.volume).map(({ id }) => id),
        scaleOutRepositoryId: estate.scaleOuts[repository.extent?.scaleOut ?? -1]?.id ?? null,
        expected: expectedOf(space, thresholds),
        usedBytes,
        useBytes: use[0] ?? 0,
        capacityBytes: isUnlimited(space) ? null : space.capacityBytes,
        thresholds,
        events: eventsOf(world, repository, plan, jobs, now + DAYS_AHEAD * 86_400_000),
        jobs: jobs
          .map((job) => ({
            id: job.id,
            name: job.name,
            bytes: world.storage.usedBytes(now, [job])[repository.index] ?? 0,
          }))
          .filter(({ bytes }) => bytes > 0),
        releases,
        keptBytes,
        immutable: immutableOf(world, repository, jobs, now),
      },
    ];
  });
}

/** Whether any of a job's files are, or will be, in one of the repositories. */
function writesTo({ estate }: World, { repository, moved }: Job, targets: ReadonlySet<number>): boolean {
  const scaleOuts = [...targets].flatMap((index) => {
    const extent = estate.repositories[index]?.extent;
    return extent ? [extent.scaleOut + SCALE_OUT_BASE] : [];
  });
  const places = new Set([...targets, ...scaleOuts]);
  return places.has(repository) || (moved !== undefined && places.has(moved.repository));
}

function expectedOf(space: Space, thresholds: readonly Threshold[]): CapacityTruth['expected'] {
  if (!space.isOnline) return 'OFFLINE';
  if (isUnlimited(space)) return 'UNBOUNDED';
  if (thresholds.some(({ inDays }) => inDays === 0)) return 'EXCEEDED';
  return thresholds.some(({ inDays }) => inDays !== null) ? 'FILLS' : 'NOT_WITHIN_HORIZON';
}

function thresholdsOf(
  world: World,
  repository: Repository,
  { surprises = [] }: SpacePlan,
  { use, instants }: { use: number[]; instants: number[] },
): Threshold[] {
  const [now = 0] = instants;
  return SHARES.map((share) => {
    const inDays = use.findIndex((bytes, day) => {
      const { capacityBytes } = spaceAt(repository, instants[day] ?? now);
      return bytes >= share * capacityBytes;
    });
    const until = inDays < 0 ? (instants.at(-1) ?? now) : (instants[inDays] ?? now);
    return {
      share,
      day: inDays < 0 ? null : dateOf(world, until),
      inDays: inDays < 0 ? null : inDays,
      isForeseeable: !surprises.some((at) => at > now && at <= until),
    };
  });
}
