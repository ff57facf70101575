/** Small statistics of the truth's own, so that it does not agree with the analysis by construction. */

const Z95 = 1.959963984540054;

/** Wilson's interval for a share. @see https://doi.org/10.1080/01621459.1927.10502953 */
function wilson(successes: number, n: number): [number, number] {
  const p = successes / n;
  const z2 = Z95 * Z95;
  const centre = (p + z2 / (2 * n)) / (1 + z2 / n);
  const half = (Z95 / (1 + z2 / n)) * Math.sqrt((p * (1 - p)) / n + z2 / (4 * n * n));
  return [centre - half, centre + half];
}

/** Upper limit of the difference of two shares, second minus first (Newcombe 1998, method 10). */
export function differenceUpper(first: [number, number], second: [number, number]): number {
  const [p1, p2] = [first[0] / first[1], second[0] / second[1]];
  const [low1] = wilson(...first);
  const [, high2] = wilson(...second);
  return p2 - p1 + Math.hypot(high2 - p2, p1 - low1);
}

/** Chance of at least `x` of `n` drawn from `population` with `marked` marked ones. */
export function hypergeometricTail(population: number, marked: number, n: number, x: number): number {
  let sum = 0;
  for (let i = x; i <= Math.min(n, marked); i += 1) {
    sum += Math.exp(choose(marked, i) + choose(population - marked, n - i) - choose(population, n));
  }
  return Math.min(1, sum);
}

/** Chance of at least `x` successes in `n` trials. */
export function binomialTail(n: number, p: number, x: number): number {
  let sum = 0;
  for (let i = x; i <= n; i += 1) sum += Math.exp(choose(n, i) + i * Math.log(p) + (n - i) * Math.log1p(-p));
  return Math.min(1, sum);
}

/** Logarithm of the number of ways; minus infinity where there is none. */
function choose(n: number, k: number): number {
  if (k < 0 || k > n) return Number.NEGATIVE_INFINITY;
  return logFactorial(n) - logFactorial(k) - logFactorial(n - k);
}

const FACTORIALS = [0];

function logFactorial(n: number): number {
  for (let i = FACTORIALS.length; i <= n; i += 1) FACTORIALS.push((FACTORIALS[i - 1] ?? 0) + Math.log(i));
  return FACTORIALS[n] ?? 0;
}

/** Correlation of each value with the one before it; 0 for a short or constant sequence. */
export function lagOne(values: number[]): number {
  if (values.length < 8) return 0;
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const spread = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  if (spread === 0) return 0;
  const joint = values
    .slice(1)
    .reduce((sum, value, i) => sum + (value - mean) * ((values[i] ?? mean) - mean), 0);
  return joint / spread;
}
