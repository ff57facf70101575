import { type Forecast, fitForecast } from '../forecast/engine.ts';
import { at, placeInCycle } from '../forecast/points.ts';
import { type RecurringStep, stepsAhead } from '../forecast/steps.ts';
import { theilSen } from '../statistics/theil-sen.ts';
import type { CapacityForecast, CapacityQuestion, GrowthPerDay, PurchaseGoal } from './answer.ts';
import { type CapacityQuality, confidenceOf, hasTrend, priorityOf, qualityOf } from './priority.ts';
import { type CapacityEvent, type DailyUse, toDailyUse } from './samples.ts';
import {
  forecastThreshold,
  NO_ADJUSTMENT,
  probabilityWithin,
  type ThresholdForecast,
  toUsePath,
  type UsePath,
} from './thresholds.ts';

const CAPACITY_THRESHOLDS = [0.8, 0.9, 1] as const;
const SEASON_DAYS = 7;
const LONGEST_HORIZON = 365;
const BAND_DAYS = [7, 30, 90, 180];
const TREND_DAYS = 28;
const TARGET_COVERAGE = 0.8;
const PURCHASE: PurchaseGoal = { leadDays: 30, lastDays: 180, share: 0.8 };
const STALE_AFTER_DAYS = 2;

/**
 * What a repository holds, how it grows and when it is full (METHODS 3.2). Dates are days from `today` on the pessimistic,
 * the likely and the optimistic path of an 80 % band; 0 where a threshold is exceeded already. No date is an answer of its
 * own: `status` and `reasons` say why.
 */
export function forecastCapacity(question: CapacityQuestion): CapacityForecast {
  const daily = toDailyUse(question.samples, question.today);
  const named = question.capacityBytes === undefined ? daily.capacityBytes : question.capacityBytes;
  const capacityBytes = named !== null && named > 0 ? named : null;
  const days = daily.points.days.length;
  const quality = qualityOf(days, daily.isOffline, capacityBytes !== null);
  const known = knownNow(question, daily, capacityBytes, quality);
  const forecast = hasTrend(days) && quality !== 'OFFLINE' ? fit(daily, days) : null;
  if (forecast === null) return withoutTrend(known);
  return withTrend(known, forecast, question);
}

function fit(daily: DailyUse, days: number): Forecast | null {
  return fitForecast(daily.points, SEASON_DAYS, horizonFor(days));
}

/** Three times the history, a year at most: dates further away would be guesses. */
function horizonFor(days: number): number {
  return Math.min(LONGEST_HORIZON, 3 * days);
}

/** Everything that needs no forecast, and the empty answers to what does. */
function knownNow(
  { adjustment = NO_ADJUSTMENT }: CapacityQuestion,
  daily: DailyUse,
  capacityBytes: number | null,
  quality: CapacityQuality,
): CapacityForecast {
  const days = daily.points.days.length;
  const last = daily.points.values.at(-1);
  const usedBytes = last === undefined ? null : Math.max(0, last + adjustment.bytesNow);
  const ageDays = days === 0 ? null : -at(daily.points.days, days - 1);
  const useShare = usedBytes === null || capacityBytes === null ? null : usedBytes / capacityBytes;
  const stale = ageDays !== null && ageDays > STALE_AFTER_DAYS ? [`LAST_READING_${ageDays}_DAYS_OLD`] : [];
  return {
    quality,
    pattern: null,
    usedBytes,
    ageDays,
    capacityBytes,
    useShare,
    days,
    model: null,
    weights: {},
    skill: null,
    backtestCoverage: null,
    horizonDays: horizonFor(days),
    growthPerDay: null,
    thresholds: [],
    fullWithin: null,
    band: [],
    events: daily.events,
    recurring: [],
    weeklyEffect: null,
    purchaseBytes: null,
    priority: 'UNKNOWN',
    confidence: 'LOW',
    reasons: [...REASONS[quality], ...stale, ...daily.reasons],
  };
}

const REASONS: Record<CapacityQuality, string[]> = {
  FORECAST: [],
  PRELIMINARY: ['FEWER_THAN_42_DAYS'],
  CURRENT_ONLY: ['FEWER_THAN_7_DAYS'],
  OFFLINE: ['OFFLINE'],
  UNBOUNDED: ['NO_CAPACITY_LIMIT'],
  NO_DATA: ['NO_VALID_READING'],
};

/** What is exceeded is known without a trend; of the rest nothing is. */
function withoutTrend(known: CapacityForecast): CapacityForecast {
  const { quality, useShare } = known;
  const thresholds =
    useShare === null
      ? []
      : CAPACITY_THRESHOLDS.map((threshold): ThresholdForecast => {
          const isExceeded = useShare >= threshold;
          const day = isExceeded ? 0 : null;
          return {
            threshold,
            status: isExceeded ? 'EXCEEDED' : 'UNKNOWN',
            early: day,
            mid: day,
            late: day,
          };
        });
  return { ...known, thresholds, priority: priorityOf(quality, useShare, thresholds[0]) };
}

