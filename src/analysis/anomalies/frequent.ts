import { median } from 'simple-statistics';
import { type Miss, startForecaster } from './profile.ts';
import { trackTail } from './tail.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** Values whose median size sets the scale. */
const FIRST = 50;
/** Nothing is said before so much is known. */
const WARM_UP = { values: 150, ms: 2 * DAY_MS };
/** Of single values: beyond so many times what all but two in 1000 stay below. */
const VALUE = { beyond: 1.5, share: 0.998 };
/** Of means, which have shorter tails. */
const MEAN = { beyond: 1.5, share: 0.995 };
/** Few values have not shown yet how far they go: beyond is that much further, times 1 + 150/n. */
const FEW = 150;
/** A meter that repeats one value so many times longer than ever, and for an hour at least, is stuck. */
const STUCK = { beyond: 3, values: 12 };
/** Means over such times are looked at besides the value itself. */
const SPANS_MS = [HOUR_MS, 6 * HOUR_MS];
/** Once told, the same trouble is not told again for so long. */
const QUIET_MS = 12 * HOUR_MS;
const MEMORY_MS = 14 * DAY_MS;

/**
 * How far each value of a meter is from being an alarm: 1 and above is one. The value, or the mean of an hour or of six, has
 * to lie half as far again from what the time of day and the level let expect as nearly all before it did: a meter that is
 * spiky by nature is left alone. A meter that is stuck is told as well. Told once, a trouble is not told again for half a
 * day. 0 for the first two days.
 *
 * @param times epoch milliseconds; `apart` of them lie between two values as a rule
 */
export function frequentAlarms(values: readonly number[], times: readonly number[], apart: number): number[] {
  const unit = usualSize(values);
  const memory = Math.max(500, MEMORY_MS / apart);
  const forecaster = startForecaster(apart);
  const watches = [0, ...SPANS_MS.map((span) => Math.round(span / apart))]
    .filter((span, i) => i === 0 || span > 1)
    .map((span) => watch(span, memory));
  const stuck = watchRepeats(Math.max(STUCK.values, HOUR_MS / apart));
  let quietUntil = Number.NEGATIVE_INFINITY;
  return values.map((value, i) => {
    const time = times[i] ?? 0;
    const miss = forecaster(Math.asinh(value / unit), time);
    const alarm = Math.max(stuck(value), ...watches.map((one) => one(miss)));
    const isWarm = i >= WARM_UP.values && time - (times[0] ?? 0) >= WARM_UP.ms;
    if (!isWarm) return 0;
    if (time < quietUntil) return Math.min(alarm, 0.9);
    if (alarm >= 1) quietUntil = time + QUIET_MS;
    return alarm;
  });
}

/** Ratio of the newest miss, or of the mean of the last `span`, to the most that is usual for it. */
function watch(span: number, memory: number): (miss: Miss) => number {
  const { beyond, share } = span === 0 ? VALUE : MEAN;
  const tail = trackTail(memory);
  const recent: number[] = [];
  let sum = 0;
  return ({ now, slow }) => {
    recent.push(slow);
    sum += slow;
    if (recent.length > span) sum -= recent.shift() ?? 0;
    if (span > 0 && recent.length < span) return 0;
    const size = Math.abs(span === 0 ? now : sum / span);
    const limit = beyond * (1 + FEW / Math.max(1, tail.count())) * tail.quantile(share);
    tail.add(limit > 0 ? Math.min(size, limit) : size);
    return limit > 0 ? size / limit : 0;
  };
}

/** Ratio of the run of equal values to the longest that is usual. */
function watchRepeats(least: number): (value: number) => number {
  let [last, run, longest] = [Number.NaN, 0, 1];
  return (value) => {
    if (value !== last) longest = Math.max(longest, run);
    run = value === last ? run + 1 : 1;
    last = value;
    return run / Math.max(least, STUCK.beyond * longest);
  };
}

/** Never 0; from the first values alone, so that later ones change nothing. */
function usualSize(values: readonly number[]): number {
  const sizes = values.slice(0, FIRST).map(Math.abs);
  const size = sizes.length > 0 ? median(sizes) : 0;
  return size > 0 ? size : Math.abs(values.find((value) => value !== 0) ?? 1);
}
