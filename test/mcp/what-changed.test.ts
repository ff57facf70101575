import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forecastCapacity } from '../../src/analysis/capacity/forecast.ts';
import { addForecasts, forecastRow, growing, samplesOf, TIB, TODAY } from '../support/capacity-rows.ts';
import { createTestDatabase } from '../support/database.ts';
import {
  addEndpoint,
  addFinding,
  addJob,
  addRun,
  addScore,
  addServer,
  addSource,
  hoursBefore,
  RUN_AT,
  SOURCE,
  uuid,
} from '../support/health-rows.ts';
import { startMcp, toEnvironment } from '../support/mcp-client.ts';
import { contentsOf, numbersIn } from '../support/numbers.ts';
import {
  addPlan,
  addPlanEvent,
  addRemediationRun,
  addRiskRun,
  addRiskSource,
  dayBefore,
  earlierEstate,
  riskEstate,
} from '../support/risk-rows.ts';

const TOOL = 'what_changed';
const AS_OF = '2024-11-20T10:30:00.000Z';
type Row = Record<string, unknown>;
const WEEK = dayBefore(RUN_AT, 7);

const rowsOf = (data: Row, list: string) => data[list] as Row[];
const pick = (row: Row | undefined, ...names: string[]) => names.map((name) => row?.[name]);

async function databasesOf(database: Awaited<ReturnType<typeof createTestDatabase>>) {
  return { metrics: database.metrics, risk: (await database.as('advisor')).risk };
}

/** Two runs of the health worker a week apart, with findings that came and went. */
async function addTwoRuns(db: Awaited<ReturnType<typeof databasesOf>>['metrics']['db']) {
  await addSource(db);
  await addServer(db);
  const before = await addRun(db, { finished_at: WEEK });
  const now = await addRun(db, { run_id: uuid(500) });
  await addScore(db, { run_id: before, overall_score: 90, score_low: 85, score_high: 95 });
  await addScore(db, { run_id: now, overall_score: 70, score_low: 65, score_high: 75, success_rate: 0.95 });
  for (const run_id of [before, now]) await addEndpoint(db, { run_id, endpoint: 'sessions' });
  await addFinding(db, {
    run_id: before,
    finding_id: 'JOB_STALE:2',
    kind: 'JOB_STALE',
    severity: 'medium',
    entity_id: uuid(2),
  });
  await addFinding(db, {
    run_id: before,
    finding_id: 'PROXY_OFFLINE:7',
    kind: 'PROXY_OFFLINE',
    entity_kind: 'proxy',
    entity_id: uuid(7),
  });
  await addFinding(db, { run_id: now, finding_id: 'JOB_FAILING:1' });
  return { before, now };
}

test('scores and findings are those of the runs that were last at each moment', async () => {
  await using database = await createTestDatabase();
  const { metrics } = await databasesOf(database);
  const { before, now } = await addTwoRuns(metrics.db);
  await using mcp = await startMcp(toEnvironment(database.settings));

  const { data } = await mcp.ask(TOOL, { as_of: AS_OF, since: '6d' });
  assert.deepEqual([data.since, data.until], ['2024-11-14T10:30:00.000Z', AS_OF]);
  const [score, rate] = rowsOf(data, 'scores');
  assert.deepEqual(
    pick(score, 'metric', 'change', 'before', 'now', 'difference', 'before_run_id', 'run_id'),
    ['health_score', 'WORSE', 90, 70, -20, before, now],
  );
  assert.deepEqual(pick(rate, 'metric', 'change', 'before', 'now'), ['success_rate', 'BETTER', 0.912, 0.95]);
  assert.deepEqual(
    rowsOf(data, 'findings').map((row) => pick(row, 'change', 'finding_id', 'because')),
    [
      ['NEW', 'JOB_FAILING:1', 'access denied'],
      ['RESOLVED', 'PROXY_OFFLINE:7', 'access denied'],
      ['RESOLVED', 'JOB_STALE:2', 'access denied'],
    ],
  );
  assert.deepEqual((data.counts as Row).findings, { NEW: 1, RESOLVED: 2 });
});

