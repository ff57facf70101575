import { DOMAIN } from '../estate/names.ts';
import type { Growth, Job, Repository, ScaleOut } from '../estate/types.ts';
import { unit, whole } from '../random.ts';
import { DAY, HOUR } from '../zone.ts';
import type { Draft, SpacePlan } from './draft.ts';

const GIB = 2 ** 30;

/** Local time of an hour on a day, counted from the day of the start. */
export const hourOf = ({ zone, now }: Draft, day: number, hour: number): number =>
  zone.toUtc((zone.dayOf(now) + day) * DAY + hour * HOUR);

export type RepositoryWish = Pick<Repository, 'name'> & Partial<Repository>;

/** As `newRepository`; the truth looks ahead for it. */
export function addRepository(
  draft: Draft,
  wish: RepositoryWish,
  plan: Omit<SpacePlan, 'repository'>,
): Repository {
  const repository = newRepository(draft, wish);
  draft.plans.push({ ...plan, repository: repository.index });
  return repository;
}

/** Adds a repository on a Linux host; `wish` overrides everything. */
export function newRepository(draft: Draft, wish: RepositoryWish): Repository {
  const { estate, ids, settings } = draft;
  const index = estate.repositories.length;
  const folder = wish.name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  const repository: Repository = {
    index,
    id: ids.of('repository', index),
    description: 'Created by VBR01\\administrator',
    kind: 'LinuxLocal',
    server: hostOf(draft, 'LinuxHost'),
    path: `/mnt/${folder}`,
    capacityBytes: 0,
    foreignBytes: whole(20, 60, settings.seed, 210, index) * GIB,
    isOnline: true,
    immutableDays: 0,
    volume: index,
    ...wish,
  };
  estate.repositories.push(repository);
  return repository;
}

/** The last repository host with an operating system. */
export const hostOf = ({ estate }: Draft, kind: 'LinuxHost' | 'WindowsHost'): number =>
  estate.servers.findLast((one) => one.kind === kind && one.description === 'Backup repository')?.index ?? 0;

/** Adds a scale-out repository; its extents are added afterwards. */
export function addScaleOut({ estate, ids }: Draft, name: string, moveAfterDays: number): ScaleOut {
  const index = estate.scaleOuts.length;
  const scaleOut: ScaleOut = {
    index,
    id: ids.of('repository', 1_000_000 + index),
    name,
    description: 'Scale-out backup repository',
    extents: [],
    moveAfterDays,
  };
  estate.scaleOuts.push(scaleOut);
  return scaleOut;
}

export type JobWish = Partial<Pick<Job, 'retentionDays' | 'gfs' | 'fullWeekday' | 'immutableDays'>> & {
  name: string;
  /** Position of a repository, or of a scale-out repository as jobs point at it. */
  repository: number;
  /** Machines, and the data of each in GiB. */
  machines: number;
  gib: number;
  /** Share of the data that changes in a day. */
  changeRate: number;
  growth?: Growth;
};

/** Longer than any history and look ahead: nothing is released. */
const FOR_EVER = 1500;

/**
 * Adds a nightly job whose backups make up the use of a repository. Without a wish it makes one full and increments for
 * ever, and keeps them all.
 */
export function addJob(draft: Draft, wish: JobWish): Job {
  const { estate, ids, settings } = draft;
  const index = estate.jobs.length;
  const job: Job = {
    index,
    id: ids.of('job', index),
    description: 'Created by VBR01\\administrator',
    kind: 'vsphere',
    proxy: estate.proxies.find(({ kind, isDisabled }) => kind === 'ViProxy' && !isDisabled)?.index ?? 0,
    schedule: { kind: 'daily', minute: 19 * 60 + whole(0, 47, settings.seed, 211, index) * 5 },
    retryCount: 3,
    retryWaitMinutes: 10,
    baseMinutes: whole(20, 45, settings.seed, 212, index),
    fullWeekday: -1,
    isActiveFull: true,
    retentionDays: FOR_EVER,
    gfs: { weekly: 0, monthly: 0, yearly: 0 },
    isEncrypted: false,
    hasLogBackup: false,
    isHighPriority: false,
    first: estate.protected.length,
    count: wish.machines,
    sources: [],
    ...wish,
  };
  estate.jobs.push(job);
  draft.taken.add(index);
  draft.posture.licence.licensed += wish.machines;
  for (let slot = 0; slot < wish.machines; slot += 1) addMachine(draft, job, slot, wish);
  return job;
}

function addMachine({ estate, settings }: Draft, job: Job, slot: number, wish: JobWish): void {
  const index = estate.machines.length;
  const place = { index: job.first + slot, job: job.index, machine: index, slot };
  estate.protected.push({ ...place, originJob: job.index, originSlot: slot });
  const usedShare = 0.4 + 0.2 * unit(settings.seed, 213, index);
  estate.machines.push({
    index,
    name: `${wish.name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}-${String(index + 1).padStart(3, '0')}`,
    host: `esx01.${DOMAIN}`,
    isLinux: slot % 2 === 1,
    provisionedBytes: Math.round(wish.gib / usedShare) * GIB,
    usedShare,
    growthPerDay: 0,
    changeRate: wish.changeRate,
    ...(wish.growth && { growth: wish.growth }),
  });
}
