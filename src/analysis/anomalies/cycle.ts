import { median } from 'simple-statistics';

const WEEK_MS = 604_800_000;
const MOST_CYCLES = 8;
const FIRST_GAPS = 8;

/** Usual distance of times in order, from the first 8 gaps alone, so that later ones do not change it; null before. */
export function usualGap(times: readonly number[]): number | null {
  const gaps: number[] = [];
  for (let i = 1; i < times.length && gaps.length < FIRST_GAPS; i += 1) {
    const gap = (times[i] ?? 0) - (times[i - 1] ?? 0);
    if (gap > 0) gaps.push(gap);
  }
  return gaps.length === FIRST_GAPS ? median(gaps) : null;
}

/**
 * Effect of the day of the week (or a finer part of it) on each value, see below. Parts begin half a gap
 * before the first value, so that a job that starts around midnight stays on its day.
 *
 * @param times epoch milliseconds; `apart` of them lie between two values as a rule
 */
export function weeklyEffects(values: readonly number[], times: readonly number[], apart: number): number[] {
  const length = Math.max(1, Math.round(WEEK_MS / apart));
  const first = times[0] ?? 0;
  const places = times.map((time) => Math.round((time - first) / (WEEK_MS / length)) % length);
  return cycleEffects(values, places, length);
}

/**
 * Effect of each value's place in its cycle, from the values before it alone: the median, over the last 8 cycles, of how
 * far the value at that place lay from the median of the cycle around it. Two cycles are enough if they agree on the side;
 * then the smaller counts. 0 where nothing can be told yet.
 *
 * @param places place of each value; a value at the same place as one before is a cycle later
 * @param length values that a cycle usually has
 */
function cycleEffects(values: readonly number[], places: readonly number[], length: number): number[] {
  const earlier = new Map<number, number[]>();
  const distances = new Map<number, number>();
  return values.map((_, i) => {
    const place = places[i] ?? 0;
    const same = earlier.get(place) ?? [];
    earlier.set(place, [...same, i].slice(-MOST_CYCLES));
    return length < 2 ? 0 : agreed(same.map((at) => distanceFromCycle(values, at, i, length, distances)));
  });
}

/** From the median of a cycle's length of values around `at`, as far as they lie before `end`. */
function distanceFromCycle(
  values: readonly number[],
  at: number,
  end: number,
  length: number,
  known: Map<number, number>,
): number {
  const found = known.get(at);
  if (found !== undefined) return found;
  const wanted = Math.max(0, at - Math.floor(length / 2));
  const first = Math.max(0, Math.min(wanted, end - length));
  const distance = (values[at] ?? 0) - median(values.slice(first, Math.min(end, first + length)));
  // With all of the cycle known it stays as it is.
  if (wanted + length <= end) known.set(at, distance);
  return distance;
}

function agreed(effects: readonly number[]): number {
  const [first, second] = effects;
  if (first === undefined || second === undefined) return 0;
  if (effects.length > 2) return median([...effects]);
  return Math.sign(first) === Math.sign(second)
    ? Math.sign(first) * Math.min(Math.abs(first), Math.abs(second))
    : 0;
}
