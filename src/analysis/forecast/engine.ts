import { type Backtest, backtest } from './backtest.ts';
import { type Band, toBand } from './band.ts';
import { type CleanSeries, cleanSeries } from './clean.ts';
import { at, type ForecastPoints, placeInCycle } from './points.ts';
import { stepSpread, stepsAhead } from './steps.ts';

export interface Forecast {
  series: CleanSeries;
  tested: Backtest;
  band: Band;
  /** Expected value `ahead` days after day 0, the cycle included. */
  centre: (ahead: number) => number;
  /** Typical error `ahead` days after day 0. */
  spread: (ahead: number) => number;
  /** Bounds of the interval at a nominal level, `ahead` days after day 0. */
  lower: (ahead: number, level: number) => number;
  upper: (ahead: number, level: number) => number;
  /** Days of the newest point before day 0. */
  age: number;
}

/**
 * The one forecasting engine: clean, mix candidates by backtest, band from the backtest's errors. `points` are in the order
 * of days, none twice and none after day 0, from which `ahead` counts. Null without points.
 */
export function fitForecast(points: ForecastPoints, season: number, horizon: number): Forecast | null {
  if (points.days.length === 0) return null;
  const series = cleanSeries(points, season);
  const tested = backtest(series, horizon);
  const last = series.days.length - 1;
  const age = -at(series.days, last);
  const span = at(series.days, last) - at(series.days, 0);
  const band = toBand(tested.residuals, {
    scale: series.scale,
    spanDays: span,
    points: series.days.length,
    jumpsPerDay: habitualJumps(series, span),
    stepSpread: (ahead) => stepSpread(series.recurring, ahead - age),
  });
  const cycle = (ahead: number) =>
    series.season === null ? 0 : at(series.season, placeInCycle(ahead, series.season.length));
  const centre = (ahead: number) =>
    tested.forecast(last, ahead + age) + cycle(ahead) + stepsAhead(series.recurring, ahead);
  return {
    series,
    tested,
    band,
    centre,
    spread: (ahead) => band.spread(ahead + age),
    lower: (ahead, level) => centre(ahead) - band.reach(ahead + age, level, 'LOWER'),
    upper: (ahead, level) => centre(ahead) + band.reach(ahead + age, level, 'UPPER'),
    age,
  };
}

/**
 * Variance per day from level shifts that were taken out of the history and may come again. One or two may be a migration
 * and a clean-up, and say nothing of what comes; those beyond the two largest are a habit. Recurring steps are forecast.
 */
function habitualJumps({ events, recurring }: CleanSeries, spanDays: number): number {
  const isForecast = (amount: number) => recurring.some((step) => step.amount > 0 === amount > 0);
  const squares = events
    .filter(({ kind, amount }) => kind === 'LEVEL_SHIFT' && !isForecast(amount))
    .map(({ amount }) => amount ** 2);
  const habit = squares.toSorted((a, b) => b - a).slice(2);
  return habit.reduce((sum, square) => sum + square, 0) / Math.max(spanDays, 1);
}
