import type { Job, Protected, Repository } from '../estate/types.ts';
import { plainMinutes, plannedSlot, speedOf, type TrialPlan } from '../history/recovery-plan.ts';
import type { Result } from '../history/runs.ts';
import type { SessionKind } from '../history/sessions.ts';
import { normal, whole } from '../random.ts';
import { DAY, HOUR, MINUTE } from '../zone.ts';
import { addJob, type JobWish, newRepository } from './capacity-bench.ts';
import type { Draft, Scenario } from './draft.ts';
import { addSession } from './estate-wide.ts';

const GIB = 2 ** 30;

/** A scenario whose truth file tells about recovery. */
export const told = (name: string, summary: string, inject: (draft: Draft) => void): Scenario => ({
  name,
  summary,
  inject: (draft) => {
    draft.recovery.isTold = true;
    inject(draft);
  },
});

/** Local time of an hour on a day before the start. */
export const hourBefore = ({ zone, now }: Draft, days: number, hour: number): number =>
  zone.toUtc((zone.dayOf(now) - days) * DAY + hour * HOUR);

type Server = { name: string; gib: number };

type ServerWish = Partial<Pick<Job, 'kind' | 'repository' | 'isHighPriority' | 'schedule'>> &
  Partial<Pick<JobWish, 'retentionDays' | 'fullWeekday' | 'gfs'>>;

/** A nightly job of servers whose names and sizes are given; two weeks of points, a full each weekend. */
export function addServers(draft: Draft, name: string, servers: Server[], wish: ServerWish = {}): Job {
  const { retentionDays = 14, fullWeekday = 5, gfs = { weekly: 0, monthly: 0, yearly: 0 }, ...rest } = wish;
  const size = { machines: servers.length, gib: 10, changeRate: 0.02 };
  const repository = wish.repository ?? mainRepository(draft);
  const job = addJob(draft, { name, repository, retentionDays, fullWeekday, gfs, ...size });
  Object.assign(job, rest);
  if (job.kind === 'hyperv')
    job.proxy = draft.estate.proxies.find(({ kind }) => kind === 'HvProxy')?.index ?? job.proxy;
  for (const [slot, { name: machineName, gib }] of servers.entries()) {
    const machine = draft.estate.machines[placeIn(draft, job, slot).machine];
    if (machine) Object.assign(machine, { name: machineName, provisionedBytes: gib * GIB, usedShare: 0.55 });
  }
  return job;
}

const mainRepository = ({ estate }: Draft): number =>
  estate.repositories.find(({ name }) => name.startsWith('Repository'))?.index ?? 0;

export function placeIn({ estate }: Draft, { first }: Job, slot: number): Protected {
  const place = estate.protected[first + slot];
  if (!place) throw new RangeError(`no machine ${slot} in the job`);
  return place;
}

/** A repository of a kind, on a host of its own kind or none. */
export const addTarget = (draft: Draft, name: string, rest: Partial<Repository> = {}): Repository =>
  newRepository(draft, { name, ...rest });

/** A copy job that copies what is new each morning. */
export function addCopyJob(draft: Draft, name: string, sources: Job[], repository: number): Job {
  const job = addEmpty(draft, name, repository);
  Object.assign(job, {
    kind: 'copyPeriodic',
    schedule: { kind: 'daily', minute: 8 * 60 },
    baseMinutes: 25,
    sources: sources.map(({ index }) => index),
  } satisfies Partial<Job>);
  const copied = sources.flatMap(({ first, count }) => draft.estate.protected.slice(first, first + count));
  addPlaces(draft, job, copied);
  return job;
}

/** A job that keeps replicas of machines of another one; every four hours. */
export function addReplicaJob(draft: Draft, name: string, of: Job, minutes = 240): Job {
  const job = addEmpty(draft, name, mainRepository(draft));
  Object.assign(job, {
    kind: 'replica',
    schedule: {
      kind: 'every',
      minutes,
      offset: whole(0, minutes / 5 - 1, draft.settings.seed, 220, job.index) * 5,
    },
    baseMinutes: 12,
  } satisfies Partial<Job>);
  readMachines(draft, job, draft.estate.protected.slice(of.first, of.first + of.count));
  return job;
}

/** A nightly job that reads machines that another job reads, too. */
export function addSecondJob(draft: Draft, name: string, places: Protected[]): Job {
  const job = addEmpty(draft, name, mainRepository(draft));
  readMachines(draft, job, places);
  return job;
}

const readMachines = (draft: Draft, job: Job, places: Protected[]): void =>
  addPlaces(
    draft,
    job,
    places.map(({ machine }, slot) => ({ machine, originJob: job.index, originSlot: slot })),
  );

const addEmpty = (draft: Draft, name: string, repository: number): Job =>
  addJob(draft, {
    name,
    repository,
    machines: 0,
    gib: 1,
    changeRate: 0.02,
    retentionDays: 14,
    fullWeekday: 5,
  });

function addPlaces(
  { estate }: Draft,
  job: Job,
  places: Pick<Protected, 'machine' | 'originJob' | 'originSlot'>[],
): void {
  job.count = places.length;
  for (const [slot, { machine, originJob, originSlot }] of places.entries())
    estate.protected.push({ index: job.first + slot, job: job.index, machine, slot, originJob, originSlot });
}

export type Trial = Partial<Omit<TrialPlan, 'places'>> & {
  at: number;
  /** Length of the session; absent: as long as the machine's size takes. */
  minutes?: number;
  result?: Result;
};

/** A session that restores one machine, as planned. */
export function addTrial(
  draft: Draft,
  kind: SessionKind,
  place: Protected,
  { at, minutes, result = 'Success', ...plan }: Trial,
): void {
  const length = minutes ?? restoreMinutes(draft, place, at);
  const end = at + Math.floor(length * MINUTE);
  const slot = plannedSlot(draft.recovery.trials.push({ places: [place.index], ...plan }) - 1);
  addSession(draft, { start: at, end, kind, job: place.index, slot, attempt: 0, result, tasks: 1 });
}

/** A session that verifies machines of a job. */
export function addVerification(
  draft: Draft,
  kind: 'sureBackup' | 'contentScan',
  job: Job,
  { at, minutes, result = 'Success', ...plan }: Trial & { tasks?: number },
): void {
  const places = Array.from({ length: job.count }, (_, slot) => job.first + slot);
  const slot = plannedSlot(draft.recovery.trials.push({ places, ...plan }) - 1);
  const end = at + Math.floor((minutes ?? 10 + 4 * job.count) * MINUTE);
  const tasks = plan.tasks ?? job.count;
  addSession(draft, { start: at, end, kind, job: job.index, slot, attempt: 0, result, tasks });
}

/** What a restore of the whole machine takes, a little more or less each time. */
function restoreMinutes({ estate, recovery, settings }: Draft, place: Protected, at: number): number {
  const job = estate.jobs[place.job];
  const bytes = estate.machines[place.machine]?.provisionedBytes ?? 0;
  const noise = Math.exp(0.06 * normal(settings.seed, 221, place.index, Math.floor(at / DAY)));
  return plainMinutes(speedOf(recovery, job?.kind ?? 'vsphere'), bytes) * noise;
}
