import type { CapacityForecast, CapacityQuestion, PurchaseGoal } from './answer.ts';
import { forecastCapacity } from './forecast.ts';
import type { UseAdjustment } from './thresholds.ts';

/** A plan that is asked about; all amounts in bytes. */
export type CapacityPlan =
  | { kind: 'MORE_SPACE'; bytes: number }
  /**
   * Retention cut from `restorePoints` to `keep`. `incrementBytes`: usual size of one restore point after the full one.
   * Frees that many increments; growth goes on, since it comes from the sources.
   */
  | { kind: 'FEWER_RESTORE_POINTS'; restorePoints: number; keep: number; incrementBytes: number }
  /** A job that goes elsewhere with its data, or (negative amounts) one that comes. */
  | { kind: 'MOVED_JOB'; storedBytes: number; bytesPerDay: number }
  /** New machines like those that are there. */
  | { kind: 'MORE_MACHINES'; machines: number; storedBytesEach: number; bytesPerDayEach: number }
  /** Its data stay where they are and are no longer counted; what would have gone there goes to the others. */
  | { kind: 'EXTENT_IN_MAINTENANCE'; capacityBytes: number; usedBytes: number };

export interface CapacityWhatIf {
  before: CapacityForecast;
  after: CapacityForecast;
  /** Per threshold, days gained on the likely path; null where there is no date before or after. */
  daysGained: { threshold: number; days: number | null; becomes: DateChange }[];
}

type DateChange = 'LATER' | 'SOONER' | 'SAME' | 'NO_DATE_ANY_MORE' | 'DATE_APPEARS' | 'NO_DATE';

/** The same forecast with and without the plans; several add up. Plans do not narrow the band: nobody has tested them. */
export function forecastWhatIf(question: CapacityQuestion, plans: readonly CapacityPlan[]): CapacityWhatIf {
  const before = forecastCapacity(question);
  const changes = plans.map(effectOf);
  const adjustment: UseAdjustment = {
    bytesNow: total(changes, ({ bytesNow }) => bytesNow) + (question.adjustment?.bytesNow ?? 0),
    bytesPerDay: total(changes, ({ bytesPerDay }) => bytesPerDay) + (question.adjustment?.bytesPerDay ?? 0),
  };
  const capacityBytes =
    before.capacityBytes === null
      ? null
      : before.capacityBytes + total(changes, ({ capacityBytes: bytes }) => bytes);
  if (capacityBytes !== null && capacityBytes <= 0) {
    throw new RangeError(`plan leaves a capacity of ${capacityBytes} bytes`);
  }
  const after = forecastCapacity({ ...question, capacityBytes, adjustment });
  return { before, after, daysGained: compare(before, after) };
}

/**
 * Bytes of capacity to order now so that use, on the upper bound of the 80 % band, meets the goal; null where there is no
 * forecast or no limit. With plans: after them.
 */
export function purchaseFor(
  question: CapacityQuestion,
  goal: Partial<PurchaseGoal>,
  plans: readonly CapacityPlan[] = [],
): number | null {
  return forecastWhatIf({ ...question, purchase: goal }, plans).after.purchaseBytes;
}

interface PlanEffect extends UseAdjustment {
  capacityBytes: number;
}

function effectOf(plan: CapacityPlan): PlanEffect {
  switch (plan.kind) {
    case 'MORE_SPACE':
      return { capacityBytes: plan.bytes, bytesNow: 0, bytesPerDay: 0 };
    case 'FEWER_RESTORE_POINTS': {
      const removed = Math.max(0, plan.restorePoints - Math.max(1, plan.keep));
      return { capacityBytes: 0, bytesNow: -removed * plan.incrementBytes, bytesPerDay: 0 };
    }
    case 'MOVED_JOB':
      return { capacityBytes: 0, bytesNow: -plan.storedBytes, bytesPerDay: -plan.bytesPerDay };
    case 'MORE_MACHINES':
      return {
        capacityBytes: 0,
        bytesNow: plan.machines * plan.storedBytesEach,
        bytesPerDay: plan.machines * plan.bytesPerDayEach,
      };
    case 'EXTENT_IN_MAINTENANCE':
      return { capacityBytes: -plan.capacityBytes, bytesNow: -plan.usedBytes, bytesPerDay: 0 };
  }
}

function total(effects: readonly PlanEffect[], valueOf: (effect: PlanEffect) => number): number {
  return effects.reduce((sum, effect) => sum + valueOf(effect), 0);
}

function compare(before: CapacityForecast, after: CapacityForecast): CapacityWhatIf['daysGained'] {
  return after.thresholds.map(({ threshold, mid }, index) => {
    const earlier = before.thresholds[index]?.mid ?? null;
    const days = earlier === null || mid === null ? null : mid - earlier;
    return { threshold, days, becomes: changeOf(earlier, mid) };
  });
}

function changeOf(before: number | null, after: number | null): DateChange {
  if (before === null) return after === null ? 'NO_DATE' : 'DATE_APPEARS';
  if (after === null) return 'NO_DATE_ANY_MORE';
  if (after === before) return 'SAME';
  return after > before ? 'LATER' : 'SOONER';
}