test('what is better only because an endpoint is no longer read is not measured, never better', async () => {
  await using database = await createTestDatabase();
  const { metrics } = await databasesOf(database);
  const { before, now } = await addTwoRuns(metrics.db);
  await addEndpoint(metrics.db, { run_id: before, endpoint: 'proxies/states' });
  await addEndpoint(metrics.db, { run_id: now, endpoint: 'proxies/states', outcome: 'forbidden' });
  await using mcp = await startMcp(toEnvironment(database.settings));

  const { data } = await mcp.ask(TOOL, { as_of: AS_OF, since: '6d' });
  assert.deepEqual(
    rowsOf(data, 'findings').map((row) => pick(row, 'change', 'finding_id', 'because')),
    [
      ['NEW', 'JOB_FAILING:1', 'access denied'],
      ['NOT_MEASURED', 'PROXY_OFFLINE:7', 'not read in full now: proxies/states'],
      ['RESOLVED', 'JOB_STALE:2', 'access denied'],
    ],
  );
  const rate = rowsOf(data, 'scores').find(({ metric }) => metric === 'success_rate');
  assert.equal(rate?.change, 'NOT_MEASURED');
  assert.match(String(data.summary), /no longer read in full may hide changes \(health\)/);
});

test('a limit that is no longer said to be near because nobody read the figures is not measured', async () => {
  await using database = await createTestDatabase();
  const { db } = (await databasesOf(database)).metrics;
  const { before } = await addTwoRuns(db);
  const near = { kind: 'VAULT_LIMIT_NEAR', finding_id: 'VAULT_LIMIT_NEAR:v', entity_kind: 'vault' };
  await addFinding(db, { ...near, run_id: before });
  await using mcp = await startMcp(toEnvironment(database.settings));

  const seen = async () => {
    const { data } = await mcp.ask(TOOL, { as_of: AS_OF, since: '6d' });
    const row = rowsOf(data, 'findings').find(({ kind }) => kind === near.kind);
    return pick(row, 'change', 'because');
  };
  const noNews = 'no run of the capacity worker, which reads it, concluded in between';
  assert.deepEqual(await seen(), ['NOT_MEASURED', noNews]);
  await addRun(db, { worker: 'capacity', finished_at: WEEK });
  assert.deepEqual(await seen(), ['NOT_MEASURED', noNews]);
  await addRun(db, { worker: 'capacity', run_id: uuid(501) });
  assert.equal((await seen())[0], 'RESOLVED');
});

test('a worker that did not run since is not measured, and is said first', async () => {
  await using database = await createTestDatabase();
  const { metrics } = await databasesOf(database);
  await addTwoRuns(metrics.db);
  await addRun(metrics.db, { worker: 'capacity', finished_at: WEEK });
  await using mcp = await startMcp(toEnvironment(database.settings));

  const { data } = await mcp.ask(TOOL, { as_of: AS_OF, since: '6d', limit: 8 });
  assert.deepEqual(
    rowsOf(data, 'compared').map((row) => pick(row, 'worker', 'basis')),
    [
      ['capacity', 'SAME_RUN'],
      ['efficiency', 'NO_RUN'],
      ['remediation', 'NO_RUN'],
      ['risk', 'NO_RUN'],
      ['rto', 'NO_RUN'],
      ['health', 'COMPARED'],
    ],
  );
  assert.match(String(data.summary), /NOT MEASURED: 5 of 6 data sets/);
  assert.ok(
    (data.not_known as string[]).includes(
      'What changed by the capacity worker on 1 source: no run concluded between the moments.',
    ),
  );
  assert.equal((data.next_steps as Row[])[0]?.tool, 'get_data_freshness');
});

