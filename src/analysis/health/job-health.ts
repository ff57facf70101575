import { median } from 'simple-statistics';
import { type FailureReason, reasonOfRun, type TopMessage, topMessages } from './failure-reasons.ts';
import { type Freshness, freshness } from './freshness.ts';
import { type JobPriority, type JobStatus, priorityOf, statusOf } from './job-status.ts';
import { isContinuousClass } from './protection-session.ts';
import {
  RELIABILITY_DEFAULTS,
  type Reliability,
  type ReliabilityOptions,
  rankRate,
  reliability,
} from './reliability.ts';
import { isFinished, isUsable, type JobRun } from './runs.ts';
import {
  expectedStarts,
  type JobSchedule,
  type MissedStarts,
  missedStarts,
  scheduleHours,
} from './schedule.ts';
import { type TimingPattern, timingPattern } from './timing-pattern.ts';
import { type Trend, trend } from './trend.ts';

type Tier = 'CRITICAL' | 'HIGH' | 'MEDIUM' | 'LOW';

/** A job of the inventory. Null is "not known". */
export interface JobFacts {
  jobId: string;
  name: string;
  type: string;
  isEnabled: boolean | null;
  /** Whether the job starts by itself. */
  isScheduled?: boolean | null;
  schedule?: JobSchedule | null;
  /** Hours between two scheduled starts, where `schedule` is not given. */
  scheduleHours?: number | null;
  /** Job after which this one starts. */
  afterJobId?: string | null;
  /** "Immediate" or "Periodic", of backup copy jobs. */
  copyMode?: string | null;
  repositoryId?: string | null;
  repositoryName?: string | null;
  tier?: Tier | null;
  rpoTargetHours?: number | null;
  /** Last run as the list of jobs tells it: it may be older than the sessions that are kept. */
  lastRunAt?: number | null;
  lastResult?: string | null;
  /** Newest copy that can be restored, where the source says it of the job itself. */
  newestCopyAt?: number | null;
  /** Since when it is protected, where that is later than what is known of the source. */
  protectedSince?: number | null;
}

export interface JobHealthInput {
  job: JobFacts;
  /** Runs of this job, of any class and in any order. */
  runs: readonly JobRun[];
  /** The source's own clock. */
  now: number;
  zone: string;
  /** Recency-weighted rate of the fleet, for ranking. */
  fleetRate?: number | null;
  /** Reason of a failed run; by default from its own message. */
  reasonOf?: (run: JobRun) => FailureReason | null;
  options?: Partial<ReliabilityOptions>;
}

