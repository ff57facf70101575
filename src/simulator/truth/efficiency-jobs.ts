import { platformName } from '../api/platforms.ts';
import { isKnownJob, type Job, type Repository } from '../estate/types.ts';
import type { World } from '../world.ts';
import { addFile, type FileKind, filesOf, noFiles, type Sums } from './efficiency-files.ts';

/** How well the data of one backup reduce. */
export type JobReduction = {
  /** null: the backup is without a job. */
  jobId: string | null;
  backupId: string;
  name: string;
  platform: string;
  /** False: its files are on an appliance, which reduces where files do not show it. */
  isMeasurable: boolean;
  full: Sums;
  increment: Sums;
  all: Sums;
  /** Data of the increments by data of the full before each; null without any. */
  changeRate: number | null;
  /** How the factor develops, for each kind alike; null: something happened, and no class is the right one. */
  trend: { percentIn30Days: number; class: 'DEGRADING' | 'STABLE' | 'IMPROVING' } | null;
};

/** One for each backup that has files. */
export function reductionsOf(world: World, now: number): JobReduction[] {
  return world.estate.jobs
    .filter(({ kind }) => kind !== 'replica')
    .map((job) => reductionOf(world, job, now))
    .filter(({ all }) => all.files > 0);
}

function reductionOf(world: World, job: Job, now: number): JobReduction {
  const sums: Record<FileKind | 'ALL', Sums> = { FULL: noFiles(), INCREMENT: noFiles(), ALL: noFiles() };
  const kinds = new Set<Repository['kind'] | undefined>();
  const change = { bytes: 0, before: 0 };
  let full = { place: -1, bytes: 0 };
  for (const file of filesOf(world, job, now)) {
    addFile(sums[file.kind], file);
    addFile(sums.ALL, file);
    kinds.add(world.estate.repositories[file.repository]?.kind);
    const bytes = file.listed.dataSize ?? 0;
    if (file.kind === 'FULL') full = { place: file.place.index, bytes };
    else if (full.place === file.place.index && full.bytes > 0 && bytes > 0) {
      change.bytes += bytes;
      change.before += full.bytes;
    }
  }
  return {
    jobId: isKnownJob(job, now) ? job.id : null,
    backupId: world.ids.of('backup', job.index),
    name: job.name,
    platform: platformName(job.kind, world.settings.revision),
    isMeasurable: !APPLIANCES.some((kind) => kinds.has(kind)),
    full: sums.FULL,
    increment: sums.INCREMENT,
    all: sums.ALL,
    changeRate: change.before > 0 ? change.bytes / change.before : null,
    trend: trendOf(world, job),
  };
}

export const APPLIANCES: Repository['kind'][] = ['DellDataDomain', 'HPEStoreOnce'];

/** A change of less than a percent in a month is none. */
function trendOf({ draft }: World, { index, sources }: Job): JobReduction['trend'] {
  const jobs = [index, ...sources];
  if (draft.efficiency?.anomalies.some(({ job }) => jobs.includes(job))) return null;
  const percentIn30Days = draft.efficiency?.trends.get(index) ?? 0;
  if (Math.abs(percentIn30Days) < 1) return { percentIn30Days, class: 'STABLE' };
  return { percentIn30Days, class: percentIn30Days < 0 ? 'DEGRADING' : 'IMPROVING' };
}
