import { medianSorted } from 'simple-statistics';

/** A series without gaps filled in: `days` ascend, `values` belong to them; nothing is interpolated. */
export interface ForecastPoints {
  days: number[];
  values: number[];
}

/** Points of a list with one value a day, of which null is a day without a reading; the last entry is day 0. */
export function toPoints(values: readonly (number | null)[]): ForecastPoints {
  const points: ForecastPoints = { days: [], values: [] };
  const last = values.length - 1;
  for (const [index, value] of values.entries()) {
    if (value === null || !Number.isFinite(value)) continue;
    points.days.push(index - last);
    points.values.push(value);
  }
  return points;
}

/** The points that `keep` names, in the same order. */
export function selectPoints(points: ForecastPoints, keep: (index: number) => boolean): ForecastPoints {
  return {
    days: points.days.filter((_, index) => keep(index)),
    values: points.values.filter((_, index) => keep(index)),
  };
}

/** Element that is known to be there; spares a cast at each index. */
export function at(list: ArrayLike<number>, index: number): number {
  return list[index] as number;
}

/** Median without changing the list; 0 for an empty one, since a scale of nothing is 0. */
export function medianOf(list: ArrayLike<number>): number {
  if (list.length === 0) return 0;
  // A typed array sorts by number and about ten times as fast as a list with a comparator.
  return medianSorted(Float64Array.from(list).sort() as unknown as number[]);
}

/** Remainder that is never negative, so that days before day 0 keep their place in the week. */
export function placeInCycle(day: number, season: number): number {
  return ((day % season) + season) % season;
}
