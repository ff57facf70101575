import { latestRun } from '../api/job-states.ts';
import { isKnownJob, type Job, type Protected } from '../estate/types.ts';
import { isProtected } from '../history/point-before.ts';
import type { World } from '../world.ts';
import { HOUR, MINUTE } from '../zone.ts';

/** Why a machine has no point as new as its schedule promises. */
export type BreachTruth = {
  reason: 'DROPPED' | 'JOB_FAILING' | 'JOB_SILENT' | 'JOB_DISABLED' | 'JOB_GONE';
  /** The job ends well all the same: nothing but the age of the points tells. */
  isHidden: boolean;
  job: { id: string; name: string };
};

/** Hours between two runs as scheduled. */
export function intervalHours({ schedule }: Job): number {
  if (schedule.kind === 'every') return schedule.minutes / 60;
  return schedule.kind === 'weekly' ? 7 * 24 : 24;
}

/** The oldest that a newest point gets while all is well, generously. */
const oldestHours = (job: Job): number => 1.5 * intervalHours(job) + 2;

/** @param places of the machine in jobs that read it */
export function breachOf(
  world: World,
  places: readonly Protected[],
  newestAt: number | undefined,
  now: number,
): BreachTruth | null {
  const jobs = places.flatMap((place) => {
    const job = world.estate.jobs[place.job];
    return job ? [{ job, place }] : [];
  });
  const allowed = Math.min(...jobs.map(({ job }) => oldestHours(job)));
  const age = newestAt === undefined ? Number.POSITIVE_INFINITY : (now - newestAt) / HOUR;
  if (age <= allowed) return null;
  const reasons = jobs.map(({ job, place }) => reasonOf(world, job, place, now));
  return reasons.find(({ isHidden }) => isHidden) ?? reasons[0] ?? null;
}

function reasonOf(world: World, job: Job, place: Protected, now: number): BreachTruth {
  const of = (reason: BreachTruth['reason'], isHidden = false) => ({
    reason,
    isHidden,
    job: { id: job.id, name: job.name },
  });
  if (!isKnownJob(job, now)) return of('JOB_GONE');
  if (job.disabledSince !== undefined && now >= job.disabledSince) return of('JOB_DISABLED');
  const run = latestRun({ world, now }, job);
  if (!run || now - run.start > oldestHours(job) * HOUR + 30 * MINUTE) return of('JOB_SILENT');
  if (!isProtected(world.estate, place, run.start)) return of('DROPPED', run.result !== 'Failed');
  return of('JOB_FAILING');
}

/** Since when a machine is no longer in jobs that used to read it. */
export const dropsOf = ({ estate }: World, places: readonly Protected[], now: number) =>
  places.flatMap(({ leftAt, job }) => {
    const of = estate.jobs[job];
    return leftAt !== undefined && leftAt <= now && of
      ? [{ at: new Date(leftAt).toISOString(), job: { id: of.id, name: of.name } }]
      : [];
  });
