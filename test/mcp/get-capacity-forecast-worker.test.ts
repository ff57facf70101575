import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestDatabase } from '../support/database.ts';
import { startMcp, toEnvironment } from '../support/mcp-client.ts';
import { simulate } from '../support/simulated.ts';
import { DAY_MS, forecastsOf, runCapacity } from '../workers/capacity/helpers.ts';

const TOOL = 'get_capacity_forecast';
const DAYS = 16;
type Row = Record<string, unknown>;

test('what the worker concluded from a server is answered, and asked again the engine says the same', async () => {
  await using simulator = await simulate({ scenario: 'demo', jobs: 12, days: 30 });
  await using database = await createTestDatabase();
  const nas = simulator.world.estate.repositories.find(({ name }) => name === 'NAS share');
  for (let day = 0; day < DAYS; day += 1) {
    if (nas && day === DAYS - 1) nas.isOnline = false;
    assert.notEqual((await runCapacity(simulator, database)).status, 'failed');
    simulator.clock.advance(day % 3 === 0 ? DAY_MS / 2 : DAY_MS);
  }
  const stored = [...(await forecastsOf(database)).values()];
  await using mcp = await startMcp(toEnvironment(database.settings));

  const kinds = new Set(stored.map(({ kind }) => kind));
  assert.deepEqual([...kinds].sort(), ['EXTENT', 'REPOSITORY', 'SCALE_OUT']);
  assert.ok(stored.some(({ quality }) => quality === 'OFFLINE'));
  for (const { repository_id, name, thresholds, use_bytes, capacity_bytes } of stored) {
    const what_if = { kind: 'more_space', repository: repository_id, add_tb: 1 };
    const { data } = await mcp.ask(TOOL, { what_if });
    const [result] = (data.what_if as { repositories: { before: Row }[] }).repositories;
    const before = result?.before ?? assert.fail();
    assert.deepEqual(
      (before.thresholds as Row[]).map(({ percent, status, early_days, mid_days, late_days }) => ({
        threshold: Number(percent) / 100,
        status,
        early: early_days,
        mid: mid_days,
        late: late_days,
      })),
      thresholds,
      name,
    );
    assert.deepEqual([before.used_bytes, before.total_bytes], [use_bytes, capacity_bytes], name);
    assert.doesNotMatch(String(data.not_known), /other days than the run had/);
  }

  const { data } = await mcp.ask(TOOL, {});
  const listed = stored.filter(({ kind }) => kind !== 'EXTENT');
  assert.equal((data.estate as Row).total_repositories, listed.length);
  for (const { repository_id, name, backup_bytes } of listed) {
    const { data: one } = await mcp.ask(TOOL, { repository: repository_id, history: '14d' });
    for (const total of (one.attribution_totals ?? []) as Row[]) {
      if (total.total_bytes === null) continue;
      assert.equal(Number(total.jobs_bytes) + Number(total.other_data_bytes), total.total_bytes, name);
    }
    const { shared_volume_with = [] } = one.repository as { shared_volume_with?: string[] };
    const sum = one.ledger_summary as Row | undefined;
    if (sum && shared_volume_with.length === 0) assert.equal(sum.stored_bytes, backup_bytes, name);
  }
});
