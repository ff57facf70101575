import { PolynomialRegression } from 'ml-regression-polynomial';

/** First day from tomorrow on with use at or above `limit`; null: never. */
export type Rival = (values: readonly (number | null)[], limit: number) => number | null;

/** Straight line through the last week. */
export const sevenDayLine: Rival = (values, limit) => {
  const points = toPoints(values).slice(-7);
  const { slope, level } = fitLine(points);
  return slope > 0 && level < limit ? (limit - level) / slope : null;
};

/**
 * What the predecessor meant to do (METHODS 1.2, its two defects that stop it from storing anything left aside): 60 days,
 * beyond three standard deviations of the trended values dropped, straight or quadratic by p < 0.05, first future root.
 */
export const predecessor: Rival = (values, limit) => {
  const points = withoutOutliers(toPoints(values).slice(-60));
  const last = points.at(-1);
  if (points.length < 14 || !last) return null;
  const [c, b, a] = quadratic(points);
  if (isSignificant(points, [c, b, a])) return firstRoot(a, b, c - limit);
  const { slope, level } = fitLine(points);
  if (slope < 1e-6) return null;
  const days = Math.trunc((limit - level) / slope);
  return days > 0 ? days : null;
};

interface Point {
  x: number;
  y: number;
}

function toPoints(values: readonly (number | null)[]): Point[] {
  return values.flatMap((y, index) => (y === null ? [] : [{ x: index - values.length + 1, y }]));
}

function withoutOutliers(points: Point[]): Point[] {
  const mean = points.reduce((sum, { y }) => sum + y, 0) / points.length;
  const deviation = Math.sqrt(points.reduce((sum, { y }) => sum + (y - mean) ** 2, 0) / points.length);
  return points.filter(({ y }) => Math.abs(y - mean) <= 3 * deviation);
}

function fitLine(points: readonly Point[]): { slope: number; level: number } {
  const meanX = points.reduce((sum, { x }) => sum + x, 0) / points.length;
  const meanY = points.reduce((sum, { y }) => sum + y, 0) / points.length;
  const xy = points.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0);
  const xx = points.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0);
  const slope = xx > 0 ? xy / xx : 0;
  return { slope, level: meanY - slope * meanX };
}

function quadratic(points: readonly Point[]): [number, number, number] {
  const fit = new PolynomialRegression(
    points.map(({ x }) => x),
    points.map(({ y }) => y),
    2,
  );
  return fit.coefficients as [number, number, number];
}

/** p < 0.05 for the curvature, by t > 2 with the residuals taken as independent, which is the flaw. */
function isSignificant(points: readonly Point[], [c, b, a]: [number, number, number]): boolean {
  const rest =
    points.reduce((sum, { x, y }) => sum + (y - (c + b * x + a * x * x)) ** 2, 0) / (points.length - 3);
  const meanX = points.reduce((sum, { x }) => sum + x, 0) / points.length;
  const line = fitLine(points.map(({ x }) => ({ x, y: (x - meanX) ** 2 })));
  const bend = points.reduce((sum, { x }) => sum + ((x - meanX) ** 2 - line.level - line.slope * x) ** 2, 0);
  return Math.abs(a) / Math.sqrt(rest / bend) > 2;
}

function firstRoot(a: number, b: number, c: number): number | null {
  const discriminant = b * b - 4 * a * c;
  if (discriminant < 0) return null;
  const roots = [(-b - Math.sqrt(discriminant)) / (2 * a), (-b + Math.sqrt(discriminant)) / (2 * a)].map(
    Math.trunc,
  );
  const future = roots.filter((root) => root > 0);
  return future.length === 0 ? null : Math.min(...future);
}
