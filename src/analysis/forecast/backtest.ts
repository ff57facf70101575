import { type Candidate, type Growth, grown, growthCandidates } from './candidates.ts';
import type { CleanSeries } from './clean.ts';
import { levelAt, type SmoothedLevel, smoothedLevels } from './level.ts';
import { at } from './points.ts';

export interface Residual {
  /** Index of the point that was "today". */
  origin: number;
  ahead: number;
  /** What came minus what was forecast. */
  error: number;
}

export interface Backtest {
  candidates: Candidate[];
  /** Of the candidates, adding up to 1; 0 where one was clearly worse than the best. */
  weights: number[];
  /** Mean absolute error relative to that of "no change" of the mixture; null without three errors at any distance. */
  relativeError: number | null;
  residuals: Residual[];
  origins: number;
  level: SmoothedLevel;
  /** The mixture's value `ahead` days after point `origin`. */
  forecast: (origin: number, ahead: number) => number;
}

const DISTANCES = [1, 2, 4, 7, 14, 21, 28, 42, 56, 84];
const LEVEL_DISTANCES = [1, 2, 4, 7];
const MOST_ORIGINS = 40;
const FEWEST_ERRORS = 3;
const WORSE_THAN_BEST = 1.3;
const SHARPNESS = 4;

/**
 * Rolling-origin backtest (METHODS 3.2 step D): up to 40 past days are taken as "today", each candidate forecasts from what
 * was known then, and the candidates are mixed by how well they did. Those more than 30 % worse than the best are left out,
 * so that an exact line is forecast by lines alone.
 */
export function backtest(series: CleanSeries, horizon: number): Backtest {
  const candidates = growthCandidates(series);
  const origins = chooseOrigins(series.days.length);
  const growths = origins.map((origin) => candidates.map(({ growthAt }) => growthAt(origin)));
  const today = series.days.length - 1;
  const growthsToday = candidates.map(({ growthAt }) => growthAt(today));
  const byDay = new Map(series.days.map((day, index) => [day, index]));
  const level = chooseLevel(series, origins, growths, byDay, horizon);
  const { scores, flatScore } = scoreCandidates(series, level, origins, growths, byDay, horizon);
  const weights = toWeights(scores, candidates);
  const mixed = (origin: number, growth: readonly Growth[], ahead: number) =>
    mixture(series, level, weights, origin, growth, ahead);
  const residuals: Residual[] = [];
  eachPair(series, origins, byDay, horizon, (place, target, ahead) => {
    const origin = at(origins, place);
    const forecast = mixed(origin, growths[place] as Growth[], ahead);
    residuals.push({ origin, ahead, error: at(series.values, target) - forecast });
  });
  return {
    candidates,
    weights,
    relativeError: relativeErrorOf(residuals, flatScore),
    residuals,
    origins: origins.length,
    level,
    forecast: (origin, ahead) =>
      mixed(
        origin,
        origin === today ? growthsToday : candidates.map(({ growthAt }) => growthAt(origin)),
        ahead,
      ),
  };
}

/** Indices of past "todays": from a third of the points (eight at least) to the last but one, evenly. */
function chooseOrigins(count: number): number[] {
  const first = Math.max(Math.min(8, count - 2), Math.floor(count / 3));
  const available = count - 1 - first;
  const wanted = Math.max(0, Math.min(MOST_ORIGINS, available));
  return Array.from({ length: wanted }, (_, k) => first + Math.floor((k * available) / wanted));
}

/** Distances that fit into half of the history, so that errors of the far ones come from more than one place. */
function distancesFor(series: CleanSeries, horizon: number): number[] {
  const span = at(series.days, series.days.length - 1) - at(series.days, 0);
  return DISTANCES.filter((ahead) => ahead <= Math.min(horizon, Math.max(1, span / 2)));
}

function eachPair(
  series: CleanSeries,
  origins: readonly number[],
  byDay: ReadonlyMap<number, number>,
  horizon: number,
  visit: (place: number, target: number, ahead: number, distance: number) => void,
): void {
  const distances = distancesFor(series, horizon);
  for (let place = 0; place < origins.length; place++) {
    const day = at(series.days, at(origins, place));
    for (const [distance, ahead] of distances.entries()) {
      const target = byDay.get(day + ahead);
      if (target !== undefined) visit(place, target, ahead, distance);
    }
  }
}

