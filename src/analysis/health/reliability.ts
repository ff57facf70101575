import { discountedSampleSize } from '../statistics/autocorrelation.ts';
import { weightedRate } from '../statistics/recency-weight.ts';
import { shrunkRate } from '../statistics/shrinkage.ts';
import { wilson, Z80 } from '../statistics/wilson.ts';
import { isFinished, isUsable, type JobRun } from './runs.ts';

export interface ReliabilityOptions {
  /** Days of runs that count; older ones are ignored. */
  windowDays: number;
  halfLifeDays: number;
  /** Credit of a run that ended with warnings. */
  warningCredit: number;
}

export const RELIABILITY_DEFAULTS: ReliabilityOptions = {
  windowDays: 90,
  halfLifeDays: 14,
  warningCredit: 0.5,
};

/** Reliability of one job, or of the whole fleet. Rates are 0 to 1 and null without a finished run. */
export interface Reliability {
  /** Finished runs: successes, warnings and failures. */
  runs: number;
  success: number;
  warning: number;
  failed: number;
  /** Counted, but no observation of reliability. */
  canceled: number;
  running: number;
  unknown: number;
  /** Recency-weighted credit, with its 80 % interval; [0, 1] when nothing is known. */
  rate: number | null;
  low: number;
  high: number;
  nEff: number;
  sumOfWeights: number;
  /** Plain shares of the finished runs, so that they can be counted again from the rows. */
  rateClean: number | null;
  rateUsable: number | null;
  attemptsPerRun: number | null;
  /** Runs that only a retry made usable, and their share of the usable runs. */
  recovered: number;
  recoveredShare: number | null;
}

const DAY_MS = 86_400_000;

/**
 * Reliability from the runs of one job (METHODS 3.1 R1.2): recency-weighted rate (P4, half-life 14 days within 90 days),
 * effective sample size discounted for runs that fail in a row (P5), Wilson interval at 80 % (P1).
 * Clean and usable rates and the retry dependence (recovered / usable) are plain shares of the same window.
 * The edge case "n = 1 gives 0.207 to 1" of METHODS 3.1 is the 95 % interval; R1.2 asks for 80 %, which is what comes back.
 */
export function reliability(
  runs: readonly JobRun[],
  now: number,
  given: Partial<ReliabilityOptions> = {},
): Reliability {
  const options = { ...RELIABILITY_DEFAULTS, ...given };
  const from = now - options.windowDays * DAY_MS;
  const recent = runs
    .filter(({ startedAt }) => startedAt >= from)
    .toSorted((a, b) => a.startedAt - b.startedAt);
  const finished = recent.filter(isFinished);
  const credits = finished.map((run) => creditOf(run, options.warningCredit));
  const weighted = weightedRate(
    finished.map((run, index) => ({ age: (now - run.startedAt) / DAY_MS, y: credits[index] as number })),
    options.halfLifeDays,
  );
  const nEff = discountedSampleSize(credits, weighted.effectiveN);
  const interval = wilson((weighted.rate ?? 0) * nEff, nEff, Z80);
  const { sumOfWeights } = weighted;
  return {
    ...countRuns(recent),
    rate: interval.value,
    low: interval.low,
    high: interval.high,
    nEff,
    sumOfWeights,
  };
}

/**
 * Reliability of the fleet: every run counts with its recency weight, and the effective sample sizes of the jobs add up.
 * (Pooling the rates by effective size would favour jobs whose failures do not come in a row.)
 */
export function fleetReliability(jobs: readonly Reliability[]): Reliability {
  let credit = 0;
  for (const { rate, sumOfWeights } of jobs) credit += (rate ?? 0) * sumOfWeights;
  const sum = (pick: (job: Reliability) => number) => jobs.reduce((total, job) => total + pick(job), 0);
  const sumOfWeights = sum((job) => job.sumOfWeights);
  const nEff = sum((job) => job.nEff);
  const interval = wilson(sumOfWeights > 0 ? (credit / sumOfWeights) * nEff : 0, nEff, Z80);
  const runs = sum((job) => job.runs);
  const success = sum((job) => job.success);
  const warning = sum((job) => job.warning);
  const recovered = sum((job) => job.recovered);
  return {
    runs,
    success,
    warning,
    failed: sum((job) => job.failed),
    canceled: sum((job) => job.canceled),
    running: sum((job) => job.running),
    unknown: sum((job) => job.unknown),
    rate: interval.value,
    low: interval.low,
    high: interval.high,
    nEff,
    sumOfWeights,
    rateClean: share(success, runs),
    rateUsable: share(success + warning, runs),
    attemptsPerRun: share(
      sum((job) => (job.attemptsPerRun ?? 0) * job.runs),
      runs,
    ),
    recovered,
    recoveredShare: share(recovered, success + warning),
  };
}

/** Rate for ordering jobs, worst first (METHODS 3.0 P9): credits of the window, pulled toward the fleet's rate. */
export function rankRate(job: Reliability, fleetRate: number | null, warningCredit = 0.5): number | null {
  if (fleetRate === null)
    return job.runs === 0 ? null : (job.success + warningCredit * job.warning) / job.runs;
  return shrunkRate(job.success + warningCredit * job.warning, job.runs, fleetRate);
}

/** Credit of a finished run: 1 for a success, 0 for a failure, the given credit for warnings. */
export function creditOf(run: JobRun, warningCredit: number): number {
  if (run.outcome === 'SUCCESS') return 1;
  return run.outcome === 'WARNING' ? warningCredit : 0;
}

function countRuns(runs: readonly JobRun[]) {
  const count = (outcome: JobRun['outcome']) => runs.filter((run) => run.outcome === outcome).length;
  const finished = runs.filter(isFinished);
  const usable = finished.filter(isUsable);
  const recovered = usable.filter(({ recoveredByRetry }) => recoveredByRetry).length;
  const attempts = finished.reduce((total, run) => total + run.attempts, 0);
  const success = count('SUCCESS');
  return {
    runs: finished.length,
    success,
    warning: count('WARNING'),
    failed: count('FAILED'),
    canceled: count('CANCELED'),
    running: count('RUNNING'),
    unknown: count('UNKNOWN'),
    rateClean: share(success, finished.length),
    rateUsable: share(usable.length, finished.length),
    attemptsPerRun: share(attempts, finished.length),
    recovered,
    recoveredShare: share(recovered, usable.length),
  };
}

function share(part: number, whole: number): number | null {
  return whole > 0 ? part / whole : null;
}
