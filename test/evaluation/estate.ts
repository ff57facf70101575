import { loadBusinessContext } from '../../src/business/load.ts';
import { createLog } from '../../src/log.ts';
import { runAdvisor } from '../../src/pipeline/advisor.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import type { Collecting } from '../../workers/main.ts';
import { createRemediation } from '../../workers/remediation/remediation.ts';
import { createRisk } from '../../workers/risk/risk.ts';
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

type Outcome = { status: string; error?: { message: string } | undefined };

/** The lock of the run before may take a moment to go. */
async function untilFree(run: () => Promise<readonly Outcome[]>): Promise<void> {
  for (;;) {
    const runs = await run();
    const failed = runs.find(({ status }) => status === 'failed');
    if (failed) throw new Error(failed.error?.message);
    if (runs.every(({ status }) => status !== 'busy')) return;
  }
}

/** Both advising workers once on each source. */
export async function advise(database: TestDatabase, now: Date): Promise<void> {
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
