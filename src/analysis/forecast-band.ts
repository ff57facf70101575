import type { Residual } from './forecast-backtest.ts';
import { at } from './forecast-points.ts';

export interface Band {
  /** Typical error `ahead` days away, in the unit of the values. */
  spread: (ahead: number) => number;
  /** How fast errors grow: spread ~ ahead^exponent. */
  exponent: number;
  /** Half-width at a nominal level, in the unit of the values. */
  halfWidth: (ahead: number, level: number) => number;
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

/**
 * How far off the forecast may be, from how far off it was in the backtest: root mean square error per distance, a power of
 * the distance through them (METHODS 3.2 step E, K(h)), drawn towards 0.6 where there is little to fit.
 */
export function toBand(residuals: readonly Residual[], scale: number, spanDays: number): Band {
  const [logDistance, logError] = logErrors(residuals, scale);
  const { exponent, intercept } = fitPower(logDistance, logError, scale);
  const spread = (ahead: number) =>
    Math.exp(intercept + exponent * Math.log(ahead)) * widening(ahead, spanDays);
  return { spread, exponent, halfWidth: (ahead, level) => multiplier(level) * spread(ahead) };
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
