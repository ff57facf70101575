import { DAY, MINUTE } from '../../zone.ts';
import { ArmFailure, badRequest, VM_NOT_FOUND } from '../errors.ts';
import { sourceId } from '../ids.ts';
import { startOperation } from '../operations.ts';
import { localDayOf } from '../policies.ts';
import { backupMinutes, isSlotOf, stamp } from '../runs.ts';
import type { Item, OnDemand } from '../types.ts';
import { keyOf } from '../world.ts';
import { type Call, ITEM, type Result, type Routes, VAULT } from './call.ts';
import { itemOf, vaultOf } from './find.ts';
import { isSoftDeleted, isStopped } from './item-view.ts';
import { isCancellable } from './job-view.ts';
import { findJob, type Job } from './jobs.ts';
import { accept, jobIdFor, linksOf, type Properties, propertiesOf, textIn } from './write-call.ts';

/** Kinds of items, and what a request for a backup of them is called. */
const REQUESTS = {
  vm: 'IaasVMBackupRequest',
  sql: 'AzureWorkloadBackupRequest',
  files: 'AzureFileShareBackupRequest',
} as const;
/** A copy that nobody said more about. */
const USUAL_DAYS = 30;
const MOST_DAYS = 9999;
const FAILS_AFTER = 4;

export const backupWrites: Routes = {
  [`POST ${ITEM}/backup`]: triggerBackup,
  [`POST ${VAULT}/backupJobs/{job}/cancel`]: cancelJob,
};

/** The operation ends with a job, which goes on in the time of the simulator; its copy is there when it has ended. */
function triggerBackup(call: Call): Result {
  const item = itemOf(call);
  const { now } = call;
  const properties = propertiesOf(call);
  if (textIn(properties, 'objectType') !== REQUESTS[item.kind])
    throw badRequest(`Input provided for the call is invalid: objectType has to be ${REQUESTS[item.kind]}`);
  if (isStopped(item, now) || isSoftDeleted(item, now))
    throw new ArmFailure(
      400,
      'UserErrorProtectionStopped',
      'Protection of the item is stopped. Resume protection before a backup is triggered.',
    );
  const expiresAt = expiryIn(properties, now);
  const jobId = jobIdFor(call, item.vault);
  const error = refusalOf(call, item);
  return accept(call, {
    kind: 'backup',
    below: parentOf(call.path),
    lock: keyOf(item.vault, item.index),
    jobId,
    ...(error && { error }),
    effect: (at) => beginBackup(call, item, jobId, at, expiresAt),
  });
}

/** @throws ArmFailure 400 for a time that has passed, or is more than 9,999 days ahead */
function expiryIn(properties: Properties, now: number): number | undefined {
  const text = textIn(properties, 'recoveryPointExpiryTimeInUTC');
  if (text === undefined) return undefined;
  const at = Date.parse(text);
  if (at > now && at <= now + (MOST_DAYS + 1) * DAY) return at;
  throw badRequest(
    'Input provided for the call is invalid: recoveryPointExpiryTimeInUTC has to be a time to come',
  );
}

/** Why the operation will fail that is accepted. */
function refusalOf({ world, now }: Call, item: Item) {
  if (world.writes.goneMachines.has(sourceId(item).toLowerCase())) return VM_NOT_FOUND;
  if (!isBackingUp(world, item, now)) return undefined;
  const message = 'Unable to initiate backup as another backup operation is currently in progress.';
  return { code: 'UserErrorBackupOperationInProgress', message };
}

function isBackingUp(world: Call['world'], item: Item, now: number): boolean {
  const day = localDayOf(item.policy, now);
  const runs = [...world.runs.ofDay(item, day - 1, now), ...world.runs.ofDay(item, day, now)];
  return [...runs, ...(item.state.onDemand ?? [])].some(
    ({ startedAt, endsAt }) => startedAt <= now && endsAt > now,
  );
}

