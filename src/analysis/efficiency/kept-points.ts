/** How long a policy keeps copies of one kind. */
interface Kept {
  count: number;
  unit: string;
}
/** Retention of a policy or of one of its parts; null: no copies of that kind. */
export type PartRetention = Partial<Record<'daily' | 'weekly' | 'monthly' | 'yearly', Kept | null>>;

export interface KeptPoint {
  /** Epoch milliseconds. */
  createdAt: number;
  /** When it expires, as the source says; null: it does not say. */
  expiresAt: number | null;
}

const DAY_MS = 86_400_000;
const DAYS: Readonly<Record<string, number>> = { day: 1, week: 7, month: 31, year: 366 };
/** What has expired is cleared away some time later. */
const GRACE_MS = 2 * DAY_MS;

/** The longest time in days that any rule of a policy keeps a point; null: no rule says how long. */
export function longestRetentionDays(parts: readonly PartRetention[]): number | null {
  const days = parts
    .flatMap(({ daily, weekly, monthly, yearly }) => [daily, weekly, monthly, yearly])
    .flatMap((kept) => {
      const unit = DAYS[kept?.unit.toLowerCase().replace(/s$/, '') ?? ''];
      return kept && unit !== undefined ? [kept.count * unit] : [];
    });
  return days.length === 0 ? null : Math.max(...days);
}

/**
 * Points that are there although no rule keeps them any more: two days past their expiry or, where they do not say when they
 * expire, past the longest time of the policy. Without that, too, nothing is known and none is told.
 */
export function pointsBeyondPolicy(
  points: readonly KeptPoint[],
  longestDays: number | null,
  now: number,
): KeptPoint[] {
  return points.filter(({ createdAt, expiresAt }) => {
    const until = expiresAt ?? (longestDays === null ? null : createdAt + longestDays * DAY_MS);
    return until !== null && until + GRACE_MS < now;
  });
}
