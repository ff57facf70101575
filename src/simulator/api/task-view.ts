import { spell } from '../contract/enums.ts';
import type { RevisionIndex } from '../contract/revisions.ts';
import { pointBefore } from '../history/point-before.ts';
import { isRestore, isVerification, planOf, type TrialPlan } from '../history/recovery-plan.ts';
import type { SessionKind } from '../history/sessions.ts';
import type { Visible } from '../history/visible.ts';
import { ZERO_ID } from '../ids.ts';
import { hash } from '../random.ts';
import type { World } from '../world.ts';
import { filterRows, orderRows, type Row } from './list.ts';
import { malwareAt } from './malware.ts';
import { platformId, platformName } from './platforms.ts';
import { firstOf, numberOf, type Query, textOf } from './query.ts';
import {
  failureMessage,
  jobOf,
  progressOf,
  recoveryMessage,
  sessionId,
  sessionTypeOf,
} from './session-view.ts';
import { isActiveFull, type Task, tasksOf } from './tasks.ts';

/** The task session as the API shows it; the variant follows from what the session does. */
export function toTaskSession(world: World, task: Task, revision: RevisionIndex): Row {
  const row = world.timeline.columns.row(task.session);
  const job = jobOf(world, row);
  const plan = planOf(world.draft.recovery, row);
  const common = {
    id: world.ids.of('task', task.session, task.n),
    sessionId: sessionId(world, task.session),
    sessionType: sessionTypeOf(row, job, revision),
    creationTime: world.stamps.zoned(task.start),
    ...(task.state === 'Stopped' && { endTime: world.stamps.zoned(task.end) }),
    name: plan?.taskName ?? world.estate.machines[task.place.machine]?.name ?? '',
  };
  if (isVerification(row.kind))
    return { ...common, ...restoredPoint(world, task, plan), ...scanOf(world, task, plan) };
  const live = {
    usn: task.session * 1000 + (task.state === 'Stopped' ? 999 : task.percent),
    state: task.state,
    result: resultOf(world, task),
  };
  if (!job) {
    const point = world.draft.recovery.hasPointIds ? restoredPoint(world, task, plan) : {};
    return { ...common, type: 'Restore', ...point, ...live };
  }
  const progress = {
    progress: progressOf(
      { processed: task.processed, read: task.read, sent: task.sent },
      aboutProgress(task),
    ),
  };
  if (job.kind === 'replica')
    return {
      ...common,
      type: 'Replica',
      ...replicaPoint(world, task),
      ...algorithmOf(world, task),
      ...live,
      ...progress,
    };
  return {
    ...common,
    type: 'Backup',
    ...pointOf(world, task),
    ...algorithmOf(world, task),
    repositoryId: world.estate.repositories[world.storage.repositoryOf(task.place, task.start)]?.id,
    ...live,
    ...progress,
    ...(revision === 2 && {
      platformType: platformName(job.kind, revision),
      platformId: platformId(job.kind),
    }),
  };
}

const aboutProgress = (task: Task) => ({
  seconds: Math.max(1, (Math.min(task.end, task.start + 86_400_000) - task.start) / 1000),
  percent: task.percent,
  n: hash(task.session, task.n),
});

/** The best reason of a failure is here. */
function resultOf(world: World, task: Task): Row {
  if (task.result === 'None') return { result: 'None', isCanceled: false };
  if (task.result === 'Success') return { result: 'Success', message: 'Success', isCanceled: false };
  const row = world.timeline.columns.row(task.session);
  if (planOf(world.draft.recovery, row)?.isCanceled) return { result: 'Failed', isCanceled: true };
  if (task.result === 'Warning') return { result: 'Warning', message: WARNING, isCanceled: false };
  const planned = jobOf(world, row) ? undefined : recoveryMessage(world, row);
  if (planned !== undefined) return { result: 'Failed', message: planned, isCanceled: false };
  if (!task.run?.cause) return { result: 'Failed', isCanceled: false };
  return {
    result: 'Failed',
    message: failureMessage(world, row, task.run, task.place.slot),
    isCanceled: false,
  };
}

const WARNING =
  'Guest processing skipped (check guest OS VSS state and hypervisor integration components version)';

function algorithmOf(world: World, { run, place }: Task): Row {
  if (!run) return { algorithm: 'None' };
  if (!run.isFull) return { algorithm: 'Increment' };
  return { algorithm: isActiveFull(world, world.estate.jobs[place.job], run) ? 'Full' : 'Synthetic' };
}

function pointOf({ ids }: World, { hasPoint, place, run }: Task): Row {
  if (!hasPoint || !run) return {};
  const id = ids.of('point', place.index, run.slot);
  return { restorePointId: id, restorePointReference: `/api/v1/restorePoints/${id}` };
}

function replicaPoint({ ids }: World, { hasPoint, place, run }: Task): Row {
  if (!hasPoint || !run) return {};
  const id = ids.of('replicaPoint', place.index, run.slot);
  return { replicaPointId: id, replicaPointReference: `/api/v1/replicaPoints/${id}` };
}

/** The point that a task has started from: a replica has no backup's, and some sessions do not say. */
function restoredPoint(world: World, task: Task, plan: TrialPlan | undefined): Row {
  const job = world.estate.jobs[task.place.job];
  if (plan?.pointId === 'absent' || job?.kind === 'replica') return {};
  if (plan?.pointId === 'null') return { restorePointId: null };
  if (plan?.pointId === 'zero') return { restorePointId: ZERO_ID };
  const found = pointBefore(world, task.place, task.start, plan?.pointsBack);
  const slot = plan?.pointId === 'gone' ? -1 : found?.slot;
  if (slot === undefined) return {};
  const id = world.ids.of('point', task.place.index, slot);
  return { restorePointId: id, restorePointReference: `/api/v1/restorePoints/${id}` };
}

