import type { Config } from '../config/config.ts';
import type { Databases } from '../db/database.ts';
import type { Log } from '../log.ts';
import { readStatus, type StatusRow } from './worker-status.ts';

/** Logs how each worker stands: a line each, over all its sources. */
export async function logStatus(
  workers: readonly string[],
  databases: Databases,
  config: Config,
  log: Log,
): Promise<void> {
  const rows = await readStatus(databases, workers, config, new Date());
  for (const worker of workers) {
    const own = rows.filter((row) => row.worker === worker);
    if (own.length > 0) log.info({ worker, ...summarise(own) }, 'status');
  }
}

/** What is worst counts: the oldest success, and the endpoints of all. */
function summarise(rows: readonly StatusRow[]) {
  const successes = rows.flatMap(({ last_success_at }) => last_success_at ?? []).sort();
  const ages = rows.flatMap(({ age_hours }) => age_hours ?? []);
  const sum = (of: (row: StatusRow) => number) => rows.reduce((total, row) => total + of(row), 0);
  return {
    sources: rows.length,
    lastSuccess: successes.at(-1) ?? null,
    oldestSuccess: successes.length === rows.length ? (successes[0] ?? null) : null,
    oldestAgeHours: ages.length > 0 ? Math.max(...ages) : null,
    nextRun: rows[0]?.next_slot_at ?? null,
    states: Object.fromEntries(
      [...Map.groupBy(rows, ({ state }) => state)].map(([state, { length }]) => [state, length]),
    ),
    endpoints: sum(({ endpoints }) => endpoints),
    endpointsComplete: sum(({ endpoints_complete }) => endpoints_complete),
  };
}
