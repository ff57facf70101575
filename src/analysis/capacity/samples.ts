import type { ForecastPoints } from '../forecast/points.ts';

export interface CapacitySample {
  /** Local calendar day as a number (days since 1970-01-01), see zoned-time.ts. */
  day: number;
  /** Instant in epoch milliseconds; the latest valid sample of a day counts. Without it the order of the list does. */
  at?: number;
  /** Physically used bytes (capacity less free, {@link physicalUse}); null: no reading. */
  usedBytes: number | null;
  /** Bytes; null, 0 or less: the repository has no limit. Left out: not known with this sample. */
  capacityBytes?: number | null;
  isOnline?: boolean;
}

export interface CapacityEvent {
  kind: 'LEVEL_SHIFT' | 'SPIKE' | 'CAPACITY_CHANGE' | 'OFFLINE';
  /** Local day, as in the samples. */
  day: number;
  /** Size in bytes; of OFFLINE 0. */
  bytes: number;
  /** Days it lasted; only of OFFLINE. */
  days?: number;
}

export interface DailyUse {
  /** One point per day with a valid reading, day 0 being `today`. */
  points: ForecastPoints;
  /** Newest capacity that any sample names; null: none, or no limit. */
  capacityBytes: number | null;
  isOffline: boolean;
  events: CapacityEvent[];
  reasons: string[];
}

/** More than this is kept as weekly medians (METHODS 3.2) and changes no forecast. */
const LONGEST_DAYS = 500;

/**
 * Physical use, capacity less free, which is what runs out (METHODS 3.2, flaw 2: the size of the backup files is not);
 * null where the two contradict each other or where there is no limit.
 */
export function physicalUse(capacityBytes: number | null, freeBytes: number | null): number | null {
  if (capacityBytes === null || freeBytes === null) return null;
  if (!(capacityBytes > 0) || !(freeBytes >= 0) || freeBytes > capacityBytes) return null;
  return capacityBytes - freeBytes;
}

/**
 * The last valid reading of each local day, and what else the samples tell. Samples of days after `today` (a clock that
 * jumped) and readings that are no amount are left out and named in `reasons`.
 */
export function toDailyUse(samples: readonly CapacitySample[], today: number): DailyUse {
  const known = samples
    .filter(({ day }) => day <= today && day > today - LONGEST_DAYS)
    .toSorted((a, b) => a.day - b.day || (a.at ?? 0) - (b.at ?? 0));
  const byDay = new Map<number, number>();
  for (const { day, usedBytes } of known) if (isAmount(usedBytes)) byDay.set(day, usedBytes);
  const capacities = known.filter(({ capacityBytes }) => capacityBytes !== undefined);
  const newest = capacities.at(-1)?.capacityBytes ?? null;
  const reasons: string[] = [];
  if (samples.some(({ day }) => day > today)) reasons.push('SAMPLES_AFTER_TODAY_IGNORED');
  if (known.some(({ usedBytes }) => usedBytes !== null && !isAmount(usedBytes))) {
    reasons.push('INVALID_READINGS_IGNORED');
  }
  return {
    points: { days: [...byDay.keys()].map((day) => day - today), values: [...byDay.values()] },
    capacityBytes: newest !== null && newest > 0 ? newest : null,
    isOffline: known.at(-1)?.isOnline === false,
    events: [...capacityChanges(capacities), ...offlineTimes(known)],
    reasons,
  };
}

function isAmount(value: number | null): value is number {
  return value !== null && Number.isFinite(value) && value >= 0;
}

/** Changes beyond a thousandth; a file system reports a few blocks more or less now and then. */
function capacityChanges(samples: readonly CapacitySample[]): CapacityEvent[] {
  const events: CapacityEvent[] = [];
  let before: number | null = null;
  for (const { day, capacityBytes } of samples) {
    const now = capacityBytes ?? 0;
    if (now <= 0) continue;
    if (before !== null && Math.abs(now - before) > 0.001 * before) {
      events.push({ kind: 'CAPACITY_CHANGE', day, bytes: now - before });
    }
    before = now;
  }
  return events;
}

/** Runs of samples taken while the repository was offline; one event each, at its first day. */
function offlineTimes(samples: readonly CapacitySample[]): CapacityEvent[] {
  const events: CapacityEvent[] = [];
  let current: CapacityEvent | null = null;
  for (const { day, isOnline } of samples) {
    if (isOnline !== false) {
      current = null;
    } else if (current === null) {
      current = { kind: 'OFFLINE', day, bytes: 0, days: 1 };
      events.push(current);
    } else {
      current.days = day - current.day + 1;
    }
  }
  return events;
}
