import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { PRIORS } from '../../../src/analysis/risk/hazard.ts';
import { createLog } from '../../../src/log.ts';
import { ensureSource } from '../../../src/pipeline/sources.ts';
import { runAdvisorOnce } from '../../../workers/advisors.ts';
import { runOnce } from '../../../workers/main.ts';
import { createTestDatabase } from '../../support/database.ts';
import { configOf, NOW, simulate } from '../../support/simulated.ts';
import { ALL, collect, HOUR_MS, type Risks, riskOf, runRisk } from './helpers.ts';

/** Hazards that rest on a worker. */
const ON: Record<string, readonly string[]> = {
  health: ['gap', 'integrity'],
  capacity: ['capacity'],
  efficiency: ['integrity'],
  rto: ['recover'],
};

for (const stopped of ALL)
  test(`${stopped} stops: it is named, what rests on it widens, and nothing gets better`, async () => {
    await using simulator = await simulate({ scenario: 'repository-full', jobs: 8 });
    await using database = await createTestDatabase();
    // Hourly ones are late after two hours, daily ones after two days.
    const hours = stopped === 'health' || stopped === 'capacity' ? 4 : 60;
    await collect(simulator, database, { now: NOW });
    await runRisk(database, NOW);
    const before = await riskOf(database);
    assert.ok(before.inputs.every(({ status }) => status === 'FRESH'));

    // The estate stands still, our time goes on: the others read what they read before.
    const later = new Date(NOW.getTime() + hours * HOUR_MS);
    await collect(simulator, database, { workers: ALL.filter((worker) => worker !== stopped), now: later });
    await runRisk(database, later);
    const after = await riskOf(database);
    const input = after.inputs.find(({ worker }) => worker === stopped);
    assert.equal(input?.status, 'STALE');
    assert.ok(input?.reason);
    assert.deepEqual(input?.hazards.toSorted(), [...(ON[stopped] ?? [])].sort());
    assert.ok((after.summary.not_known as string[]).some((text) => text.startsWith(stopped)));
    for (const other of after.inputs) if (other.worker !== stopped) assert.equal(other.status, 'FRESH');
    holdNothingBetter(before, after, ON[stopped] ?? []);
  });

function holdNothingBetter(before: Risks, after: Risks, hazards: readonly string[]): void {
  const was = new Map(before.items.map((item) => [item.item_id, item]));
  assert.equal(after.items.length, before.items.length);
  for (const item of after.items)
    assert.ok(item.score >= (was.get(item.item_id)?.score ?? 0) - 1e-9, item.item_id);
  const ranges = new Map(before.hazards.map((row) => [`${row.item_id} ${row.hazard}`, row]));
  let wider = 0;
  for (const row of after.hazards) {
    const old = ranges.get(`${row.item_id} ${row.hazard}`);
    assert.ok(old);
    if (!hazards.includes(row.hazard)) continue;
    assert.ok(row.is_stale);
    assert.ok(row.q >= old.q - 1e-9 && row.q_low <= old.q_low + 1e-9 && row.q_high >= old.q_high - 1e-9);
    if (row.q_high - row.q_low > old.q_high - old.q_low + 1e-9) wider += 1;
  }
  assert.ok(wider > 0, 'some range is wider');
}

test('evidence that goes away never makes anything better than the unknown', async () => {
  await using simulator = await simulate({ scenario: 'recovery-healthy', jobs: 8 });
  await using database = await createTestDatabase();
  await collect(simulator, database);
  await runRisk(database, NOW);
  const before = await riskOf(database);
  const q = new Map(before.hazards.map((row) => [`${row.item_id} ${row.hazard}`, row.q]));
  const tables = [
    'job_health',
    'capacity_forecast',
    'workload_recovery',
    'recovery_location',
    'job_efficiency',
  ];
  const owner = await database.as('owner');
  let turn = 0;
  for (const table of tables) {
    await sql`create table kept as select * from ${sql.table(table)}`.execute(owner.metrics.db);
    await sql`delete from ${sql.table(table)}`.execute(owner.metrics.db);
    turn += 1;
    await runRisk(database, new Date(NOW.getTime() + turn * 1_000));
    const after = await riskOf(database);
    const jobsOf = new Map(after.items.map(({ item_id, job_ids }) => [item_id, job_ids]));
    for (const row of after.hazards) {
      if (!row.item_id.startsWith('workload:') && !row.item_id.startsWith('repository:')) continue;
      const old = q.get(`${row.item_id} ${row.hazard}`) ?? 0;
      // What its jobs show is left of a machine whose own points are not known.
      const ofJobs =
        row.hazard === 'gap' ? (jobsOf.get(row.item_id) ?? []).map((id) => q.get(`job:${id} gap`) ?? 1) : [];
      const least = Math.min(old, PRIORS[row.hazard as 'gap'].q, ...ofJobs);
      assert.ok(row.q >= least - 1e-3, `${table}: ${row.item_id} ${row.hazard} ${old} to ${row.q}`);
    }
    const proven = (risks: Risks) => risks.summary.workloads - risks.summary.not_assessed;
    assert.ok(proven(after) <= proven(before), table);
    await sql`insert into ${sql.table(table)} select * from kept`.execute(owner.metrics.db);
    await sql`drop table kept`.execute(owner.metrics.db);
  }
});

