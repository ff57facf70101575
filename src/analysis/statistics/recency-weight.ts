export interface AgedObservation {
  /** Age in the unit of the half-life; negative ages (a clock ahead of ours) count as new. */
  age: number;
  /** Credit from 0 to 1. */
  y: number;
}

export interface WeightedRate {
  /** Σwy / Σw; null without observations. */
  rate: number | null;
  sumOfWeights: number;
  /** Kish's effective sample size (Σw)² / Σw². */
  effectiveN: number;
}

/** Weight that halves with every half-life: 2^(−age / halfLife) (METHODS 3.0 P4). */
export function recencyWeight(age: number, halfLife: number): number {
  return 2 ** (-Math.max(0, age) / halfLife);
}

/**
 * Recency-weighted mean with its effective sample size (METHODS 3.0 P4): old observations fade, they do not drop out.
 * @see https://en.wikipedia.org/wiki/Effective_sample_size (Kish 1965)
 */
export function weightedRate(observations: readonly AgedObservation[], halfLife: number): WeightedRate {
  let sumOfWeights = 0;
  let sumOfSquares = 0;
  let credit = 0;
  for (const { age, y } of observations) {
    const weight = recencyWeight(age, halfLife);
    sumOfWeights += weight;
    sumOfSquares += weight * weight;
    credit += weight * y;
  }
  // All weights can underflow to 0 at extreme ages; then nothing is known any more.
  if (!(sumOfSquares > 0)) return { rate: null, sumOfWeights: 0, effectiveN: 0 };
  return {
    rate: credit / sumOfWeights,
    sumOfWeights,
    effectiveN: (sumOfWeights * sumOfWeights) / sumOfSquares,
  };
}
