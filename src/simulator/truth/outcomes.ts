import type { Job } from '../estate/types.ts';
import type { World } from '../world.ts';
import { DAY } from '../zone.ts';

/** One run as an analyst could see it: retries folded in, only what the server still has. */
export type Outcome = {
  start: number;
  end: number;
  state: 'usable' | 'failed' | 'canceled' | 'running';
  isWarning: boolean;
  neededRetry: boolean;
};

/** Runs of a job that have begun by `now` and whose sessions retention has not taken, oldest first. */
export function outcomesOf(world: World, job: Job, now: number): Outcome[] {
  const oldest = Math.max(world.historyStart, now - world.settings.retentionDays * DAY);
  const outcomes: Outcome[] = [];
  const last = world.runs.slotAt(job, now);
  for (
    let slot = Math.max(world.runs.firstSlot(job), world.runs.slotAt(job, oldest) + 1);
    slot <= last;
    slot += 1
  ) {
    const run = world.runs.get(job, slot);
    if (!run || run.start < oldest) continue;
    outcomes.push({
      start: run.start,
      end: run.end,
      state: stateOf(run.end > now, run.saysCanceled, run.result === 'Failed'),
      isWarning: run.result === 'Warning',
      neededRetry: run.attempts.length > 1,
    });
  }
  return outcomes;
}

function stateOf(isRunning: boolean, isCanceled: boolean, isFailed: boolean): Outcome['state'] {
  if (isRunning) return 'running';
  if (isCanceled) return 'canceled';
  return isFailed ? 'failed' : 'usable';
}

/** Milliseconds from start to start: the median of the last 30 days, else what the schedule says. */
export function expectedInterval(job: Job, outcomes: Outcome[], now: number): number {
  const starts = outcomes.map(({ start }) => start).filter((start) => start > now - 30 * DAY);
  const gaps = starts.slice(1).map((start, i) => start - (starts[i] ?? start));
  if (gaps.length >= 3) return median(gaps);
  if (job.schedule.kind === 'every') return job.schedule.minutes * 60_000;
  return job.schedule.kind === 'weekly' ? 7 * DAY : DAY;
}

export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2;
}
