import { findLevelShifts, findSpikes, type SeriesEvent, withoutShifts } from './events.ts';
import { at, type ForecastPoints, medianOf, selectPoints } from './points.ts';
import { seasonalEffect, withoutSeason } from './season.ts';
import { findRecurringSteps, type RecurringStep } from './steps.ts';

export interface CleanSeries extends ForecastPoints {
  /** Effect per place in the cycle (day modulo season); null: none. */
  season: number[] | null;
  events: SeriesEvent[];
  /** Those of the shifts that will come again. */
  recurring: RecurringStep[];
  /** Largest absolute value, the yardstick of what is small. */
  scale: number;
}

/** More history than this changes no forecast of half a year, and costs time. */
const MOST_POINTS = 500;

/**
 * The series as the candidates see it: bad readings dropped, the cycle taken off, level shifts lifted to today's level
 * (METHODS 3.2 steps A and B). Gaps stay gaps.
 */
export function cleanSeries(points: ForecastPoints, season: number): CleanSeries {
  const first = Math.max(0, points.days.length - MOST_POINTS);
  const recent = selectPoints(points, (index) => index >= first);
  const readings = selectPoints(recent, zeroFilter(recent.values));
  const spikes = findSpikes(withoutSeason(readings, seasonalEffect(readings, season)));
  const wild = new Set(spikes.map(({ day }) => day));
  const kept = selectPoints(readings, (index) => !wild.has(at(readings.days, index)));
  const shifts = findLevelShifts(withoutSeason(kept, seasonalEffect(kept, season)));
  const level = withoutShifts(kept, shifts);
  const effect = seasonalEffect(level, season);
  const scale = kept.values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return {
    ...withoutSeason(level, effect),
    season: effect,
    events: [...spikes, ...shifts],
    recurring: findRecurringSteps(shifts),
    scale,
  };
}

/** A reading of 0 among positive ones is a reading that failed; where a fifth of them is 0 it is the truth. */
function zeroFilter(values: readonly number[]): (index: number) => boolean {
  const zeros = values.filter((value) => value <= 0).length;
  const isBad = medianOf(values) > 0 && zeros <= values.length * 0.2 && zeros < values.length;
  return (index) => !(isBad && at(values, index) <= 0);
}
