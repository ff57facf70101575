import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createTestDatabase } from '../support/database.ts';
import {
  addEstate,
  addJobs,
  addRun,
  addScore,
  addServer,
  addSession,
  addSource,
  failingJob,
  hoursBefore,
  RUN_AT,
  SOURCE,
  uuid,
} from '../support/health-rows.ts';
import { startMcp, toEnvironment } from '../support/mcp-client.ts';

const TOOL = 'get_health_status';
type Row = Record<string, unknown>;
const later = (hours: number) => hoursBefore(RUN_AT, -hours);

test('the same question with the as_of of an answer gives that answer byte for byte, whatever came since', async () => {
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  await addEstate(db);
  // Runs are shown for a window back from now, so this session began a little before now.
  const session = await addSession(db, {
    created_at: new Date(Date.now() - 7_200_000),
    ended_at: null,
    state: 'Working',
    result: null,
    known_from: hoursBefore(RUN_AT, 1),
  });
  await using mcp = await startMcp(toEnvironment(database.settings));
  const questions: Row[] = [
    {},
    { limit: 1 },
    { job: uuid(1) },
    { history: '30d', detail: 'detailed' },
    { finding: 'INCIDENT' },
  ];
  const before = [];
  for (const question of questions) before.push(await mcp.ask(TOOL, question));

  // Since then: a failed and a good run, the session ended, the job and the server changed.
  await sleep(2);
  const then = new Date();
  await addRun(db, {
    status: 'failed',
    started_at: then,
    finished_at: then,
    error_code: 'sign-in',
    error_message: 'refused',
  });
  await sleep(2);
  const known_from = new Date(); // what a run loads is known from its start on
  const run_id = await addRun(db, { started_at: known_from, finished_at: new Date() });
  await addScore(db, { run_id, overall_score: 10, score_low: 5, score_high: 20 });
  await addJobs(db, [failingJob({ run_id, job_id: uuid(1), job_name: 'SQL Nightly', failure_streak: 9 })]);
  await db
    .updateTable('session')
    .set({ ended_at: known_from, state: 'Stopped', result: 'Failed', known_from })
    .where('session_id', '=', session)
    .execute();
  await db
    .updateTable('job')
    .set({ next_run_at: later(100), known_from })
    .where('job_id', '=', uuid(1))
    .execute();
  await db.updateTable('backup_server').set({ clock_skew_seconds: 0, known_from }).execute();

  for (const [index, question] of questions.entries()) {
    const again = await mcp.ask(TOOL, { ...question, as_of: before[index]?.data.as_of });
    assert.equal(JSON.stringify(again), JSON.stringify(before[index]));
  }
  const now = await mcp.ask(TOOL, { job: uuid(1) });
  assert.equal((now.data.job as { failure: Row }).failure.streak, 9);
  assert.equal((now.data.runs as Row[])[0]?.outcome, 'FAILED');
});

test('data older than 2.2 times the usual gap is stale, and the summary says so first', async () => {
  await using database = await createTestDatabase();
  await addEstate(database.metrics.db); // runs every hour
  await using mcp = await startMcp(toEnvironment(database.settings));
  const sourceAt = async (moment: Date) => {
    const { text, data } = await mcp.ask(TOOL, { as_of: moment.toISOString() });
    return { text, ...((data.sources as Row[])[0] as Row) } as Row & { text: string };
  };

  const fresh = await sourceAt(later(2.1));
  assert.deepEqual(
    [fresh.stale, fresh.age_hours, fresh.stale_after_hours, fresh.stale_basis],
    [false, 2.1, 2.2, 'observed'],
  );
  const stale = await sourceAt(later(2.5));
  assert.deepEqual([stale.stale, stale.age_hours], [true, 2.5]);
  assert.match(stale.text, /^STALE: the data is 2\.5 h old, expected at most 2\.2 h\./);
});

test('with too few runs to know the usual gap, data is stale by the default schedule of its worker', async () => {
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  await addSource(db);
  await addScore(db, { run_id: await addRun(db) });
  await using mcp = await startMcp(toEnvironment(database.settings));

  const at = async (hours: number) =>
    ((await mcp.ask(TOOL, { as_of: later(hours).toISOString() })).data.sources as Row[])[0] as Row;
  assert.deepEqual(
    [(await at(2.1)).stale, (await at(2.1)).stale_basis, (await at(2.1)).stale_after_hours],
    [false, 'default', 2.2],
  );
  assert.equal((await at(2.3)).stale, true);
});

