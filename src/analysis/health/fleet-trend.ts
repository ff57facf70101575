import { quantileSorted } from 'simple-statistics';
import { newcombeDifference, type Proportion } from '../statistics/newcombe.ts';
import { seededRandom } from '../statistics/seeded-random.ts';
import { classOf, type TrendClass } from './trend.ts';

export interface Stratum {
  before: Proportion;
  recent: Proportion;
}

export interface FleetTrend {
  class: TrendClass;
  difference: number | null;
  low: number | null;
  high: number | null;
  /** Jobs with runs in both periods; only they say anything about a change. */
  jobs: number;
  /** Pooled rate of the recent period, all jobs. */
  recentRate: number | null;
}

const RESAMPLES = 1000;
const FEW_JOBS = 10;
const ENOUGH = 8;

/**
 * Change of reliability of the fleet (METHODS 3.1 R1.4): Mantel–Haenszel weighted mean of the jobs' differences,
 * w = n1·n2/(n1 + n2), so that jobs that come or go do not look like a change. Interval by bootstrap over jobs (1000
 * resamples, seeded). With fewer than 10 jobs resampling knows too little about the runs inside a job (with one job it
 * would have no width at all), so the combination of the jobs' own Newcombe intervals is used where it is wider.
 * @see Mantel & Haenszel (1959); Zou & Donner (2008), Statistics in Medicine 27, 1693–1702, for the combination
 */
export function fleetTrend(jobs: readonly Stratum[], seed = 1): FleetTrend {
  const strata = jobs.flatMap(toWeighted);
  const recentN = jobs.reduce((total, { recent }) => total + recent.n, 0);
  const recentSum = jobs.reduce((total, { recent }) => total + recent.successes, 0);
  const recentRate = recentN > 0 ? recentSum / recentN : null;
  const difference = weightedMean(strata);
  if (difference === null)
    return { class: 'INSUFFICIENT_DATA', difference, low: null, high: null, jobs: 0, recentRate };
  const resampled = bootstrap(strata, seed);
  const combined = strata.length < FEW_JOBS ? combine(strata, difference) : resampled;
  const low = Math.max(-1, Math.min(resampled.low, combined.low, difference));
  const high = Math.min(1, Math.max(resampled.high, combined.high, difference));
  const beforeN = jobs.reduce((total, { before }) => total + before.n, 0);
  const isEnough = beforeN >= ENOUGH && recentN >= ENOUGH;
  return {
    class: classOf(difference, low, high, isEnough),
    difference,
    low,
    high,
    jobs: strata.length,
    recentRate,
  };
}

interface WeightedStratum {
  weight: number;
  difference: number;
  below: number;
  above: number;
}

function toWeighted({ before, recent }: Stratum): WeightedStratum[] {
  const interval = newcombeDifference(before, recent);
  if (interval === null) return [];
  const { difference, low, high } = interval;
  const weight = (before.n * recent.n) / (before.n + recent.n);
  return [{ weight, difference, below: difference - low, above: high - difference }];
}

function weightedMean(strata: readonly WeightedStratum[]): number | null {
  let sum = 0;
  let weights = 0;
  for (const { weight, difference } of strata) {
    sum += weight * difference;
    weights += weight;
  }
  return weights > 0 ? sum / weights : null;
}

function bootstrap(strata: readonly WeightedStratum[], seed: number): { low: number; high: number } {
  const random = seededRandom(seed);
  const means = new Float64Array(RESAMPLES);
  for (let sample = 0; sample < RESAMPLES; sample++) {
    let sum = 0;
    let weights = 0;
    for (let draw = 0; draw < strata.length; draw++) {
      const { weight, difference } = strata[Math.floor(random() * strata.length)] as WeightedStratum;
      sum += weight * difference;
      weights += weight;
    }
    means[sample] = sum / weights;
  }
  const sorted = Array.from(means.sort());
  return { low: quantileSorted(sorted, 0.025), high: quantileSorted(sorted, 0.975) };
}

function combine(strata: readonly WeightedStratum[], difference: number): { low: number; high: number } {
  const weights = strata.reduce((total, { weight }) => total + weight, 0);
  const reach = (pick: (stratum: WeightedStratum) => number) =>
    Math.sqrt(
      strata.reduce((total, stratum) => total + ((stratum.weight / weights) * pick(stratum)) ** 2, 0),
    );
  return { low: difference - reach(({ below }) => below), high: difference + reach(({ above }) => above) };
}
