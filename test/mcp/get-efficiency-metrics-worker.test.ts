import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestDatabase } from '../support/database.ts';
import { startMcp, toEnvironment } from '../support/mcp-client.ts';
import { simulate } from '../support/simulated.ts';
import { DAY_MS, resultsOf, runEfficiency, truthOf } from '../workers/efficiency/helpers.ts';

const TOOL = 'get_efficiency_metrics';
type Row = Record<string, unknown>;
const rows = (value: unknown) => (value ?? []) as Row[];
const total = (values: unknown[]) => values.reduce<number>((sum, value) => sum + Number(value), 0);

test('what the worker concluded from a server with everything is answered, with its sums', async (t) => {
  await using simulator = await simulate({ scenario: 'efficiency-all', jobs: 4, days: 90 });
  await using database = await createTestDatabase();
  assert.equal((await runEfficiency(simulator, database)).status, 'succeeded');
  const truth = truthOf(simulator);
  const stored = await resultsOf(database);
  await using mcp = await startMcp(toEnvironment(database.settings));
  const ask = async (args: Row = {}) => (await mcp.ask(TOOL, args)).data;
  const all = await ask({ limit: 50, include: ['reclaimable'], detail: 'concise' });

  await t.test('factor and score of the estate are those of the worker', () => {
    const { factor, score, total_jobs, open_anomalies } = all.estate as Row;
    assert.ok(Math.abs(Number(factor) - Number(stored.summary.factor)) < 0.001);
    assert.ok(Math.abs(Number(score) - Number(stored.summary.score)) < 0.1);
    assert.deepEqual([total_jobs, open_anomalies], [truth.jobs.length, stored.summary.open_anomalies]);
  });

  await t.test('reclaimable space adds up to the total, and over the categories', async () => {
    const { bytes, by_category } = (all.estate as Row).reclaimable as {
      bytes: number;
      by_category: Record<string, Row>;
    };
    assert.equal(total(Object.values(by_category).map(({ counted_bytes }) => counted_bytes)), bytes);
    const listed: Row[] = [];
    for (const status of Object.keys(by_category))
      listed.push(...rows((await ask({ status, limit: 50 })).reclaimable));
    assert.equal(listed.length, stored.reclaimable.length);
    assert.equal(total(listed.map(({ counted_bytes }) => counted_bytes)), bytes);
    const owners = new Set(listed.map(({ owner_name }) => owner_name));
    assert.ok(owners.has('Orphan retired ERP') && owners.has('Disabled project'));
  });

  await t.test('no job wastes more than it stores', async () => {
    for (const row of rows(all.jobs)) {
      const waste = Number((row.optimization as Row).waste_bytes);
      assert.ok(waste <= Number(row.stored_bytes), String(row.job_name));
    }
  });

  await t.test('every open attack is told, with what malware detection says of it', async () => {
    const open = stored.anomalies.filter(
      ({ type, resolved_at }) => type === 'ENTROPY_SUSPECT' && resolved_at === null,
    );
    assert.ok(open.length > 0);
    const { anomalies } = await ask({ status: 'ENTROPY_SUSPECT', limit: 50 });
    for (const { anomaly_id, malware_status, malware_event_ids } of open) {
      const row = rows(anomalies).find((one) => one.anomaly_id === anomaly_id);
      assert.deepEqual(
        [row?.malware_status, row?.malware_events],
        [malware_status, malware_event_ids.length],
      );
    }
  });

  await t.test('jobs on appliances say why they cannot be measured', async () => {
    const { jobs } = await ask({ status: 'NOT_MEASURABLE', limit: 50 });
    const hidden = truth.jobs.filter(({ isMeasurable }) => !isMeasurable).map(({ name }) => name);
    assert.deepEqual(new Set(rows(jobs).map(({ job_name }) => job_name)), new Set(hidden));
    for (const row of rows(jobs))
      assert.match(String((row.combined_efficiency as Row).not_measurable_reason), /reduces data itself/);
  });

  await t.test('the bytes of repositories are those of the files in them', async () => {
    const { repositories } = await ask({ include: ['repositories'], limit: 50 });
    for (const one of truth.repositories) {
      const row = rows(repositories).find(({ repository_id }) => repository_id === one.id);
      if (row) assert.deepEqual([row.files, row.stored_bytes], [one.files, one.listedBytes], one.name);
    }
  });

  await t.test('a job that degrades is the first of what changed, and degrades by its trend', async () => {
    simulator.clock.advance(10 * DAY_MS);
    assert.equal((await runEfficiency(simulator, database)).status, 'succeeded');
    const { changes, comparison } = await ask({ changes: '9d', limit: 50 });
    assert.equal(rows((comparison as Row).compared)[0]?.days, 10);
    const degrading = rows((await ask({ order: 'trend' })).jobs)[0] ?? assert.fail();
    assert.equal((degrading.trend as Row).classification, 'DEGRADING');
    const own = rows(changes).filter(({ job_id }) => job_id === degrading.job_id);
    assert.ok(own.length > 0);
    for (const { change_pct, extra_bytes } of own)
      assert.ok(Number(change_pct) < 0 && Number(extra_bytes) > 0);
  });
});
