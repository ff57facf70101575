import { type Forecast, fitForecast } from './forecast-engine.ts';
import { toPoints } from './forecast-points.ts';

export interface SeriesQuestion {
  /** One value a day, oldest first; null is a day without a reading. */
  values: readonly (number | null)[];
  /** Days to forecast. */
  horizon: number;
  /** Days of the cycle that may be there; 1: none. */
  season?: number;
  /** Wanted coverages between 0 and 1. */
  levels?: readonly number[];
}

export interface SeriesInterval {
  level: number;
  lower: number[];
  upper: number[];
}

export interface SeriesAnswer {
  mean: number[];
  /** Bounds at the highest level asked for. */
  lower: number[];
  upper: number[];
  intervals: SeriesInterval[];
}

export interface ExhaustionQuestion extends SeriesQuestion {
  capacity: number;
  /** Shares of the capacity. */
  thresholds: readonly number[];
}

export interface Exhaustion {
  threshold: number;
  /** First day with used space at or above the threshold, 1 = tomorrow; null: not within the horizon. */
  days: number | null;
  lo: number | null;
  hi: number | null;
}

const DEFAULT_LEVELS = [0.95];

/** Forecast of a daily series with an interval per level, in the unit of the values; all 0 for a series without readings. */
export function forecastSeries({
  values,
  horizon,
  season = 1,
  levels = DEFAULT_LEVELS,
}: SeriesQuestion): SeriesAnswer {
  const forecast = fitForecast(toPoints(values), season, horizon);
  const mean = path(forecast, horizon);
  const wanted = levels.length === 0 ? DEFAULT_LEVELS : levels;
  const intervals = wanted.map((level) => intervalOf(forecast, mean, level));
  const widest = intervals.reduce((best, interval) => (interval.level > best.level ? interval : best));
  return { mean, lower: widest.lower, upper: widest.upper, intervals };
}

/** Days until each threshold is reached, read off the same forecast. */
export function forecastExhaustion(question: ExhaustionQuestion): Exhaustion[] {
  const { values, capacity, thresholds, horizon, season = 1, levels = DEFAULT_LEVELS } = question;
  const forecast = fitForecast(toPoints(values), season, horizon);
  const mean = path(forecast, horizon);
  const { lower, upper } = intervalOf(forecast, mean, Math.max(...levels));
  return thresholds.map((threshold) => ({
    threshold,
    days: firstReach(mean, threshold * capacity),
    lo: firstReach(upper, threshold * capacity),
    hi: firstReach(lower, threshold * capacity),
  }));
}

function path(forecast: Forecast | null, horizon: number): number[] {
  return Array.from({ length: horizon }, (_, index) => forecast?.centre(index + 1) ?? 0);
}

function intervalOf(forecast: Forecast | null, mean: readonly number[], level: number): SeriesInterval {
  const widths = mean.map((_, index) => forecast?.band.halfWidth(index + 1, level) ?? 0);
  return {
    level,
    lower: mean.map((value, index) => value - (widths[index] ?? 0)),
    upper: mean.map((value, index) => value + (widths[index] ?? 0)),
  };
}

function firstReach(values: readonly number[], threshold: number): number | null {
  const index = values.findIndex((value) => value >= threshold - 1e-9 * Math.abs(threshold));
  return index < 0 ? null : index + 1;
}
