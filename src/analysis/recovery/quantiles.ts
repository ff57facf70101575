import { binomialUpperTail } from '../statistics/exact-tails.ts';
import { seededRandom } from '../statistics/seeded-random.ts';

/** Time until a machine was back, or without `isReached` a time by which it was not. */
export interface TimedTrial {
  minutes: number;
  isReached: boolean;
}

export interface SurvivalStep {
  minutes: number;
  atRisk: number;
  reached: number;
  /** Share not back after `minutes`. */
  survival: number;
}

/** Range of a quantile; `high` null: beyond all that was seen. */
export interface QuantileRange {
  low: number | null;
  high: number | null;
}

const ROUNDING = 1e-9;
const COVERAGE = 0.95;
const BOOTSTRAP_FROM = 20;
const RESAMPLES = 2000;

/**
 * Share of restores not yet done over time, where failed and unfinished ones are known to last at least so long (METHODS
 * 3.4 R4.2). At equal times the completed come before the unfinished.
 * @see Kaplan & Meier (1958), J. Am. Stat. Assoc. 53, 457–481
 */
export function kaplanMeier(trials: readonly TimedTrial[]): SurvivalStep[] {
  const sorted = inOrder(trials);
  const steps: SurvivalStep[] = [];
  let survival = 1;
  for (let index = 0; index < sorted.length; ) {
    const { minutes } = sorted[index] as TimedTrial;
    const atRisk = sorted.length - index;
    let reached = 0;
    for (; index < sorted.length && (sorted[index] as TimedTrial).minutes === minutes; index++)
      if ((sorted[index] as TimedTrial).isReached) reached++;
    if (reached === 0) continue;
    survival *= 1 - reached / atRisk;
    steps.push({ minutes, atRisk, reached, survival });
  }
  return steps;
}

/** First time by which a share `q` of the restores is back; null: NOT_REACHED, too many failures or too few trials. */
export function timeQuantile(steps: readonly SurvivalStep[], q: number): number | null {
  return steps.find(({ survival }) => survival <= 1 - q + ROUNDING)?.minutes ?? null;
}

/**
 * Probability that the longest of `n` completed trials lies beyond the quantile `q` of all restores: 1 − qⁿ. Null without
 * one. 59 trials are needed to bound a 95 % quantile with 95 % confidence.
 */
export function maximumGuarantee(n: number, q: number): number | null {
  return n > 0 ? 1 - q ** n : null;
}

/**
 * Ranks (from 1) of the ordered sample between which the quantile `q` lies with at least 95 %: for the median the narrowest
 * symmetric ones. `upper` is n + 1 where the sample is too small to bound it, `lower` 0 likewise.
 * @see https://en.wikipedia.org/wiki/Order_statistic (confidence intervals of quantiles)
 */
export function orderStatisticRanks(n: number, q: number): OrderStatisticRanks {
  const key = `${n} ${q}`;
  const known = knownRanks.get(key);
  if (known) return known;
  if (knownRanks.size >= MOST_KNOWN) knownRanks.clear();
  const ranks = searchRanks(n, q);
  knownRanks.set(key, ranks);
  return ranks;
}

type OrderStatisticRanks = Readonly<{ lower: number; upper: number; coverage: number }>;

/** The same few sizes come up for each of thousands of machines, and the search takes longer than all else that is asked of one. */
const knownRanks = new Map<string, OrderStatisticRanks>();
const MOST_KNOWN = 10_000;

function searchRanks(n: number, q: number): OrderStatisticRanks {
  const tail = (1 - COVERAGE) / 2;
  // P(fewer than r below the quantile) = P(Bin(n, q) < r) must stay below the tail, and mirrored above.
  let lower = 0;
  while (lower < n && below(n, q, lower + 1) <= tail) lower++;
  let upper = n + 1;
  while (upper > 1 && binomialUpperTail(n, q, upper - 1) <= tail) upper--;
  return { lower, upper, coverage: 1 - below(n, q, lower) - binomialUpperTail(n, q, upper) };
}

/**
 * 95 % range of the quantile by order statistics. An unfinished trial lies anywhere above its time: the lower bound takes it
 * at its time, the upper one as endless.
 */
export function orderStatisticRange(trials: readonly TimedTrial[], q: number): QuantileRange {
  const { lower, upper } = orderStatisticRanks(trials.length, q);
  const early = trials.map(({ minutes }) => minutes).toSorted((a, b) => a - b);
  const late = trials
    .map(({ minutes, isReached }) => (isReached ? minutes : Number.POSITIVE_INFINITY))
    .toSorted((a, b) => a - b);
  return { low: early[lower - 1] ?? null, high: finite(late[upper - 1]) };
}

/**
 * 95 % range of the quantile by a percentile bootstrap of the survival curve, 2,000 resamples; null below 20 trials, where a
 * bootstrap only repeats the sample's maximum. The same trials give the same range, whatever their order.
 */
export function bootstrapRange(trials: readonly TimedTrial[], q: number, seed = 1): QuantileRange | null {
  if (trials.length < BOOTSTRAP_FROM) return null;
  const sorted = inOrder(trials);
  const random = seededRandom(seed);
  const found = new Float64Array(RESAMPLES);
  const counts = new Int32Array(sorted.length);
  for (let resample = 0; resample < RESAMPLES; resample++) {
    counts.fill(0);
    for (let draw = 0; draw < sorted.length; draw++) {
      const index = Math.floor(random() * sorted.length);
      counts[index] = (counts[index] as number) + 1;
    }
    found[resample] = resampledQuantile(sorted, counts, q);
  }
  found.sort();
  const tail = (1 - COVERAGE) / 2;
  return {
    low: finite(found[Math.floor(tail * RESAMPLES)]),
    high: finite(found[Math.ceil((1 - tail) * RESAMPLES) - 1]),
  };
}

function resampledQuantile(sorted: readonly TimedTrial[], counts: Int32Array, q: number): number {
  let atRisk = sorted.length;
  let survival = 1;
  for (const [index, { minutes, isReached }] of sorted.entries()) {
    const count = counts[index] as number;
    if (count === 0) continue;
    if (isReached) survival *= 1 - count / atRisk;
    if (survival <= 1 - q + ROUNDING) return minutes;
    atRisk -= count;
  }
  return Number.POSITIVE_INFINITY;
}

function inOrder(trials: readonly TimedTrial[]): TimedTrial[] {
  return trials.toSorted((a, b) => a.minutes - b.minutes || Number(b.isReached) - Number(a.isReached));
}

/** P(Bin(n, q) < r). */
function below(n: number, q: number, r: number): number {
  return r <= 0 ? 0 : 1 - binomialUpperTail(n, q, r);
}

function finite(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}
