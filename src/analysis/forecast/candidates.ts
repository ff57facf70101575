import type { CleanSeries } from './clean.ts';
import { at, medianOf } from './points.ts';

/** Growth after an origin: straight, compounding at a rate per day, or fading away. */
export interface Growth {
  /** Per day, at the origin. */
  slope: number;
  /** Per day; 0 is straight. */
  rate: number;
  /** Days in which the slope falls to 1/e; infinite is straight. */
  fadeDays: number;
}

export interface Candidate {
  name: string;
  kind: 'FLAT' | 'LINEAR' | 'ADAPTIVE' | 'COMPOUND' | 'FADING';
  /** Growth as it would have been estimated on the day of point `origin`, from that and earlier points alone. */
  growthAt: (origin: number) => Growth;
}

const WINDOWS_DAYS = [14, 28, 56, 112, 224, Number.POSITIVE_INFINITY];
const FADING_DAYS = 7;
const COMPOUND_DAYS = [56, 112, 224, Number.POSITIVE_INFINITY];
const LADDER_DAYS = [7, 10, 14, 20, 28, 40, 56, 80, 112, 160, 224, 320, 450];
const LADDER_WIDTH = 1.5;
const SIGNIFICANT_AT = 2;
const FASTEST_RATE = 0.03;

/**
 * Ways in which the series may go on: not at all; straight on with the slope of the last 14 to all days; straight on with
 * the slope since the last bend; compounding, as data do that grow by so much per cent; a last week's run that fades.
 * Every slope is shrunk by t⁸/(t⁸+2⁸), t being its size in standard errors on a random walk of the same roughness: a
 * walk that happens to have drifted does not go on, a growth that stands out does.
 */
export function growthCandidates(series: CleanSeries): Candidate[] {
  const sums = runningSums(series);
  const roughness = dailyRoughness(series);
  const { days } = series;
  const slopeSince = (first: number, origin: number) =>
    shrunk(leastSquaresSlope(sums, first, origin), at(days, origin) - at(days, first), roughness);
  const windowed = (
    kind: Candidate['kind'],
    window: number,
    grow: (slope: number, mean: number) => Growth,
  ) => ({
    name: `${kind}_${Number.isFinite(window) ? window : 'ALL'}`,
    kind,
    growthAt: (origin: number) => {
      const first = firstWithin(days, origin, window);
      return grow(slopeSince(first, origin), meanOf(sums, first, origin));
    },
  });
  return [
    { name: 'FLAT', kind: 'FLAT', growthAt: () => straight(0) },
    ...WINDOWS_DAYS.map((window) => windowed('LINEAR', window, straight)),
    {
      name: 'SINCE_BEND',
      kind: 'ADAPTIVE',
      growthAt: (origin) => straight(slopeSinceBend(series, sums, origin, roughness)),
    },
    ...COMPOUND_DAYS.map((window) => windowed('COMPOUND', window, compounding)),
    windowed('FADING', FADING_DAYS, (slope) => ({ ...straight(slope), fadeDays: FADING_DAYS })),
  ];
}

/** What is added within `ahead` days by growth from `level`. */
export function grown({ slope, rate, fadeDays }: Growth, level: number, ahead: number): number {
  if (Number.isFinite(fadeDays)) return slope * fadeDays * -Math.expm1(-ahead / fadeDays);
  return rate === 0 ? slope * ahead : level * Math.expm1(rate * ahead);
}

interface RunningSums {
  x: Float64Array;
  y: Float64Array;
  xx: Float64Array;
  xy: Float64Array;
  /** Subtracted from x and y before summing, against cancellation. */
  originDay: number;
  originValue: number;
}

