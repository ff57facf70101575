/** Two-sided normal quantiles. Given as constants because `probit` of simple-statistics is off in the third digit. */
export const Z80 = 1.2815515655;
export const Z90 = 1.644853627;
export const Z95 = 1.9599639845;

export interface ProportionInterval {
  /** Observed share, 0 to 1; null without any observation. */
  value: number | null;
  low: number;
  high: number;
}

/**
 * Wilson score interval of a proportion (METHODS 3.0 P1). `successes` and `n` may be fractional, as credits for warnings
 * and effective sample sizes are. Without observations nothing is known: null, and the range from 0 to 1.
 * @see https://en.wikipedia.org/wiki/Binomial_proportion_confidence_interval#Wilson_score_interval
 */
export function wilson(successes: number, n: number, z: number = Z80): ProportionInterval {
  if (!(n > 0)) return { value: null, low: 0, high: 1 };
  const p = Math.min(1, Math.max(0, successes / n));
  const z2 = z * z;
  const centre = (p + z2 / (2 * n)) / (1 + z2 / n);
  const half = (z / (1 + z2 / n)) * Math.sqrt((p * (1 - p)) / n + z2 / (4 * n * n));
  return {
    value: p,
    low: Math.min(p, Math.max(0, centre - half)),
    high: Math.max(p, Math.min(1, centre + half)),
  };
}
