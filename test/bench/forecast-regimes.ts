import { forecastExhaustion, forecastSeries } from '../../src/analysis/forecast-series.ts';
import { type GeneratedSeries, generateSeries, REGIMES, type Regime } from './forecast-generators.ts';
import { predecessor, type Rival, sevenDayLine } from './forecast-rivals.ts';

export interface RegimeResult {
  regime: Regime | 'all';
  series: number;
  /** Share of days within 80 % bands, after 1-7, 1-30 and 1-90 days. */
  coverage80: { week: number; month: number; quarter: number };
  /** Thresholds of 80, 90 and 100 % that are reached within 180 days. */
  crossings: number;
  /** Median absolute error of the day, both dates capped at day 181, for this, the predecessor and the 7-day line. */
  medianDays: { ours: number; predecessor: number; sevenDayLine: number };
  /** Share of crossings within the 80 % interval of the day. */
  dateCoverage80: number;
  /** Share of series said to be full within 30 days which are not, per method. */
  falseFull30: { ours: number; predecessor: number; sevenDayLine: number };
}

const HORIZON = 180;
const THRESHOLDS = [0.8, 0.9, 1];

/** Measures every regime on `perRegime` generated series each; the seeds are fixed, so the figures are too. */
export function measureRegimes(perRegime: number, firstSeed = 1): RegimeResult[] {
  const measured = REGIMES.map((regime) => {
    const series = Array.from({ length: perRegime }, (_, index) => generateSeries(regime, firstSeed + index));
    return { regime, outcomes: series.map(measure) };
  });
  const all = measured.flatMap(({ outcomes }) => outcomes);
  return [...measured.map(({ regime, outcomes }) => summarise(regime, outcomes)), summarise('all', all)];
}

interface Outcome {
  inside: boolean[];
  crossings: { ours: number; predecessor: number; sevenDayLine: number; inside: boolean }[];
  falseFull: { ours: boolean; predecessor: boolean; sevenDayLine: boolean };
}

function measure({ values, future, capacity }: GeneratedSeries): Outcome {
  const shared = { values, horizon: HORIZON, season: 7, levels: [0.8] };
  const { lower, upper } = forecastSeries(shared);
  const days = forecastExhaustion({ ...shared, capacity, thresholds: THRESHOLDS });
  const today = values.at(-1) as number;
  const rivalDay = (rival: Rival, limit: number) => capped(rival(values, limit));
  const crossings = days.flatMap(({ threshold, days: day, lo, hi }) => {
    const limit = threshold * capacity;
    const actual = firstReach(future, limit);
    if (today >= limit || actual > HORIZON) return [];
    const error = (predicted: number) => Math.abs(predicted - actual);
    return {
      ours: error(capped(day)),
      predecessor: error(rivalDay(predecessor, limit)),
      sevenDayLine: error(rivalDay(sevenDayLine, limit)),
      inside: lo !== null && lo <= actual && (hi === null || hi >= actual),
    };
  });
  const isFull = firstReach(future, capacity) <= 30;
  const full = (day: number) => !isFull && day <= 30;
  return {
    inside: future.slice(0, 90).map((value, day) => value >= (lower[day] ?? 0) && value <= (upper[day] ?? 0)),
    crossings,
    falseFull: {
      ours: full(capped(days[2]?.days ?? null)),
      predecessor: full(rivalDay(predecessor, capacity)),
      sevenDayLine: full(rivalDay(sevenDayLine, capacity)),
    },
  };
}

function capped(day: number | null): number {
  return day === null || day > HORIZON ? HORIZON + 1 : Math.max(1, day);
}

function firstReach(future: readonly number[], limit: number): number {
  const index = future.findIndex((value) => value >= limit);
  return index < 0 ? Number.POSITIVE_INFINITY : index + 1;
}

function summarise(regime: Regime | 'all', outcomes: readonly Outcome[]): RegimeResult {
  const crossings = outcomes.flatMap((outcome) => outcome.crossings);
  const coverage = (days: number) => share(outcomes.flatMap(({ inside }) => inside.slice(0, days)));
  const methods = ['ours', 'predecessor', 'sevenDayLine'] as const;
  const perMethod = (valueOf: (method: (typeof methods)[number]) => number) =>
    Object.fromEntries(methods.map((method) => [method, valueOf(method)])) as RegimeResult['medianDays'];
  return {
    regime,
    series: outcomes.length,
    coverage80: { week: coverage(7), month: coverage(30), quarter: coverage(90) },
    crossings: crossings.length,
    medianDays: perMethod((method) => median(crossings.map((crossing) => crossing[method]))),
    dateCoverage80: share(crossings.map(({ inside }) => inside)),
    falseFull30: perMethod((method) => share(outcomes.map(({ falseFull }) => falseFull[method]))),
  };
}

function share(list: readonly boolean[]): number {
  return list.length === 0 ? 1 : round(list.filter(Boolean).length / list.length, 3);
}

function median(list: readonly number[]): number {
  const sorted = list.toSorted((a, b) => a - b);
  return round(sorted[Math.floor(sorted.length / 2)] ?? 0, 1);
}

function round(value: number, places: number): number {
  return Number(value.toFixed(places));
}

if (import.meta.main) {
  const perRegime = Number(process.argv[2] ?? 200);
  for (const result of measureRegimes(perRegime)) process.stdout.write(`${JSON.stringify(result)}\n`);
}
