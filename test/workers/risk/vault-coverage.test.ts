import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadBusinessContext } from '../../../src/business/load.ts';
import { createLog } from '../../../src/log.ts';
import { runAdvisorOnce } from '../../../workers/advisors.ts';
import type { Collecting } from '../../../workers/main.ts';
import { createTestDatabase } from '../../support/database.ts';
import { NOW, runOnSimulatedAzure, simulate } from '../../support/simulated.ts';

const WORKERS: readonly Collecting[] = ['health', 'capacity', 'efficiency', 'rto'];

test('workloads of a vault are assessed although most were never restored, and what Azure does not say is named', async () => {
  await using simulator = await simulate({
    scenario: 'azure-all',
    azureVaults: 2,
    azureItems: 20,
    azureDays: 30,
    days: 20,
    jobs: 4,
  });
  await using database = await createTestDatabase();
  for (const worker of WORKERS)
    for (const { status } of await runOnSimulatedAzure(simulator, database, { worker }))
      assert.equal(status, 'succeeded');
  const options = { log: createLog('silent'), clock: () => NOW, business: loadBusinessContext(undefined) };
  const advisor = await database.as('advisor');
  await runAdvisorOnce('risk', advisor, options);
  const summaries = await advisor.risk.db
    .selectFrom('risk_summary')
    .select(['source_id', 'workloads', 'not_assessed', 'not_known'])
    .execute();
  assert.equal(summaries.length, 2);
  for (const { workloads, not_assessed, not_known } of summaries) {
    assert.ok(Number(workloads) >= 18);
    assert.ok(Number(not_assessed) <= 2, `${not_assessed} of ${workloads} are not assessed`);
    assert.match(JSON.stringify(not_known), /whether the backups of \d+ workloads are unusable or poisoned/);
  }
});
