import { hampelScore } from './hampel.ts';

/** How far a value lies from what its past lets expect, in robust standard deviations. */
export interface TrailingScore {
  z: number;
  /** What was expected, in the unit of the values. */
  expected: number;
  scale: number;
}

const FLAG_AT = 3.5;
/** So many flagged values in a row are no outliers but how it is now. */
const NEW_LEVEL_AFTER = 7;

/**
 * Hampel score of each value against the values before it (METHODS 3.0 P7); null for the first 8. Flagged values do not
 * enter the past of later ones, until 7 in a row show that the level has changed: then the past starts with those.
 */
export function trailingScores(values: readonly number[], floor: number): (TrailingScore | null)[] {
  let past: number[] = [];
  let flagged: number[] = [];
  return values.map((value) => {
    const score = hampelScore(value, past, floor);
    if (score?.isFlagged) {
      flagged.push(value);
      if (flagged.length >= NEW_LEVEL_AFTER) [past, flagged] = [flagged, []];
    } else {
      past.push(value);
      flagged = [];
    }
    return score && { z: score.z, expected: score.median, scale: score.scale };
  });
}

/** Whether a score is an outlier, up or down (METHODS 3.0 P7). */
export function isOutlier(score: TrailingScore | null): boolean {
  return score !== null && Math.abs(score.z) >= FLAG_AT;
}
