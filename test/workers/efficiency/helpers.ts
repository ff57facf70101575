import type { RunSummary } from '../../../src/pipeline/run-worker.ts';
import type { Simulator } from '../../../src/simulator/simulator.ts';
import type { EfficiencyTruth } from '../../../src/simulator/truth/efficiency.ts';
import { buildTruth } from '../../../src/simulator/truth/truth.ts';
import type { TestDatabase } from '../../support/database.ts';
import { runAgainst } from '../../support/simulated.ts';

export const DAY_MS = 86_400_000;

/** One run at the time of the simulated server. The lock of the run before may take a moment to go. */
export async function runEfficiency(simulator: Simulator, database: TestDatabase): Promise<RunSummary> {
  for (;;) {
    const now = simulator.clock.now();
    const summary = await runAgainst(simulator, database, { worker: 'efficiency', now });
    if (summary.status !== 'busy') return summary;
  }
}

export function truthOf({ world, clock }: Simulator): EfficiencyTruth {
  const { efficiency } = buildTruth(world, clock.now().getTime()).findings;
  if (!efficiency) throw new Error('the scenario is not about efficiency');
  return efficiency;
}

/** What the newest run concluded. */
export async function resultsOf({ metrics: { db } }: TestDatabase) {
  const { run_id } = await db
    .selectFrom('run')
    .select('run_id')
    .where('worker', '=', 'efficiency')
    .where('status', 'in', ['succeeded', 'partial'])
    .orderBy('started_at', 'desc')
    .orderBy('finished_at', 'desc')
    .limit(1)
    .executeTakeFirstOrThrow();
  return {
    jobs: await db.selectFrom('job_efficiency').selectAll().where('run_id', '=', run_id).execute(),
    anomalies: await db.selectFrom('efficiency_anomaly').selectAll().where('run_id', '=', run_id).execute(),
    reclaimable: await db.selectFrom('reclaimable_space').selectAll().where('run_id', '=', run_id).execute(),
    repositories: await db
      .selectFrom('repository_efficiency')
      .selectAll()
      .where('run_id', '=', run_id)
      .execute(),
    summary: await db
      .selectFrom('efficiency_summary')
      .selectAll()
      .where('run_id', '=', run_id)
      .executeTakeFirstOrThrow(),
  };
}

export type Results = Awaited<ReturnType<typeof resultsOf>>;
