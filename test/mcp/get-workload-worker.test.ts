import assert from 'node:assert/strict';
import { test } from 'node:test';
import { advise } from '../support/advise.ts';
import { createTestDatabase } from '../support/database.ts';
import { startMcp, toEnvironment } from '../support/mcp-client.ts';
import { contentsOf, numbersIn } from '../support/numbers.ts';
import { simulate } from '../support/simulated.ts';
import { collect, riskOf } from '../workers/risk/helpers.ts';
import { resultsOf } from '../workers/rto/helpers.ts';

const TOOL = 'get_workload';
type Row = Record<string, unknown>;
const rows = (value: unknown) => value as Row[];

test('each machine of a simulated server is answered with what the workers stored about it', async () => {
  await using simulator = await simulate({ scenario: 'demo', jobs: 14 });
  await using database = await createTestDatabase();
  await collect(simulator, database);
  const now = simulator.clock.now();
  await advise(database, now);
  const { workloads, locations } = await resultsOf(database);
  const { items, hazards, compliance } = await riskOf(database);
  const { db } = (await database.as('reader')).metrics;
  const objects = await db.selectFrom('backup_object').selectAll().where('vanished_at', 'is', null).execute();
  await using mcp = await startMcp(toEnvironment(database.settings));
  const as_of = new Date(now.getTime() + 60_000).toISOString();

  assert.ok(workloads.length > 10);
  const sizes: number[] = [];
  for (const stored of workloads) {
    const { data, text } = await mcp.ask(TOOL, { as_of, workload: stored.workload_id, limit: 50 });
    const [one] = rows(data.protections);
    const of = ({ workload_id }: { workload_id: string }) => workload_id === stored.workload_id;
    const { rpo, rto, points, risk, compliance: rule, tests } = one as Record<string, Row>;

    assert.equal(one?.relation, 'ASKED');
    assert.deepEqual([rpo?.status, rpo?.target_hours], [stored.rpo_status, stored.rpo_target_hours]);
    assert.deepEqual([rto?.status, rto?.target_minutes], [stored.sla_status, stored.rto_target_minutes]);
    assert.equal(tests?.restores, stored.trials);
    assert.equal((points?.safe as Row | null)?.point_id ?? null, stored.last_safe_point_id);
    assert.equal((points?.newest_clean as Row | null)?.point_id ?? null, stored.last_clean_point_id);
    assert.equal(rows(data.places).length, locations.filter(of).length);
    assert.equal(
      rows(data.backups).length,
      new Set(objects.filter(of).map(({ backup_id }) => backup_id)).size,
    );
    for (const id of stored.job_ids)
      assert.ok(
        rows(data.jobs).some(({ job_id }) => job_id === id),
        id,
      );
    const item = items.find(({ item_id }) => item_id === `workload:${stored.workload_id}`);
    assert.equal(risk?.category, item?.category);
    const points_ = hazards.filter(({ item_id }) => item_id === item?.item_id).length;
    assert.equal(rows(risk?.hazards).length, points_);
    assert.equal(rule?.copies, compliance.find(of)?.copies);

    const { summary: _summary, next_steps: _steps, ...facts } = data;
    const { numbers, strings } = contentsOf(facts);
    for (const number of numbersIn(strings)) numbers.add(String(Number(number)));
    for (const number of numbersIn(text.replaceAll('3-2-1-1-0', '')))
      assert.ok(numbers.has(String(Number(number))), `${number} is in the text only\n${text}`);
    sizes.push((text.length + JSON.stringify(data).length) / 4);
  }
  const sorted = sizes.toSorted((a, b) => a - b);
  assert.ok((sorted.at(-1) ?? 0) <= 8000, `${sorted.at(-1)} tokens`);
  const plans = await (await database.as('reader')).risk.db
    .selectFrom('remediation_plan')
    .select(['scope_id', 'scope_type', 'plan_id'])
    .execute();
  const own = plans.find(
    ({ scope_type, scope_id }) =>
      scope_type === 'WORKLOAD' && workloads.some(({ workload_id }) => workload_id === scope_id),
  );
  if (own) {
    const { data } = await mcp.ask(TOOL, { as_of, workload: own.scope_id });
    assert.ok(rows(data.plans).some(({ plan_id, about }) => plan_id === own.plan_id && about === 'MACHINE'));
  }
});
