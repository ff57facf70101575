import type { AzureProtectedItem } from '../../src/azure/protected-items.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

type Deferred = Pick<
  AzureProtectedItem,
  | 'isScheduledForDeferredDelete'
  | 'deferredDeleteTimeInUTC'
  | 'deferredDeleteTimeRemaining'
  | 'softDeleteRetentionPeriodInDays'
>;

/**
 * When soft delete lets go of an item for good; null: it is not deleted, or Azure does not say. Some answers give the time of
 * the deletion, others that of its end: the one counts that agrees with the time that is said to remain.
 */
export function deletedForGoodAt(item: Deferred, now: Date): Date | null {
  const { deferredDeleteTimeInUTC: at, deferredDeleteTimeRemaining: remaining } = item;
  if (!item.isScheduledForDeferredDelete) return null;
  const days = item.softDeleteRetentionPeriodInDays;
  const candidates = at ? [at.getTime(), ...(days ? [at.getTime() + days * DAY_MS] : [])] : [];
  if (remaining === null || remaining === undefined) {
    const ahead = candidates.filter((one) => one > now.getTime());
    return ahead.length > 0 ? new Date(Math.min(...ahead)) : null;
  }
  const expected = now.getTime() + remaining * 1000;
  const off = (one: number) => Math.abs(one - expected);
  const [best] = candidates.filter((one) => off(one) < 36 * HOUR_MS).sort((a, b) => off(a) - off(b));
  // To the hour: what remains is said anew with each answer.
  return new Date(best ?? Math.round(expected / HOUR_MS) * HOUR_MS);
}
