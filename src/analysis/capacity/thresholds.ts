import { type Crossing, crossingDays, crossingProbability, firstPassage } from '../forecast/crossing.ts';
import type { Forecast } from '../forecast/engine.ts';

type ThresholdStatus =
  /** At or above it today. */
  | 'EXCEEDED'
  /** The centre gets there within the horizon. */
  | 'EXPECTED'
  /** Only the upper bound of the 80 % band gets there within the horizon. */
  | 'POSSIBLE'
  | 'NOT_WITHIN_HORIZON'
  /** Too little is known to say. */
  | 'UNKNOWN';

export interface ThresholdForecast extends Crossing {
  /** Share of the capacity. */
  threshold: number;
  status: ThresholdStatus;
}

/** What is expected and how far it may be off, with what a plan changes added; all in bytes, days from today. */
export interface UsePath {
  centre: (ahead: number) => number;
  spread: (ahead: number) => number;
  /** Bounds of the 80 % band, at least the least half-width away from the centre. */
  lower: (ahead: number) => number;
  upper: (ahead: number) => number;
}

/** Change that a plan makes: at once, and per day from then on. */
export interface UseAdjustment {
  bytesNow: number;
  bytesPerDay: number;
}

export const NO_ADJUSTMENT: UseAdjustment = { bytesNow: 0, bytesPerDay: 0 };

const BAND_LEVEL = 0.8;
/** Half-width that the band never goes below, as share of the capacity (METHODS 3.2 step E). */
const LEAST_HALF_WIDTH = 0.0025;

/** The path of a forecast; without a capacity the least half-width is taken of the current use. */
export function toUsePath(forecast: Forecast, capacityBytes: number | null, change: UseAdjustment): UsePath {
  const least = LEAST_HALF_WIDTH * (capacityBytes ?? forecast.series.scale);
  const added = (ahead: number) => change.bytesNow + change.bytesPerDay * ahead;
  const centre = (ahead: number) => Math.max(0, forecast.centre(ahead) + added(ahead));
  const bound = (ahead: number, distance: number) => forecast.centre(ahead) + added(ahead) + distance;
  return {
    centre,
    spread: forecast.spread,
    lower: (ahead) =>
      Math.max(0, bound(ahead, Math.min(-least, forecast.lower(ahead, BAND_LEVEL) - forecast.centre(ahead)))),
    upper: (ahead) =>
      Math.max(0, bound(ahead, Math.max(least, forecast.upper(ahead, BAND_LEVEL) - forecast.centre(ahead)))),
  };
}

/** When use reaches a share of the capacity (METHODS 3.2 step F). */
export function forecastThreshold(
  threshold: number,
  usedBytes: number,
  capacityBytes: number,
  path: UsePath,
  horizon: number,
): ThresholdForecast {
  const limit = threshold * capacityBytes;
  if (usedBytes >= limit) return { threshold, status: 'EXCEEDED', early: 0, mid: 0, late: 0 };
  const centre = firstPassage(path.centre, path.spread);
  const crossing = crossingDays({ ...path, centre }, limit, horizon);
  const status =
    crossing.mid !== null ? 'EXPECTED' : crossing.early !== null ? 'POSSIBLE' : 'NOT_WITHIN_HORIZON';
  return { threshold, status, ...crossing };
}

/** Probability that use reaches the limit within so many days; strictly between 0 and 1. */
export function probabilityWithin(
  days: number,
  limit: number,
  usedBytes: number,
  path: UsePath,
  band: Forecast['band'],
): number {
  const isReached = usedBytes >= limit;
  return crossingProbability(
    { ...path, limit: isReached ? Number.NEGATIVE_INFINITY : limit, horizon: days },
    band.scaledErrors,
    band.effectiveErrors,
  );
}