test('a source of which nothing is known has no data, which is not good health', async () => {
  await using database = await createTestDatabase();
  await ensureSource(database.metrics.db, { sourceId: 'vbr', kind: 'veeam', name: 'vbr' }, NOW);
  const { status } = await runRisk(database, NOW);
  assert.equal(status, 'partial');
  const { summary, items, inputs } = await riskOf(database);
  assert.equal(summary.status, 'NO_DATA');
  assert.equal(summary.estate_score, null);
  assert.deepEqual(items, []);
  assert.deepEqual(
    inputs.map((row) => row.status),
    ['MISSING', 'MISSING', 'MISSING', 'MISSING'],
  );
});

test('a worker that never ran leaves its hazard at the prior, and the items not assessed', async () => {
  await using simulator = await simulate({ scenario: 'healthy', jobs: 8 });
  await using database = await createTestDatabase();
  await collect(simulator, database, { workers: ['health'] });
  await runRisk(database, NOW);
  const { items, hazards, inputs } = await riskOf(database);
  assert.deepEqual(
    inputs
      .filter(({ status }) => status === 'MISSING')
      .map(({ worker }) => worker)
      .sort(),
    ['capacity', 'efficiency', 'rto'],
  );
  const recover = hazards.filter(({ hazard }) => hazard === 'recover');
  assert.ok(recover.length > 0);
  for (const row of recover) assert.deepEqual([row.q, row.basis, row.is_stale], [0.5, 'NONE', true]);
  for (const item of items) assert.ok(item.flags.includes('NOT_ASSESSED') && item.category !== 'LOW');
});

test('a source that is down goes stale by itself; another is not touched by it', async () => {
  await using up = await simulate({ scenario: 'healthy', jobs: 6, days: 20 });
  await using down = await simulate({ scenario: 'healthy', jobs: 6, days: 20, seed: 5 });
  await using database = await createTestDatabase();
  const config = configOf(down, database);
  const other = {
    ...config,
    veeam: config.veeam.map((one) => ({
      ...one,
      sourceId: 'localhost',
      name: 'localhost',
      server: 'localhost',
    })),
  };
  await collect(up, database);
  for (const name of ALL)
    for (let status = 'busy'; status === 'busy'; )
      ({ status } = await runOnce(name, other, database, { log: createLog('silent'), clock: () => NOW }));
  const states = async (now: Date) => {
    const advisor = await database.as('advisor');
    const runs = await runAdvisorOnce('risk', advisor, { log: createLog('silent'), clock: () => now });
    const of = async (sourceId: string) => {
      const run = runs.find((one) => one.sourceId === sourceId);
      const rows = advisor.risk.db.selectFrom('risk_input').select('status').distinct();
      const found = await rows.where('run_id', '=', run?.runId ?? '').execute();
      const summary = await advisor.risk.db
        .selectFrom('risk_summary')
        .select('estate_high')
        .where('run_id', '=', run?.runId ?? '')
        .executeTakeFirstOrThrow();
      return { statuses: found.map(({ status }) => status), high: summary.estate_high };
    };
    return { up: await of('127.0.0.1'), down: await of('localhost') };
  };
  const first = await states(NOW);
  assert.deepEqual(first.down.statuses, ['FRESH']);
  up.clock.advance(72 * HOUR_MS);
  await collect(up, database);
  const second = await states(up.clock.now());
  assert.deepEqual(second.up.statuses, ['FRESH']);
  assert.deepEqual(second.down.statuses, ['STALE']);
  assert.ok((second.down.high ?? 0) > (first.down.high ?? 100));
});