function withTrend(
  known: CapacityForecast,
  forecast: Forecast,
  question: CapacityQuestion,
): CapacityForecast {
  const { adjustment = NO_ADJUSTMENT, today } = question;
  const { capacityBytes, horizonDays, quality } = known;
  const usedBytes = known.usedBytes ?? 0;
  const path = toUsePath(forecast, capacityBytes, adjustment);
  const thresholds =
    capacityBytes === null
      ? []
      : CAPACITY_THRESHOLDS.map((threshold) =>
          forecastThreshold(threshold, usedBytes, capacityBytes, path, horizonDays),
        );
  const { candidates, weights, relativeError, origins } = forecast.tested;
  const growthPerDay = growthOf(path, forecast.series.recurring);
  const backtestCoverage = coverageOf(forecast);
  const facts = { days: known.days, origins, backtestCoverage, ageDays: forecast.age };
  const noDate = thresholds.some(({ status }) => status === 'NOT_WITHIN_HORIZON' || status === 'POSSIBLE');
  return {
    ...known,
    pattern: patternOf(forecast, growthPerDay),
    model: candidates[weights.indexOf(Math.max(...weights))]?.name ?? null,
    weights: namedWeights(forecast),
    skill: relativeError === null ? null : 1 - relativeError,
    backtestCoverage,
    growthPerDay,
    thresholds,
    fullWithin: fullWithin(usedBytes, capacityBytes, path, forecast),
    band: BAND_DAYS.filter((ahead) => ahead <= horizonDays).map((ahead) => ({
      ahead,
      low: path.lower(ahead),
      mid: path.centre(ahead),
      high: path.upper(ahead),
    })),
    events: allEvents(known, forecast, today),
    recurring: forecast.series.recurring.map((step) => ({
      bytes: step.amount,
      everyDays: step.everyDays,
      nextDay: today + Math.max(1, Math.ceil(step.lastDay + step.everyDays)),
    })),
    weeklyEffect: weekdays(forecast.series.season, today),
    purchaseBytes: capacityBytes === null ? null : purchaseOf(path, capacityBytes, question.purchase),
    priority: priorityOf(quality, known.useShare, thresholds[0]),
    confidence: confidenceOf(quality, facts),
    reasons: [...known.reasons, ...(noDate ? [`NO_DATE_WITHIN_${horizonDays}_DAYS`] : [])],
  };
}

function purchaseOf(path: UsePath, capacityBytes: number, wish: Partial<PurchaseGoal> = {}): number {
  const { leadDays, lastDays, share } = { ...PURCHASE, ...wish };
  return Math.max(0, path.upper(leadDays + lastDays) / share - capacityBytes);
}

/** Steps count with their share per day: whether one falls into the 28 days is no matter of growth. */
function growthOf({ centre, lower, upper }: UsePath, steps: readonly RecurringStep[]): GrowthPerDay {
  const share = steps.reduce((sum, { amount, everyDays }) => sum + amount / everyDays, 0);
  const now = centre(0) + stepsAhead(steps, TREND_DAYS);
  const perDay = (value: number) => (value - now) / TREND_DAYS + share;
  return {
    value: perDay(centre(TREND_DAYS)),
    low: perDay(lower(TREND_DAYS)),
    high: perDay(upper(TREND_DAYS)),
  };
}

/** DECLINING and GROWING need both Sen's 95 % interval of the last 90 days on one side of 0 and a forecast that agrees. */
function patternOf({ series }: Forecast, growth: GrowthPerDay): CapacityForecast['pattern'] {
  const first = Math.max(0, series.days.length - 90);
  const recent = series.days.slice(first).map((x, index) => ({ x, y: at(series.values, first + index) }));
  const { low, high } = theilSen(recent);
  if (high !== null && high < 0 && growth.value < 0) return 'DECLINING';
  return low !== null && low > 0 && growth.value > 0 ? 'GROWING' : 'STABLE';
}

function namedWeights({ tested: { candidates, weights } }: Forecast): Record<string, number> {
  return Object.fromEntries(
    candidates.flatMap(({ name }, index) => (at(weights, index) > 0 ? [[name, at(weights, index)]] : [])),
  );
}

function coverageOf({ tested: { residuals }, band }: Forecast): number | null {
  if (residuals.length === 0) return null;
  const inside = residuals.filter(
    ({ ahead, error }) =>
      error <= band.reach(ahead, TARGET_COVERAGE, 'UPPER') &&
      -error <= band.reach(ahead, TARGET_COVERAGE, 'LOWER'),
  );
  return inside.length / residuals.length;
}

function fullWithin(usedBytes: number, capacityBytes: number | null, path: UsePath, { band }: Forecast) {
  if (capacityBytes === null) return null;
  const within = (days: number) => probabilityWithin(days, capacityBytes, usedBytes, path, band);
  return { 7: within(7), 30: within(30), 90: within(90) };
}

function allEvents({ events }: CapacityForecast, { series }: Forecast, today: number): CapacityEvent[] {
  const found = series.events.map(({ kind, day, amount }) => ({ kind, day: day + today, bytes: amount }));
  return [...events, ...found].toSorted((a, b) => a.day - b.day);
}

/** From places that count from `today` to weekdays; day number 0 (1970-01-01) was a Thursday. */
function weekdays(season: readonly number[] | null, today: number): number[] | null {
  if (season === null) return null;
  return Array.from({ length: SEASON_DAYS }, (_, weekday) =>
    at(season, placeInCycle(weekday - 4 - today, SEASON_DAYS)),
  );
}
