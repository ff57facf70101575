import { usualGap } from './anomalies/cycle.ts';
import { dailyAlarms } from './anomalies/daily.ts';
import { frequentAlarms } from './anomalies/frequent.ts';
import { alarmsByScale } from './anomalies/scale.ts';

/** A measured series. */
export interface MeasuredSeries {
  /** Epoch milliseconds (or seconds), dates, or text that `Date` reads; text without a zone is UTC. */
  timestamps: ArrayLike<number | string | Date>;
  /** Null and NaN are missing. */
  values: ArrayLike<number | null | undefined>;
}

interface Point {
  index: number;
  at: number;
  value: number;
}

const HOUR_MS = 3_600_000;
/** From this distance on values are runs of a job, compared week by week; closer ones are a meter's. */
const RUNS_APART_MS = 4 * HOUR_MS;

/**
 * How unusual each value is given those before it in time: a score of 0 to 1 per value, in the order given, and an alarm
 * from 0.5. Values later in time never change a score. 0 for missing values, unreadable times and while too little is known
 * (8 values, and 21 before the scale of a series with values of 0 and below is known).
 *
 * Runs of jobs (4 hours apart and more) are compared on a logarithmic scale without their weekly rhythm, see
 * {@link dailyAlarms}; meters with their own time of day, see {@link frequentAlarms}. Growth and a lasting change of
 * level are told once and then are how it is.
 */
export function detectAnomalies({ timestamps, values }: MeasuredSeries): number[] {
  const scores = Array.from(values, () => 0);
  const points = toPoints(timestamps, values);
  const times = points.map(({ at }) => at);
  const apart = usualGap(times);
  if (apart === null) return scores;
  const plain = points.map(({ value }) => value);
  const alarms =
    apart >= RUNS_APART_MS
      ? alarmsByScale(plain, (scaled) => dailyAlarms(scaled, times, apart))
      : frequentAlarms(plain, times, apart);
  for (const [i, { index }] of points.entries()) scores[index] = 1 - 2 ** -Math.max(0, alarms[i] ?? 0);
  return scores;
}

/** What can be read, in time order; equal times stay in the order given. */
function toPoints(timestamps: MeasuredSeries['timestamps'], values: MeasuredSeries['values']): Point[] {
  return Array.from(values, (value, index) => ({
    index,
    at: toTime(timestamps[index]),
    value: typeof value === 'number' ? value : Number.NaN,
  }))
    .filter(({ at, value }) => Number.isFinite(at) && Number.isFinite(value))
    .sort((a, b) => a.at - b.at || a.index - b.index);
}

function toTime(given: number | string | Date | undefined): number {
  if (given === undefined) return Number.NaN;
  if (given instanceof Date) return given.getTime();
  const number = typeof given === 'number' ? given : Number(given);
  // Seconds until the year 5138 are smaller than milliseconds since 1973.
  if (Number.isFinite(number)) return Math.abs(number) < 1e11 ? number * 1000 : number;
  const text = String(given).trim().replace(' ', 'T');
  const hasZone = /(Z|[+-]\d\d:?\d\d)$/i.test(text);
  return Date.parse(hasZone || !text.includes('T') ? text : `${text}Z`);
}
