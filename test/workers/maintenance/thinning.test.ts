import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { toRetention } from '../../../src/business/retention.ts';
import type { Metrics } from '../../../src/db/connect.ts';
import { createLog } from '../../../src/log.ts';
import { maintain } from '../../../workers/maintenance/maintenance.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { addRuns, dayOf, daysAgo, type RunState, runStates, weekOf } from '../../support/old-runs.ts';

const options = {
  retention: toRetention(),
  clock: () => new Date(),
  log: createLog('silent'),
  pauseMs: 0,
};

const addSource = ({ metrics }: TestDatabase, sourceId = 'vbr') =>
  metrics.db
    .insertInto('source')
    .values({ source_id: sourceId, kind: 'veeam', name: sourceId, first_seen_at: daysAgo(900) })
    .execute();

/** Runs lose all of their rows or none. */
function assertWhole(states: RunState[], rowsPerRun: number): void {
  for (const { rows, dropped, run_id } of states)
    assert.equal(rows, dropped ? 0 : rowsPerRun, `run ${run_id}`);
}

const kept = (states: RunState[]) => states.filter(({ dropped }) => !dropped);
const older = (states: RunState[], days: number) =>
  states.filter(({ finished_at }) => finished_at < daysAgo(days));
/** Weeks that are over before so many days ago. */
const wholeWeeks = (states: RunState[], days: number) =>
  states.filter(({ finished_at }) => weekOf(finished_at) < weekOf(daysAgo(days)));

test('every run of 90 days stays, and before them the last of each week', async () => {
  await using database = await createTestDatabase();
  await addSource(database);
  await addRuns(database, { worker: 'health', from: 200, to: 0, everyHours: 6 });
  const summary = await maintain('metrics', database, options);
  assert.equal(summary.status, 'succeeded', summary.message);

  const states = await runStates(database.metrics.db, 'health', 'health_incident');
  assert.equal(states.length, 801, 'the record of runs stays whole');
  assertWhole(states, 3);
  assert.ok(states.filter(({ finished_at }) => finished_at > daysAgo(90)).every(({ dropped }) => !dropped));
  for (const [week, runs] of Map.groupBy(wholeWeeks(states, 90), ({ finished_at }) => weekOf(finished_at)))
    assert.deepEqual(
      runs.map(({ dropped }) => dropped),
      runs.map((_, at) => at < runs.length - 1),
      `week ${week}`,
    );
  const thinned = states.length - kept(states).length;
  assert.deepEqual(
    summary.steps.find(({ action }) => action === 'THIN'),
    { action: 'THIN', object: 'health', runs: thinned, rows: 3 * thinned },
  );
  const again = await maintain('metrics', database, options);
  assert.equal(again.status, 'succeeded', again.message);
  assert.deepEqual(again.steps, []);
});

test('of capacity the last run of each day stays up to 400 days, with the run whose ledger it refers to', async () => {
  await using database = await createTestDatabase();
  await addSource(database);
  await addRuns(database, { worker: 'capacity', from: 430, to: 0, everyHours: 8 });
  assert.equal((await maintain('metrics', database, options)).status, 'succeeded');
  const states = await runStates(database.metrics.db, 'capacity', 'capacity_summary');
  assertWhole(states, 1);
  const days = Map.groupBy(
    states.filter(({ finished_at }) => finished_at > daysAgo(390) && finished_at < daysAgo(98)),
    ({ finished_at }) => dayOf(finished_at),
  );
  for (const [day, runs] of days) assert.equal(runs.at(-1)?.dropped, false, `day ${day}`);
  const { rows: broken } = await sql`
    select 1 from capacity_summary s
     where not exists (select from capacity_summary l where l.source_id = s.source_id and l.run_id = s.ledger_run_id)`.execute(
    database.metrics.db,
  );
  assert.deepEqual(broken, []);
  const early = older(states, 410);
  assert.ok(kept(early).length > 0 && kept(early).length < early.length / 4);
});

