import { loadBusinessContext } from '../../src/business/load.ts';
import { createLog } from '../../src/log.ts';
import { runAdvisor } from '../../src/pipeline/advisor.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import type { Collecting } from '../../workers/main.ts';
import { createRemediation } from '../../workers/remediation/remediation.ts';
import { createRisk } from '../../workers/risk/risk.ts';
import type { TestDatabase } from '../support/database.ts';
import { runAgainst, runOnSimulatedAzure } from '../support/simulated.ts';

const COLLECTING: readonly Collecting[] = ['capacity', 'efficiency', 'rto', 'health'];

export type Rounds = { now: Date; workers?: readonly Collecting[]; veeam?: boolean; azure?: boolean };

/** Collecting workers once each on what an estate has, and the advisors after them. */
export async function runRound(
  simulator: Simulator,
  database: TestDatabase,
  { now, workers = COLLECTING, veeam = true, azure = true }: Rounds,
): Promise<void> {
  for (const worker of workers) {
    if (veeam) await untilFree(async () => [await runAgainst(simulator, database, { worker, now })]);
    if (azure) await untilFree(() => runOnSimulatedAzure(simulator, database, { worker, now }));
  }
  await adviseAll(database, now);
}

type Outcome = { status: string; error?: { message: string } | undefined };

/** The lock of the run before may take a moment to go. */
async function untilFree(run: () => Promise<readonly Outcome[]>): Promise<void> {
  for (;;) {
    const runs = await run();
    const failed = runs.find(({ status }) => status === 'failed');
    if (failed) throw new Error(failed.error?.message ?? 'a run failed');
    if (runs.every(({ status }) => status !== 'busy')) return;
  }
}

async function adviseAll(database: TestDatabase, now: Date): Promise<void> {
  const databases = await database.as('advisor');
  const business = loadBusinessContext(undefined);
  const options = { clock: () => now, log: createLog('silent') };
  const sources = await databases.metrics.db
    .selectFrom('source')
    .select('source_id')
    .orderBy('source_id')
    .execute();
  for (const { source_id } of sources)
    for (const worker of [createRisk(business), createRemediation(business)])
      await untilFree(async () => [await runAdvisor(worker as never, databases, source_id, options)]);
}
