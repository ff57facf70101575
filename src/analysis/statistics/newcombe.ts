import { wilson, Z95 } from './wilson.ts';

export interface Proportion {
  successes: number;
  n: number;
}

export interface DifferenceInterval {
  difference: number;
  low: number;
  high: number;
}

/**
 * Newcombe's interval for the difference of two independent proportions, `after` minus `before` (METHODS 3.0 P2): the two
 * Wilson intervals combined ("square and add"). Null when either side has no observation.
 * @see Newcombe (1998), Statistics in Medicine 17, 873–890, method 10
 */
export function newcombeDifference(
  before: Proportion,
  after: Proportion,
  z: number = Z95,
): DifferenceInterval | null {
  const first = wilson(before.successes, before.n, z);
  const second = wilson(after.successes, after.n, z);
  if (first.value === null || second.value === null) return null;
  const difference = second.value - first.value;
  const below = Math.hypot(second.value - second.low, first.high - first.value);
  const above = Math.hypot(second.high - second.value, first.value - first.low);
  return { difference, low: Math.max(-1, difference - below), high: Math.min(1, difference + above) };
}
