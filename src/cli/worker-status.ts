import { createSlots } from '../../workers/slots.ts';
import type { Config } from '../config.ts';
import { asReader, asRiskReader } from '../db/connect.ts';
import type { Databases } from '../db/database.ts';
import { readDataSets } from '../mcp/tools/data-freshness/data-rows.ts';
import type { DataRow } from '../mcp/tools/data-freshness/shape.ts';
import { listSources } from '../queries/freshness.ts';

/** How one worker stands with one source: what `get_data_freshness` answers, and its next slot by the schedule that is set here. */
export type StatusRow = DataRow & { next_slot_at: string | null };

/** The standing of workers with each source, the figures of `get_data_freshness`. */
export async function readStatus(
  { metrics, risk }: Databases,
  workers: readonly string[],
  { schedule }: Pick<Config, 'schedule'>,
  now: Date,
): Promise<StatusRow[]> {
  const db = asReader(metrics.db);
  const sources = await listSources(db);
  const sets = await readDataSets(db, asRiskReader(risk.db), { sources, workers, asOf: now });
  return sets.map(({ row }) => ({ ...row, next_slot_at: nextSlot(row.worker, schedule, now) }));
}

/** null: it has no schedule of its own, as it follows others. */
export function nextSlot(worker: string, schedule: Config['schedule'], now: Date): string | null {
  const cron = worker === 'timeZone' ? undefined : schedule[worker as keyof Config['schedule']];
  if (cron === undefined) return null;
  return createSlots(worker, cron, schedule.timeZone).next(now)?.toISOString() ?? null;
}
