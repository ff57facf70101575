import { theilSen } from '../statistics/theil-sen.ts';
import { Z90 } from '../statistics/wilson.ts';
import { type FileKind, type UsableFile } from './files.ts';

type ReductionTrendClass = 'DEGRADING' | 'IMPROVING' | 'STABLE' | 'INSUFFICIENT_DATA';

/** Change of the reduction factor in per cent per 30 days, with its 90 % interval; null with fewer than 8 days. */
export interface ReductionTrend {
  class: ReductionTrendClass;
  percentPer30Days: number | null;
  low: number | null;
  high: number | null;
  /** Points that it rests on. */
  n: number;
}

export interface ReductionPoint {
  /** Epoch milliseconds. */
  at: number;
  x: number;
}

const DAY_MS = 86_400_000;
const FEWEST_POINTS = 8;
/** All pairs are formed: a year of days. */
const MOST_POINTS = 366;
const LEAST_CHANGE = 1;

/**
 * Theil–Sen slope of ln x over days (METHODS 3.3), in per cent per 30 days: 100·(e^{30b} − 1). DEGRADING if Sen's 90 %
 * interval is below 0 and the change at least 1 % per 30 days; IMPROVING mirrored. The newest 366 points count.
 */
export function reductionTrend(points: readonly ReductionPoint[]): ReductionTrend {
  const newest = points
    .filter(({ at, x }) => Number.isFinite(at) && Number.isFinite(x) && x > 0)
    .sort((a, b) => a.at - b.at)
    .slice(-MOST_POINTS);
  const n = newest.length;
  if (n < FEWEST_POINTS) return insufficient(n);
  const last = newest.at(-1)?.at ?? 0;
  const plane = newest.map(({ at, x }) => ({ x: (at - last) / DAY_MS, y: Math.log(x) }));
  const { slope, low, high } = theilSen(plane, Z90);
  if (slope === null || low === null || high === null) return insufficient(n);
  const [percent, from, to] = [slope, low, high].map(toPercent) as [number, number, number];
  return { class: classify(percent, from, to), percentPer30Days: percent, low: from, high: to, n };
}

/**
 * One point per UTC day: the ratio of sums of the files of a kind. A job with many machines is one line this way, in
 * which each machine counts by its bytes.
 */
export function dailyReduction(files: readonly UsableFile[], kind: FileKind): ReductionPoint[] {
  const days = Map.groupBy(
    files.filter((file) => file.kind === kind),
    ({ file }) => Math.floor(file.createdAt / DAY_MS),
  );
  return [...days.entries()]
    .sort(([a], [b]) => a - b)
    .map(([day, list]) => ({
      at: day * DAY_MS,
      x:
        list.reduce((sum, { dataBytes }) => sum + dataBytes, 0) /
        list.reduce((sum, { storedBytes }) => sum + storedBytes, 0),
    }));
}

function classify(percent: number, low: number, high: number): ReductionTrendClass {
  if (high < 0 && percent <= -LEAST_CHANGE) return 'DEGRADING';
  return low > 0 && percent >= LEAST_CHANGE ? 'IMPROVING' : 'STABLE';
}

function toPercent(slope: number): number {
  return 100 * Math.expm1(30 * slope);
}

function insufficient(n: number): ReductionTrend {
  return { class: 'INSUFFICIENT_DATA', percentPer30Days: null, low: null, high: null, n };
}
