import { malwareAt } from '../api/malware.ts';
import { KEPT_POINTS, replicaState } from '../api/replica-routes.ts';
import { isCopy } from '../estate/jobs.ts';
import { type Job, type Protected, SCALE_OUT_BASE, targetAt } from '../estate/types.ts';
import type { World } from '../world.ts';
import { DAY } from '../zone.ts';
import { iso } from './recovery-trials.ts';

export type PointTruth = { id: string; at: string };

/** What is stored of a machine by one job. */
export type LocationTruth = {
  backupId: string;
  backupObjectId: string;
  job: { id: string; name: string };
  isCopy: boolean;
  /** A repository or a scale-out repository. */
  repositoryId: string;
  points: number;
  oldestAt: string | null;
  newest: PointTruth | null;
  /** null: none, or the points of the kind do not say. */
  newestClean: PointTruth | null;
  /** Days that its repository keeps what is written from being deleted, and until when that holds for the newest point. */
  immutableDays: number;
  immutableUntil: string | null;
};

export type StoredPoint = PointTruth & { created: number; malware: string | null };

/** Points of a machine in one job, oldest first. Points of shares do not say whether they are clean. */
export function pointsOf(world: World, place: Protected, now: number): StoredPoint[] {
  const isShare = world.estate.jobs[place.originJob]?.kind === 'nas';
  return world.storage.linksOf(place, now).map((link) => {
    const created = world.storage.createdAt(place, link);
    return {
      id: world.ids.of('point', place.index, link.slot),
      at: iso(created),
      created,
      malware: isShare ? null : malwareAt(world, place, created, now),
    };
  });
}

export function locationOf(
  world: World,
  job: Job,
  place: Protected,
  points: StoredPoint[],
  now: number,
): LocationTruth {
  const target = targetAt(job, now);
  const repository =
    world.estate.repositories[target] ?? world.estate.scaleOuts[target - SCALE_OUT_BASE] ?? undefined;
  const holder = world.estate.repositories[world.storage.repositoryOf(place, now)];
  const newest = points.at(-1);
  const immutableDays = holder?.immutableDays ?? 0;
  return {
    backupId: world.ids.of('backup', job.index),
    backupObjectId: world.ids.of('object', place.index),
    job: { id: job.id, name: job.name },
    isCopy: isCopy(job.kind),
    repositoryId: repository?.id ?? '',
    points: points.length,
    oldestAt: points[0]?.at ?? null,
    newest: toPoint(newest),
    newestClean: toPoint(points.findLast(({ malware }) => malware === 'Clean')),
    immutableDays,
    immutableUntil: newest && immutableDays > 0 ? iso(newest.created + immutableDays * DAY) : null,
  };
}

export const toPoint = (point: StoredPoint | undefined): PointTruth | null =>
  point ? { id: point.id, at: point.at } : null;

export type ReplicaTruth = {
  id: string;
  name: string;
  job: { id: string; name: string };
  state: string;
  points: number;
  newest: PointTruth | null;
};

/** What a replication job keeps of a machine; undefined until it has run. */
export function replicaOf(world: World, job: Job, place: Protected, now: number): ReplicaTruth | undefined {
  const links = world.storage.linksOf(place, now).slice(-KEPT_POINTS);
  const newest = links.at(-1);
  if (!newest) return undefined;
  return {
    id: world.ids.of('replica', place.index),
    name: `${world.estate.machines[place.machine]?.name ?? ''}_replica`,
    job: { id: job.id, name: job.name },
    state: replicaState({ world, now }, job, place),
    points: links.length,
    newest: {
      id: world.ids.of('replicaPoint', place.index, newest.slot),
      at: iso(world.storage.createdAt(place, newest)),
    },
  };
}