test('a run that failed after the last good one is said, in our words, with its code', async () => {
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  await addEstate(db);
  await addRun(db, {
    status: 'failed',
    finished_at: later(1),
    error_code: 'sign-in',
    error_message: 'https://backup01:9419 refused\u202e the login',
  });
  await using mcp = await startMcp(toEnvironment(database.settings));

  const { text, data } = await mcp.ask(TOOL, { as_of: later(1.5).toISOString() });
  const [source] = data.sources as { last_success_at: string; last_run: Row }[];
  assert.equal(source?.last_success_at, '2024-11-20T10:00:00Z');
  assert.deepEqual(source?.last_run.error, {
    code: 'sign-in',
    meaning: 'the source refused the credentials',
    message: 'https://backup01:9419 refused the login',
  });
  assert.match(text, /^The last run did not conclude: the source refused the credentials\. Health 78\.3/);
  assert.match(text, /latest run 2024-11-20T11:00:00Z failed \(sign-in/);
  const before = await mcp.ask(TOOL, { as_of: later(0.5).toISOString() });
  assert.doesNotMatch(before.text, /did not conclude/);
});

test('the message of an error that is none of the source stays in the log of the worker', async () => {
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  await addEstate(db);
  await addRun(db, {
    status: 'failed',
    finished_at: later(1),
    error_code: '23505',
    error_message: 'duplicate key at /srv/dr365/load.ts:12',
  });
  await using mcp = await startMcp(toEnvironment(database.settings));

  const { text, data } = await mcp.ask(TOOL, { as_of: later(1.5).toISOString() });
  assert.doesNotMatch(text + JSON.stringify(data), /duplicate|srv/);
  assert.match(text, /internal error; the log of the worker says more/);
});

test('a run whose process died is abandoned once the next one began, and under way before', async () => {
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  await addEstate(db);
  await addRun(db, { status: 'abandoned', started_at: later(1), finished_at: null });
  await addRun(db, { status: 'running', started_at: later(3), finished_at: null });
  await using mcp = await startMcp(toEnvironment(database.settings));

  const at = async (hours: number) =>
    ((await mcp.ask(TOOL, { as_of: later(hours).toISOString() })).data.sources as Row[])[0] as Row;
  const before = await at(2);
  assert.deepEqual(
    [before.running_since, (before.last_run as Row).status],
    ['2024-11-20T11:00:00Z', 'succeeded'],
  );
  const after = await at(4);
  assert.deepEqual(
    [after.running_since, (after.last_run as Row).status],
    ['2024-11-20T13:00:00Z', 'abandoned'],
  );
});

test('an empty answer says why it is empty', async () => {
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  await using mcp = await startMcp(toEnvironment(database.settings));
  const summary = async (args: Row = {}) => (await mcp.ask(TOOL, args)).data.summary as string;

  assert.match(await summary(), /Nothing has been collected yet.*VEEAM_SERVER.*npm run worker:health/);
  assert.match(await summary({ job: 'any' }), /Nothing has been collected yet/);
  const { data: risks } = await mcp.ask('analyze_risks', {});
  assert.match(String(risks.summary), /then run "npm run workers"\. Nothing was assessed/);
  await addSource(db, { first_seen_at: hoursBefore(RUN_AT, 1) });
  assert.match(await summary(), /There is no run of the health worker/);
  assert.match(await summary({ as_of: '2020-01-01' }), /no source was known yet/);
  await addRun(db, { status: 'failed', error_code: 'unreachable', error_message: 'no answer' });
  assert.match(await summary(), /no finished run.*did not conclude: the source did not answer/);
  const run_id = await addRun(db, { finished_at: later(1) });
  await addScore(db, { run_id, jobs_enabled: 0 });
  assert.match(await summary(), /saw no job at all/);
});

test('several sources are answered side by side, the worst first, and no score is made up for all', async () => {
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  await addEstate(db);
  await addSource(db, { source_id: 'vbr-2', name: 'backup02' });
  await addServer(db, { source_id: 'vbr-2', name: 'backup02', time_zone: 'America/New_York' });
  const run_id = await addRun(db, { source_id: 'vbr-2', finished_at: hoursBefore(RUN_AT, 0.2) });
  await addScore(db, {
    source_id: 'vbr-2',
    run_id,
    overall_score: 30,
    score_low: 22,
    score_high: 41,
    grade: 'F',
  });
  await addJobs(db, [
    failingJob({
      source_id: 'vbr-2',
      run_id,
      job_id: uuid(1),
      job_name: 'SQL Nightly',
      priority: 'CRITICAL',
      status: 'BREACHED',
    }),
  ]);
  await using mcp = await startMcp(toEnvironment(database.settings));
  const as_of = later(0.5).toISOString();

  const { data, text } = await mcp.ask(TOOL, { as_of });
  assert.equal(data.overall_health, undefined);
  assert.deepEqual(
    (data.per_source as Row[]).map(({ source_id }) => source_id),
    ['vbr-2', SOURCE],
  );
  assert.deepEqual(
    (data.jobs as Row[]).map(({ source_id, job_id }) => [source_id, job_id]),
    [
      ['vbr-2', uuid(1)],
      [SOURCE, uuid(1)],
      [SOURCE, uuid(2)],
    ],
  );
  assert.match(text, /scores of different sources are not merged/);
  const one = await mcp.ask(TOOL, { as_of, source: 'backup02' });
  assert.equal((one.data.overall_health as Row).score, 30);
  const same = await mcp.ask(TOOL, { as_of, job: 'SQL Nightly' });
  assert.equal((same.data.jobs as Row[]).length, 2, 'a name that two sources have is a list');
  const card = await mcp.ask(TOOL, { as_of, job: uuid(1), source: 'vbr-2' });
  assert.equal((card.data.job as Row).status, 'BREACHED');
});
