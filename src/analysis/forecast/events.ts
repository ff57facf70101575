import { at, type ForecastPoints, medianOf } from './points.ts';

/** A change of level between two neighbouring points, or one to three readings far off that came back. */
export interface SeriesEvent {
  kind: 'LEVEL_SHIFT' | 'SPIKE';
  /** Day of the first point after the shift, or of the wild reading. */
  day: number;
  /** Size in the unit of the values; positive is upwards. */
  amount: number;
}

/** Smallest steps that count, as shares of the largest value. */
const NOISE_FLOOR = 0.0006;
const SHIFT_SHARE = 0.0375;
const SPIKE_SHARE = 0.025;
const SHIFT_SCALES = 8;
const SPIKE_SCALES = 6;
const LONGEST_SPIKE = 3;
const DAYS_PER_SHIFT = 14;

/**
 * Readings that left and came back (METHODS 3.2 step A): up to three in a row, both edges beyond six times the usual step
 * and the way out and back cancelling to less than 30 %. None where they would be more than a tenth of the points: then the
 * series is like that.
 */
export function findSpikes({ days, values }: ForecastPoints): SeriesEvent[] {
  const steps = values.slice(1).map((value, index) => Math.abs(value - at(values, index)));
  const limit = Math.max(
    SPIKE_SCALES * Math.max(1.4826 * medianOf(steps), NOISE_FLOOR * largest(values)),
    SPIKE_SHARE * largest(values),
  );
  const spikes: SeriesEvent[] = [];
  for (let start = 1; start < values.length - 1; start++) {
    const end = endOfSpike(values, start, limit);
    if (end === null) continue;
    const base = (at(values, start - 1) + at(values, end)) / 2;
    for (let index = start; index < end; index++) {
      spikes.push({ kind: 'SPIKE', day: at(days, index), amount: at(values, index) - base });
    }
    start = end;
  }
  return spikes.length <= values.length / 10 ? spikes : [];
}

function endOfSpike(values: readonly number[], start: number, limit: number): number | null {
  const out = at(values, start) - at(values, start - 1);
  if (Math.abs(out) <= limit) return null;
  for (let end = start + 1; end <= start + LONGEST_SPIKE && end < values.length; end++) {
    const back = at(values, end) - at(values, end - 1);
    const rest = Math.abs(at(values, end) - at(values, start - 1));
    if (Math.abs(back) <= limit || out * back > 0) continue;
    if (rest < 0.3 * Math.min(Math.abs(out), Math.abs(back))) return end;
  }
  return null;
}

/**
 * Steps beyond eight times the usual scatter of the daily increments (METHODS 3.2 step A), each with its size less the
 * usual growth. None where there would be more than one in fourteen points,: then jumping is how
 * this series grows, and taking the jumps out would take the growth out.
 */
export function findLevelShifts({ days, values }: ForecastPoints): SeriesEvent[] {
  if (values.length < 8) return [];
  const rates: number[] = [];
  for (let i = 1; i < values.length; i++) {
    rates.push((at(values, i) - at(values, i - 1)) / (at(days, i) - at(days, i - 1)));
  }
  const usual = medianOf(rates);
  const scatter = 1.4826 * medianOf(rates.map((rate) => Math.abs(rate - usual)));
  const scale = Math.max(scatter, NOISE_FLOOR * largest(values));
  const least = SHIFT_SHARE * largest(values);
  const shifts: SeriesEvent[] = [];
  for (let i = 1; i < values.length; i++) {
    const gap = at(days, i) - at(days, i - 1);
    const amount = at(values, i) - at(values, i - 1) - usual * gap;
    const limit = Math.max(SHIFT_SCALES * scale * Math.sqrt(gap), least);
    if (Math.abs(amount) > limit) shifts.push({ kind: 'LEVEL_SHIFT', day: at(days, i), amount });
  }
  if (shifts.length > Math.ceil(values.length / DAYS_PER_SHIFT)) return [];
  return shifts;
}

/** The history lifted to today's level: what each later shift added is added to the points before it. */
export function withoutShifts(
  { days, values }: ForecastPoints,
  shifts: readonly SeriesEvent[],
): ForecastPoints {
  const lifted = values.slice();
  for (const { day, amount } of shifts) {
    for (let i = 0; i < days.length && at(days, i) < day; i++) lifted[i] = at(lifted, i) + amount;
  }
  return { days, values: lifted };
}

function largest(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}
