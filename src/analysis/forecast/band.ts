import { quantileSorted } from 'simple-statistics';
import type { Residual } from './backtest.ts';
import { at, medianOf } from './points.ts';

export interface Band {
  /** Typical error `ahead` days away, in the unit of the values. */
  spread: (ahead: number) => number;
  /** How fast errors grow: spread ~ ahead^exponent. */
  exponent: number;
  /** Errors of the backtest in spreads of their distance, all distances together, ascending. */
  scaledErrors: number[];
  /** How many independent errors the overlapping ones are worth. */
  effectiveErrors: number;
  /** Distance of the upper or lower bound from the centre at a nominal level, not negative, in the unit of the values. */
  reach: (ahead: number, level: number, side: 'UPPER' | 'LOWER') => number;
}

export interface BandFacts {
  /** Largest value of the series. */
  scale: number;
  /** Days from the first point to the last, and how many points. */
  spanDays: number;
  points: number;
  /** Variance per day of jumps that the history was cleaned of and that will come again. */
  jumpsPerDay: number;
  /** Spread of what steps that come again will add. */
  stepSpread: (ahead: number) => number;
}

/** How many spreads hold a share of errors: measured on series of both benchmarks, a little above Student's t with 5 degrees. */
const MULTIPLIERS: readonly (readonly [number, number])[] = [
  [0, 0],
  [0.5, 0.72],
  [0.8, 1.5],
  [0.9, 2.05],
  [0.95, 2.6],
  [0.99, 4.2],
  [1, 8],
];
const PRIOR_EXPONENT = 0.6;
const FEWEST_ERRORS = 4;
/** How much a series' own quantiles count; more than this and the few that are independent make bands too narrow. */
const OWN_SHARE = 0.3;
const FEWEST_OF_ITS_OWN = 10;

/**
 * How far off the forecast may be, from how far off it was in the backtest: root mean square error per distance, a power of
 * the distance through them (METHODS 3.2 step E, K(h)), drawn towards 0.6 where there is little to fit.
 */
export function toBand(residuals: readonly Residual[], facts: BandFacts): Band {
  const [logDistance, logError] = logErrors(residuals, facts.scale);
  const { exponent, intercept } = fitPower(logDistance, logError, facts.scale);
  const base = (ahead: number) =>
    Math.exp(intercept + exponent * Math.log(ahead)) * widening(ahead, facts.spanDays);
  const spread = (ahead: number) =>
    Math.hypot(base(ahead), Math.sqrt(facts.jumpsPerDay * ahead), facts.stepSpread(ahead));
  const tested = residuals.filter(({ ahead }) => logDistance.includes(Math.log(ahead)));
  const scaledErrors = Array.from(
    Float64Array.from(tested, ({ ahead, error }) => scaled(error, base(ahead))).sort(),
  );
  const effectiveErrors = effectiveCount(facts.points, [...new Set(tested.map(({ ahead }) => ahead))]);
  const own = new Map<number, readonly [number, number]>();
  const ownQuantiles = (level: number) => {
    const known = own.get(level) ?? conformalQuantiles(scaledErrors, effectiveErrors, level);
    own.set(level, known);
    return known;
  };
  const reach = (ahead: number, level: number, side: 'UPPER' | 'LOWER') => {
    const usual = multiplier(level);
    if (scaledErrors.length < FEWEST_OF_ITS_OWN) return usual * spread(ahead);
    const [low, high] = ownQuantiles(level);
    const ownReach = Math.max(0, side === 'UPPER' ? high : -low);
    return ((1 - OWN_SHARE) * usual + OWN_SHARE * ownReach) * spread(ahead);
  };
  return { spread, exponent, scaledErrors, effectiveErrors, reach };
}

/**
 * Bounds of a central interval at `level` from ascending scaled errors, widened for the few independent ones they are worth
 * (split conformal prediction; METHODS 3.2 step E). Type-7 quantiles; [0, 0] without errors.
 * @see Vovk, Gammerman & Shafer (2005), Algorithmic Learning in a Random World
 */
export function conformalQuantiles(
  scaledErrors: readonly number[],
  effectiveErrors: number,
  level: number,
): readonly [number, number] {
  if (scaledErrors.length === 0) return [0, 0];
  const upper = Math.min(1, (((1 + level) / 2) * (effectiveErrors + 1)) / effectiveErrors);
  return [
    quantileSorted(scaledErrors as number[], 1 - upper),
    quantileSorted(scaledErrors as number[], upper),
  ];
}

/** Twice the history over the usual distance, three at least (METHODS 3.2 step E). */
function effectiveCount(points: number, distances: readonly number[]): number {
  return distances.length === 0 ? 3 : Math.max(3, (2 * points) / medianOf(distances));
}

/** A series of zeros has neither errors nor a spread. */
function scaled(error: number, spread: number): number {
  return spread > 0 ? error / spread : 0;
}

/** Beyond what history could test, errors grow faster than they did within. */
function widening(ahead: number, spanDays: number): number {
  return Math.sqrt(1 + ahead / Math.max(spanDays, 1)) * (1 + ahead / 300);
}

function logErrors(residuals: readonly Residual[], scale: number): [number[], number[]] {
  const squares = new Map<number, { sum: number; count: number }>();
  for (const { ahead, error } of residuals) {
    const entry = squares.get(ahead) ?? { sum: 0, count: 0 };
    entry.sum += error * error;
    entry.count++;
    squares.set(ahead, entry);
  }
  const enough = [...squares].filter(([, { count }]) => count >= FEWEST_ERRORS);
  return [
    enough.map(([ahead]) => Math.log(ahead)),
    enough.map(([, { sum, count }]) => Math.log(Math.sqrt(sum / count) + 1e-9 * scale + Number.MIN_VALUE)),
  ];
}

function fitPower(x: readonly number[], y: readonly number[], scale: number) {
  if (x.length === 0)
    return { exponent: PRIOR_EXPONENT, intercept: Math.log(0.005 * scale + Number.MIN_VALUE) };
  const meanX = x.reduce((sum, value) => sum + value, 0) / x.length;
  const meanY = y.reduce((sum, value) => sum + value, 0) / y.length;
  let [xx, xy] = [1, PRIOR_EXPONENT];
  for (const [index, value] of x.entries()) {
    xx += (value - meanX) ** 2;
    xy += (value - meanX) * (at(y, index) - meanY);
  }
  const exponent = Math.min(1, Math.max(0.1, xy / xx));
  return { exponent, intercept: meanY - exponent * meanX };
}

function multiplier(level: number): number {
  for (let i = 1; i < MULTIPLIERS.length; i++) {
    const [low, lowValue] = MULTIPLIERS[i - 1] as readonly [number, number];
    const [high, highValue] = MULTIPLIERS[i] as readonly [number, number];
    if (level <= high) return lowValue + ((level - low) / (high - low)) * (highValue - lowValue);
  }
  return 8;
}
