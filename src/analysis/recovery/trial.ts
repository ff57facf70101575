import { methodOf, type TrialClass, type TrialMethod } from './class.ts';

/** UNKNOWN: it ended, and the source does not say how. */
export type TrialOutcome = 'OK' | 'WARNING' | 'FAILED' | 'CANCELED' | 'RUNNING' | 'UNKNOWN';

/** One attempt to bring a machine back or to verify a backup of it. Times are epoch milliseconds. */
export interface RestoreTrial {
  trialId: string;
  /** Null: the source does not lead to a machine; such a trial counts for the pool only. */
  workloadId: string | null;
  class: TrialClass;
  startedAt: number;
  endedAt: number | null;
  /** Instant recovery: latest time by which it was mounted, and the earliest; null: never seen, or not known. */
  readyAt: number | null;
  readySince: number | null;
  outcome: TrialOutcome;
  /** What was brought back: of a whole machine its size, of a disk or volume that part's size. Null: not known. */
  sizeBytes: number | null;
  repositoryId: string | null;
  restorePointId: string | null;
  /** Creation time of the point that was used, where the point itself is no longer known. */
  pointCreatedAt: number | null;
  purpose: 'TEST' | 'PRODUCTION' | 'UNKNOWN';
}

/** What a trial shows, and what it does not. */
export interface AssessedTrial {
  trial: RestoreTrial;
  method: TrialMethod;
  /** The machine came back, or passed its verification; false: it did not; null: that was not decided. */
  passed: boolean | null;
  /** Minutes until it was back, or without an end how long it was tried; null: no restore time, see `untimed`. */
  minutes: number | null;
  /** Lower bound of `minutes` where only a span is known, as between two looks at a mount. */
  earliestMinutes: number | null;
  /** `minutes` is the time until it was back; false: at least so long (failed, cancelled, running). */
  isReached: boolean;
  /** When the result was known; of a running trial the time of the analysis. */
  finishedAt: number;
  /** Why the trial counts for nothing; null: it counts. */
  excluded: string | null;
  /** Why it has no restore time; null: it has one. */
  untimed: string | null;
}

const MINUTE_MS = 60_000;
const LONGEST_MINUTES = 7 * 24 * 60;
/** A start this far ahead of the clock of the analysis is skew that does no harm. */
const FUTURE_TOLERANCE_MS = 5 * MINUTE_MS;

/**
 * What each trial counts for (METHODS 3.4, observation model). Restores of machines, disks and volumes have a restore time;
 * an instant recovery has one only where it was seen mounted, since its session lasts as long as the mount; a SureBackup is
 * passed or failed and its time is not a restore time; file-level restores and content scans are neither. Failed, cancelled
 * and running trials bound their time from below. A restore that ended with warnings has brought the data back and passed;
 * a verification with warnings is undecided. Left out with the reason: no or negative duration, beyond 7 days, in the future.
 */
export function assessTrials(trials: readonly RestoreTrial[], now: number): AssessedTrial[] {
  return trials.map((trial) => assessTrial(trial, now));
}

/** One trial of `assessTrials`. */
export function assessTrial(trial: RestoreTrial, now: number): AssessedTrial {
  const method = methodOf(trial.class);
  const base: AssessedTrial = {
    trial,
    method,
    passed: null,
    minutes: null,
    earliestMinutes: null,
    isReached: false,
    finishedAt: Math.min(
      now,
      trial.endedAt ?? trial.readyAt ?? (trial.outcome === 'RUNNING' ? now : trial.startedAt),
    ),
    excluded: null,
    untimed: null,
  };
  if (!Number.isFinite(trial.startedAt)) return exclude(base, 'it has no start');
  if (trial.startedAt > now + FUTURE_TOLERANCE_MS) return exclude(base, 'it starts in the future');
  if (trial.endedAt !== null && trial.endedAt < trial.startedAt)
    return exclude(base, 'it ends before it starts: the clocks disagree');
  if (trial.outcome === 'UNKNOWN') return exclude(base, 'it ended without a result');
  if (method === 'RESTORE') return assessRestore(base, now);
  if (method === 'INSTANT') return assessInstant(base, now);
  const passed = trial.outcome === 'OK' ? true : trial.outcome === 'FAILED' ? false : null;
  return { ...base, passed, untimed: UNTIMED[method] };
}

const UNTIMED: Readonly<Record<'VERIFICATION' | 'SCAN' | 'NONE', string>> = {
  VERIFICATION: 'the time of a verification is no restore time',
  SCAN: 'a content scan brings nothing back',
  NONE: 'it does not bring back a machine',
};

function assessRestore(base: AssessedTrial, now: number): AssessedTrial {
  const { trial } = base;
  const isOver = trial.outcome !== 'RUNNING';
  if (isOver && trial.endedAt === null) {
    const passed = hasSucceeded(trial) ? true : trial.outcome === 'FAILED' ? false : null;
    return { ...base, passed, untimed: 'its end is not known' };
  }
  const minutes = ((isOver ? (trial.endedAt as number) : now) - trial.startedAt) / MINUTE_MS;
  if (isOver && minutes <= 0) return exclude(base, 'it has no duration');
  if (minutes > LONGEST_MINUTES) return exclude(base, 'it lasts longer than 7 days');
  const passed = hasSucceeded(trial) ? true : trial.outcome === 'FAILED' ? false : null;
  const timed = Math.max(0, minutes);
  return { ...base, passed, minutes: timed, earliestMinutes: timed, isReached: passed === true };
}

/** Once mounted the machine runs, whether the mount still lasts or was taken down by hand later. */
function assessInstant(base: AssessedTrial, now: number): AssessedTrial {
  const { trial } = base;
  if (trial.readyAt !== null && trial.outcome !== 'FAILED') {
    const minutes = (trial.readyAt - trial.startedAt) / MINUTE_MS;
    if (minutes <= 0) return exclude(base, 'it is mounted before it starts: the clocks disagree');
    if (minutes > LONGEST_MINUTES) return exclude(base, 'it lasts longer than 7 days');
    const earliest = ((trial.readySince ?? trial.readyAt) - trial.startedAt) / MINUTE_MS;
    const earliestMinutes = Math.min(minutes, Math.max(0, earliest));
    return { ...base, passed: true, minutes, earliestMinutes, isReached: true, finishedAt: trial.readyAt };
  }
  if (hasSucceeded(trial)) return { ...base, passed: true, untimed: 'it was not seen when it became ready' };
  const passed = trial.outcome === 'FAILED' ? false : null;
  const until = trial.outcome === 'RUNNING' ? now : trial.endedAt;
  const minutes = until === null ? 0 : (until - trial.startedAt) / MINUTE_MS;
  // Mounted or not, a session that nobody watched bounds nothing: it lasts as long as the mount.
  if (trial.outcome !== 'FAILED' || minutes <= 0 || minutes > LONGEST_MINUTES)
    return { ...base, passed, untimed: 'it was not seen when it became ready' };
  return { ...base, passed, minutes, earliestMinutes: minutes };
}

function hasSucceeded({ outcome }: RestoreTrial): boolean {
  return outcome === 'OK' || outcome === 'WARNING';
}

function exclude(base: AssessedTrial, reason: string): AssessedTrial {
  return { ...base, excluded: reason, untimed: reason };
}
