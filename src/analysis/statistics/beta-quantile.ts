import { logGamma } from './log-gamma.ts';

/**
 * Quantile of the Beta(a, b) distribution by bisection on its distribution function (METHODS 3.0 P3).
 * NaN for parameters that are not positive or a probability outside 0 to 1.
 */
export function betaQuantile(probability: number, a: number, b: number): number {
  if (!(a > 0) || !(b > 0) || !(probability >= 0) || !(probability <= 1)) return Number.NaN;
  const logFactor = inverseLogBeta(a, b);
  let low = 0;
  let high = 1;
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (distribution(middle, a, b, logFactor) < probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/**
 * Regularised incomplete beta function I_x(a, b), the distribution function of Beta(a, b).
 * The continued fraction converges fast below the mean, so the upper side uses I_x(a, b) = 1 − I_{1−x}(b, a).
 * @see https://dlmf.nist.gov/8.17.E22
 */
export function regularizedIncompleteBeta(x: number, a: number, b: number): number {
  return distribution(x, a, b, inverseLogBeta(a, b));
}

/** Logarithm of 1 / B(a, b): most of the work, and the same for every x. */
const inverseLogBeta = (a: number, b: number): number => logGamma(a + b) - logGamma(a) - logGamma(b);

function distribution(x: number, a: number, b: number, logFactor: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const logFront = logFactor + a * Math.log(x) + b * Math.log1p(-x);
  const front = Math.exp(logFront);
  if (x < (a + 1) / (a + b + 2)) return (front * continuedFraction(x, a, b)) / a;
  return 1 - (front * continuedFraction(1 - x, b, a)) / b;
}

/** Modified Lentz evaluation of the fraction in DLMF 8.17.22. */
function continuedFraction(x: number, a: number, b: number): number {
  const tiny = 1e-300;
  const away = (value: number) => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / away(1 - ((a + b) * x) / (a + 1));
  let result = d;
  for (let m = 1; m <= 400; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / away(1 + even * d);
    c = away(1 + even / c);
    result *= c * d;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / away(1 + odd * d);
    c = away(1 + odd / c);
    result *= c * d;
    if (Math.abs(c * d - 1) < 1e-14) break;
  }
  return result;
}
