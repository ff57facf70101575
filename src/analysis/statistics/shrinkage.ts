/** Runs' worth of belief in the fleet rate that a job starts with. */
const PRIOR_RUNS = 5;

/**
 * Rate pulled toward the fleet's (METHODS 3.0 P9), for ordering jobs only: with raw rates a job that ran once and failed
 * would rank below one that fails a third of sixty runs. n = 0 gives the fleet rate.
 * @see https://en.wikipedia.org/wiki/Additive_smoothing (beta-binomial posterior mean)
 */
export function shrunkRate(
  successes: number,
  n: number,
  fleetRate: number,
  priorRuns: number = PRIOR_RUNS,
): number {
  return (successes + priorRuns * fleetRate) / (n + priorRuns);
}
