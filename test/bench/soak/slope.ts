/** Change per hour with its 95 % range, and the level from which it starts. */
export type Slope = { perHour: number; low: number; high: number; level: number };

/** Student's t for 95 % and so many degrees of freedom, from 3 on; above 30 it is near enough to the normal one. */
const T = [
  3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.2, 2.18, 2.16, 2.14, 2.13, 2.12, 2.11, 2.1, 2.09,
];

/**
 * Least squares through values of successive hours, and the range of its slope.
 * @see https://en.wikipedia.org/wiki/Simple_linear_regression#Confidence_intervals
 */
export function slopeOf(values: readonly number[]): Slope {
  const n = values.length;
  const meanX = (n - 1) / 2;
  const meanY = values.reduce((sum, value) => sum + value, 0) / n;
  const sxx = values.reduce((sum, _, x) => sum + (x - meanX) ** 2, 0);
  const perHour = values.reduce((sum, y, x) => sum + (x - meanX) * (y - meanY), 0) / sxx;
  const rest = values.reduce((sum, y, x) => sum + (y - meanY - perHour * (x - meanX)) ** 2, 0);
  const error = Math.sqrt(rest / Math.max(1, n - 2) / sxx) * (T[n - 5] ?? 2.08);
  return { perHour, low: perHour - error, high: perHour + error, level: meanY };
}

/** Grows for sure, and by more in a day than `share` of what is there. */
export const isGrowing = ({ low, level }: Slope, share: number): boolean => low * 24 > share * level;
