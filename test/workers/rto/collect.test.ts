import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { runAgainst, simulate } from '../../support/simulated.ts';
import { DAY_MS, HOUR_MS, resultsOf, runRto } from './helpers.ts';

const POINTS = '/api/v1/restorePoints';

const count = async (
  { metrics }: TestDatabase,
  table: string,
  where = sql<boolean>`true`,
): Promise<number> => {
  const { rows } = await sql<{
    n: number;
  }>`select count(*) as n from ${sql.table(table)} where ${where}`.execute(metrics.db);
  return rows[0]?.n ?? 0;
};

test('a second run asks only for what is new, and changes nothing that has not changed', async () => {
  await using simulator = await simulate({ jobs: 20, days: 60 });
  await using database = await createTestDatabase();
  const first = await runRto(simulator, database);
  assert.equal(first.status, 'succeeded');
  const all = simulator.requests.rows(POINTS);
  simulator.requests.clear();
  simulator.clock.advance(HOUR_MS);
  await runRto(simulator, database);
  const again = simulator.requests.rows(POINTS);
  assert.ok(again < all / 5, `${again} of ${all} points were read again`);
  assert.equal(
    simulator.requests.list().filter(({ path }) => /^\/api\/v1\/backups\/[^/]+\/objects$/.test(path)).length,
    0,
    'objects are read once a day',
  );
  for (const table of ['restore_point_past', 'workload_past', 'backup_object_past', 'replica_past'])
    assert.equal(await count(database, table), 0, table);
});

test('points that retention deleted are marked as gone within a day, and were known before', async () => {
  await using simulator = await simulate({ jobs: 10, days: 60 });
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  await runRto(simulator, database);
  const known = simulator.clock.now();
  const gone = () =>
    db.selectFrom('restore_point').select('restore_point_id').where('vanished_at', 'is not', null).execute();
  simulator.clock.advance(2 * DAY_MS);
  await runRto(simulator, database);
  const vanished = new Set((await gone()).map(({ restore_point_id }) => restore_point_id));
  assert.ok(vanished.size > 0);
  simulator.requests.clear();
  const { rows } = await sql<{ id: string }>`
    select restore_point_id as id from restore_point_as_of(${known}) where vanished_at is null`.execute(db);
  assert.ok(
    [...vanished].every((id) => rows.some((row) => row.id === id)),
    'they were there two days ago',
  );
});

test('an account that may not read restore points leaves the run partial, and no machine is called safe', async () => {
  await using simulator = await simulate({
    scenario: 'recovery-healthy',
    jobs: 6,
    faults: [`forbidden:path=${POINTS}`],
  });
  await using database = await createTestDatabase();
  const summary = await runRto(simulator, database);
  assert.equal(summary.status, 'partial');
  assert.ok(
    summary.incomplete.some(
      ({ endpoint, outcome }) => endpoint === 'restorePoints' && outcome === 'forbidden',
    ),
  );
  const { workloads, summary: estate } = await resultsOf(database);
  assert.ok(workloads.length > 0);
  assert.deepEqual([...new Set(workloads.map(({ rpo_status }) => rpo_status))], ['UNKNOWN']);
  assert.ok(
    workloads.every(
      ({ last_safe_at, newest_point_at, rpo_age_hours }) =>
        !last_safe_at && !newest_point_at && rpo_age_hours === null,
    ),
  );
  assert.equal(estate.points_read_at, null);
  assert.match(JSON.stringify(estate.not_known), /restorePoints: the account may not read it/);
});

test('points that could be read yesterday and not today age, and what is not known now is said', async () => {
  await using simulator = await simulate({ scenario: 'recovery-healthy', jobs: 6 });
  await using database = await createTestDatabase();
  await runRto(simulator, database);
  const before = await resultsOf(database);
  const readAt = simulator.clock.now();
  simulator.faults.add(`forbidden:path=${POINTS}`);
  simulator.clock.advance(DAY_MS);
  assert.equal((await runRto(simulator, database)).status, 'partial');
  const { workloads, summary } = await resultsOf(database);
  assert.equal(workloads.length, before.workloads.length);
  // A machine whose newest known point is within the target has one at least as new; of others nothing is known.
  assert.ok(workloads.every(({ rpo_status }) => ['UNKNOWN', 'MET', 'AT_RISK'].includes(rpo_status)));
  assert.ok(workloads.some(({ rpo_status }) => rpo_status === 'UNKNOWN'));
  assert.equal(summary.points_read_at?.getTime(), readAt.getTime());
});

test('without the sessions of restores nothing is called tested', async () => {
  const faults = ['forbidden:path=/api/v1/sessions', 'forbidden:path=/api/v1/taskSessions'];
  await using simulator = await simulate({ scenario: 'recovery-healthy', jobs: 6, faults });
  await using database = await createTestDatabase();
  assert.equal((await runRto(simulator, database)).status, 'partial');
  const { workloads, summary } = await resultsOf(database);
  assert.ok(
    workloads.every(
      ({ recency, sla_status, basis }) =>
        recency === 'NEVER' && sla_status === 'UNTESTED' && basis === 'ASSUMED',
    ),
  );
  assert.equal(summary.coverage, 0);
  assert.equal(summary.restores_read_at, null);
});

