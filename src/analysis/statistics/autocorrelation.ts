const MOST_DISCOUNT = 0.8;
const FEWEST_VALUES = 8;

/**
 * Lag-1 autocorrelation of a sequence, clipped to 0 … 0.8 (METHODS 3.0 P5). 0 for fewer than 8 values and for a constant
 * sequence: there it cannot be estimated, and a negative value would claim more information than there are runs.
 */
export function lagOneAutocorrelation(values: readonly number[]): number {
  const n = values.length;
  if (n < FEWEST_VALUES) return 0;
  let sum = 0;
  for (const value of values) sum += value;
  const mean = sum / n;
  let variance = 0;
  let covariance = 0;
  let previous: number | null = null;
  for (const value of values) {
    variance += (value - mean) ** 2;
    if (previous !== null) covariance += (value - mean) * (previous - mean);
    previous = value;
  }
  if (!(variance > 1e-12)) return 0;
  return Math.min(MOST_DISCOUNT, Math.max(0, covariance / variance));
}

/**
 * Sample size that serially dependent values are worth: n(1 − ρ)/(1 + ρ), ρ as above (METHODS 3.0 P5, first-order
 * autoregressive approximation). `n` defaults to the number of values and may itself be an effective size.
 */
export function discountedSampleSize(values: readonly number[], n: number = values.length): number {
  const rho = lagOneAutocorrelation(values);
  return (n * (1 - rho)) / (1 + rho);
}
