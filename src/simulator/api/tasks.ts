import type { Job, Protected } from '../estate/types.ts';
import type { Link } from '../history/chains.ts';
import { isRestore, planOf } from '../history/recovery-plan.ts';
import { protectingAttempt, type Result, type Run } from '../history/runs.ts';
import type { SessionRow } from '../history/sessions.ts';
import type { World } from '../world.ts';
import { MINUTE } from '../zone.ts';

type TaskState = 'Stopped' | 'Working';

/** What is known of one task of a session at an instant. */
export type Task = {
  session: number;
  n: number;
  place: Protected;
  start: number;
  /** May lie in the future. */
  end: number;
  state: TaskState;
  result: Result | 'None';
  run: Run | undefined;
  /** Bytes of the machine that the task looks at, reads and sends. */
  processed: number;
  read: number;
  sent: number;
  percent: number;
  /** The run left a point in this very session. */
  hasPoint: boolean;
};

/** The `n`-th task of a session; undefined where the session has fewer. */
export function taskOf(
  world: World,
  session: number,
  row: SessionRow,
  n: number,
  now: number,
): Task | undefined {
  const place = placeOf(world, row, n);
  if (!place || n >= row.tasks) return undefined;
  const run = runOf(world, row);
  const end = endOf(row, n);
  const isDone = end <= now;
  const result = resultOf(row, run, place);
  const percent = isDone
    ? 100
    : Math.min(
        99,
        Math.floor((100 * (now - row.start)) / Math.max(1, Math.min(end, now + MINUTE) - row.start)),
      );
  const sizes = run ? bytesOf(world, row, run, place, result) : { processed: 0, read: 0, sent: 0 };
  return {
    session,
    n,
    place,
    start: row.start,
    end,
    state: isDone ? 'Stopped' : 'Working',
    result: isDone ? result : 'None',
    run,
    processed: sizes.processed,
    read: isDone ? sizes.read : Math.floor((sizes.read * percent) / 100),
    sent: isDone ? sizes.sent : Math.floor((sizes.sent * percent) / 100),
    percent,
    hasPoint: isDone && run !== undefined && result !== 'Failed' && row.kind !== 'logBackup',
  };
}

export function* tasksOf(world: World, session: number, row: SessionRow, now: number): Generator<Task> {
  for (let n = 0; n < row.tasks; n += 1) {
    const task = taskOf(world, session, row, n, now);
    if (task) yield task;
  }
}

/** The run behind a session of a run or of a copy of one. */
export function runOf(world: World, row: SessionRow): Run | undefined {
  const job = world.estate.jobs[row.job];
  if (row.kind === 'run') return job && world.runs.get(job, row.slot);
  const source = row.kind === 'copyChild' ? world.estate.jobs[job?.sources[row.attempt] ?? -1] : undefined;
  return source && world.runs.get(source, row.slot);
}

/** Tasks end one after the other, the last a few seconds before its session. */
function endOf(row: SessionRow, n: number): number {
  if (!Number.isFinite(row.end)) return n === 0 ? row.end : row.start + (n + 1) * 7 * MINUTE;
  const length = row.end - row.start;
  return (
    row.end -
    Math.min(8000, Math.floor(length / 20)) -
    Math.floor(((row.tasks - 1 - n) * length) / (2 * row.tasks))
  );
}

function placeOf({ estate, runs, draft }: World, row: SessionRow, n: number): Protected | undefined {
  const plan = planOf(draft.recovery, row);
  if (plan) return estate.protected[plan.places[n] ?? -1];
  if (isRestore(row.kind)) return estate.protected[row.job];
  const job = estate.jobs[row.job];
  if (!job) return undefined;
  if (row.kind === 'copyChild') return copiedPlace(job, row, n, { estate, runs });
  const failed = row.kind === 'run' && row.attempt > 0 ? runs.get(job, row.slot)?.failedSlots : undefined;
  const slot = failed ? (failed[n] ?? -1) : n;
  return slot >= 0 && slot < job.count ? estate.protected[job.first + slot] : undefined;
}

function copiedPlace(
  job: Job,
  row: SessionRow,
  n: number,
  { estate, runs }: Pick<World, 'estate' | 'runs'>,
): Protected | undefined {
  const source = estate.jobs[job.sources[row.attempt] ?? -1];
  const run = source && runs.get(source, row.slot);
  if (!run) return undefined;
  return estate.protected
    .slice(job.first, job.first + job.count)
    .filter(
      ({ originJob, originSlot }) => originJob === source.index && protectingAttempt(run, originSlot) >= 0,
    )[n];
}

function resultOf(row: SessionRow, run: Run | undefined, place: Protected): Result {
  if (!run || row.kind !== 'run') return row.result;
  const good = protectingAttempt(run, place.originSlot);
  if (place.job !== place.originJob) return row.result;
  if (good < 0 || row.attempt < good) return 'Failed';
  return row.result === 'Warning' && place.slot === 0 ? 'Warning' : 'Success';
}

function bytesOf(world: World, row: SessionRow, run: Run, place: Protected, result: Result) {
  if (result === 'Failed' || row.kind === 'logBackup') return { processed: 0, read: 0, sent: 0 };
  const job = world.estate.jobs[row.job];
  const link: Link = {
    origin: place.originJob,
    slot: run.slot,
    created: run.start,
    storedAt: row.end,
    isFull: run.isFull,
    gfs: [],
    run,
  };
  const isFull = isActiveFull(world, job, run);
  const { dataSize, backupSize } = world.storage.readSizes(place, link, isFull);
  return { processed: world.storage.machineBytes(place, link), read: dataSize, sent: backupSize };
}

/** A full that reads everything: the first one, and others unless they are made from what is stored. */
export const isActiveFull = (world: World, job: Job | undefined, run: Run): boolean =>
  run.isFull &&
  (job === undefined || job.isActiveFull || job.sources.length > 0 || run.slot === world.runs.firstSlot(job));
