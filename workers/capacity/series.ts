import type { CapacitySample } from '../../src/analysis/capacity-samples.ts';
import { dayNumberToText } from '../../src/analysis/zoned-time.ts';
import type { Context, Trx } from '../shared/facts.ts';

/** The days of one repository, oldest first. */
export type DayRow = {
  day: number;
  usedAt: number | null;
  usedBytes: number | null;
  capacityBytes: number | null;
  isOffline: boolean;
};

const DAY_MS = 86_400_000;
/** Longer history changes no forecast. */
const DAYS = 500;

/** The last valid sample of each local day, per repository. */
export async function readDays(
  trx: Trx,
  { sourceId }: Context,
  today: number,
): Promise<Map<string, DayRow[]>> {
  const rows = await trx
    .selectFrom('repository_day')
    .select(['repository_id', 'local_day', 'used_at', 'used_bytes', 'capacity_bytes', 'is_offline'])
    .where('source_id', '=', sourceId)
    .where('local_day', '>', dayNumberToText(today - DAYS) as never)
    .orderBy('repository_id')
    .orderBy('local_day')
    .execute();
  const days = new Map<string, DayRow[]>();
  for (const row of rows) {
    const list = days.get(row.repository_id) ?? [];
    days.set(row.repository_id, list);
    list.push({
      day: toDayNumber(row.local_day),
      usedAt: row.used_at?.getTime() ?? null,
      usedBytes: row.used_bytes,
      capacityBytes: row.capacity_bytes,
      isOffline: row.is_offline,
    });
  }
  return days;
}

/** Of a `date` as the database gives it, `YYYY-MM-DD`. */
export function toDayNumber(day: unknown): number {
  return Math.floor(Date.parse(`${String(day)}T00:00:00Z`) / DAY_MS);
}

/** Samples of one repository as the forecast takes them. A day may have a reading and end offline. */
export function toSamples(days: readonly DayRow[]): CapacitySample[] {
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
export function sumDays(members: readonly (readonly DayRow[])[]): DayRow[] {
  const lists = members.map(
    (days) => new Map(days.flatMap((one) => (one.usedBytes === null ? [] : [[one.day, one] as const]))),
  );
  const firsts = lists.map((byDay) => Math.min(...byDay.keys()));
  const all = [...new Set(lists.flatMap((byDay) => [...byDay.keys()]))].sort((a, b) => a - b);
  return all.flatMap((day): DayRow[] => {
    const present = lists
      .filter((_, index) => day >= (firsts[index] as number))
      .map((byDay) => byDay.get(day));
    if (present.some((one) => one === undefined)) return [];
    const rows = present as DayRow[];
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
