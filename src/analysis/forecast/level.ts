import type { CleanSeries } from './clean.ts';
import { at } from './points.ts';

/** Exponentially smoothed values and, with the same weights, days: their difference in time is what growth must make up. */
export interface SmoothedLevel {
  alpha: number;
  value: Float64Array;
  day: Float64Array;
}

const ALPHAS = [0.1, 0.2, 0.35, 0.6, 1];

/**
 * Candidate levels from "average of the last weeks" to "the last value". A gap of d days forgets as much as d readings do.
 * @see https://en.wikipedia.org/wiki/Exponential_smoothing
 */
export function smoothedLevels(series: CleanSeries): SmoothedLevel[] {
  return ALPHAS.map((alpha) => smooth(series, alpha));
}

/** Level on the day of point `origin`, if the series grows by `slope` a day. */
export function levelAt(smoothed: SmoothedLevel, series: CleanSeries, origin: number, slope: number): number {
  return at(smoothed.value, origin) + slope * (at(series.days, origin) - at(smoothed.day, origin));
}

function smooth({ days, values }: CleanSeries, alpha: number): SmoothedLevel {
  const value = new Float64Array(values.length);
  const day = new Float64Array(values.length);
  value[0] = at(values, 0);
  day[0] = at(days, 0);
  for (let i = 1; i < values.length; i++) {
    const forgotten = 1 - (1 - alpha) ** (at(days, i) - at(days, i - 1));
    // The first points are averaged plainly; the very first one would weigh too much otherwise.
    const weight = Math.max(forgotten, 1 / (i + 1));
    value[i] = at(value, i - 1) + weight * (at(values, i) - at(value, i - 1));
    day[i] = at(day, i - 1) + weight * (at(days, i) - at(day, i - 1));
  }
  return { alpha, value, day };
}
