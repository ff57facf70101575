import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadBusinessContext } from '../../../src/business/load.ts';
import { createLog } from '../../../src/log.ts';
import { runAdvisor } from '../../../src/pipeline/advisor.ts';
import type { RunSummary } from '../../../src/pipeline/run-worker.ts';
import { createRemediation } from '../../../workers/remediation/remediation.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { addSource, SOURCE } from '../../support/health-rows.ts';
import { simulate } from '../../support/simulated.ts';
import { collect, HOUR_MS, runRisk } from '../risk/helpers.ts';

/** What each scenario is about, and the plan that a person would write for it. */
const SCENARIOS = [
  { scenario: 'expired-credential', rule: 'gap.credentials', scopes: ['INCIDENT', 'JOB'] },
  { scenario: 'proxy-down', rule: 'gap.proxy-down', scopes: ['INCIDENT', 'JOB'] },
  { scenario: 'repository-full', rule: 'capacity.exceeded', scopes: ['REPOSITORY'] },
  { scenario: 'vss-one-guest', rule: 'gap.vss', scopes: ['JOB', 'WORKLOAD'] },
  { scenario: 'never-restored', rule: 'recover.untested', scopes: ['JOB', 'WORKLOAD'] },
  { scenario: 'configuration-neglected', rule: 'estate.config-backup', scopes: ['ESTATE'] },
];

for (const { scenario, rule, scopes } of SCENARIOS)
  test(`${scenario} is answered by a plan of ${rule}`, async () => {
    await using simulator = await simulate({ scenario });
    await using database = await createTestDatabase();
    await collect(simulator, database);
    await runRisk(database, simulator.clock.now());
    await advise(database, simulator.clock.now());
    const { plans, summary } = await adviceOf(database);
    const found = plans.filter(
      ({ rule_ids, scope_type }) => rule_ids[0]?.startsWith(rule) && scopes.includes(scope_type),
    );
    assert.ok(found.length > 0, plans.map(({ plan_id }) => plan_id).join('\n'));
    assert.equal(summary.considered, plans.length + summary.merged + summary.cut);
    assert.ok(plans.length <= 50);
    for (const { hypotheses, options, verify } of plans) {
      for (const { text, cites } of hypotheses as {
        text: string;
        cites: { source: string; as_of: string | null }[];
      }[])
        assert.ok(text && cites.length > 0 && cites.every(({ source }) => source), text);
      for (const { rollback, risks } of options as { rollback: string; risks: string[] }[])
        assert.ok(rollback && risks.length > 0);
      assert.ok((verify as { met: boolean }[]).some(({ met }) => !met));
    }
  });

test('names and messages of the source stand in fields alone', async () => {
  await using simulator = await simulate({ scenario: 'demo' });
  await using database = await createTestDatabase();
  await collect(simulator, database);
  await runRisk(database, simulator.clock.now());
  await advise(database, simulator.clock.now());
  const { plans } = await adviceOf(database);
  const jobs = await database.metrics.db.selectFrom('job').select('name').execute();
  for (const { hypotheses, options, investigation_steps, title, urgency_reason, not_known } of plans) {
    const texts = (hypotheses as { text: string }[]).map(({ text }) => text);
    const ours = JSON.stringify([texts, options, investigation_steps, title, urgency_reason, not_known]);
    for (const { name } of jobs) assert.ok(!ours.includes(name), name);
  }
});

test('a second run over the same risks writes no version and no event', async () => {
  await using simulator = await simulate({ scenario: 'repository-full', jobs: 12 });
  await using database = await createTestDatabase();
  await collect(simulator, database);
  await runRisk(database, simulator.clock.now());
  await advise(database, simulator.clock.now());
  const first = await adviceOf(database);
  await advise(database, new Date(simulator.clock.now().getTime() + HOUR_MS));
  const second = await adviceOf(database);
  assert.deepEqual(second.plans, first.plans);
  assert.deepEqual(second.events, first.events);
  assert.equal(second.summary.new_versions, 0);
  assert.equal(second.summary.open_plans, first.summary.open_plans);
});

test('risks that are older than a day close nothing, and it is said', async () => {
  await using simulator = await simulate({ scenario: 'expired-credential', jobs: 12 });
  await using database = await createTestDatabase();
  await collect(simulator, database);
  await runRisk(database, simulator.clock.now());
  await advise(database, simulator.clock.now());
  const before = await adviceOf(database);
  const { status } = await advise(database, new Date(simulator.clock.now().getTime() + 40 * HOUR_MS));
  const { summary, events } = await adviceOf(database);
  assert.equal(status, 'partial');
  assert.deepEqual([summary.frozen, summary.open_plans], [true, before.summary.open_plans]);
  assert.match(summary.reason ?? '', /risks are 40 hours old/);
  assert.deepEqual(events, before.events);
});

test('without risks there are no plans, and the reason is said', async () => {
  await using database = await createTestDatabase();
  await addSource(database.metrics.db);
  await advise(database, new Date('2026-03-18T12:00:00Z'), SOURCE);
  const { plans, summary } = await adviceOf(database);
  assert.deepEqual(plans, []);
  assert.match(summary.reason ?? '', /risk worker has not concluded/);
});

async function advise(database: TestDatabase, now: Date, source?: string): Promise<RunSummary> {
  const advisor = await database.as('advisor');
  const first = await advisor.metrics.db.selectFrom('source').select('source_id').executeTakeFirst();
  const worker = createRemediation(loadBusinessContext(undefined));
  for (;;) {
    const options = { clock: () => now, log: createLog('silent') };
    const summary = await runAdvisor(worker, advisor, source ?? first?.source_id ?? '', options);
    assert.notEqual(summary.status, 'failed', summary.error?.message);
    if (summary.status !== 'busy') return summary;
  }
}

/** Everything that was advised, and the newest summary. */
async function adviceOf(database: TestDatabase) {
  const { risk } = await database.as('reader');
  return {
    plans: await risk.db
      .selectFrom('remediation_plan')
      .selectAll()
      .orderBy('rank')
      .orderBy('plan_id')
      .execute(),
    events: await risk.db.selectFrom('remediation_event').selectAll().orderBy('plan_id').execute(),
    summary: await risk.db
      .selectFrom('remediation_summary')
      .selectAll()
      .orderBy('concluded_at', 'desc')
      .limit(1)
      .executeTakeFirstOrThrow(),
  };
}