test('settings that changed are told from the earlier states: made, disabled, moved, rescheduled, deleted', async () => {
  await using database = await createTestDatabase();
  const { metrics } = await databasesOf(database);
  const { db } = metrics;
  await addTwoRuns(db);
  await addRun(db, { finished_at: hoursBefore(RUN_AT, 26) });
  for (const finished_at of [WEEK, RUN_AT]) await addRun(db, { worker: 'capacity', finished_at });
  for (const n of [1, 2, 3, 4])
    await addJob(db, {
      job_id: uuid(n),
      name: `Job ${n}`,
      repository_name: 'Repo 1',
      repository_id: uuid(900),
    });
  const set = (n: number, hours: number, row: Row) =>
    db
      .updateTable('job')
      .set({ ...row, known_from: hoursBefore(RUN_AT, hours) })
      .where('job_id', '=', uuid(n))
      .execute();
  await set(1, 50, { is_disabled: true });
  await set(1, 20, { is_disabled: false }); // and back again: both are told
  await set(2, 40, { repository_id: uuid(901), repository_name: 'Repo 2' });
  await set(3, 30, { vanished_at: hoursBefore(RUN_AT, 30) });
  await set(4, 10, {
    schedule: JSON.stringify({ kind: 'daily', minuteOfDay: 60, weekdays: [1, 2] }),
    last_result: 'Success',
  });
  await addJob(db, {
    job_id: uuid(5),
    name: 'Job 5',
    first_seen_at: hoursBefore(RUN_AT, 5),
    known_from: hoursBefore(RUN_AT, 5),
  });
  await addJob(db, { job_id: uuid(6), name: 'Old change', is_disabled: false });
  await set(6, 200, { is_disabled: true });
  const retention = {
    source_id: SOURCE,
    job_id: uuid(2),
    kind: 'DAYS',
    quantity: 14,
    first_seen_at: WEEK,
    known_from: hoursBefore(RUN_AT, 900),
  };
  await db.insertInto('job_retention').values(retention).execute();
  await db
    .updateTable('job_retention')
    .set({ quantity: 3, known_from: hoursBefore(RUN_AT, 12) })
    .execute();
  await using mcp = await startMcp(toEnvironment(database.settings));

  const { data, text } = await mcp.ask(TOOL, {
    as_of: AS_OF,
    since: '6d',
    include: ['configuration'],
    limit: 20,
  });
  assert.deepEqual(
    rowsOf(data, 'configuration').map((row) => pick(row, 'change', 'name', 'before', 'after', 'seen_at')),
    [
      ['DELETED', 'Job 3', null, null, '2024-11-19T04:00:00Z'],
      ['DISABLED', 'Job 1', false, true, '2024-11-18T08:00:00Z'],
      ['RETENTION', 'Job 2', '14 DAYS', '3 DAYS', '2024-11-19T22:00:00Z'],
      ['REPOSITORY', 'Job 2', 'Repo 1', 'Repo 2', '2024-11-18T18:00:00Z'],
      ['SCHEDULE', 'Job 4', 'daily at 22:00', 'weekly at 01:00 on Mon Tue', '2024-11-20T00:00:00Z'],
      ['CREATED', 'Job 5', null, null, '2024-11-20T05:00:00Z'],
      ['ENABLED', 'Job 1', true, false, '2024-11-19T14:00:00Z'],
    ],
  );
  assert.match(text, /`Repo 1` → `Repo 2`/);
  const then = await mcp.ask(TOOL, {
    as_of: AS_OF,
    since: '6d',
    until: '25h',
    include: ['configuration'],
    limit: 20,
  });
  assert.deepEqual(
    rowsOf(then.data, 'configuration').map(({ change }) => change),
    ['DELETED', 'DISABLED', 'REPOSITORY'],
  );
});