test('what health concludes is the same with and without recoveries in the table of sessions', async () => {
  await using simulator = await simulate({ scenario: 'demo', jobs: 30 });
  await using both = await createTestDatabase();
  await using alone = await createTestDatabase();
  await runRto(simulator, both);
  for (const database of [both, alone]) await runAgainst(simulator, database, { worker: 'health' });
  assert.ok((await count(both, 'session', sql`session_type in ('RestoreVm', 'SureBackup')`)) > 0);
  const concluded = async (database: TestDatabase, table: string, left: string[]) => {
    const { rows } = await sql<{ row: unknown }>`
      select to_jsonb(t) - ${['run_id', ...left]}::text[] as row from ${sql.table(table)} t order by 1`.execute(
      database.metrics.db,
    );
    return rows.map(({ row }) => row);
  };
  // Which objects and repositories are protected, the score knows from the rto worker.
  const score = [
    'overall_score',
    'score_low',
    'score_high',
    'coverage',
    'grade',
    'risk_level',
    'components',
    'contributions',
    'not_known',
    'recommendation',
    'completeness',
  ];
  for (const [table, left] of [
    ['health_score', score],
    ['job_health', []],
    ['health_finding', []],
    ['health_incident', []],
    ['session_reason', ['known_from']],
  ] as [string, string[]][])
    assert.deepEqual(await concluded(both, table, left), await concluded(alone, table, left), table);
});

test('rows that make no sense are counted and cost nothing else', async () => {
  await using simulator = await simulate({ scenario: 'recovery-odd-rows', jobs: 4, revision: '1.3-rev2' });
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  assert.equal((await runRto(simulator, database)).status, 'succeeded');
  const { workloads, summary } = await resultsOf(database);
  assert.ok(!workloads.some(({ name }) => name.startsWith('outdated_')), 'an outdated object is no workload');
  const names = workloads.map(({ name }) => name).filter((name) => name.startsWith('odd-'));
  assert.deepEqual(
    names.toSorted(),
    ['odd-01', 'odd-02', 'odd-03', 'odd-new'],
    'what has no point yet is one, too',
  );
  const excluded = summary.excluded_trials as Record<string, number>;
  assert.ok(
    Object.keys(excluded).some((reason) => /no duration/.test(reason)),
    JSON.stringify(excluded),
  );
  assert.ok(
    Object.keys(excluded).some((reason) => /ends before it starts/.test(reason)),
    JSON.stringify(excluded),
  );
  assert.ok(
    Object.keys(excluded).some((reason) => /7 days/.test(reason)),
    JSON.stringify(excluded),
  );
  const restored = await db
    .selectFrom('restore_trial')
    .selectAll()
    .where('object_name', '=', 'restored-machine')
    .execute();
  assert.ok(restored.length > 0);
  assert.ok(restored.every(({ workload_id, mapped_by }) => workload_id === null && mapped_by === 'NONE'));
  assert.ok(summary.unmapped_trials >= restored.length);
});

test('conclusions of an earlier run stay as they were', async () => {
  await using simulator = await simulate({ scenario: 'recovery-healthy', jobs: 4 });
  await using database = await createTestDatabase();
  await runRto(simulator, database);
  const { db } = database.metrics;
  const first = await db.selectFrom('workload_recovery').selectAll().orderBy('workload_id').execute();
  simulator.clock.advance(3 * DAY_MS);
  await runRto(simulator, database);
  const kept = await db
    .selectFrom('workload_recovery')
    .selectAll()
    .where('run_id', '=', first[0]?.run_id ?? '')
    .orderBy('workload_id')
    .execute();
  assert.deepEqual(kept, first);
  assert.equal(await count(database, 'recovery_summary'), 2);
});

test('an account that may not read repositories or jobs still learns how machines come back', async () => {
  await using simulator = await simulate({
    scenario: 'recovery-healthy',
    jobs: 6,
    faults: ['forbidden:path=/repositories', 'forbidden:path=/jobs'],
  });
  await using database = await createTestDatabase();
  assert.equal((await runRto(simulator, database)).status, 'partial');
  const { workloads, summary } = await resultsOf(database);
  assert.ok(workloads.some(({ trials, rpo_status }) => trials > 0 && rpo_status === 'MET'));
  assert.ok(workloads.every(({ immutable_basis }) => immutable_basis === 'UNKNOWN'));
  for (const endpoint of ['jobs/states', 'repositories/states', 'repositories'])
    assert.ok((summary.not_known as string[]).includes(`${endpoint}: the account may not read it`), endpoint);
});

test('a clock that was a year ahead once delays no reading of what has gone since', async () => {
  await using simulator = await simulate({ jobs: 10, days: 60 });
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  await runRto(simulator, database);
  await sql`update watermark set read_until = read_until + interval '1 year'`.execute(db);
  simulator.clock.advance(2 * DAY_MS);
  simulator.requests.clear();
  await runRto(simulator, database);
  const points = simulator.requests.list().filter(({ path }) => path === POINTS);
  assert.ok(points.length > 0);
  assert.ok(!points[0]?.query.includes('createdAfterFilter'), 'all points are read');
});