/** The smoothing with the least error within a week, growth being the average of the middle candidates. */
function chooseLevel(
  series: CleanSeries,
  origins: readonly number[],
  growths: readonly Growth[][],
  byDay: ReadonlyMap<number, number>,
  horizon: number,
): SmoothedLevel {
  const levels = smoothedLevels(series);
  const errors = new Float64Array(levels.length);
  let count = 0;
  for (const [place, origin] of origins.entries()) {
    const slope = growths[place]?.[4]?.slope ?? 0;
    for (const ahead of LEVEL_DISTANCES) {
      const target = byDay.get(at(series.days, origin) + ahead);
      if (target === undefined || ahead > horizon) continue;
      count++;
      for (const [index, smoothed] of levels.entries()) {
        const forecast = levelAt(smoothed, series, origin, slope) + slope * ahead;
        errors[index] = at(errors, index) + Math.abs(at(series.values, target) - forecast);
      }
    }
  }
  const best = count === 0 ? levels.length - 1 : errors.indexOf(Math.min(...errors));
  return levels[best] as SmoothedLevel;
}

interface Scores {
  /** Per candidate, sum over distances of its error relative to the average candidate's; null: nothing to score with. */
  scores: number[] | null;
  /** Mean absolute error of "no change" per distance in days. */
  flatScore: Map<number, number>;
}

function scoreCandidates(
  series: CleanSeries,
  level: SmoothedLevel,
  origins: readonly number[],
  growths: readonly Growth[][],
  byDay: ReadonlyMap<number, number>,
  horizon: number,
): Scores {
  const candidates = growths[0]?.length ?? 0;
  const distances = distancesFor(series, horizon);
  const errors = distances.map(() => new Float64Array(candidates));
  const counts = distances.map(() => 0);
  eachPair(series, origins, byDay, horizon, (place, target, ahead, distance) => {
    const origin = at(origins, place);
    const sums = errors[distance] as Float64Array;
    counts[distance] = at(counts, distance) + 1;
    const actual = at(series.values, target);
    const options = growths[place] as Growth[];
    for (let c = 0; c < candidates; c++) {
      const growth = options[c] as Growth;
      const from = levelAt(level, series, origin, growth.slope);
      sums[c] = at(sums, c) + Math.abs(actual - from - grown(growth, from, ahead));
    }
  });
  const flatScore = new Map<number, number>();
  const scores = Array.from({ length: candidates }, () => 0);
  const least = 1e-9 * series.scale;
  for (const [distance, sums] of errors.entries()) {
    const count = at(counts, distance);
    if (count < FEWEST_ERRORS) continue;
    flatScore.set(at(distances, distance), at(sums, 0) / count);
    const average = sums.reduce((sum, error) => sum + error, 0) / candidates + least;
    for (let c = 0; c < candidates; c++) scores[c] = at(scores, c) + (at(sums, c) + least) / average;
  }
  return { scores: flatScore.size > 0 ? scores : null, flatScore };
}

function toWeights(scores: readonly number[] | null, candidates: readonly Candidate[]): number[] {
  if (scores === null) {
    // Nothing can be compared yet: half-way between no change and the plain slope.
    const plain = candidates.map(({ name }) => (name === 'FLAT' || name === 'LINEAR_ALL' ? 0.5 : 0));
    return plain;
  }
  const best = Math.min(...scores);
  if (!(best > 0)) return scores.map((score) => (score === best ? 1 : 0));
  const raw = scores.map((score) => (score > WORSE_THAN_BEST * best ? 0 : (score / best) ** -SHARPNESS));
  const sum = raw.reduce((total, weight) => total + weight, 0);
  return raw.map((weight) => weight / sum);
}

function mixture(
  series: CleanSeries,
  level: SmoothedLevel,
  weights: readonly number[],
  origin: number,
  growths: readonly Growth[],
  ahead: number,
): number {
  let sum = 0;
  for (let c = 0; c < weights.length; c++) {
    const weight = at(weights, c);
    if (weight === 0) continue;
    const growth = growths[c] as Growth;
    const from = levelAt(level, series, origin, growth.slope);
    sum += weight * (from + grown(growth, from, ahead));
  }
  return sum;
}

function relativeErrorOf(
  residuals: readonly Residual[],
  flatScore: ReadonlyMap<number, number>,
): number | null {
  const ratios: number[] = [];
  for (const [ahead, flat] of flatScore) {
    const errors = residuals
      .filter((residual) => residual.ahead === ahead)
      .map(({ error }) => Math.abs(error));
    const mine = errors.reduce((sum, error) => sum + error, 0) / errors.length;
    if (flat > 0) ratios.push(mine / flat);
  }
  return ratios.length === 0 ? null : ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
}