test('what a run has read is told once, when the run has concluded, by the names of that time', async () => {
  await using database = await createTestDatabase();
  const { db } = (await databasesOf(database)).metrics;
  await addSource(db);
  await addServer(db);
  const [began, ended] = [hoursBefore(RUN_AT, 1), hoursBefore(RUN_AT, -1)];
  for (const worker of ['health', 'capacity']) {
    await addRun(db, { worker, finished_at: WEEK });
    await addRun(db, { worker, started_at: began, finished_at: ended });
  }
  await addJob(db, { job_id: uuid(1), name: 'Old name' });
  await db
    .insertInto('job_retention')
    .values({
      source_id: SOURCE,
      job_id: uuid(1),
      kind: 'DAYS',
      quantity: 14,
      first_seen_at: WEEK,
      known_from: hoursBefore(RUN_AT, 900),
    })
    .execute();
  await db.updateTable('job').set({ is_disabled: true, known_from: began }).execute();
  await db.updateTable('job_retention').set({ quantity: 3, known_from: began }).execute();
  await using mcp = await startMcp(toEnvironment(database.settings));
  const changes = async (since: Date, until: Date) => {
    const args = { since: since.toISOString(), as_of: until.toISOString(), include: ['configuration'] };
    const { data } = await mcp.ask(TOOL, args);
    return rowsOf(data, 'configuration').map((row) => pick(row, 'change', 'name').join(' '));
  };
  const after = hoursBefore(RUN_AT, -2);

  assert.deepEqual(await changes(hoursBefore(RUN_AT, 24), RUN_AT), [], 'the run is still under way');
  const expected = ['DISABLED Old name', 'RETENTION Old name'];
  assert.deepEqual(await changes(RUN_AT, after), expected, 'and was when the report before was made');

  const renamed = hoursBefore(RUN_AT, -3);
  await addRun(db, { started_at: renamed, finished_at: renamed });
  await db.updateTable('job').set({ name: 'New name', known_from: renamed }).execute();
  assert.deepEqual(await changes(RUN_AT, after), expected, 'the name of that time');
});

test('a plan that was made by a run under way at the earlier moment is new', async () => {
  await using database = await createTestDatabase();
  const databases = await databasesOf(database);
  await addRiskSource(databases);
  const { run_id: risk_run_id } = await addRiskRun(databases, riskEstate(), { run_id: uuid(802) });
  await addRemediationRun(databases, { finished_at: WEEK });
  const run_id = await addRemediationRun(databases);
  const plan = { run_id, plan_id: 'workload:vm-web01:recover:untested' };
  await addPlan(databases, { ...plan, risk_run_id });
  await addPlanEvent(databases, { ...plan, status: 'OPEN' });
  await using mcp = await startMcp(toEnvironment(database.settings));
  const newPlans = async (since: Date, until: Date) => {
    const args = { since: since.toISOString(), as_of: until.toISOString(), include: ['plans'] };
    return rowsOf((await mcp.ask(TOOL, args)).data, 'plans').map(({ change }) => change);
  };
  const underWay = hoursBefore(RUN_AT, 1 / 120);
  assert.deepEqual(await newPlans(hoursBefore(RUN_AT, 24), underWay), []);
  assert.deepEqual(await newPlans(underWay, hoursBefore(RUN_AT, -1)), ['NEW']);
  const beforeAll = hoursBefore(WEEK, 1);
  assert.deepEqual(await newPlans(beforeAll, hoursBefore(RUN_AT, -1)), [], 'there is no earlier run');
});

test('what the first run of a source finds is not new', async () => {
  await using database = await createTestDatabase();
  const { metrics } = await databasesOf(database);
  await addSource(metrics.db);
  await addRun(metrics.db);
  await addJob(metrics.db, { first_seen_at: hoursBefore(RUN_AT, 1), known_from: hoursBefore(RUN_AT, 1) });
  await using mcp = await startMcp(toEnvironment(database.settings));

  const { data } = await mcp.ask(TOOL, { as_of: AS_OF });
  assert.deepEqual(rowsOf(data, 'configuration'), []);
  assert.match(String(data.summary), /Nothing can be compared/);
});

