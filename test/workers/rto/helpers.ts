import type { RunSummary } from '../../../src/pipeline/run-worker.ts';
import type { Simulator } from '../../../src/simulator/simulator.ts';
import type { RecoveryTruth, WorkloadTruth } from '../../../src/simulator/truth/recovery.ts';
import { buildTruth } from '../../../src/simulator/truth/truth.ts';
import type { TestDatabase } from '../../support/database.ts';
import { runAgainst } from '../../support/simulated.ts';

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/** One run at the time of the simulated server. The lock of the run before may take a moment to go. */
export async function runRto(simulator: Simulator, database: TestDatabase): Promise<RunSummary> {
  for (;;) {
    const summary = await runAgainst(simulator, database, { worker: 'rto', now: simulator.clock.now() });
    if (summary.status !== 'busy') return summary;
  }
}

export function truthNow({ world, clock }: Simulator): RecoveryTruth {
  const { recovery } = buildTruth(world, clock.now().getTime()).findings;
  if (!recovery) throw new Error('the scenario does not tell about recovery');
  return recovery;
}

/** What the newest run concluded. */
export async function resultsOf({ metrics: { db } }: TestDatabase) {
  const { run_id } = await db
    .selectFrom('recovery_summary')
    .select('run_id')
    .orderBy('concluded_at', 'desc')
    .limit(1)
    .executeTakeFirstOrThrow();
  const summary = await db
    .selectFrom('recovery_summary')
    .selectAll()
    .where('run_id', '=', run_id)
    .executeTakeFirstOrThrow();
  const workloads = await db
    .selectFrom('workload_recovery')
    .selectAll()
    .where('run_id', '=', run_id)
    .orderBy('workload_id')
    .execute();
  const locations = await db
    .selectFrom('recovery_location')
    .selectAll()
    .where('run_id', '=', run_id)
    .execute();
  const mass = await db.selectFrom('mass_restore').selectAll().where('run_id', '=', run_id).execute();
  return { summary, workloads, locations, mass };
}

export type Results = Awaited<ReturnType<typeof resultsOf>>;
export type WorkloadRow = Results['workloads'][number];

/** The row of a machine of the truth: by its id where the revision gives one, else by its name. */
export function rowOf(workloads: readonly WorkloadRow[], truth: WorkloadTruth): WorkloadRow | undefined {
  const { platformObjectId } = truth;
  if (platformObjectId === null)
    return workloads.find(({ platform, name }) => platform === truth.platform && name === truth.name);
  return workloads.find(({ workload_id }) => workload_id === `${truth.platform}/${platformObjectId}`);
}

/** Rows by name. @throws if there is none or several */
export function named(workloads: readonly WorkloadRow[], name: string): WorkloadRow {
  const [row, ...others] = workloads.filter((one) => one.name === name);
  if (!row || others.length > 0) throw new Error(`${others.length + (row ? 1 : 0)} workloads called ${name}`);
  return row;
}
