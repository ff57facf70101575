/** Value as a function of the days ahead. */
export type Path = (ahead: number) => number;

export interface Crossing {
  /** First day with the upper bound, the centre and the lower bound at the limit; null: not within the horizon. */
  early: number | null;
  mid: number | null;
  late: number | null;
}

/** Rounding of sums must not move a date by a day. */
const ROUNDING = 1e-9;
const NOISE_DAYS = 7;

/** Days until each of three paths reaches the limit, searched day by day up to the horizon (METHODS 3.2 step F). */
export function crossingDays(
  paths: { upper: Path; centre: Path; lower: Path },
  limit: number,
  horizon: number,
): Crossing {
  return {
    early: firstReach(paths.upper, limit, horizon),
    mid: firstReach(paths.centre, limit, horizon),
    late: firstReach(paths.lower, limit, horizon),
  };
}

/** First day from 1 to the horizon on which the path is at or above the limit. */
export function firstReach(path: Path, limit: number, horizon: number): number | null {
  const reached = limit - ROUNDING * Math.abs(limit);
  for (let ahead = 1; ahead <= horizon; ahead++) if (path(ahead) >= reached) return ahead;
  return null;
}

/**
 * The path whose crossing is the likeliest first day at a limit. Use reaches a limit on its first high day and not when its
 * average does, so the usual scatter within a week is added to the centre.
 */
export function firstPassage(centre: Path, spread: Path): Path {
  return (ahead) => centre(ahead) + spread(Math.min(ahead, NOISE_DAYS));
}

/**
 * Probability of having reached the limit within `horizon` days: share of past errors, in spreads, large enough on the day
 * on which least is needed, as if `effectiveErrors` of them were independent and one more on either side had been seen; so
 * never 0 or 1 (METHODS 3.2 step F).
 */
export function crossingProbability(
  question: { centre: Path; spread: Path; limit: number; horizon: number },
  scaledErrors: readonly number[],
  effectiveErrors: number,
): number {
  let needed = Number.POSITIVE_INFINITY;
  for (let ahead = 1; ahead <= question.horizon; ahead++) {
    const missing = question.limit * (1 - ROUNDING) - question.centre(ahead);
    const spread = question.spread(ahead);
    needed = Math.min(needed, spread > 0 ? missing / spread : missing <= 0 ? -Infinity : Infinity);
  }
  const enough = scaledErrors.filter((error) => error >= needed).length;
  // Without a single past error the only evidence is on which side the centre is.
  const share = scaledErrors.length > 0 ? enough / scaledErrors.length : needed <= 0 ? 1 : 0;
  return (share * effectiveErrors + 1) / (effectiveErrors + 2);
}