function beginBackup({ world }: Call, before: Item, jobId: string, at: number, expiresAt?: number): void {
  const { vault, index, sizeBytes } = before;
  const { state } = world.item(vault, index);
  const { writes } = world;
  const isFailing = state.failing !== undefined || writes.failingJobs > 0;
  if (writes.failingJobs > 0) writes.failingJobs -= 1;
  const minutes = isFailing ? FAILS_AFTER : backupMinutes(sizeBytes);
  const run: OnDemand = {
    slot: freeSlot(world.item(vault, index), at),
    startedAt: at,
    endsAt: at + Math.round(minutes * MINUTE),
    outcome: isFailing ? 'Failed' : 'Completed',
    error: state.failing?.error ?? 0,
    expiresAt: expiresAt ?? at + USUAL_DAYS * DAY,
    jobId,
  };
  world.change(vault, index, { onDemand: [...(state.onDemand ?? []), run] });
  const bag = { 'Recovery Point Expiry Time in UTC': stamp(run.expiresAt) };
  const { startedAt, endsAt, outcome, error } = run;
  world.jobs.add({
    id: jobId,
    vault,
    item: index,
    operation: 'Backup',
    startedAt,
    endsAt,
    outcome,
    error,
    bag,
  });
}

/** Points are named by their minute: a backup of the schedule has its own. */
function freeSlot(item: Item, at: number): number {
  const slot = Math.floor(at / MINUTE) * MINUTE;
  return isSlotOf(item, slot) ? slot + MINUTE : slot;
}

/** There is no document of its state: only a place that says 204 when it is done. */
function cancelJob(call: Call): Result {
  const vault = vaultOf(call);
  const job = findJob(call.world, vault, call.ids.job ?? '', call.now);
  if (!job) throw new ArmFailure(404, 'BMSUserErrorObjectNotFound', `There is no job ${call.ids.job ?? ''}`);
  if (!isCancellable(job))
    throw new ArmFailure(
      400,
      'BMSUserErrorInvalidJobState',
      `The job is ${job.status} and cannot be cancelled: only backups and restores in progress can.`,
    );
  const below = parentOf(call.path);
  const id = startOperation(call.world, {
    kind: 'cancel',
    place: below.toLowerCase(),
    effect: (at) => cancel(call, job, at),
  });
  if (!call.world.operations.get(id)?.error) markCancelling(call, job);
  return { status: 202, body: undefined, headers: linksOf(call, 'cancel', below, id) };
}

function markCancelling(call: Call, job: Job): void {
  const until = call.now + call.world.writes.seconds * 1000;
  if (job.started) job.started.cancelledAt = until;
  else cancelScheduled(call, job, until);
}

/** Unless it has ended by itself meanwhile. */
function cancel(call: Call, { item, started, ...job }: Job, at: number): void {
  if (!started) {
    cancelScheduled(call, { item, ...job }, at);
    return;
  }
  if (started.endsAt <= at) return;
  Object.assign(started, { endsAt: at, outcome: 'Cancelled', cancelledAt: at });
  const { onDemand } = call.world.item(item.vault, item.index).state;
  if (!onDemand) return;
  const end = { endsAt: at, outcome: 'Cancelled' as const };
  call.world.change(item.vault, item.index, {
    onDemand: onDemand.map((run) => (run.jobId === started.id ? { ...run, ...end } : run)),
  });
}

/** Jobs of the schedule are worked out anew whenever they are asked for: only that one was cancelled is kept. */
function cancelScheduled({ world }: Call, { item, startedAt }: Job, at: number): void {
  const { vault, index } = item;
  const day = localDayOf(item.policy, startedAt);
  const run = [...world.runs.ofDay(item, day - 1, startedAt), ...world.runs.ofDay(item, day, startedAt)].find(
    (one) => one.startedAt === startedAt,
  );
  if (!run || run.endsAt <= at) return;
  const { cancelled } = world.item(vault, index).state;
  world.change(vault, index, { cancelled: new Map([...(cancelled ?? []), [run.slot, at]]) });
}

const parentOf = (path: string) => path.slice(0, path.lastIndexOf('/'));
