import { logChoose } from './log-gamma.ts';

/**
 * P(X ≥ x) when n are drawn without replacement from N of which K count (METHODS 3.0 P8).
 * @see https://en.wikipedia.org/wiki/Hypergeometric_distribution
 */
export function hypergeometricUpperTail(
  population: number,
  marked: number,
  drawn: number,
  x: number,
): number {
  const least = Math.max(0, drawn + marked - population);
  const most = Math.min(drawn, marked);
  if (x <= least) return 1;
  if (x > most) return 0;
  const all = logChoose(population, drawn);
  let term = Math.exp(logChoose(marked, x) + logChoose(population - marked, drawn - x) - all);
  let tail = 0;
  for (let k = x; k <= most; k++) {
    tail += term;
    term *= ((marked - k) / (k + 1)) * ((drawn - k) / (population - marked - drawn + k + 1));
    if (term < tail * 1e-17) break;
  }
  return Math.min(1, tail);
}

/**
 * P(X ≥ x) for n independent trials of probability p (METHODS 3.0 P8). Summed from the side that does not cancel.
 * @see https://en.wikipedia.org/wiki/Binomial_distribution
 */
export function binomialUpperTail(n: number, p: number, x: number): number {
  if (x <= 0) return 1;
  if (x > n) return 0;
  if (p <= 0) return 0;
  if (p >= 1) return 1;
  if (x <= n * p) return Math.max(0, 1 - binomialUpperTail(n, 1 - p, n - x + 1));
  const odds = p / (1 - p);
  let term = Math.exp(logChoose(n, x) + x * Math.log(p) + (n - x) * Math.log1p(-p));
  let tail = 0;
  for (let k = x; k <= n; k++) {
    tail += term;
    term *= ((n - k) / (k + 1)) * odds;
    if (term < tail * 1e-17) break;
  }
  return Math.min(1, tail);
}
