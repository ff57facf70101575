import type { Simulator } from '../../src/simulator/simulator.ts';
import type { Collecting } from '../../workers/main.ts';
import { advise, untilFree } from '../support/advise.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { runAgainst, runOnSimulatedAzure } from '../support/simulated.ts';

const COLLECTING: readonly Collecting[] = ['capacity', 'efficiency', 'rto', 'health'];

/** All collecting workers once on the halves that are named. @throws Error for a run that did not end well */
export async function collectFrom(
  simulator: Simulator,
  database: TestDatabase,
  { halves = ['veeam', 'azure'], now }: { halves?: readonly ('veeam' | 'azure')[]; now: Date },
): Promise<void> {
  for (const worker of COLLECTING) {
    if (halves.includes('veeam'))
      await untilFree(async () => [await runAgainst(simulator, database, { worker, now })]);
    if (halves.includes('azure'))
      await untilFree(() => runOnSimulatedAzure(simulator, database, { worker, now }));
  }
}

export type Estates = { mixed: TestDatabase; veeam: TestDatabase; azure: TestDatabase };

const DAY = 24 * 3_600_000;

/**
 * One simulated estate in three databases: the server and the vaults read on two days, the server alone, the vaults alone.
 * The clock ends at the time that the truth is about.
 */
export async function collectEstates(simulator: Simulator): Promise<Estates> {
  const now = simulator.clock.now();
  const mixed = await createTestDatabase();
  const veeam = await createTestDatabase();
  const azure = await createTestDatabase();
  for (const at of [new Date(now.getTime() - DAY), now]) {
    simulator.clock.set(at);
    await collectFrom(simulator, mixed, { now: at });
    await advise(mixed, at);
  }
  for (const [database, half] of [
    [veeam, 'veeam'],
    [azure, 'azure'],
  ] as const) {
    await collectFrom(simulator, database, { halves: [half], now });
    await advise(database, now);
  }
  return { mixed, veeam, azure };
}