function scanOf(world: World, task: Task, plan: TrialPlan | undefined): Row {
  const isDone = task.state === 'Stopped';
  return {
    type: 'Antivirus',
    scanType: plan?.scan?.type ?? 'Antivirus',
    scanResult: isDone ? scanResult(world, task, plan) : 'None',
    scanState: isDone ? 'Finished' : 'InProgress',
    antivirusName: 'Windows Defender',
  };
}

/** A scan finds what is known by then. */
export function scanResult(world: World, task: Task, plan: TrialPlan | undefined): string {
  if (plan?.scan?.result) return plan.scan.result;
  const point = pointBefore(world, task.place, task.start, plan?.pointsBack);
  const isInfected = point && malwareAt(world, task.place, point.created, task.end) === 'Infected';
  return isInfected ? 'Infected' : 'Clean';
}

export type FoundTasks = {
  length: number;
  slice: (skip: number, limit: number) => [number, number][];
  sessions: () => Iterable<number>;
};

/**
 * Task sessions that a query asks for. A task begins with its session, so that in the order of creation only the sessions
 * have to be looked at; everything else needs the tasks of the sessions that can matter.
 */
export function findTasks(world: World, query: Query, revision: RevisionIndex, visible: Visible): FoundTasks {
  const column = textOf(query, 'orderColumn') ?? 'CreationTime';
  const filters = [...query.keys()].filter((name) => name.endsWith('Filter') && !name.startsWith('created'));
  const [from, to] = sessionRange(world, query, visible);
  if (column === 'CreationTime' && filters.length === 0)
    return byCreation(world, from, to, firstOf(query, 'orderAsc') === true);
  return byRows(world, query, revision, visible.now, from, to);
}

/** Places of sessions whose tasks can match the limits of time and the session asked for. */
function sessionRange(
  { timeline: { columns }, ids }: World,
  query: Query,
  visible: Visible,
): [number, number] {
  const [only] = ids.read('session', textOf(query, 'sessionIdFilter') ?? '') ?? [];
  if (only !== undefined && only >= visible.from && only < visible.to) return [only, only + 1];
  const after = numberOf(query, 'createdAfterFilter');
  const before = numberOf(query, 'createdBeforeFilter');
  const from = after === undefined ? visible.from : Math.max(visible.from, columns.firstFrom(after));
  return [from, before === undefined ? visible.to : Math.min(visible.to, columns.firstFrom(before + 1))];
}

function byCreation(
  { timeline: { columns } }: World,
  from: number,
  to: number,
  isAscending: boolean,
): FoundTasks {
  const first = columns.tasksBefore(from);
  const length = Math.max(0, columns.tasksBefore(Math.max(from, to)) - first);
  const at = (position: number): [number, number] => {
    const wanted = first + (isAscending ? position : length - 1 - position);
    let [low, high] = [from, to];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (columns.tasksBefore(middle + 1) <= wanted) low = middle + 1;
      else high = middle;
    }
    return [low, wanted - columns.tasksBefore(low)];
  };
  return {
    length,
    slice: (skip, limit) => Array.from({ length: limit }, (_, i) => at(skip + i)),
    sessions: () => new Set(Array.from({ length: Math.min(length, 1000) }, (_, i) => at(i)[0])),
  };
}

function byRows(
  world: World,
  query: Query,
  revision: RevisionIndex,
  now: number,
  from: number,
  to: number,
): FoundTasks {
  const rows = filterRows(
    withSessionType(query),
    [...candidates(world, query, revision, now, from, to)],
    world.zone,
  );
  const ordered = orderRows(query, rows, world.zone);
  const pairs = ordered.map(({ id }) => world.ids.read('task', String(id)) ?? [-1, -1]) as [number, number][];
  return {
    length: pairs.length,
    slice: (skip, limit) => pairs.slice(skip, skip + limit),
    sessions: () => new Set(pairs.map(([session]) => session)),
  };
}

/** Without an order the newest come first. */
function* candidates(
  world: World,
  query: Query,
  revision: RevisionIndex,
  now: number,
  from: number,
  to: number,
): Generator<Row> {
  const { columns } = world.timeline;
  const endedAfter = numberOf(query, 'endedAfterFilter') ?? Number.NEGATIVE_INFINITY;
  const sessionType = textOf(query, 'sessionTypeFilter');
  const wanted = textOf(query, 'resultFilter');
  const type = textOf(query, 'typeFilter');
  for (let session = to - 1; session >= from; session -= 1) {
    if (
      columns.tasksBefore(session + 1) === columns.tasksBefore(session) ||
      columns.end(session) < endedAfter
    )
      continue;
    if (type && taskTypeOf(world, columns.kind(session), columns.job(session)) !== type) continue;
    const row = columns.row(session);
    // A session is at least as bad as its worst object, so a good one has none that failed or warned.
    if ((wanted === 'Failed' || wanted === 'Warning') && row.result === 'Success') continue;
    if (
      sessionType &&
      spell('ESessionType', sessionTypeOf(row, jobOf(world, row), revision), revision) !== sessionType
    )
      continue;
    for (const task of tasksOf(world, session, row, now)) yield toTaskSession(world, task, revision);
  }
}

/** All tasks of a session are of one type. */
function taskTypeOf({ estate }: World, kind: SessionKind, job: number): string {
  if (isVerification(kind)) return 'Antivirus';
  if (isRestore(kind)) return 'Restore';
  return kind === 'run' && estate.jobs[job]?.kind === 'replica' ? 'Replica' : 'Backup';
}

const withSessionType = (query: Query): Query =>
  new Map([...query].filter(([name]) => name !== 'sessionTypeFilter'));