function runningSums({ days, values }: CleanSeries): RunningSums {
  const count = days.length;
  const [x, y, xx, xy] = [0, 0, 0, 0].map(() => new Float64Array(count + 1)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const originDay = at(days, count - 1);
  const originValue = at(values, count - 1);
  for (let i = 0; i < count; i++) {
    const dx = at(days, i) - originDay;
    const dy = at(values, i) - originValue;
    x[i + 1] = at(x, i) + dx;
    y[i + 1] = at(y, i) + dy;
    xx[i + 1] = at(xx, i) + dx * dx;
    xy[i + 1] = at(xy, i) + dx * dy;
  }
  return { x, y, xx, xy, originDay, originValue };
}

/** Least-squares slope over points first..last in constant time; 0 with fewer than two. */
function leastSquaresSlope(sums: RunningSums, first: number, last: number): number {
  const count = last - first + 1;
  if (count < 2) return 0;
  const x = at(sums.x, last + 1) - at(sums.x, first);
  const y = at(sums.y, last + 1) - at(sums.y, first);
  const xx = at(sums.xx, last + 1) - at(sums.xx, first);
  const xy = at(sums.xy, last + 1) - at(sums.xy, first);
  const spread = count * xx - x * x;
  return spread > 0 ? (count * xy - x * y) / spread : 0;
}

function meanOf(sums: RunningSums, first: number, last: number): number {
  return sums.originValue + (at(sums.y, last + 1) - at(sums.y, first)) / (last + 1 - first);
}

/** Standard deviation of a day's move in the long run, from moves over a week so that noise which averages out does not count. */
function dailyRoughness({ days, values }: CleanSeries): number {
  const lag = Math.max(1, Math.min(7, Math.floor(days.length / 4)));
  const moves: number[] = [];
  let earlier = 0;
  for (let i = 1; i < days.length; i++) {
    while (at(days, earlier) < at(days, i) - lag) earlier++;
    if (at(days, i) - at(days, earlier) === lag) moves.push(at(values, i) - at(values, earlier));
  }
  if (moves.length < 3) return 0;
  const centre = medianOf(moves);
  return (1.4826 * medianOf(moves.map((move) => Math.abs(move - centre)))) / Math.sqrt(lag);
}

/** Standard error of a least-squares slope over `span` days of a random walk: σ·√(6/(5·span)). */
function slopeError(roughness: number, span: number): number {
  return roughness * Math.sqrt(1.2 / Math.max(span, 1));
}

function shrunk(slope: number, span: number, roughness: number): number {
  const error = SIGNIFICANT_AT * slopeError(roughness, span);
  if (error === 0 || slope === 0) return slope;
  return slope / (1 + (error / slope) ** 8);
}

/**
 * Slope over the longest window that no shorter one contradicts (Lepski's rule: windows grow while the intervals of their
 * slopes still have a point in common), so a bend ends the window and noise does not.
 */
function slopeSinceBend(series: CleanSeries, sums: RunningSums, origin: number, roughness: number): number {
  const { days } = series;
  let [low, high, slope, span] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, 0, 1];
  for (const window of LADDER_DAYS) {
    const first = firstWithin(days, origin, window);
    if (origin - first < 4) continue;
    const longer = leastSquaresSlope(sums, first, origin);
    const days_ = at(days, origin) - at(days, first);
    const reach = LADDER_WIDTH * slopeError(roughness, days_);
    low = Math.max(low, longer - reach);
    high = Math.min(high, longer + reach);
    if (low > high) break;
    [slope, span] = [longer, days_];
    if (first === 0) break;
  }
  return shrunk(slope, span, roughness);
}

function straight(slope: number): Growth {
  return { slope, rate: 0, fadeDays: Number.POSITIVE_INFINITY };
}

function compounding(slope: number, meanLevel: number): Growth {
  if (meanLevel <= 0) return straight(slope);
  return { ...straight(slope), rate: Math.min(FASTEST_RATE, Math.max(-FASTEST_RATE, slope / meanLevel)) };
}

/** First point that is at most `window` days before the origin. */
function firstWithin(days: readonly number[], origin: number, window: number): number {
  const limit = at(days, origin) - window;
  let [low, high] = [0, origin];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (at(days, middle) >= limit) high = middle;
    else low = middle + 1;
  }
  return low;
}