test('repositories that became more pressing come first, and one without a reading is not measured', async () => {
  await using database = await createTestDatabase();
  const { metrics } = await databasesOf(database);
  const { db } = metrics;
  await addSource(db);
  await addServer(db);
  const before = await addRun(db, { worker: 'capacity', finished_at: WEEK });
  const now = await addRun(db, { worker: 'capacity' });
  const of = (used: number, perDay: number) =>
    forecastCapacity({
      samples: samplesOf({ days: 60, capacityBytes: 10 * TIB, usedBytes: growing(used, perDay) }),
      today: TODAY,
    });
  const [small, large] = [of(2 * TIB, 1e9), of(9 * TIB, 5e10)];
  await addForecasts(db, [
    forecastRow(small, { run_id: before, repository_id: 'a', name: 'Repo A', type: 'WinLocal' }),
    forecastRow(large, { run_id: now, repository_id: 'a', name: 'Repo A', type: 'WinLocal' }),
    forecastRow(small, { run_id: before, repository_id: 'b', name: 'Repo B', type: 'WinLocal' }),
    forecastRow(small, {
      run_id: now,
      repository_id: 'b',
      name: 'Repo B',
      type: 'WinLocal',
      quality: 'OFFLINE',
      priority: 'UNKNOWN',
    }),
    forecastRow(small, { run_id: before, repository_id: 'c', name: 'Repo C', type: 'WinLocal' }),
    forecastRow(small, { run_id: now, repository_id: 'c', name: 'Repo C', type: 'WinLocal' }),
  ]);
  await using mcp = await startMcp(toEnvironment(database.settings));

  const { data } = await mcp.ask(TOOL, { as_of: AS_OF, since: '6d' });
  assert.deepEqual(
    rowsOf(data, 'capacity').map((row) => pick(row, 'repository_id', 'change', 'because')),
    [
      ['a', 'WORSE', rowsOf(data, 'capacity')[0]?.because],
      ['b', 'NOT_MEASURED', 'no reading of it (OFFLINE)'],
    ],
  );
});

test('risks that came and went are told with why, and none is resolved by an input that is no longer fresh', async () => {
  await using database = await createTestDatabase();
  const databases = await databasesOf(database);
  await addSource(databases.metrics.db);
  await addServer(databases.metrics.db);
  await addRiskRun(databases, earlierEstate(), { finished_at: WEEK });
  await addRiskRun(databases, riskEstate());
  await using mcp = await startMcp(toEnvironment(database.settings));

  const { data } = await mcp.ask(TOOL, { as_of: AS_OF, since: '6d', include: ['risks'], limit: 20 });
  const { data: same } = await mcp.ask('analyze_risks', { as_of: AS_OF, changed_since: '6d', limit: 20 });
  const [mine, theirs] = [rowsOf(data, 'risks'), same.changes as Row[]];
  assert.deepEqual(
    mine.map(({ item_id, change }) => `${String(item_id)} ${String(change)}`).sort(),
    theirs.map(({ item_id, change }) => `${String(item_id)} ${String(change)}`).sort(),
  );
  assert.ok(mine.some(({ change }) => change === 'GONE') && mine.some(({ change }) => change === 'BETTER'));
  const first = mine[0] as { moved: Row[]; reasons: string[] };
  assert.ok(first.moved.length > 0 && first.reasons.length > 0);

  const estate = riskEstate();
  await addRiskRun(
    databases,
    {
      ...estate,
      inputs: estate.inputs.map((input) => ({
        ...input,
        lastSuccessAt: (input.lastSuccessAt ?? 0) - 30 * 86_400_000,
      })),
    },
    { finished_at: hoursBefore(RUN_AT, -1) },
  );
  const { data: stale } = await mcp.ask(TOOL, {
    as_of: '2024-11-20T11:30:00Z',
    since: '6d',
    include: ['risks'],
    limit: 20,
  });
  const better = rowsOf(stale, 'risks').filter(({ change }) => change === 'BETTER' || change === 'GONE');
  const unmeasured = rowsOf(stale, 'risks').filter(({ change }) => change === 'NOT_MEASURED');
  assert.deepEqual(better, []);
  assert.ok(unmeasured.length > 0);
  assert.match(String(unmeasured[0]?.because), /^inputs are no longer fresh: .*STALE/);
});

