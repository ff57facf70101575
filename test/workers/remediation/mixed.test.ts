import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadBusinessContext } from '../../../src/business/load.ts';
import { createLog } from '../../../src/log.ts';
import { type Advisor, runAdvisor } from '../../../src/pipeline/advisor.ts';
import { createRemediation } from '../../../workers/remediation/remediation.ts';
import { createRisk } from '../../../workers/risk/risk.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import {
  addCollectorRuns,
  concludeRto,
  fillMixed,
  itemId,
  MIXED_NOW,
  type MixedMachine,
  VAULT,
  VBR,
} from '../../support/mixed-rows.ts';

const UUID = '11112222-3333-4444-5555-666677778888';

async function advise(
  databases: Awaited<ReturnType<TestDatabase['as']>>,
  advisor: Advisor,
  sourceId: string,
): Promise<string> {
  for (;;) {
    const { runId, status, error } = await runAdvisor(advisor, databases, sourceId, {
      clock: () => MIXED_NOW,
      log: createLog('silent'),
    });
    if (status === 'busy') continue;
    assert.equal(error, undefined);
    return runId ?? '';
  }
}

/** Risks and plans of both sources, and the plans of one of them. */
async function plansOf(machines: MixedMachine[], sourceId: string, vault: Record<string, unknown> = {}) {
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  await fillMixed(db, machines, { vault });
  const sources = await db.selectFrom('source').select('source_id').orderBy('source_id').execute();
  for (const source of sources) {
    await addCollectorRuns(db, source.source_id);
    await concludeRto(database, source.source_id);
  }
  const advisor = await database.as('advisor');
  for (const { source_id } of sources) {
    await advise(advisor, createRisk(loadBusinessContext(undefined)), source_id);
    await advise(advisor, createRemediation(loadBusinessContext(undefined)), source_id);
  }
  const { risk } = await database.as('reader');
  return await risk.db
    .selectFrom('remediation_plan')
    .selectAll()
    .where('source_id', '=', sourceId)
    .orderBy('rank')
    .execute();
}

test('an estate of vaults alone gets advice in the words of Azure, with what the tables say as evidence', async () => {
  const plans = await plansOf(
    [
      { name: 'late-2', azure: [100] },
      { name: 'never-3', azure: [], item: { protection_state: 'IRPending' } },
      { name: 'gone-4', azure: [50], item: { protection_state: 'ProtectionStopped', is_soft_deleted: true } },
      { name: 'kept-5', azure: [500], item: { protection_state: 'ProtectionStopped' } },
    ],
    VAULT,
    { soft_delete: 'Disabled', immutability: 'Disabled', multi_user_authorization: false },
  );
  const rules = new Set(plans.flatMap(({ rule_ids }) => rule_ids));
  for (const rule of ['azure.soft-deleted', 'azure.stopped', 'azure.never-backed-up'])
    assert.ok(rules.has(rule), `${rule} of ${[...rules].join()}`);
  assert.ok(
    [...rules].every((rule) => rule.startsWith('azure.') || rule.startsWith('evidence.')),
    [...rules].join(),
  );
  const stopped = plans.find(({ rule_ids }) => rule_ids[0] === 'azure.stopped');
  const evidence = stopped?.evidence as { source: string; id: string; field: string; value: unknown }[];
  assert.ok(
    evidence.some(
      ({ source, id, field, value }) =>
        source === 'azure_item' &&
        id === itemId('kept-5') &&
        field === 'protection_state' &&
        value === 'ProtectionStopped',
    ),
  );
});

test('a plan for a machine of two sources names the other one', async () => {
  const machine: MixedMachine = {
    name: 'erp',
    veeamId: UUID,
    azureId: UUID,
    veeam: [200],
    azure: [100],
    isVeeamOff: true,
    item: { protection_state: 'ProtectionStopped' },
  };
  const plans = await plansOf([machine], VBR);
  const gap = plans.find(({ risk_type }) => risk_type === 'gap');
  assert.ok(gap);
  const evidence = gap.evidence as { field: string; value: unknown }[];
  assert.ok(evidence.some(({ field, value }) => field === 'protections.source_id' && value === VAULT));
  assert.match(
    (gap.investigation_steps as { text: string }[])[0]?.text ?? '',
    /Another source protects the machine as well/,
  );
});
