import type { Simulator } from '../../src/simulator/simulator.ts';
import type { Collecting } from '../../workers/main.ts';
import { advise, untilFree } from '../support/advise.ts';
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
  await advise(database, now);
}