test('pages give each change once, and a cursor belongs to its question', async () => {
  await using database = await createTestDatabase();
  const databases = await databasesOf(database);
  await addTwoRuns(databases.metrics.db);
  await addRiskRun(databases, earlierEstate(), { finished_at: WEEK });
  await addRiskRun(databases, riskEstate());
  await using mcp = await startMcp(toEnvironment(database.settings));

  const args = { since: '6d', limit: 1 };
  const seen: string[] = [];
  let page = await mcp.ask(TOOL, { ...args, as_of: AS_OF });
  const total = Object.values(page.data.omitted as Record<string, number>).reduce((a, b) => a + b, 0);
  const collect = ({ data }: typeof page) => {
    for (const list of ['scores', 'findings', 'risks', 'compared'])
      for (const row of rowsOf(data, list))
        seen.push(`${list} ${String(row.metric ?? row.finding_id ?? row.item_id ?? row.worker)}`);
  };
  collect(page);
  const first = seen.length;
  while (page.data.next_cursor) {
    page = await mcp.ask(TOOL, { ...args, cursor: page.data.next_cursor });
    collect(page);
  }
  assert.equal(seen.length, first + total);
  assert.equal(new Set(seen).size, seen.length);
  const { data } = await mcp.ask(TOOL, { ...args, as_of: AS_OF });
  assert.match(
    await mcp.refused(TOOL, { since: '5d', limit: 1, cursor: data.next_cursor }),
    /other arguments/,
  );
});

test('an answer given earlier is given again with its as_of, byte for byte', async () => {
  await using database = await createTestDatabase();
  const { metrics } = await databasesOf(database);
  const { db } = metrics;
  await addTwoRuns(db);
  await addJob(db);
  await using mcp = await startMcp(toEnvironment(database.settings));

  const questions = [{ since: '2020-01-01' }, { since: '2024-11-14T00:00:00Z', until: '2024-11-21' }];
  for (const question of questions) {
    const before = await mcp.ask(TOOL, question);
    await addRun(db, { started_at: new Date(), finished_at: new Date() });
    await db.updateTable('job').set({ is_disabled: true, known_from: new Date() }).execute();
    const again = await mcp.ask(TOOL, { ...question, as_of: before.data.as_of });
    assert.equal(JSON.stringify(again), JSON.stringify(before));
  }
});

test('every number in the text stands in the structured content', async () => {
  await using database = await createTestDatabase();
  const databases = await databasesOf(database);
  await addTwoRuns(databases.metrics.db);
  await addRiskRun(databases, earlierEstate(), { finished_at: WEEK });
  await addRiskRun(databases, riskEstate());
  await using mcp = await startMcp(toEnvironment(database.settings));
  for (const args of [{}, { detail: 'detailed', limit: 50 }, { include: ['risks'] }]) {
    const { text, data } = await mcp.ask(TOOL, { as_of: AS_OF, since: '6d', ...args });
    const { numbers, strings } = contentsOf(data);
    for (const number of numbersIn(text))
      assert.ok(numbers.has(number) || strings.includes(number), `${number} in ${text}`);
  }
});

test('moments that do not fit are refused with what would', async () => {
  await using database = await createTestDatabase();
  const { metrics } = await databasesOf(database);
  await addTwoRuns(metrics.db);
  await using mcp = await startMcp(toEnvironment(database.settings));
  assert.match(await mcp.refused(TOOL, { since: 'soon' }), /^since "soon" is not a moment/);
  assert.match(await mcp.refused(TOOL, { until: '2999-01-01' }), /^until .* is in the future/);
  assert.match(await mcp.refused(TOOL, { since: '2d', until: '3d' }), /has to be before until/);
  assert.match(await mcp.refused(TOOL, { sicne: '2d' }), /did you mean since\?/);
});