test('risks: every run of a week, then one a day, after 90 days one a week', async () => {
  await using database = await createTestDatabase();
  const advisor = await database.as('advisor');
  await addRuns(advisor, { worker: 'risk', from: 120, to: 0, everyHours: 3 });
  const summary = await maintain('risk', advisor, options);
  assert.equal(summary.status, 'succeeded', summary.message);
  const states = await runStates(advisor.risk.db as never as Metrics, 'risk', 'risk_facts');
  const days = Map.groupBy(states, ({ finished_at }) => dayOf(finished_at));
  const today = dayOf(new Date());
  for (const [day, runs] of days) {
    const left = kept(runs).length;
    if (day > today - 7) assert.equal(left, runs.length, `${today - day} days ago`);
    else if (day < today - 8 && day > today - 89) assert.equal(left, 1, `${today - day} days ago`);
    else assert.ok(left <= runs.length);
  }
  for (const [week, runs] of Map.groupBy(wholeWeeks(states, 90), ({ finished_at }) => weekOf(finished_at)))
    assert.equal(kept(runs).length, 1, `week ${week}`);
  // Facts are details: they go after 90 days, also those of runs that stay.
  assert.ok(older(states, 91).every(({ rows }) => rows === 0));
  assert.ok(
    states
      .filter(({ finished_at, dropped }) => finished_at > daysAgo(89) && !dropped)
      .every(({ rows }) => rows === 1),
  );
});

test('runs that a stored risk rests on stay, and so do those that an open plan was written on', async () => {
  await using database = await createTestDatabase();
  await addSource(database);
  const advisor = await database.as('advisor');
  await addRuns(database, { worker: 'health', from: 150, to: 0, everyHours: 12 });
  await addRuns(advisor, { worker: 'risk', from: 60, to: 0, everyHours: 12 });
  const [, input] = (await runStates(database.metrics.db, 'health', 'health_incident')).filter(
    ({ finished_at }) => finished_at.getUTCDay() === 2,
  );
  const risks = await runStates(advisor.risk.db as never as Metrics, 'risk', 'risk_facts');
  const byDay = Map.groupBy(older(risks, 20), ({ finished_at }) => dayOf(finished_at));
  const [open, closed] = [...byDay.values()].flatMap((runs) => (runs.length > 1 ? (runs[0] ?? []) : []));
  assert.ok(input && open && closed);
  await sql`insert into risk_input (source_id, run_id, worker, status, input_run_id, concluded_at, expected_hours, missing, hazards)
            values ('vbr', ${risks.at(-1)?.run_id}, 'health', 'FRESH', ${input.run_id}, ${input.finished_at}, 24, '{}', '{}')`.execute(
    advisor.risk.db,
  );
  await addPlan(advisor, 'open', open, ['OPEN']);
  await addPlan(advisor, 'closed', closed, ['OPEN', 'WITHDRAWN']);
  assert.equal((await maintain('metrics', database, options)).status, 'succeeded');
  assert.equal((await maintain('risk', advisor, options)).status, 'succeeded');

  const health = await runStates(database.metrics.db, 'health', 'health_incident');
  assert.equal(health.find(({ run_id }) => run_id === input.run_id)?.dropped, false);
  const after = await runStates(advisor.risk.db as never as Metrics, 'risk', 'risk_facts');
  const isDropped = (run: RunState) => after.find(({ run_id }) => run_id === run.run_id)?.dropped;
  assert.equal(isDropped(open), false);
  assert.equal(isDropped(closed), true);
});

async function addPlan(
  { risk }: Pick<TestDatabase, 'risk'>,
  planId: string,
  { run_id, finished_at }: RunState,
  statuses: string[],
  version = 1,
): Promise<void> {
  await sql`insert into remediation_plan (source_id, plan_id, version, run_id, risk_run_id, item_id, created_at, scope_type, scope_id,
      name, risk_type, rule_ids, title, urgency, urgency_reason, tier_weight, score_now, effort_low_hours, effort_high_hours,
      benefit_per_hour, rank, hypotheses, evidence, investigation_steps, options, verify, subject, covers, not_known)
    values ('vbr', ${planId}, ${version}, gen_random_uuid(), ${run_id}, 'job:a', ${finished_at}, 'JOB', 'a', 'a', 'gap', '{r}', 't', 'LOW',
      'r', 1, 10, 1, 1, 1, 1, '[]', '[]', '[]', '[]', '[]', '{}', '{}', '[]')`.execute(risk.db);
  for (const [at, status] of statuses.entries())
    await sql`insert into remediation_event (source_id, plan_id, run_id, version, status, at, reason, metrics)
      values ('vbr', ${planId}, gen_random_uuid(), ${version}, ${status}, ${new Date(finished_at.getTime() + at * 60_000)}, 'r', '[]')`.execute(
      risk.db,
    );
}

