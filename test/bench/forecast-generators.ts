import { seededRandom } from '../../src/analysis/statistics/seeded-random.ts';

export interface GeneratedSeries {
  regime: Regime;
  /** Known readings, one a day, null where there is none; the last one is today. */
  values: (number | null)[];
  /** What really happens on the days after today. */
  future: number[];
  /** Newest capacity. */
  capacity: number;
}

export const REGIMES = [
  'linear',
  'accelerating',
  'saturating',
  'saw-tooth',
  'gfs-plateau',
  'deletion',
  'migration',
  'expansion',
  'gaps',
  'flat',
  'walk',
] as const;
export type Regime = (typeof REGIMES)[number];

const FUTURE_DAYS = 365;
const HISTORY_DAYS = [28, 45, 60, 90, 120, 180, 365];

/**
 * A repository whose true course is known. All sizes are relative to the starting use, so that nothing depends on the unit;
 * the capacity is set so that the threshold may fall anywhere from next week to never.
 */
export function generateSeries(regime: Regime, seed: number): GeneratedSeries {
  const random = seededRandom(seed * 7919 + REGIMES.indexOf(regime) * 104_729 + 17);
  const history = HISTORY_DAYS[Math.floor(random() * HISTORY_DAYS.length)] as number;
  const start = 10 ** (3 + 2 * random());
  const days = history + FUTURE_DAYS;
  const course = COURSES[regime]({ random, start, days, history });
  const noise = start * (0.0005 + 0.003 * random());
  const readings = course.map((value) => Math.max(0, value + noise * gaussian(random)));
  const values: (number | null)[] = readings.slice(0, history);
  if (regime === 'gaps') spoil(values, random);
  const today = readings[history - 1] as number;
  // Use of 45 to 88 % today; over-full ones are another question, which has its own answer.
  const capacity = today / (0.45 + 0.43 * random());
  return { regime, values, future: readings.slice(history), capacity };
}

interface Setting {
  random: () => number;
  start: number;
  days: number;
  history: number;
}

const COURSES: Record<Regime, (setting: Setting) => number[]> = {
  linear: (s) => walkOf(s, rate(s), 0.6),
  accelerating: (s) => {
    const [growth, roughness] = [0.001 + 0.004 * s.random(), 0.3 * rate(s)];
    let value = s.start;
    return series(s.days, () => (value += value * growth * 0.6 + s.start * roughness * gaussian(s.random)));
  },
  saturating: (s) => {
    const [size, length] = [0.4 + s.random(), 30 + 120 * s.random()];
    const wander = walkOf({ ...s, start: 0 }, 0, 1, 0.0006 * s.start);
    return series(
      s.days,
      (day) => s.start * (1 + size * -Math.expm1(-day / length)) + (wander[day] as number),
    );
  },
  'saw-tooth': (s) => {
    const [base, tooth, place] = [
      walkOf(s, rate(s), 0.5),
      0.01 + 0.06 * s.random(),
      Math.floor(7 * s.random()),
    ];
    return base.map((value, day) => value + s.start * tooth * (((day + place) % 7) / 6));
  },
  'gfs-plateau': (s) => {
    // Every 30th day a full backup stays, until as many are kept as the policy says; then the oldest goes.
    const [size, kept, daily] = [0.05 + 0.1 * s.random(), 3 + Math.floor(10 * s.random()), 0.3 * rate(s)];
    const [base, first] = [walkOf(s, daily, 0.5), Math.floor(30 * s.random())];
    return base.map((value, day) => value + s.start * size * Math.min(kept, Math.floor((day + first) / 30)));
  },
  deletion: (s) => stepped(s, -(0.1 + 0.3 * s.random())),
  migration: (s) => stepped(s, 0.1 + 0.4 * s.random()),
  // The capacity grew some time ago; use did not notice. The capacity that counts is the newest.
  expansion: (s) => walkOf(s, rate(s), 0.6),
  gaps: (s) => walkOf(s, rate(s), 0.6),
  flat: (s) => {
    const size = s.start * 0.01;
    return series(s.days, () => s.start + size * gaussian(s.random));
  },
  walk: (s) => walkOf(s, 0.15 * rate(s), 1, 0.008 * s.start),
};

function rate({ random }: Setting): number {
  return 0.001 + 0.004 * random();
}

/** Growth of `share` of the start per day with steps that scatter by `roughness` times the growth (or by `scatter`). */
function walkOf(
  { random, start, days }: Setting,
  share: number,
  roughness: number,
  scatter?: number,
): number[] {
  const spread = scatter ?? 2 * roughness * share * start;
  let value = start;
  return series(days, () => (value += share * start + spread * gaussian(random)));
}

function stepped(setting: Setting, size: number): number[] {
  const base = walkOf(setting, rate(setting), 0.5);
  const when = Math.floor(setting.history * (0.3 + 0.6 * setting.random()));
  return base.map((value, day) => value + (day >= when ? size * setting.start : 0));
}

function series(days: number, valueOf: (day: number) => number): number[] {
  return Array.from({ length: days }, (_, day) => valueOf(day));
}

/** Days without a reading, readings of 0 and single wild ones; today's is sound. */
function spoil(values: (number | null)[], random: () => number): void {
  for (let i = 1; i < values.length - 1; i++) {
    const draw = random();
    const value = values[i];
    if (value === null || value === undefined) continue;
    if (draw < 0.1) values[i] = null;
    else if (draw < 0.115) values[i] = 0;
    else if (draw < 0.13) values[i] = value * 1.25;
    else if (draw < 0.14) for (let k = i; k < Math.min(i + 5, values.length - 1); k++) values[k] = null;
  }
}

function gaussian(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
