import { hash, unit, whole } from '../../random.ts';
import { DAY, HOUR, MINUTE } from '../../zone.ts';
import { isSlotOf, QUIET_DAYS, slotsOfItem } from '../runs.ts';
import type { StartedJob, StartedOperation } from '../started-jobs.ts';
import type { Item, Vault } from '../types.ts';
import type { AzureWorld } from '../world.ts';

type JobStatus = 'InProgress' | 'Completed' | 'CompletedWithWarnings' | 'Failed' | 'Cancelling' | 'Cancelled';
type JobOperation = StartedOperation;
export type Job = {
  item: Item;
  operation: JobOperation;
  id: string;
  startedAt: number;
  /** undefined: it is running. */
  endedAt: number | undefined;
  status: JobStatus;
  error: number;
  /** Of a job that a request started. */
  started?: StartedJob;
};

/** Kinds of ids, by which a job is found again: those of backups carry the slot, the others the day. */
const ID_KINDS = {
  Backup: 'job',
  Restore: 'session',
  ConfigureBackup: 'task',
  DisableBackup: 'object',
  DeleteBackupData: 'backup',
} as const;
type SeededOperation = keyof typeof ID_KINDS;
const OPERATIONS = Object.keys(ID_KINDS) as SeededOperation[];

/** Jobs of a vault from a day and an item on, newest day first. A position is the day, the item and the job in it. */
export function* jobsFrom(
  world: AzureWorld,
  vault: Vault,
  span: { from: number; to: number },
  now: number,
  position: string | undefined,
): Generator<[string, Job]> {
  const first = Math.floor((Math.max(span.from, world.historyStart) - DAY) / DAY);
  const start = position?.split('.').map(Number) ?? [Math.floor(Math.min(span.to, now) / DAY) + 1, 0, 0];
  let [day = 0, index = 0, rank = 0] = start;
  for (; day >= first; day -= 1, index = 0) {
    for (; index < world.count(vault); index += 1, rank = 0) {
      const jobs = jobsOfDay(world, world.item(vault, index), day, now);
      for (; rank < jobs.length; rank += 1) {
        const job = jobs[rank];
        if (job && job.startedAt >= span.from && job.startedAt <= span.to)
          yield [`${day}.${index}.${rank}`, job];
      }
    }
  }
}

/** How many jobs there are in a time. */
export function countJobs(
  world: AzureWorld,
  vault: Vault,
  span: { from: number; to: number },
  now: number,
): number {
  let count = 0;
  for (const _ of jobsFrom(world, vault, span, now, undefined)) count += 1;
  return count;
}

/** The job of an id, or undefined if there is none by now. */
export function findJob(world: AzureWorld, vault: Vault, id: string, now: number): Job | undefined {
  const started = world.jobs.find(id);
  if (started) return started.vault === vault ? startedJob(world, started, now) : undefined;
  const ids = world.ids(vault);
  for (const operation of OPERATIONS) {
    const [index, minute] = ids.read(ID_KINDS[operation], id) ?? [];
    if (index === undefined || minute === undefined || index >= world.count(vault)) continue;
    const item = world.item(vault, index);
    if (operation === 'Backup') return backupJob(world, item, minute * MINUTE, now);
    return otherJobs(world, item, Math.floor((minute * MINUTE) / DAY), now).find(
      (job) => job.id === id.toLowerCase(),
    );
  }
  return undefined;
}

/** One restore in ten fails, none of those that a scenario's findings would show. */
const RESTORES_FAIL = 0.1;
const RESTORE_ERROR = 2;

/** What a restore brings back, in the words that its job has for it; databases and shares have none. */
export function restoreKindOf({ item, startedAt, started }: Job): string | undefined {
  const { kind, vault, index } = item;
  if (started) return started.restoreKind;
  if (kind !== 'vm') return undefined;
  const draw = (hash(15, vault.index, index, Math.floor(startedAt / MINUTE)) % 100) / 100;
  if (draw < 0.5) return 'Recover disks';
  return draw < 0.8 ? 'Create virtual machine' : 'Replace existing disks';
}

