import { spell } from '../contract/enums.ts';
import type { Job } from '../estate/types.ts';
import { SCALE_OUT_BASE, targetAt } from '../estate/types.ts';
import { countAt } from '../history/day.ts';
import type { Run } from '../history/runs.ts';
import { ZERO_ID } from '../ids.ts';
import type { Call } from './call.ts';
import type { Row } from './list.ts';
import { hasDetails, jobType, workload } from './platforms.ts';
import { findRun, sessionId, sumProgress } from './session-view.ts';
import { tasksOf } from './tasks.ts';

/** What `/jobs/states` says of a job: the latest session, and what comes next. */
export function jobState(call: Call, job: Job): Row {
  const { world, revision } = call;
  const latest = latestAttempt(call, job);
  const isBlank = job.kind === 'proxmox' && revision < 2; // older revisions know nothing of the platform
  return {
    id: job.id,
    name: job.name,
    type: jobType(job.kind, revision),
    description: job.description,
    status: spell('EJobStatus', statusOf(call, job, latest), revision),
    ...(latest && !isBlank && { lastRun: world.stamps.zoned(latest.start) }),
    lastResult: latest && !isBlank && latest.end <= call.now ? latest.result : 'None',
    ...nextRunOf(call, job),
    workload: workload(job.kind, revision),
    ...repositoryOf(call, job),
    objectsCount: countAt(world.estate, job, call.now),
    sessionId: latest && !isBlank && latest.index >= 0 ? sessionId(world, latest.index) : ZERO_ID,
    highPriority: job.isHighPriority,
    progressPercent: latest && latest.end > call.now ? 42 : 0,
    ...(latest && latest.index >= 0 && !isBlank && { sessionProgress: progressOf(call, latest.index) }),
    ...(job.sources.length > 0 && {
      backupCopyMode: job.kind === 'copyImmediate' ? 'Immediate' : 'Periodic',
    }),
    ...(hasDetails(job.kind, revision) && { isStorageSnapshot: false }),
    ...(revision === 2 &&
      repositoryName(call, job) !== undefined && { targetName: repositoryName(call, job) }),
  };
}

type Latest = { start: number; end: number; result: string; index: number };

/** The last attempt that has begun, of the last run that has. */
function latestAttempt({ world, now }: Call, job: Job): Latest | undefined {
  const run = latestRun({ world, now }, job);
  if (!run) return undefined;
  const attempt = run.attempts.findLastIndex(({ start }) => start <= now);
  const found = run.attempts[attempt];
  return found && { ...found, index: findRun(world, job, run.slot, attempt) };
}

export function latestRun({ world, now }: Pick<Call, 'world' | 'now'>, job: Job): Run | undefined {
  const first = world.runs.firstSlot(job);
  for (let slot = world.runs.slotAt(job, now); slot >= first; slot -= 1) {
    const run = world.runs.get(job, slot);
    if (run) return run;
    if (job.neverRan) return undefined;
  }
  return undefined;
}

function statusOf({ now }: Call, job: Job, latest: Latest | undefined): string {
  if (job.disabledSince !== undefined && now >= job.disabledSince) return 'Disabled';
  return latest && latest.end > now ? 'Running' : 'Inactive';
}

/** Immediate copies have a next run in the past: that of the session that is open. */
function nextRunOf({ world, now }: Call, job: Job): Row {
  if (job.disabledSince !== undefined && now >= job.disabledSince) return {};
  if (job.kind === 'copyImmediate') {
    return {
      nextRun: world.stamps.zoned(world.runs.startOf(job, world.runs.slotAt(job, now))),
      nextRunPolicy: 'Continuous',
    };
  }
  return { nextRun: world.stamps.zoned(world.runs.startOf(job, world.runs.slotAt(job, now) + 1)) };
}

function repositoryOf({ world, now }: Call, job: Job): Row {
  if (job.kind === 'replica') return {};
  const at = targetAt(job, now);
  const target = world.estate.scaleOuts[at - SCALE_OUT_BASE] ?? world.estate.repositories[at];
  return target ? { repositoryId: target.id, repositoryName: target.name } : {};
}

const repositoryName = (call: Call, job: Job) => repositoryOf(call, job).repositoryName;

function progressOf({ world, now }: Call, index: number): Row {
  const row = world.timeline.columns.row(index);
  return sumProgress([...tasksOf(world, index, row, now)], row, now);
}
