import type { CapacityDayUse } from '../../src/analysis/capacity/days.ts';
import { dayNumberToText } from '../../src/analysis/zoned-time.ts';
import type { Context, Trx } from '../shared/facts.ts';

const DAY_MS = 86_400_000;
/** Longer history changes no forecast. */
const DAYS = 500;

/** The last valid sample of each local day, per repository. */
export async function readDays(
  trx: Trx,
  { sourceId }: Context,
  today: number,
): Promise<Map<string, CapacityDayUse[]>> {
  const rows = await trx
    .selectFrom('repository_day')
    .select(['repository_id', 'local_day', 'used_at', 'used_bytes', 'capacity_bytes', 'is_offline'])
    .where('source_id', '=', sourceId)
    .where('local_day', '>', dayNumberToText(today - DAYS) as never)
    .orderBy('repository_id')
    .orderBy('local_day')
    .execute();
  const days = new Map<string, CapacityDayUse[]>();
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
