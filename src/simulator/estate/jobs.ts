import type { Ids } from '../ids.ts';
import { normal, pick, unit, whole } from '../random.ts';
import { DAY } from '../zone.ts';
import { jobName, machineName, roleOf } from './names.ts';
import { type Estate, type Job, type JobKind, type Machine, SCALE_OUT_BASE, type Schedule } from './types.ts';

export type JobOptions = { seed: number; jobs: number; days: number; start: number; hostileNames: boolean };

/** What kind the jobs are, over and over again: even five jobs are of four kinds. */
const MIX: JobKind[] = [
  ...([
    'vsphere',
    'vsphere',
    'windowsAgent',
    'copyImmediate',
    'vsphere',
    'hyperv',
    'vsphere',
    'nas',
  ] as const),
  ...([
    'vsphere',
    'copyPeriodic',
    'vsphere',
    'linuxAgent',
    'vsphere',
    'replica',
    'vsphere',
    'vsphere',
  ] as const),
  ...(['proxmox', 'vsphere', 'hyperv', 'vsphere'] as const),
];

/** Fills the estate with jobs and what they protect. */
export function addJobs(estate: Estate, ids: Ids, options: JobOptions): void {
  for (let index = 0; index < options.jobs; index += 1) {
    const kind = MIX[index % MIX.length] ?? 'vsphere';
    const job = toJob(estate, ids, options, index, kind);
    estate.jobs.push(job);
    if (isCopy(kind)) addCopied(estate, job, options);
    else addMachines(estate, job, options);
  }
}

export const isCopy = (kind: JobKind): boolean => kind === 'copyPeriodic' || kind === 'copyImmediate';

function toJob(
  estate: Estate,
  ids: Ids,
  { seed, start, days, hostileNames }: JobOptions,
  index: number,
  kind: JobKind,
): Job {
  const job: Job = {
    index,
    id: ids.of('job', index),
    name: jobName(seed, index, kind, hostileNames),
    description: 'Created by VBR01\\administrator',
    kind,
    repository: targetOf(estate, seed, index, kind),
    proxy: proxyOf(estate, seed, index, kind),
    schedule: scheduleOf(seed, index, kind, days),
    retryCount: 3,
    retryWaitMinutes: 10,
    baseMinutes: kind === 'nas' ? whole(30, 90, seed, 303, index) : whole(8, 55, seed, 303, index),
    fullWeekday: whole(4, 6, seed, 304, index),
    isActiveFull: unit(seed, 305, index) < 0.5,
    retentionDays: pick([7, 14, 14, 21, 30], seed, 306, index),
    gfs:
      unit(seed, 307, index) < 0.35
        ? { weekly: 4, monthly: 12, yearly: 1 }
        : { weekly: 0, monthly: 0, yearly: 0 },
    isEncrypted: unit(seed, 308, index) < 0.06,
    hasLogBackup: kind === 'vsphere' && roleOf(seed, index) === 'SQL',
    isHighPriority: unit(seed, 309, index) < 0.1,
    first: estate.protected.length,
    count: 0,
    sources: [],
  };
  if (index % 33 === 32) job.disabledSince = start + Math.floor(days * 0.3) * DAY;
  return job;
}

function scheduleOf(seed: number, index: number, kind: JobKind, days: number): Schedule {
  const step = whole(0, 119, seed, 310, index) * 5;
  if (kind === 'copyImmediate') return { kind: 'daily', minute: 0 };
  if (kind === 'copyPeriodic') return { kind: 'daily', minute: (8 * 60 + (step % 180)) % 1440 };
  const draw = index < 4 ? 0.5 : unit(seed, 311, index); // the first jobs are plain ones, so that there is something to copy
  if (kind === 'replica' || (kind === 'vsphere' && draw < 0.07))
    return { kind: 'every', minutes: 240, offset: step % 240 };
  const minute = (18 * 60 + step) % 1440;
  if (kind === 'vsphere' && draw > 0.95 && days >= 28)
    return { kind: 'weekly', weekday: whole(0, 6, seed, 312, index), minute };
  return { kind: 'daily', minute };
}

function targetOf(estate: Estate, seed: number, index: number, kind: JobKind): number {
  const named = (name: string) =>
    Math.max(
      0,
      estate.repositories.findIndex((one) => one.name === name),
    );
  if (kind === 'copyImmediate') return named('Azure offsite');
  if (kind === 'copyPeriodic') return named(index % 40 < 20 ? 'NAS share' : 'Data Domain');
  if (kind === 'nas') return named('NFS export');
  if (index % 11 === 4) return named('Shared volume A');
  if (index % 11 === 8) return named('Shared volume B');
  if (index % 5 === 1) return SCALE_OUT_BASE;
  const main = estate.repositories.filter(({ name }) => name.startsWith('Repository'));
  return whole(0, main.length - 1, seed, 313, index);
}

function proxyOf(estate: Estate, seed: number, index: number, kind: JobKind): number {
  const wanted =
    { hyperv: 'HvProxy', nas: 'GeneralPurposeProxy', proxmox: 'PVE' }[kind as string] ?? 'ViProxy';
  const fitting = estate.proxies.filter((proxy) => proxy.kind === wanted && !proxy.isDisabled);
  return pick(fitting, seed, 314, index).index;
}

function addMachines(estate: Estate, job: Job, { seed, hostileNames }: JobOptions): void {
  job.count = job.kind === 'nas' ? 1 : whole(1, 7, seed, 320, job.index);
  for (let slot = 0; slot < job.count; slot += 1) {
    const machine = toMachine(seed, job, estate.machines.length, hostileNames);
    estate.machines.push(machine);
    const place = { index: job.first + slot, job: job.index, machine: machine.index, slot };
    estate.protected.push({ ...place, originJob: job.index, originSlot: slot });
  }
}

function toMachine(seed: number, job: Job, index: number, isHostile: boolean): Machine {
  const gib = Math.round(Math.min(3000, Math.max(30, Math.exp(5 + 0.8 * normal(seed, 330, index)))));
  return {
    index,
    name: machineName(seed, job.index, job.kind, index, isHostile),
    host: `esx${String((job.index % 8) + 1).padStart(2, '0')}.corp.example`,
    isLinux: job.kind === 'linuxAgent' || (job.kind !== 'windowsAgent' && unit(seed, 331, index) < 0.3),
    provisionedBytes: gib * 2 ** 30,
    usedShare: 0.35 + 0.4 * unit(seed, 332, index),
    growthPerDay: 0.0002 + 0.0008 * unit(seed, 333, index),
    changeRate: 0.01 + 0.04 * unit(seed, 334, index),
  };
}

/** A copy job copies up to three jobs that come before it and that keep files themselves. */
function addCopied(estate: Estate, job: Job, { seed }: JobOptions): void {
  const keeping = estate.jobs.filter(
    (one) => ['vsphere', 'hyperv'].includes(one.kind) && one.schedule.kind === 'daily' && !one.disabledSince,
  );
  const wanted = whole(1, 3, seed, 340, job.index);
  job.sources = keeping.slice(-wanted).map(({ index }) => index);
  const copied = job.sources.flatMap((source) => protectedBy(estate, source));
  job.count = copied.length;
  for (const [slot, { machine, originJob, originSlot }] of copied.entries()) {
    estate.protected.push({ index: job.first + slot, job: job.index, machine, slot, originJob, originSlot });
  }
}

function protectedBy(estate: Estate, job: number) {
  const { first = 0, count = 0 } = estate.jobs[job] ?? {};
  return estate.protected.slice(first, first + count);
}
