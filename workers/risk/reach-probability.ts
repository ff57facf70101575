/** What the forecast of a repository says about its use. */
export type UseForecast = {
  useBytes: number;
  /** Days ahead, with the 10 %, 50 % and 90 % value. */
  band: readonly { ahead: number; low: number; mid: number; high: number }[];
  /** Probability that it is full within so many days. */
  full: readonly { days: number; p: number }[];
};

/** Standard normal 90 % quantile: the half-width of an 80 % band. */
const Z80 = 1.2815515655;

/**
 * Probability that use reaches a limit within so many days. The forecast keeps its 80 % band and the probability of being
 * full, so each day of the band is taken as normal on either side of its middle, and the worst day counts; being full is
 * beyond any lower limit, so its probability is the least there is. null: there is no band.
 */
export function reachProbability(
  { useBytes, band, full }: UseForecast,
  limit: number,
  days: number,
): number | null {
  if (useBytes >= limit) return 1;
  const path = [{ ahead: 0, low: useBytes, mid: useBytes, high: useBytes }, ...band].toSorted(
    (a, b) => a.ahead - b.ahead,
  );
  if (path.length < 2) return null;
  const within = path.filter(({ ahead }) => ahead <= days);
  const looked = [...within, between(path, days)].map((day) => exceeds(day, limit));
  const least = full.filter((each) => each.days <= days).map(({ p }) => p);
  return Math.min(1, Math.max(...looked, ...least));
}

type Day = UseForecast['band'][number];

/** On a straight line between the days around, or along the last two beyond the end. */
function between(path: readonly Day[], days: number): Day {
  const after = path.findIndex(({ ahead }) => ahead >= days);
  const to = after === -1 ? path.length - 1 : Math.max(1, after);
  const [a, b] = [path[to - 1] as Day, path[to] as Day];
  const share = (days - a.ahead) / (b.ahead - a.ahead);
  const at = (from: number, until: number) => from + (until - from) * share;
  return { ahead: days, low: at(a.low, b.low), mid: at(a.mid, b.mid), high: at(a.high, b.high) };
}

function exceeds({ low, mid, high }: Day, limit: number): number {
  const width = limit <= mid ? mid - low : high - mid;
  if (!(width > 0)) return mid >= limit ? 1 : 0;
  return 1 - normalShare(((limit - mid) / width) * Z80);
}

/**
 * Distribution function of the standard normal, to 1e-7.
 * @see Abramowitz and Stegun, Handbook of Mathematical Functions, 26.2.17
 */
function normalShare(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const series =
    t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const tail = (Math.exp(-(z * z) / 2) / Math.sqrt(2 * Math.PI)) * series;
  return z >= 0 ? 1 - tail : tail;
}
