import type { RunSummary } from '../../../src/pipeline/run-worker.ts';
import type { Simulator } from '../../../src/simulator/simulator.ts';
import type { TestDatabase } from '../../support/database.ts';
import { runAgainst } from '../../support/simulated.ts';

export const DAY_MS = 86_400_000;

/** One run at the time of the simulated server. The lock of the run before may take a moment to go. */
export async function runCapacity(simulator: Simulator, database: TestDatabase): Promise<RunSummary> {
  for (;;) {
    const summary = await runAgainst(simulator, database, { worker: 'capacity', now: simulator.clock.now() });
    if (summary.status !== 'busy') return summary;
  }
}

/** Forecasts of the newest run, by name. */
export async function forecastsOf({ metrics: { db } }: TestDatabase) {
  const rows = await db
    .selectFrom('capacity_forecast')
    .innerJoin('run', 'run.run_id', 'capacity_forecast.run_id')
    .selectAll('capacity_forecast')
    .where('capacity_forecast.run_id', '=', (eb) =>
      eb
        .selectFrom('run')
        .select('run_id')
        .where('worker', '=', 'capacity')
        .orderBy('started_at', 'desc')
        .limit(1),
    )
    .execute();
  return new Map(rows.map((row) => [row.name, row]));
}

export type ForecastRow = NonNullable<ReturnType<Awaited<ReturnType<typeof forecastsOf>>['get']>>;

export async function must(database: TestDatabase, name: string): Promise<ForecastRow> {
  const row = (await forecastsOf(database)).get(name);
  if (!row) throw new Error(`no forecast of ${name}`);
  return row;
}

export const sum = (list: readonly (number | null)[]) =>
  list.reduce<number>((total, one) => total + (one ?? 0), 0);
