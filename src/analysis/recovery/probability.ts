import { betaQuantile } from '../statistics/beta-quantile.ts';
import { recencyWeight } from '../statistics/recency-weight.ts';
import { wilson } from '../statistics/wilson.ts';

export interface Decision {
  isPassed: boolean;
  ageDays: number;
  /** Where it is not known whether it passed: how likely it did, 0 to 1. `isPassed` counts for nothing then. */
  share?: number;
}

/** What trials of others say: how many there are, and how many of them passed. */
export interface PooledTrials {
  n: number;
  passed: number;
}

/** Beta distribution of a probability: its mean with the 80 % range. */
export interface Probability {
  a: number;
  b: number;
  mean: number;
  low: number;
  high: number;
}

export type SlaStatus = 'COMPLIANT' | 'AT_RISK' | 'NON_COMPLIANT' | 'UNPROVEN' | 'UNTESTED';

const HALF_LIFE_DAYS = 45;
const PRIOR_TRIALS = 2;
const PRIOR_WITHOUT_POOL = 0.5;
const LARGEST_PRIOR = 0.8;
/** A pool in which all failed still leaves a doubt; a prior of 0 would also be no distribution. */
const SMALLEST_PRIOR = 0.01;
const GOOD_ENOUGH = 0.8;
/** As many trials as a pooled quantile and a speed need (METHODS 3.4 R4.1, R4.2). */
const FULL_POOL = 5;

/**
 * Share π that a machine starts from (METHODS 3.4 R4.3): the lower 80 % Wilson bound of the pooled trials, at most .8, so that
 * the untested inherit the pessimistic end of what tested ones show; .5 without a pool. Fewer than 5 trials are a pool in
 * part: the bound of a single failure is 0, as is that of a hundred, and one of 0.5 is drawn to it by n/5 alone.
 */
export function priorShare({ n, passed }: PooledTrials): number {
  if (!(n > 0)) return PRIOR_WITHOUT_POOL;
  const bound = Math.min(LARGEST_PRIOR, Math.max(SMALLEST_PRIOR, wilson(passed, n).low));
  return bound + (PRIOR_WITHOUT_POOL - bound) * Math.max(0, 1 - n / FULL_POOL);
}

/**
 * Probability after a machine's own trials (METHODS 3.4 R4.3): prior Beta(2π, 2(1 − π)), each trial added with a weight that
 * halves every 45 days, so that old evidence drifts back to the prior.
 */
export function trialProbability(decisions: readonly Decision[], prior: number): Probability {
  let a = PRIOR_TRIALS * prior;
  let b = PRIOR_TRIALS * (1 - prior);
  for (const { isPassed, ageDays, share = isPassed ? 1 : 0 } of decisions) {
    const weight = recencyWeight(ageDays, HALF_LIFE_DAYS);
    a += weight * share;
    b += weight * (1 - share);
  }
  return betaProbability(a, b);
}

/**
 * The same with what was pooled. Without own trials the range reaches at least as high as the pool's own: that few of others
 * failed is no certainty, which the narrow Beta distribution of a small π would make of it.
 */
export function pooledProbability(decisions: readonly Decision[], pooled: PooledTrials): Probability {
  const probability = trialProbability(decisions, priorShare(pooled));
  if (decisions.length > 0 || !(pooled.n > 0)) return probability;
  return { ...probability, high: Math.max(probability.high, wilson(pooled.passed, pooled.n).high) };
}

/** Beta(a, b) with its 80 % range; a mean beyond it, as very lopsided ones have, widens the range. */
function betaProbability(a: number, b: number): Probability {
  const mean = a / (a + b);
  const low = Math.min(mean, betaQuantile(0.1, a, b));
  return { a, b, mean, low, high: Math.max(mean, betaQuantile(0.9, a, b)) };
}

/**
 * COMPLIANT needs proof, NON_COMPLIANT too; in between AT_RISK where it is likely, else UNPROVEN. So is what was restored while
 * no restore says whether in time; UNTESTED is only what nobody tried to restore. `ownTrials` decided, `ownRestores` ended.
 */
export function slaStatus(probability: Probability, ownTrials: number, ownRestores = ownTrials): SlaStatus {
  if (ownTrials === 0) return ownRestores === 0 ? 'UNTESTED' : 'UNPROVEN';
  if (probability.low >= GOOD_ENOUGH) return 'COMPLIANT';
  if (probability.mean >= GOOD_ENOUGH) return 'AT_RISK';
  return probability.high < GOOD_ENOUGH ? 'NON_COMPLIANT' : 'UNPROVEN';
}

/** Failing to come back at all is failing to come back in time: nothing of the one may exceed the other. */
export function atMost(probability: Probability, bound: Probability): Probability {
  const smaller = bound.mean < probability.mean ? bound : probability;
  const low = Math.min(bound.low, probability.low);
  return { ...smaller, low, high: Math.min(bound.high, probability.high) };
}
