import type { BusinessContext } from '../../../src/business/context.ts';
import { loadBusinessContext, parseBusinessContext } from '../../../src/business/load.ts';
import { createLog } from '../../../src/log.ts';
import { runAdvisor } from '../../../src/pipeline/advisor.ts';
import type { RunSummary } from '../../../src/pipeline/run-worker.ts';
import type { Simulator } from '../../../src/simulator/simulator.ts';
import type { Collecting } from '../../../workers/main.ts';
import { createRisk } from '../../../workers/risk/risk.ts';
import type { TestDatabase } from '../../support/database.ts';
import { runAgainst } from '../../support/simulated.ts';

export const HOUR_MS = 3_600_000;
export const ALL: readonly Collecting[] = ['capacity', 'efficiency', 'rto', 'health'];

/** Runs of collectors; the lock of the run before may take a moment to go. By default our clock is that of the server. */
export async function collect(
  simulator: Simulator,
  database: TestDatabase,
  { workers = ALL, now }: { workers?: readonly Collecting[]; now?: Date } = {},
): Promise<void> {
  for (const worker of workers)
    for (let status = 'busy'; status === 'busy'; )
      ({ status } = await runAgainst(simulator, database, { worker, now: now ?? simulator.clock.now() }));
}

/** One run of the risk worker on the only source, as the advisor. */
export async function runRisk(
  database: TestDatabase,
  now: Date,
  business: BusinessContext = loadBusinessContext(undefined),
): Promise<RunSummary> {
  const databases = await database.as('advisor');
  const sources = await databases.metrics.db.selectFrom('source').select('source_id').execute();
  const sourceId = sources[0]?.source_id ?? 'nobody';
  for (;;) {
    const summary = await runAdvisor(createRisk(business), databases, sourceId, {
      clock: () => now,
      log: createLog('silent'),
    });
    if (summary.status !== 'busy') return summary;
  }
}

export const businessOf = (toml: string): BusinessContext => parseBusinessContext(toml, 'dr365.toml');

/** What the newest run concluded. */
export async function riskOf(database: TestDatabase) {
  const { db } = (await database.as('reader')).risk;
  const summary = await db
    .selectFrom('risk_summary')
    .selectAll()
    .orderBy('concluded_at', 'desc')
    .limit(1)
    .executeTakeFirstOrThrow();
  const of = { run_id: summary.run_id };
  return {
    summary,
    items: await db
      .selectFrom('risk_item')
      .selectAll()
      .where('run_id', '=', of.run_id)
      .orderBy('rank')
      .execute(),
    hazards: await db.selectFrom('risk_hazard').selectAll().where('run_id', '=', of.run_id).execute(),
    inputs: await db.selectFrom('risk_input').selectAll().where('run_id', '=', of.run_id).execute(),
    compliance: await db.selectFrom('risk_compliance').selectAll().where('run_id', '=', of.run_id).execute(),
    tiers: await db.selectFrom('risk_compliance_tier').selectAll().where('run_id', '=', of.run_id).execute(),
  };
}

export type Risks = Awaited<ReturnType<typeof riskOf>>;
