import { median, medianSorted } from 'simple-statistics';
import { Z95 } from './wilson.ts';

export interface PlanePoint {
  x: number;
  y: number;
}

export interface TheilSen {
  /** Median of all pairwise slopes; null with fewer than two different x. */
  slope: number | null;
  /** Median of y − slope·x; null without points. */
  level: number | null;
  low: number | null;
  high: number | null;
  /** Number of pairwise slopes. */
  pairs: number;
  /** Kendall's S and its variance with ties in y, and the continuity-corrected Mann–Kendall statistic. */
  s: number;
  varianceOfS: number;
  mannKendallZ: number;
}

/**
 * Robust line through points and Sen's interval of its slope (METHODS 3.0 P6); up to 29 % of the points may be wild.
 * All pairs are formed, so a few hundred points are fine and many thousands are not.
 * @see https://en.wikipedia.org/wiki/Theil%E2%80%93Sen_estimator ; Gilbert (1987), Statistical Methods for Environmental
 * Pollution Monitoring, section 16.5
 */
export function theilSen(points: readonly PlanePoint[], z: number = Z95): TheilSen {
  const slopes: number[] = [];
  let s = 0;
  for (const [i, a] of points.entries()) {
    for (let j = i + 1; j < points.length; j++) {
      const b = points[j] as PlanePoint;
      const dx = b.x - a.x;
      if (dx === 0) continue;
      slopes.push((b.y - a.y) / dx);
      s += Math.sign(b.y - a.y) * Math.sign(dx);
    }
  }
  const varianceOfS = kendallVariance(points);
  const mannKendallZ = varianceOfS > 0 ? (s - Math.sign(s)) / Math.sqrt(varianceOfS) : 0;
  if (slopes.length === 0) {
    const level = points.length === 0 ? null : median(points.map(({ y }) => y));
    return { slope: null, level, low: null, high: null, pairs: 0, s: 0, varianceOfS, mannKendallZ: 0 };
  }
  const sorted = Float64Array.from(slopes).sort();
  const slope = medianSorted(sorted as unknown as number[]);
  const level = median(points.map(({ x, y }) => y - slope * x));
  return {
    slope,
    level,
    ...senInterval(sorted, varianceOfS, z),
    pairs: sorted.length,
    s,
    varianceOfS,
    mannKendallZ,
  };
}

function senInterval(sorted: Float64Array, varianceOfS: number, z: number): { low: number; high: number } {
  const last = sorted.length - 1;
  const reach = z * Math.sqrt(Math.max(0, varianceOfS));
  const clamp = (index: number) => Math.min(last, Math.max(0, index));
  return {
    low: sorted[clamp(Math.round((sorted.length - reach) / 2) - 1)] as number,
    high: sorted[clamp(Math.round((sorted.length + reach) / 2))] as number,
  };
}

function kendallVariance(points: readonly PlanePoint[]): number {
  const n = points.length;
  const ties = new Map<number, number>();
  for (const { y } of points) ties.set(y, (ties.get(y) ?? 0) + 1);
  let total = n * (n - 1) * (2 * n + 5);
  for (const t of ties.values()) total -= t * (t - 1) * (2 * t + 5);
  return Math.max(0, total) / 18;
}
