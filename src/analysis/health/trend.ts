import { discountedSampleSize } from '../statistics/autocorrelation.ts';
import { newcombeDifference, type Proportion } from '../statistics/newcombe.ts';
import { creditOf, RELIABILITY_DEFAULTS } from './reliability.ts';
import { isFinished, type JobRun } from './runs.ts';

export type TrendClass = 'DEGRADING' | 'IMPROVING' | 'STABLE' | 'INSUFFICIENT_DATA';

export interface Trend {
  class: TrendClass;
  /** Rate of the last 14 days minus the rate of the 28 days before; null where one of them has no run. */
  difference: number | null;
  low: number | null;
  high: number | null;
  before: Proportion;
  recent: Proportion;
  /** Finished runs behind the two proportions, whose `n` is the effective size. */
  runsBefore: number;
  runsRecent: number;
}

const DAY_MS = 86_400_000;
const RECENT_DAYS = 14;
const BEFORE_DAYS = 28;
const RELEVANT = 0.05;
const ENOUGH = 8;

/**
 * Change of reliability of one job (METHODS 3.1 R1.4): runs of the last 14 days against those of the 28 days before,
 * Newcombe's interval at 95 % with sample sizes discounted for serial dependence. A job whose first run is less than 28
 * days ago has no trend yet.
 */
export function trend(
  runs: readonly JobRun[],
  now: number,
  warningCredit: number = RELIABILITY_DEFAULTS.warningCredit,
): Trend {
  const finished = runs.filter(isFinished).toSorted((a, b) => a.startedAt - b.startedAt);
  const recentFrom = now - RECENT_DAYS * DAY_MS;
  const beforeFrom = recentFrom - BEFORE_DAYS * DAY_MS;
  const credits = (from: number, to: number) =>
    finished
      .filter(({ startedAt }) => startedAt >= from && startedAt < to)
      .map((run) => creditOf(run, warningCredit));
  const before = credits(beforeFrom, recentFrom);
  const recent = credits(recentFrom, Number.POSITIVE_INFINITY);
  const counts = { runsBefore: before.length, runsRecent: recent.length };
  const result = trendOfProportions(toProportion(before), toProportion(recent));
  const isNew = runs.every(({ startedAt }) => startedAt > now - BEFORE_DAYS * DAY_MS);
  return isNew ? { ...result, ...counts, class: 'INSUFFICIENT_DATA' } : { ...result, ...counts };
}

/** Class of a change between two proportions, whose `n` may be effective sizes. */
export function trendOfProportions(before: Proportion, recent: Proportion): Trend {
  const interval = newcombeDifference(before, recent);
  const counts = { before, recent, runsBefore: before.n, runsRecent: recent.n };
  if (interval === null)
    return { class: 'INSUFFICIENT_DATA', difference: null, low: null, high: null, ...counts };
  const { difference, low, high } = interval;
  return {
    class: classOf(difference, low, high, before.n >= ENOUGH && recent.n >= ENOUGH),
    difference,
    low,
    high,
    ...counts,
  };
}

/** DEGRADING and IMPROVING need a proven and relevant change; STABLE needs enough data to have seen one. */
export function classOf(difference: number, low: number, high: number, isEnough: boolean): TrendClass {
  if (high < 0 && difference <= -RELEVANT) return 'DEGRADING';
  if (low > 0 && difference >= RELEVANT) return 'IMPROVING';
  return isEnough ? 'STABLE' : 'INSUFFICIENT_DATA';
}

function toProportion(credits: readonly number[]): Proportion {
  const n = discountedSampleSize(credits);
  const sum = credits.reduce((total, credit) => total + credit, 0);
  return { successes: credits.length > 0 ? (sum / credits.length) * n : 0, n };
}
