import { median } from 'simple-statistics';

const FEWEST = 21;

/**
 * Alarms of a series on the scale on which equal steps matter alike: logarithms for as long as all values are positive,
 * and from the first value of 0 or below on multiples of the usual size, which is the median of the first 21.
 */
export function alarmsByScale(
  values: readonly number[],
  alarmsOf: (scaled: readonly number[]) => number[],
): number[] {
  const first = values.findIndex((value) => value <= 0);
  const positive = first < 0 ? values : values.slice(0, first);
  const alarms = alarmsOf(positive.map(Math.log));
  if (first < 0) return alarms;
  const unit = usualSize(values);
  const plain = alarmsOf(values.map((value) => value / unit));
  return plain.map((alarm, i) => (i < first ? (alarms[i] ?? 0) : i < FEWEST ? 0 : alarm));
}

/** Never 0: where the first values are, the next one that is not tells the size. */
function usualSize(values: readonly number[]): number {
  const sizes = values.slice(0, FEWEST).map(Math.abs);
  const size = sizes.length > 0 ? median(sizes) : 0;
  return size > 0 ? size : Math.abs(values.find((value) => value !== 0) ?? 1);
}
