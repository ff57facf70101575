import type { ThresholdForecast } from './thresholds.ts';

export type CapacityQuality =
  /** 42 days and more. */
  | 'FORECAST'
  /** 7 to 41 days: dates are given, and may be far off. */
  | 'PRELIMINARY'
  /** Fewer than 7: what is used now, no dates. */
  | 'CURRENT_ONLY'
  /** Not reachable: the last reading, no dates. */
  | 'OFFLINE'
  /** No limit: growth only. */
  | 'UNBOUNDED'
  | 'NO_DATA';

export type CapacityPriority = 'URGENT' | 'HIGH' | 'MEDIUM' | 'LOW' | 'UNKNOWN' | 'NONE';
export type CapacityConfidence = 'HIGH' | 'MODERATE' | 'LOW';

const FORECAST_FROM = 42;
const PRELIMINARY_FROM = 7;
const MODERATE_FROM = 21;
const ORIGINS_FOR_HIGH = 20;
const STALE_AFTER_DAYS = 7;

/** How much history there is for a forecast; `days` with a valid reading. */
export function qualityOf(days: number, isOffline: boolean, hasLimit: boolean): CapacityQuality {
  if (isOffline) return 'OFFLINE';
  if (days === 0) return 'NO_DATA';
  if (!hasLimit) return 'UNBOUNDED';
  if (days < PRELIMINARY_FROM) return 'CURRENT_ONLY';
  return days < FORECAST_FROM ? 'PRELIMINARY' : 'FORECAST';
}

/** Whether there are enough days to speak of growth. */
export function hasTrend(days: number): boolean {
  return days >= PRELIMINARY_FROM;
}

/**
 * How soon somebody should act, on the early (pessimistic) day of the first threshold: under 14, 30, 60 days, METHODS 3.2.
 * Use of 80 % and of 90 % counts by itself. What is not known is UNKNOWN and never LOW; NONE is a repository without limit.
 */
export function priorityOf(
  quality: CapacityQuality,
  useShare: number | null,
  first: ThresholdForecast | undefined,
): CapacityPriority {
  if (quality === 'NO_DATA' || quality === 'OFFLINE') return 'UNKNOWN';
  if (quality === 'UNBOUNDED' || useShare === null) return 'NONE';
  const days = first?.early ?? Number.POSITIVE_INFINITY;
  if (useShare >= 0.9) return 'URGENT';
  if (useShare >= 0.8) return days > 0 && days < 14 ? 'URGENT' : 'HIGH';
  if (quality === 'CURRENT_ONLY') return 'UNKNOWN';
  if (days < 14) return 'URGENT';
  if (days < 30) return 'HIGH';
  return days < 60 ? 'MEDIUM' : 'LOW';
}

/** Word for how far the dates can be trusted; a track record of earlier forecasts may lower it (capacity-track-record.ts). */
export function confidenceOf(
  quality: CapacityQuality,
  facts: { days: number; origins: number; backtestCoverage: number | null; ageDays: number },
): CapacityConfidence {
  if (facts.ageDays > STALE_AFTER_DAYS) return 'LOW';
  const isCovered = facts.backtestCoverage !== null && facts.backtestCoverage >= 0.7;
  if (quality === 'FORECAST' && facts.origins >= ORIGINS_FOR_HIGH && isCovered) return 'HIGH';
  return quality === 'PRELIMINARY' && facts.days >= MODERATE_FROM ? 'MODERATE' : 'LOW';
}