export interface JobHealth {
  job: JobFacts;
  status: JobStatus;
  priority: JobPriority;
  reliability: Reliability;
  /** Rate pulled toward the fleet's, for ordering only. */
  rankRate: number | null;
  freshness: Freshness;
  trend: Trend;
  pattern: TimingPattern;
  /** Consecutive failed runs up to now, cancelled and running ones left out. */
  streak: number;
  /** Start of the first run of the streak, null without one. */
  failingSince: number | null;
  /** Outcome of the last finished run. */
  lastOutcome: 'SUCCESS' | 'WARNING' | 'FAILED' | null;
  lastFailureAt: number | null;
  lastFailureReason: FailureReason | null;
  topMessages: TopMessage[];
  medianDurationMs: number | null;
  missed: MissedStarts | null;
  /** Starts of the last and the running session. */
  lastStart: number | null;
  runningSince: number | null;
  isSilent: boolean;
  isOverdue: boolean;
  isContinuous: boolean;
  /** It has no run yet, and by its schedule none was due so far. */
  isAwaitingFirst: boolean;
  /** Usable runs of the last 30 days, and how many of them a retry saved. */
  retries: { usable: number; recovered: number; share: number | null; isDependent: boolean };
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/**
 * Everything that can be said about one job from its runs and its place in the inventory (METHODS 3.1, outputs of a job).
 * A job without any run is judged all the same: it is the one that protects nothing.
 */
export function jobHealth(input: JobHealthInput): JobHealth {
  const { job, now, zone } = input;
  const options = { ...RELIABILITY_DEFAULTS, ...input.options };
  const runs = mainRuns(input.runs).toSorted((a, b) => a.startedAt - b.startedAt);
  const isContinuous = isContinuousJob(job, runs);
  const inWindow = runs.filter(({ startedAt }) => startedAt >= now - options.windowDays * DAY_MS);
  const reasonOf = input.reasonOf ?? ((run: JobRun) => reasonOfRun(run, [job.name]));
  const known = freshness({
    runs,
    now,
    scheduleHours: scheduleHours(job.schedule) ?? job.scheduleHours ?? null,
    rpoTargetHours: job.rpoTargetHours ?? null,
    firstDueAfter: (instant) => {
      const due = expectedStarts(job.schedule, instant, now, zone);
      return due === null ? undefined : (due[0] ?? null);
    },
    rememberedGoodEnd: rememberedGoodEnd(job),
  });
  const open = runs.findLast(({ outcome }) => outcome === 'RUNNING') ?? null;
  const starts = runs.map(({ lastSessionStartedAt }) => lastSessionStartedAt).sort((a, b) => a - b);
  const missed = isContinuous ? null : missedOf(input, runs, known, open !== null);
  const reliable = reliability(runs, now, options);
  const measured = {
    job,
    reliability: reliable,
    rankRate: rankRate(reliable, input.fleetRate ?? null, options.warningCredit),
    freshness: known,
    trend: trend(runs, now, options.warningCredit),
    pattern: timingPattern(inWindow, zone),
    ...failuresOf(runs, reasonOf),
    topMessages: topMessages(inWindow, reasonOf),
    medianDurationMs: medianDuration(inWindow),
    missed,
    lastStart: starts.at(-1) ?? null,
    runningSince: open?.lastSessionStartedAt ?? null,
    isSilent: isSilent(job, starts.at(-1) ?? null, now, known, missed, open !== null || isContinuous),
    isOverdue: !isContinuous && open !== null && isOverdue(open, inWindow, now),
    isContinuous,
    isAwaitingFirst: known.class === 'NEVER' && isAwaitingFirst(job, now, zone),
    retries: retriesOf(runs, now),
  };
  return { ...measured, status: statusOf(measured), priority: priorityOf(measured) };
}

/** Log backups count only where a job has nothing else: every 15 minutes, they would hide the nightly run. */
function mainRuns(runs: readonly JobRun[]): readonly JobRun[] {
  const main = runs.filter(({ sessionClass }) => !isContinuousClass(sessionClass));
  return main.length > 0 ? main : runs;
}

function isContinuousJob(job: JobFacts, runs: readonly JobRun[]): boolean {
  if (job.schedule?.kind === 'continuous' || job.copyMode?.toLowerCase() === 'immediate') return true;
  return runs.length > 0 && runs.every(({ sessionClass }) => isContinuousClass(sessionClass));
}

function rememberedGoodEnd({ lastRunAt, lastResult, newestCopyAt }: JobFacts): number | null {
  const result = lastResult?.toLowerCase();
  const run = result === 'success' || result === 'warning' ? (lastRunAt ?? null) : null;
  const known = [run, newestCopyAt ?? null].filter((at) => at !== null);
  return known.length > 0 ? Math.max(...known) : null;
}

function isAwaitingFirst({ protectedSince, schedule }: JobFacts, now: number, zone: string): boolean {
  if ((protectedSince ?? null) === null) return false;
  return expectedStarts(schedule, protectedSince as number, now, zone)?.length === 0;
}

function missedOf(
  { job, now, zone }: JobHealthInput,
  runs: readonly JobRun[],
  known: Freshness,
  isRunning: boolean,
) {
  if (job.isScheduled === false || isChained(job)) return null;
  return missedStarts({
    starts: runs.map(({ startedAt }) => startedAt),
    isRunning,
    schedule: job.schedule,
    intervalHours: known.interval.basis === 'assumed' ? null : known.interval.hours,
    from: now - 14 * DAY_MS,
    now,
    zone,
  });
}

function isChained({ afterJobId, schedule }: JobFacts): boolean {
  return (afterJobId ?? null) !== null || schedule?.kind === 'chained' || schedule?.kind === 'manual';
}

/**
 * Enabled, scheduled, ran before, and no start for more than 2.5 intervals. Where a daily schedule shows that no start was
 * due since the last one (a job of working days, seen on a Sunday), the silence is as planned.
 */
function isSilent(
  job: JobFacts,
  lastStart: number | null,
  now: number,
  { interval }: Freshness,
  missed: MissedStarts | null,
  isExempt: boolean,
): boolean {
  if (isExempt || lastStart === null || job.isEnabled !== true || job.isScheduled === false || isChained(job))
    return false;
  // Without a readable definition only a rhythm that was seen says that the job is meant to run.
  if ((job.isScheduled ?? null) === null && !job.schedule && !interval.basis.startsWith('measured'))
    return false;
  if (missed?.basis === 'schedule' && missed.missedSinceLast === 0) return false;
  return now - lastStart > 2.5 * interval.hours * HOUR_MS;
}

/** A session open for more than 3 median durations, where at least 5 finished runs say what is usual. */
function isOverdue(open: JobRun, runs: readonly JobRun[], now: number): boolean {
  const usual = medianDuration(runs);
  const finished = runs.filter((run) => isFinished(run) && run.durationMs !== null).length;
  return usual !== null && finished >= 5 && now - open.lastSessionStartedAt > 3 * usual;
}

function medianDuration(runs: readonly JobRun[]): number | null {
  const durations = runs.flatMap((run) =>
    isFinished(run) && run.durationMs !== null ? [run.durationMs] : [],
  );
  return durations.length > 0 ? median(durations) : null;
}

function failuresOf(runs: readonly JobRun[], reasonOf: (run: JobRun) => FailureReason | null) {
  const finished = runs.filter(isFinished);
  const lastGood = finished.findLastIndex(isUsable);
  const streak = finished.slice(lastGood + 1);
  const lastFailure = finished.findLast(({ outcome }) => outcome === 'FAILED') ?? null;
  const lastOutcome = (finished.at(-1)?.outcome ?? null) as JobHealth['lastOutcome'];
  return {
    streak: streak.length,
    failingSince: streak[0]?.startedAt ?? null,
    lastOutcome,
    lastFailureAt: lastFailure?.startedAt ?? null,
    lastFailureReason: lastFailure && reasonOf(lastFailure),
  };
}

function retriesOf(runs: readonly JobRun[], now: number): JobHealth['retries'] {
  const usable = runs.filter((run) => isUsable(run) && run.startedAt >= now - 30 * DAY_MS);
  const recovered = usable.filter(({ recoveredByRetry }) => recoveredByRetry).length;
  const share = usable.length > 0 ? recovered / usable.length : null;
  return {
    usable: usable.length,
    recovered,
    share,
    isDependent: usable.length >= 10 && recovered >= 0.3 * usable.length,
  };
}
