import type { SeriesEvent } from './events.ts';
import { medianOf } from './points.ts';

/** Steps that will come again: so much, every so many days, last on that day. */
export interface RecurringStep {
  amount: number;
  everyDays: number;
  lastDay: number;
}

const MONTHLY_AT_LEAST = 20;
const OVERDUE_AFTER = 1.35;
/** Shares of a step by which its day and size are off, and by which each one more adds to the doubt whether it comes. */
const STEP_DOUBT = 0.2;
const DOUBT_PER_STEP = 0.4;

/**
 * Steps in one direction that come every month or less often, evenly and alike, are a monthly full backup or a monthly
 * purge: they will come again, so they are growth and not history. Two are believed if they are a calendar month apart.
 * Not those that are overdue: a retention that is full no longer grows.
 */
export function findRecurringSteps(shifts: readonly SeriesEvent[]): RecurringStep[] {
  const ups = shifts.filter(({ kind, amount }) => kind === 'LEVEL_SHIFT' && amount > 0);
  const downs = shifts.filter(({ kind, amount }) => kind === 'LEVEL_SHIFT' && amount < 0);
  return [ups, downs].flatMap((own) => {
    if (own.length < 2) return [];
    const sizes = own.map(({ amount }) => Math.abs(amount));
    const gaps = own.slice(1).map(({ day }, index) => day - (own[index] as SeriesEvent).day);
    const everyDays = medianOf(gaps);
    const isRecurring =
      own.length === 2
        ? everyDays >= 28 && everyDays <= 31 && isAlike(sizes, 0.25)
        : everyDays >= MONTHLY_AT_LEAST && isAlike(gaps, 0.35) && isAlike(sizes, 0.6);
    const lastDay = (own.at(-1) as SeriesEvent).day;
    const isOverdue = -lastDay > OVERDUE_AFTER * everyDays;
    return isRecurring && !isOverdue
      ? [{ amount: medianOf(own.map(({ amount }) => amount)), everyDays, lastDay }]
      : [];
  });
}

function isAlike(list: readonly number[], tolerance: number): boolean {
  const centre = medianOf(list);
  return list.every((value) => Math.abs(value - centre) <= tolerance * centre);
}

/** What steps that will come again add by a day; an overdue one comes tomorrow. */
export function stepsAhead(steps: readonly RecurringStep[], ahead: number): number {
  return steps.reduce((sum, step) => sum + step.amount * countBy(step, ahead), 0);
}

/** How far that may be off, as a spread: any of the steps may have been the last. */
export function stepSpread(steps: readonly RecurringStep[], ahead: number): number {
  return steps.reduce((sum, step) => {
    const count = countBy(step, ahead);
    return count === 0 ? sum : sum + Math.abs(step.amount) * (STEP_DOUBT + DOUBT_PER_STEP * count);
  }, 0);
}

function countBy({ everyDays, lastDay }: RecurringStep, ahead: number): number {
  return ahead < 1 ? 0 : Math.floor((ahead - lastDay) / everyDays);
}
