import { mean, median, medianAbsoluteDeviation } from 'simple-statistics';

export interface HampelScore {
  median: number;
  scale: number;
  z: number;
  isFlagged: boolean;
}

const FEWEST = 8;
const MOST = 30;
const FLAG_AT = 3.5;

/**
 * How far a new value lies from the previous ones of its kind, in robust standard deviations (METHODS 3.0 P7).
 * `previous` is in time order and must not contain the value itself; the last 30 count. `floor` is the smallest scale that
 * matters, in the unit of the values. Null with fewer than 8 previous values.
 * @see https://en.wikipedia.org/wiki/Median_absolute_deviation ; Hampel (1974); 3.5 as in Iglewicz & Hoaglin (1993)
 */
export function hampelScore(value: number, previous: readonly number[], floor: number): HampelScore | null {
  const last = previous.slice(-MOST);
  if (last.length < FEWEST) return null;
  const centre = median(last);
  const deviation = 1.4826 * medianAbsoluteDeviation(last);
  // More than half of the values equal: the median deviation is blind, the mean deviation is not.
  const spread = deviation > 0 ? deviation : 1.2533 * mean(last.map((x) => Math.abs(x - centre)));
  const scale = Math.max(spread, floor);
  const z =
    scale > 0 ? (value - centre) / scale : value === centre ? 0 : Math.sign(value - centre) * Infinity;
  return { median: centre, scale, z, isFlagged: Math.abs(z) >= FLAG_AT };
}
