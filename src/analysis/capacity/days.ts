import type { CapacitySample } from './samples.ts';

/** A local day of a repository, or the sum of several. */
export type CapacityDayUse = {
  day: number;
  usedAt: number | null;
  usedBytes: number | null;
  capacityBytes: number | null;
  isOffline: boolean;
};

/** Samples of one repository as the forecast takes them. A day may have a reading and end offline. */
export function toSamples(days: readonly CapacityDayUse[]): CapacitySample[] {
  return days.flatMap(({ day, usedAt, usedBytes, capacityBytes, isOffline }): CapacitySample[] => {
    const at = usedAt ?? 0;
    const reading = { day, at, usedBytes, capacityBytes, isOnline: true };
    const offline = { day, at: at + 1, usedBytes: null, isOnline: false };
    return [...(usedBytes === null ? [] : [reading]), ...(isOffline ? [offline] : [])];
  });
}

/**
 * Several repositories as one: the sum on days on which each of them has a reading. Before its first reading an extent
 * was not there; a day that one of them misses later is a gap, since a sum without it would look like a deletion.
 * Without a limit as soon as one of them has none.
 */
export function sumDays(members: readonly (readonly CapacityDayUse[])[]): CapacityDayUse[] {
  const lists = members.map(
    (days) => new Map(days.flatMap((one) => (one.usedBytes === null ? [] : [[one.day, one] as const]))),
  );
  const firsts = lists.map((byDay) => Math.min(...byDay.keys()));
  const all = [...new Set(lists.flatMap((byDay) => [...byDay.keys()]))].sort((a, b) => a - b);
  return all.flatMap((day): CapacityDayUse[] => {
    const present = lists
      .filter((_, index) => day >= (firsts[index] as number))
      .map((byDay) => byDay.get(day));
    if (present.some((one) => one === undefined)) return [];
    const rows = present as CapacityDayUse[];
    const isUnlimited = rows.some(({ capacityBytes }) => !(capacityBytes !== null && capacityBytes > 0));
    return [
      {
        day,
        usedAt: Math.max(...rows.map(({ usedAt }) => usedAt ?? 0)),
        usedBytes: rows.reduce((sum, { usedBytes }) => sum + (usedBytes ?? 0), 0),
        capacityBytes: isUnlimited ? -1 : rows.reduce((sum, one) => sum + (one.capacityBytes ?? 0), 0),
        isOffline: false,
      },
    ];
  });
}
