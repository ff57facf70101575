import { firstPassage, firstReach } from './forecast/crossing.ts';
import { type Forecast, fitForecast } from './forecast/engine.ts';
import { toPoints } from './forecast/points.ts';

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

interface SeriesInterval {
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

const DEFAULT_LEVEL = 0.95;

/** Forecast of a daily series with an interval per level, in the unit of the values; all 0 for a series without readings. */
export function forecastSeries({ values, horizon, season = 1, levels = [] }: SeriesQuestion): SeriesAnswer {
  const forecast = fitForecast(toPoints(values), season, horizon);
  const days = Array.from({ length: horizon }, (_, index) => index + 1);
  const wanted = levels.length === 0 ? [DEFAULT_LEVEL] : levels;
  const intervals = wanted.map((level) => ({
    level,
    lower: days.map((ahead) => forecast?.lower(ahead, level) ?? 0),
    upper: days.map((ahead) => forecast?.upper(ahead, level) ?? 0),
  }));
  const widest = intervals.reduce((best, interval) => (interval.level > best.level ? interval : best));
  const mean = days.map((ahead) => forecast?.centre(ahead) ?? 0);
  return { mean, lower: widest.lower, upper: widest.upper, intervals };
}

/** Days until each threshold is reached and their interval at the highest level, from the same forecast. */
export function forecastExhaustion(question: ExhaustionQuestion): Exhaustion[] {
  const { values, capacity, thresholds, horizon, season = 1, levels = [] } = question;
  const forecast = fitForecast(toPoints(values), season, horizon);
  const level = Math.max(...(levels.length === 0 ? [DEFAULT_LEVEL] : levels));
  return thresholds.map((threshold) => ({
    threshold,
    ...daysUntil(forecast, threshold * capacity, horizon, level),
  }));
}

function daysUntil(forecast: Forecast | null, limit: number, horizon: number, level: number) {
  if (forecast === null || !(limit > 0)) return { days: null, lo: null, hi: null };
  return {
    days: firstReach(firstPassage(forecast.centre, forecast.spread), limit, horizon),
    lo: firstReach((ahead) => forecast.upper(ahead, level), limit, horizon),
    hi: firstReach((ahead) => forecast.lower(ahead, level), limit, horizon),
  };
}
