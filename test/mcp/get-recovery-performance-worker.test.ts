import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestDatabase } from '../support/database.ts';
import { startMcp, toEnvironment } from '../support/mcp-client.ts';
import { simulate } from '../support/simulated.ts';
import { HOUR_MS, resultsOf, runRto } from '../workers/rto/helpers.ts';

const TOOL = 'get_recovery_performance';
const SCENARIOS = [
  'recovery-healthy',
  'recovery-rpo-hidden',
  'recovery-failed-restores',
  'recovery-infected-newest',
];
type Row = Record<string, unknown>;

for (const scenario of SCENARIOS) {
  test(`${scenario}: what the worker concluded is answered, and asked again the engine says the same`, async () => {
    await using simulator = await simulate({ scenario, jobs: 8 });
    await using database = await createTestDatabase();
    assert.equal((await runRto(simulator, database)).status, 'succeeded');
    simulator.clock.advance(HOUR_MS);
    assert.equal((await runRto(simulator, database)).status, 'succeeded');
    const { workloads, mass, summary } = await resultsOf(database);
    await using mcp = await startMcp(toEnvironment(database.settings));

    const { data } = await mcp.ask(TOOL, {});
    const estate = data.estate as Row;
    assert.equal(estate.workloads, workloads.length);
    assert.equal(estate.never_tested, summary.never_tested);
    assert.equal(estate.hidden_breaches, summary.hidden_breaches);
    assert.equal(estate.without_safe_point, summary.without_safe_point);
    assert.deepEqual(estate.sla_compliance, withoutZeros(summary.by_sla));
    assert.deepEqual(estate.rpo, withoutZeros(summary.by_rpo));
    assert.equal((data.coverage as Row).tested_90_days, summary.tested_workloads);

    const hidden = await mcp.ask(TOOL, { status: 'HIDDEN_BREACH', limit: 50 });
    assert.equal((hidden.data.workloads as Row[]).length, summary.hidden_breaches);
    for (const row of workloads) {
      const { workload_id, rto_target_minutes: rto_minutes, rpo_target_hours: rpo_hours } = row;
      const card = (await mcp.ask(TOOL, { workload: workload_id })).data.workload as Row & { points: Row };
      assert.equal((card.points.safe as Row | null)?.point_id ?? null, row.last_safe_point_id, row.name);
      assert.equal(card.points.safe === null, card.points.why_not_safe !== null, row.name);
      const what_if = { kind: 'target', rto_minutes, rpo_hours };
      const answer = (await mcp.ask(TOOL, { workload: workload_id, what_if })).data.what_if as {
        target: { least_likely: { before: Row; after: Row }[] };
      };
      const [one] = answer.target.least_likely;
      assert.deepEqual(one?.after, one?.before, row.name);
    }

    const { what_if } = (await mcp.ask(TOOL, { what_if: { kind: 'mass_restore' } })).data;
    const [all] = (what_if as { mass_restore: Row[] }).mass_restore;
    const stored = mass.find(({ scenario: name }) => name === 'ALL') ?? assert.fail();
    assert.equal(all?.minutes, Number(stored.minutes?.toFixed(1)));
    assert.equal(all?.bottleneck, stored.bottleneck);
  });
}

const withoutZeros = (counts: unknown) =>
  Object.fromEntries(Object.entries(counts as Record<string, number>).filter(([, count]) => count > 0));