/** The copy that a restore took: the newest one that was there when it began, unless a request named another. */
export function restoredPoint(world: AzureWorld, { item, startedAt, started }: Job): number | undefined {
  if (started) return started.pointAt;
  return world.runs.points(item, startedAt).next().value?.at;
}

/** The id of the backup of a slot. */
export const backupJobId = (world: AzureWorld, { vault, index }: Item, slot: number): string =>
  world.ids(vault).of('job', index, slot / MINUTE);

function jobsOfDay(world: AzureWorld, item: Item, day: number, now: number): Job[] {
  const backups = slotsOfItem(item, day)
    .toReversed()
    .flatMap((slot) => backupJob(world, item, slot, now) ?? []);
  const started = world.jobs
    .ofDay(item.vault, item.index, day)
    .filter(({ startedAt }) => startedAt <= now)
    .map((one) => startedJob(world, one, now));
  return [...backups, ...otherJobs(world, item, day, now), ...started];
}

function startedJob(world: AzureWorld, started: StartedJob, now: number): Job {
  const { id, vault, operation, startedAt, endsAt, error } = started;
  const isRunning = endsAt > now;
  const status = isRunning
    ? started.cancelledAt === undefined
      ? 'InProgress'
      : 'Cancelling'
    : started.outcome;
  const endedAt = isRunning ? undefined : endsAt;
  return { item: world.item(vault, started.item), operation, id, startedAt, endedAt, status, error, started };
}

function backupJob(world: AzureWorld, item: Item, slot: number, now: number): Job | undefined {
  const run = world.runs.at(item, slot, now);
  if (!run || !isSlotOf(item, slot)) return undefined;
  const isRunning = run.endsAt > now;
  return {
    item,
    operation: 'Backup',
    id: backupJobId(world, item, slot),
    startedAt: run.startedAt,
    endedAt: isRunning ? undefined : run.endsAt,
    status: isRunning ? (run.outcome === 'Cancelled' ? 'Cancelling' : 'InProgress') : run.outcome,
    error: run.error,
  };
}

/** Restores now and then, and jobs that change the protection. Days are those of UTC. */
function otherJobs(world: AzureWorld, item: Item, day: number, now: number): Job[] {
  const { state, index, vault, sizeBytes } = item;
  const { seed } = world.settings;
  const jobs: Job[] = [];
  const known = world.jobs.ofDay(vault, index, day);
  const add = (operation: SeededOperation, at: number, minutes: number, isFailing = false) => {
    if (Math.floor(at / DAY) !== day || at > now) return;
    if (operation !== 'Restore' && known.some((one) => one.operation === operation)) return;
    const endsAt = at + Math.round(minutes * MINUTE);
    const id = world.ids(vault).of(ID_KINDS[operation], index, Math.floor(at / MINUTE));
    const isRunning = endsAt > now;
    const status = isRunning ? 'InProgress' : isFailing ? 'Failed' : 'Completed';
    jobs.push({
      item,
      operation,
      id,
      startedAt: at,
      endedAt: isRunning ? undefined : endsAt,
      status,
      error: RESTORE_ERROR,
    });
  };
  const restoredAt =
    day * DAY + 9 * HOUR + whole(0, 360, seed, 742, vault.index * 100_000 + index, day) * MINUTE;
  const hasCopies =
    !state.isPending && state.purgedAt === undefined && restoredAt > state.protectedSince + 7 * DAY;
  if (hasCopies && unit(seed, 741, vault.index * 100_000 + index, day) < 0.004)
    add(
      'Restore',
      restoredAt,
      10 + (sizeBytes / 2 ** 30) * 0.3,
      restoredAt < world.start - QUIET_DAYS * DAY &&
        unit(seed, 743, vault.index * 100_000 + index, day) < RESTORES_FAIL,
    );
  if (state.protectedSince > world.historyStart) add('ConfigureBackup', state.protectedSince, 0.6);
  if (state.stoppedAt !== undefined) add('DisableBackup', state.stoppedAt, 0.5);
  if (state.deletedAt !== undefined) add('DeleteBackupData', state.deletedAt, 1.5);
  return jobs;
}
