import { recoveryMessage, sessionId, sessionTypeOf } from '../api/session-view.ts';
import { scanResult } from '../api/task-view.ts';
import { type Task, tasksOf } from '../api/tasks.ts';
import { pointBefore } from '../history/point-before.ts';
import { isRecovery, isVerification, mountedAt, planOf, type TrialPlan } from '../history/recovery-plan.ts';
import type { SessionRow } from '../history/sessions.ts';
import type { World } from '../world.ts';
import { DAY, MINUTE } from '../zone.ts';

/** One attempt to bring a machine back, or to show that it would come. */
export type TrialTruth = {
  sessionId: string;
  /** null: the session has no task. */
  taskId: string | null;
  sessionType: string;
  class: 'FULL_VM' | 'DISK' | 'VOLUME' | 'INSTANT' | 'FLR' | 'SUREBACKUP' | 'CONTENT_SCAN' | 'OTHER';
  /** UNKNOWN: the session failed, and only its log says for which of its machines. */
  outcome: 'OK' | 'WARNING' | 'FAILED' | 'CANCELED' | 'RUNNING' | 'UNKNOWN';
  /** What really became of the machine, where that is not the same. */
  really: 'OK' | 'FAILED' | null;
  scanResult: string | null;
  startedAt: string;
  endedAt: string | null;
  /** From start to end, however odd; null: it goes on. */
  minutes: number | null;
  /** Of a mount: minutes until it could be used, or null if it cannot yet. */
  readyMinutes: number | null;
  /** Why the duration says nothing; null: it does. */
  excluded: 'NOT_POSITIVE' | 'TOO_LONG' | 'NO_DURATION' | null;
  point: { id: string; at: string } | null;
  /** Whether the answer of the server leads to the machine, by an id or only by a name. */
  ledBy: 'POINT' | 'NAME' | 'NOTHING';
  message: string | null;
};

const CLASSES: Record<string, TrialTruth['class']> = {
  RestoreVm: 'FULL_VM',
  DiskRestore: 'DISK',
  RestoreAgentVolumes: 'VOLUME',
  InstantRecovery: 'INSTANT',
  FileInstantRecovery: 'INSTANT',
  AzureInstantRecovery: 'INSTANT',
  FileLevelRestore: 'FLR',
  LinuxFileLevelRestore: 'FLR',
  SureBackup: 'SUREBACKUP',
  SureBackupContentScan: 'CONTENT_SCAN',
};

/** Sessions of restores and verifications that can be seen now, with the position of the machine; -1: none. */
export function* trialsOf(world: World, now: number): Generator<{ machine: number; trial: TrialTruth }> {
  const { columns } = world.timeline;
  const { from, to } = world.visible();
  for (let index = from; index < to; index += 1) {
    if (!isRecovery(columns.kind(index)) || columns.start(index) > now) continue;
    const row = columns.row(index);
    const tasks = [...tasksOf(world, index, row, now)];
    if (tasks.length === 0) yield { machine: -1, trial: trialOf(world, index, row, undefined, now) };
    for (const task of tasks)
      yield { machine: task.place.machine, trial: trialOf(world, index, row, task, now) };
  }
}

function trialOf(
  world: World,
  index: number,
  row: SessionRow,
  task: Task | undefined,
  now: number,
): TrialTruth {
  const plan = planOf(world.draft.recovery, row);
  const type = sessionTypeOf(row, undefined, world.settings.revision);
  const isDone = row.end <= now;
  const trialClass = plan?.jobId && type === 'SureBackup' ? 'CONTENT_SCAN' : (CLASSES[type] ?? 'OTHER');
  const minutes = isDone ? (row.end - row.start) / MINUTE : null;
  const ready = trialClass === 'INSTANT' ? mountedAt(row, plan) : Number.POSITIVE_INFINITY;
  return {
    sessionId: sessionId(world, index),
    taskId: task ? world.ids.of('task', index, task.n) : null,
    sessionType: type,
    class: trialClass,
    outcome: outcomeOf(row, isDone, plan),
    really: task && isDone && row.kind === 'sureBackup' ? reallyOf(row, task, plan) : null,
    scanResult: task && isVerification(row.kind) && isDone ? scanResult(world, task, plan) : null,
    startedAt: iso(row.start),
    endedAt: isDone ? iso(row.end) : null,
    minutes,
    readyMinutes: ready <= now ? (ready - row.start) / MINUTE : null,
    excluded: excludedOf(trialClass, minutes),
    ...pointOf(world, task, plan),
    message: isDone ? (recoveryMessage(world, row) ?? null) : null,
  };
}

function outcomeOf(row: SessionRow, isDone: boolean, plan: TrialPlan | undefined): TrialTruth['outcome'] {
  if (!isDone) return 'RUNNING';
  if (plan?.isCanceled) return 'CANCELED';
  if (row.result === 'Success') return 'OK';
  if (row.result === 'Warning') return 'WARNING';
  return isVerification(row.kind) && row.tasks > 1 ? 'UNKNOWN' : 'FAILED';
}

const reallyOf = (row: SessionRow, { place }: Task, plan: TrialPlan | undefined): 'OK' | 'FAILED' =>
  row.result === 'Failed' && (plan?.failed?.includes(place.index) ?? true) ? 'FAILED' : 'OK';

/** Browsers, mounts and verifications last as long as someone wants them to. */
function excludedOf(trialClass: TrialTruth['class'], minutes: number | null): TrialTruth['excluded'] {
  if (minutes !== null && minutes <= 0) return 'NOT_POSITIVE';
  if (minutes !== null && minutes * MINUTE > 7 * DAY) return 'TOO_LONG';
  return ['FULL_VM', 'DISK', 'VOLUME'].includes(trialClass) ? null : 'NO_DURATION';
}

function pointOf(
  world: World,
  task: Task | undefined,
  plan: TrialPlan | undefined,
): Pick<TrialTruth, 'point' | 'ledBy'> {
  if (!task) return { point: null, ledBy: 'NOTHING' };
  const isReplica = world.estate.jobs[task.place.job]?.kind === 'replica';
  const found = isReplica ? undefined : pointBefore(world, task.place, task.start, plan?.pointsBack);
  if (!found) return { point: null, ledBy: byName(world, task, plan) };
  const { kind } = world.timeline.columns.row(task.session);
  const hasId = plan?.pointId === undefined && (isVerification(kind) || world.draft.recovery.hasPointIds);
  return {
    point: { id: world.ids.of('point', task.place.index, found.slot), at: iso(found.created) },
    ledBy: hasId ? 'POINT' : byName(world, task, plan),
  };
}

/** A name leads to a machine if it is its own and no other's. */
function byName({ estate }: World, { place }: Task, plan: TrialPlan | undefined): 'NAME' | 'NOTHING' {
  const own = estate.machines[place.machine]?.name;
  if (plan?.taskName !== undefined && plan.taskName !== own) return 'NOTHING';
  return estate.machines.filter(({ name }) => name === own).length === 1 ? 'NAME' : 'NOTHING';
}

export const iso = (at: number): string => new Date(at).toISOString();
