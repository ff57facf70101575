import { createSlots, type Slots } from '../../workers/slots.ts';
import type { Config } from '../config/config.ts';
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
  return slotsOf(worker, schedule)?.next(now)?.toISOString() ?? null;
}

/** What a slot may take until its first run is on record: the spread of the sources, and a wait for other runs. */
const BEGUN_WITHIN_MS = 10 * 60_000;

/**
 * The newest slot that is over for ten minutes and in which nothing was run on any source, from which nobody seems to run
 * `dr365 workers` by this schedule; null: there is none, or it cannot be told.
 */
export function missedSlot(
  worker: string,
  rows: readonly Pick<StatusRow, 'last_success_at' | 'running_since' | 'last_run'>[],
  schedule: Config['schedule'],
  now: Date,
): string | null {
  // What looks each minute for something to watch leaves no run where there was nothing.
  if (worker === 'mounts' || rows.length === 0) return null;
  const slot = slotsOf(worker, schedule)?.last(new Date(now.getTime() - BEGUN_WITHIN_MS));
  const seen = rows
    .flatMap((row) => [row.last_success_at, row.running_since, row.last_run?.at])
    .flatMap((at) => (at ? Date.parse(at) : []));
  return slot && seen.every((at) => at < slot.getTime()) ? slot.toISOString() : null;
}

function slotsOf(worker: string, schedule: Config['schedule']): Slots | undefined {
  const cron = worker === 'timeZone' ? undefined : schedule[worker as keyof Config['schedule']];
  return cron === undefined ? undefined : createSlots(worker, cron, schedule.timeZone);
}
