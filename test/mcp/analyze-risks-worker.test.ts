import assert from 'node:assert/strict';
import { test } from 'node:test';
import { advise } from '../support/advise.ts';
import { createTestDatabase } from '../support/database.ts';
import { startMcp, toEnvironment } from '../support/mcp-client.ts';
import { contentsOf, numbersIn } from '../support/numbers.ts';
import { simulate } from '../support/simulated.ts';
import { collect, riskOf } from '../workers/risk/helpers.ts';

const TOOL = 'analyze_risks';
const PLAN = 'get_remediation_plan';
type Row = Record<string, unknown>;
const rows = (value: unknown) => value as Row[];

test('what the workers concluded from a server is answered: risks, proofs, what-if and plans', async () => {
  await using simulator = await simulate({ scenario: 'demo', jobs: 20 });
  await using database = await createTestDatabase();
  await collect(simulator, database);
  const now = simulator.clock.now();
  await advise(database, now);
  const stored = await riskOf(database);
  await using mcp = await startMcp(toEnvironment(database.settings));
  const as_of = new Date(now.getTime() + 60_000).toISOString();
  const texts: { text: string; data: Row }[] = [];
  const ask = async (tool: string, args: Row = {}) => {
    const answer = await mcp.ask(tool, { as_of, ...args });
    texts.push(answer);
    return answer.data;
  };

  const listed = stored.items.filter(({ is_listed }) => is_listed);
  const { risks, risks_matching, estate } = await ask(TOOL, { limit: 50, detail: 'detailed' });
  assert.equal(risks_matching, listed.length);
  assert.deepEqual(
    rows(risks).map(({ item_id }) => item_id),
    listed.slice(0, rows(risks).length).map(({ item_id }) => item_id),
  );
  assert.equal((estate as Row).workloads, stored.summary.workloads);

  for (const { item_id } of listed.slice(0, 6)) {
    const { risk, not_known } = await ask(TOOL, { item: item_id, include: ['compliance', 'inputs'] });
    const { contributions, composite_score } = risk as Row;
    const points = rows(contributions).reduce((sum, one) => sum + Math.round(Number(one.points) * 10), 0);
    assert.equal(points, Math.round(Number(composite_score) * 10), item_id);
    assert.doesNotMatch(String(not_known), /kept for 90 days/);
    const evidence = rows(contributions).flatMap((one) => rows(one.evidence));
    if ((risk as Row).scope_type === 'JOB') assert.ok(evidence.some(({ table }) => table === 'job_health'));
  }

  const { compliance, compliance_tiers } = await ask(TOOL, { include: ['compliance'], limit: 50 });
  assert.equal(rows(compliance_tiers).length, stored.tiers.length);
  const [first] = rows(compliance);
  const known = stored.compliance.find(({ workload_id }) => workload_id === first?.workload_id);
  assert.deepEqual([first?.copies, first?.rto], [known?.copies, known?.rto]);
  const machine = `workload:${String(first?.workload_id)}`;
  const proof = await ask(TOOL, { item: machine, include: ['compliance'] });
  const digits = rows(rows(proof.compliance)[0]?.digits);
  assert.ok(digits.some(({ proof_rows }) => Number(proof_rows) > 0));
  assert.ok(
    digits
      .filter(({ digit }) => digit === 'rpo' || digit === 'rto')
      .every(({ target }) => Number(target) > 0),
  );

  const tested = await ask(TOOL, { what_if: [{ kind: 'pass_restore_test', workload: machine, passes: 5 }] });
  assert.deepEqual(tested.not_known, []);
  assert.ok(rows((tested.what_if as Row).items).some(({ item_id }) => item_id === machine));

  const { plans, totals } = await ask(PLAN, { limit: 50 });
  const summary = await (await database.as('reader')).risk.db
    .selectFrom('remediation_summary')
    .select('open_plans')
    .executeTakeFirstOrThrow();
  assert.equal((totals as Row).total_plans, summary.open_plans);
  assert.ok(summary.open_plans > 0);
  const places = rows(plans).map(({ urgency }) => (urgency === 'CRITICAL' ? 0 : 1));
  assert.deepEqual(
    places,
    places.toSorted((a, b) => a - b),
    'what is CRITICAL comes first',
  );
  for (const place of [0, 1]) {
    // Malware comes before the others, and what only narrows the range after them.
    const worth = rows(plans)
      .filter((_, index) => places[index] === place)
      .map(({ benefit_per_hour, risk_context }) => ({ ...(risk_context as Row), benefit_per_hour }) as Row)
      .filter(({ risk_type }) => risk_type !== 'integrity' && risk_type !== 'evidence')
      .map(({ benefit_per_hour, tier_weight }) => Number(benefit_per_hour) * Number(tier_weight));
    assert.ok(worth.every((one, index) => index === 0 || one <= (worth[index - 1] as number) + 0.01));
  }
  for (const { plan_id } of rows(plans).slice(0, 5)) {
    const { plan } = await ask(PLAN, { risk: plan_id, detail: 'detailed' });
    const { remediation_options, success_criteria, root_cause_hypotheses } = plan as Row;
    assert.ok(rows(success_criteria).length > 0 && rows(root_cause_hypotheses).length > 0);
    for (const { rollback, risks: harm } of rows(remediation_options))
      assert.ok(rollback && (harm as string[]).length > 0);
  }
  await ask(PLAN, { history: '30d' });

  for (const { text, data } of texts) {
    const { summary: _summary, next_steps: _steps, ...facts } = data;
    const { numbers, strings } = contentsOf(facts);
    for (const number of numbersIn(strings)) numbers.add(String(Number(number)));
    for (const number of numbersIn(text))
      assert.ok(numbers.has(String(Number(number))), `${number} is in the text only\n${text}`);
    assert.ok((text.length + JSON.stringify(data).length) / 4 <= 8000);
  }
});
