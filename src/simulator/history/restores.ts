import { isCopy } from '../estate/jobs.ts';
import type { Job, Machine, Protected } from '../estate/types.ts';
import { hash, normal, unit, whole } from '../random.ts';
import { HOUR, MINUTE, weekdayOf } from '../zone.ts';
import type { DayOptions } from './day.ts';
import { plainMinutes, speedOf } from './recovery-plan.ts';
import type { Result } from './runs.ts';
import type { SessionKind, SessionRow } from './sessions.ts';

const MONDAY = 0;
const WEDNESDAY = 2;
const SATURDAY = 5;
const SUNDAY = 6;

/**
 * Restores and verifications of a day, as any estate has them: over three months about every second machine is restored
 * once. One job is started in a lab each Wednesday and Sunday, and the points of one are scanned each Monday and Saturday.
 */
export function addRestores(rows: SessionRow[], day: number, from: number, options: DayOptions): void {
  const { estate, seed } = options;
  const total = estate.protected.length;
  const count = Math.floor(total / 150 + unit(seed, 710, day));
  for (let i = 0; i < count; i += 1) {
    const place = estate.protected[hash(seed, 711, day, i) % total];
    const row = place && restoreOf(place, day, i, from, options);
    if (row) rows.push(row);
  }
  const weekday = weekdayOf(day);
  if (weekday === WEDNESDAY || weekday === SUNDAY)
    addVerification(rows, day, from + 11 * HOUR + 1111, 'sureBackup', options);
  if (weekday === MONDAY || weekday === SATURDAY)
    addVerification(rows, day, from + 14 * HOUR + 2222, 'contentScan', options);
}

function restoreOf(
  place: Protected,
  day: number,
  i: number,
  from: number,
  { estate, runs, seed, neverRestored, recovery }: DayOptions,
): SessionRow | undefined {
  const job = estate.jobs[place.job];
  const machine = estate.machines[place.machine];
  const start = from + 8 * HOUR + Math.floor(unit(seed, 713, day, i) * 9 * HOUR);
  if (!job || !machine || neverRestored.has(place.index) || !isRestorable(job)) return undefined;
  if (runs.slotAt(job, start - 12 * HOUR) < runs.firstSlot(job)) return undefined; // nothing to restore from yet
  const kind = restoreKind(job, machine, unit(seed, 712, day, i));
  const result = restoreResult(seed, day, i);
  const minutes =
    result === 'Failed'
      ? whole(1, 3, seed, 716, day, i)
      : minutesOf(kind, speedOf(recovery, job.kind), machine, seed, day, i);
  return {
    start,
    end: start + Math.floor(minutes * MINUTE),
    kind,
    job: place.index,
    slot: day,
    attempt: i % 256,
    result,
    tasks: 1,
  };
}

const isRestorable = ({ kind, neverRan, isImported }: Job) =>
  !isCopy(kind) && kind !== 'replica' && !neverRan && !isImported;

function restoreKind({ kind }: Job, { isLinux }: Machine, draw: number): SessionKind {
  if (kind === 'nas') return 'nasRestore';
  const files = isLinux ? 'linuxFileRestore' : 'fileRestore';
  if (draw < 0.5) return files;
  if (kind === 'vsphere' || kind === 'hyperv') return draw < 0.85 ? 'restore' : 'instantRecovery';
  return kind === 'proxmox' || draw < 0.7 ? files : 'volumeRestore';
}

/** Browsers and mounts stay open until someone closes them; what copies a machine back takes as long as the machine is large. */
function minutesOf(
  kind: SessionKind,
  speed: ReturnType<typeof speedOf>,
  { provisionedBytes }: Machine,
  seed: number,
  day: number,
  i: number,
): number {
  if (kind === 'instantRecovery') return whole(60, 600, seed, 714, day, i);
  if (kind !== 'restore' && kind !== 'volumeRestore') return whole(5, 240, seed, 714, day, i);
  return plainMinutes(speed, provisionedBytes) * Math.exp(0.08 * normal(seed, 717, day, i));
}

const restoreResult = (seed: number, day: number, i: number): Result => {
  const draw = unit(seed, 715, day, i);
  if (draw < 0.03) return 'Failed';
  return draw < 0.08 ? 'Warning' : 'Success';
};

function addVerification(
  rows: SessionRow[],
  day: number,
  start: number,
  kind: 'sureBackup' | 'contentScan',
  { estate, runs, seed, neverRestored }: DayOptions,
): void {
  const candidates = estate.jobs.filter(
    (job) =>
      job.kind === 'vsphere' &&
      isRestorable(job) &&
      !Array.from({ length: job.count }, (_, slot) => job.first + slot).some((one) =>
        neverRestored.has(one),
      ) &&
      runs.slotAt(job, start - 12 * HOUR) >= runs.firstSlot(job),
  );
  const job = candidates[hash(seed, kind === 'sureBackup' ? 720 : 721, day) % Math.max(1, candidates.length)];
  if (!job) return;
  const minutes = kind === 'sureBackup' ? 12 + 5 * job.count : 9 * job.count;
  rows.push({
    start,
    end: start + minutes * MINUTE,
    kind,
    job: job.index,
    slot: day,
    attempt: 0,
    result: 'Success',
    tasks: job.count,
  });
}