test('plans go a year after they were closed, their newest version with its last event; an open one keeps everything', async () => {
  await using database = await createTestDatabase();
  const advisor = await database.as('advisor');
  const at = (days: number) => ({
    run_id: '00000000-0000-4000-8000-000000000001',
    finished_at: daysAgo(days),
    dropped: false,
    rows: 0,
  });
  await addPlan(advisor, 'replaced', at(500), ['OPEN', 'SUPERSEDED'], 1);
  await addPlan(advisor, 'replaced', at(400), ['OPEN', 'VERIFIED'], 2);
  await addPlan(advisor, 'over', at(800), ['OPEN', 'WITHDRAWN']);
  await addPlan(advisor, 'open', at(900), ['OPEN']);
  assert.equal((await maintain('risk', advisor, options)).status, 'succeeded');
  const { rows: plans } =
    await sql`select plan_id, version from remediation_plan order by plan_id, version`.execute(
      advisor.risk.db,
    );
  assert.deepEqual(plans, [
    { plan_id: 'open', version: 1 },
    { plan_id: 'replaced', version: 2 },
  ]);
  const { rows: events } = await sql`select distinct plan_id from remediation_event order by 1`.execute(
    advisor.risk.db,
  );
  assert.deepEqual(events, [{ plan_id: 'open' }, { plan_id: 'replaced' }]);
});

test('the newest run that concluded keeps its results and its completeness, however old it is', async () => {
  await using database = await createTestDatabase();
  await addSource(database, 'gone');
  await addRuns(database, { worker: 'health', sourceId: 'gone', from: 1_000, to: 900, everyHours: 24 });
  await addRuns(database, { worker: 'rto', sourceId: 'gone', from: 1_000, to: 900, everyHours: 24 });
  assert.equal((await maintain('metrics', database, options)).status, 'succeeded');
  const states = await runStates(database.metrics.db, 'health', 'health_incident');
  assert.deepEqual(
    states.map(({ dropped, rows }) => ({ dropped, rows })),
    [{ dropped: false, rows: 3 }],
  );
  const [endpoints] = await runStates(database.metrics.db, 'health', 'run_endpoint');
  assert.equal(endpoints?.rows, 1);
  const { rows: orphans } =
    await sql`select 1 from mass_restore t where not exists (select from run r where r.run_id = t.run_id)
    union all select 1 from run_event t where not exists (select from run r where r.run_id = t.run_id)`.execute(
      database.metrics.db,
    );
  assert.deepEqual(orphans, []);
});

test('the log of a run goes after 180 days; how completely it read stays with its results', async () => {
  await using database = await createTestDatabase();
  await addSource(database);
  await addRuns(database, { worker: 'health', from: 260, to: 0, everyHours: 24 });
  assert.equal((await maintain('metrics', database, options)).status, 'succeeded');
  const { rows } = await sql<{ at: Date; dropped: boolean; events: number; endpoints: number }>`
    select r.finished_at as at, r.results_dropped_at is not null as dropped,
           (select count(*)::int from run_event e where e.run_id = r.run_id) as events,
           (select count(*)::int from run_endpoint e where e.run_id = r.run_id) as endpoints
      from run r`.execute(database.metrics.db);
  for (const { at, dropped, events, endpoints } of rows) {
    const isOld = dayOf(at) < dayOf(daysAgo(180));
    assert.equal(events, isOld ? 0 : 1);
    assert.equal(endpoints, isOld && dropped ? 0 : 1);
  }
});
