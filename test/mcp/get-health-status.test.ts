import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { addEstate, addReason, addSession, hoursBefore, RUN_AT, uuid } from '../support/health-rows.ts';
import { type McpSession, startMcp, toEnvironment } from '../support/mcp-client.ts';
import { contentsOf, numbersIn } from '../support/numbers.ts';

const TOOL = 'get_health_status';
const AS_OF = '2024-11-20T10:30:00.000Z';

type Row = Record<string, unknown>;
const rows = (value: unknown) => value as Row[];

let database: TestDatabase;
let mcp: McpSession;

before(async () => {
  database = await createTestDatabase();
  const { db } = database.metrics;
  await addEstate(db);
  // Three nights: good, recovered by a retry, failed with all its retries.
  await addSession(db, { created_at: new Date('2024-11-17T21:00:00Z') });
  await addSession(db, {
    created_at: new Date('2024-11-18T21:00:00Z'),
    result: 'Failed',
    ended_at: new Date('2024-11-18T21:05:00Z'),
  });
  await addSession(db, { created_at: new Date('2024-11-18T21:15:00Z') });
  const failed = await addSession(db, {
    created_at: new Date('2024-11-19T21:00:00Z'),
    result: 'Failed',
    ended_at: new Date('2024-11-19T21:05:00Z'),
    message: 'Job finished with error',
  });
  await addReason(db, { session_id: failed, message: 'Failed to open VDDK disk: access denied' });
  mcp = await startMcp(toEnvironment(database.settings));
});

after(async () => {
  await mcp[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

test('the estate is answered with its score, components, findings, incidents and worst jobs', async () => {
  const { data } = await mcp.ask(TOOL, { as_of: AS_OF });

  assert.deepEqual(data.overall_health, {
    score: 78.3,
    score_low: 71.5,
    score_high: 84.8,
    coverage: 0.9,
    grade: 'B',
    risk_level: 'LOW',
    recommendation: 'Look at the failing jobs first.',
  });
  const components = data.component_scores as Record<string, Row>;
  assert.deepEqual(Object.keys(components), [
    'failure_rate',
    'trend_analysis',
    'pattern_recognition',
    'protected_objects',
    'repository_health',
  ]);
  assert.equal(components.trend_analysis?.classification, 'DEGRADING');
  assert.equal(components.repository_health?.known, false);
  assert.deepEqual(
    rows(data.findings).map(({ kind }) => kind),
    ['JOB_FAILING', 'PROXY_OFFLINE', 'JOB_STALE'],
  );
  assert.deepEqual(
    rows(data.jobs).map(({ job_name }) => job_name),
    ['SQL Nightly', 'Exchange Täglich'],
  );
  assert.equal(rows(data.incidents)[0]?.failed_jobs, 6);
  assert.equal((data.backup_server as Row).clock_skew_minutes, 2);
  assert.equal(
    data.summary,
    'Health 78.3 of 100 (range 71.5 to 84.8), grade B, risk LOW. 2 of 3 enabled jobs need attention: 1 FAILING, 1 LATE.',
  );
});

test('every number in the text stands in the structured content, and the important ones the other way round', async () => {
  const questions = [
    {},
    { history: '30d', detail: 'detailed' },
    { job: uuid(1) },
    { job: 'SQL*', status: 'ALL' },
    { status: 'ALL', limit: 1 },
  ];
  for (const question of questions) {
    const { text, data } = await mcp.ask(TOOL, { as_of: AS_OF, ...question });
    const { summary: _summary, next_steps: _steps, ...facts } = data;
    const known = contentsOf(facts).numbers;
    for (const number of numbersIn(text)) {
      assert.ok(
        known.has(String(Number(number))),
        `${number} is in the text only (${JSON.stringify(question)})\n${text}`,
      );
    }
  }
  const { text, data } = await mcp.ask(TOOL, { as_of: AS_OF });
  const overall = data.overall_health as Row;
  for (const number of [
    overall.score,
    overall.score_low,
    overall.score_high,
    107.5,
    36,
    0.641,
    0.000137,
    3.07,
  ]) {
    assert.ok(numbersIn(text).includes(String(number)), `${String(number)} is not in the text`);
  }
});

test('what a run could not read is said in the answer', async () => {
  const { text, data } = await mcp.ask(TOOL, { as_of: AS_OF });

  const endpoint = '/api/v1/malwareDetection/events';
  assert.deepEqual(data.completeness, {
    endpoints: 2,
    complete: 1,
    not_complete: [
      {
        source_id: 'vbr-1',
        endpoint,
        outcome: 'forbidden',
        rows_fetched: 0,
        rows_total: null,
        reason: '403',
      },
    ],
  });
  assert.ok(text.includes(endpoint));
  assert.deepEqual(data.not_known, ['repository states were not read']);
});

test('one job is answered with its runs, retries folded in, the newest first', async () => {
  const { data } = await mcp.ask(TOOL, { as_of: AS_OF, job: 'sql nightly' });

  const runs = rows(data.runs).map(({ started_at, outcome, attempts, recovered_by_retry, reason }) => [
    started_at,
    outcome,
    attempts,
    recovered_by_retry,
    reason,
  ]);
  assert.deepEqual(runs, [
    ['2024-11-19T21:00:00Z', 'FAILED', 1, false, 'Failed to open VDDK disk: access denied'],
    ['2024-11-18T21:00:00Z', 'SUCCESS', 2, true, null],
    ['2024-11-17T21:00:00Z', 'SUCCESS', 1, false, null],
  ]);
  const card = data.job as Record<string, Row>;
  assert.deepEqual(card.schedule, {
    scheduled: true,
    kind: 'daily',
    starts_at: '22:00',
    time_zone: 'Europe/Berlin',
    weekdays: [],
    interval_minutes: 1440,
    next_run_at: '2024-11-20T21:00:00Z',
    after_job_id: null,
    retry_count: 3,
    retry_wait_minutes: 10,
    objects: 7,
  });
  assert.equal(card.failure?.cause, 'CREDENTIALS');
  assert.equal(card.pattern?.p, 0.0000047);
  assert.equal(rows(data.incidents).length, 1);
});

test('a page of runs goes on where the one before ended', async () => {
  const first = await mcp.ask(TOOL, { as_of: AS_OF, job: uuid(1), limit: 2 });
  const cursor = first.data.next_cursor as string;
  assert.deepEqual(first.data.omitted, { runs: 1 });
  const second = await mcp.ask(TOOL, { job: uuid(1), limit: 2, cursor });

  assert.deepEqual(
    rows(second.data.runs).map(({ started_at }) => started_at),
    ['2024-11-17T21:00:00Z'],
  );
  assert.equal(second.data.next_cursor, undefined);
});

test('a job is found by id, by name without accents or case, and by pattern', async () => {
  const ask = async (job: string) => (await mcp.ask(TOOL, { as_of: AS_OF, job })).data;

  for (const name of [uuid(2), uuid(2).toUpperCase(), 'Exchange Täglich', 'exchange taglich', 'exch*TAGL*']) {
    assert.equal(((await ask(name)).job as Row).job_id, uuid(2), name);
  }
  const several = rows((await ask('*e*')).jobs).map(({ job_id }) => job_id);
  assert.deepEqual(several, [uuid(2), uuid(3)]);
  assert.equal((await ask('*e*')).job, undefined);
});

test('an unknown job is answered with the nearest names', async () => {
  const message = await mcp.refused(TOOL, { as_of: AS_OF, job: 'SQL Nigthly' });

  assert.match(message, /There is no job "SQL Nigthly" among 4 jobs/);
  assert.deepEqual(message.match(/^- `.*`$/gm), ['- `SQL Nightly`', '- `File Server`', '- `Old Job`']);
});

test('filters choose jobs by status and by kind of finding', async () => {
  const names = async (args: Row) =>
    rows((await mcp.ask(TOOL, { as_of: AS_OF, ...args })).data.jobs).map(({ job_name }) => job_name);

  assert.deepEqual(await names({ status: 'OK' }), ['File Server']);
  assert.deepEqual(await names({ status: 'DISABLED' }), ['Old Job']);
  assert.deepEqual(await names({ status: 'NEVER' }), []);
  assert.equal((await names({ status: 'ALL' })).length, 4);
  assert.deepEqual(await names({ finding: 'JOB_STALE' }), ['Exchange Täglich']);
  const { text, data } = await mcp.ask(TOOL, { as_of: AS_OF, status: 'NEVER' });
  assert.match(text, /^0 jobs match/);
  assert.equal(data.jobs_matching, 0);
});

test('history gives the score and the runs of each day', async () => {
  const { data } = await mcp.ask(TOOL, { as_of: AS_OF, history: '7d' });

  assert.deepEqual(data.history, [
    {
      day: '2024-11-20',
      score: 78.3,
      score_low: 71.5,
      score_high: 84.8,
      success: null,
      warning: null,
      failed: null,
      recovered: null,
      canceled: null,
    },
    {
      day: '2024-11-19',
      score: null,
      score_low: null,
      score_high: null,
      success: 12,
      warning: 0,
      failed: 3,
      recovered: 0,
      canceled: 1,
    },
    {
      day: '2024-11-18',
      score: null,
      score_low: null,
      score_high: null,
      success: 11,
      warning: 1,
      failed: 2,
      recovered: 1,
      canceled: 0,
    },
  ]);
});

test('wrong arguments are answered with what is right', async () => {
  assert.match(
    await mcp.refused(TOOL, { jobb: 'x' }),
    /unknown argument jobb \(did you mean job\?\); this tool takes: job, source, status/,
  );
  assert.match(await mcp.refused(TOOL, { status: 'BROKEN' }), /status: .*"FAILING"/);
  assert.match(await mcp.refused(TOOL, { limit: 1000 }), /limit: .*50/);
  assert.match(
    await mcp.refused(TOOL, { as_of: 'someday' }),
    /as_of "someday" is not a moment.*last friday/s,
  );
  assert.match(await mcp.refused(TOOL, { as_of: '2999-01-01' }), /in the future/);
  assert.match(await mcp.refused(TOOL, { history: 'long' }), /history "long".*30d/);
  assert.match(
    await mcp.refused(TOOL, { source: 'nowhere' }),
    /There is no source "nowhere".*\n- `backup01`/,
  );
  assert.match(
    await mcp.refused('get_health', {}),
    /there is no tool "get_health"; did you mean get_health_status\?/,
  );
});

test('a cursor is refused with other arguments, with another moment, and when it is none', async () => {
  const { data } = await mcp.ask(TOOL, { as_of: AS_OF, limit: 1 });
  const cursor = data.next_cursor as string;

  const { data: next } = await mcp.ask(TOOL, { limit: 1, cursor });
  assert.deepEqual(
    rows(next.jobs).map(({ job_id }) => job_id),
    [uuid(2)],
  );
  assert.equal(next.as_of, AS_OF);
  assert.match(
    await mcp.refused(TOOL, { limit: 1, cursor, status: 'ALL' }),
    /cursor belongs to a question with other arguments/,
  );
  assert.match(
    await mcp.refused(TOOL, { limit: 1, cursor, as_of: '2024-11-20T10:31:00Z' }),
    /leave as_of out/,
  );
  assert.match(
    await mcp.refused(TOOL, { cursor: 'eyJub3BlIjoxfQ' }),
    /cursor is not one that this server gave/,
  );
  assert.match(await mcp.refused(TOOL, { cursor: '…' }), /cursor is not one that this server gave/);
});

test('the tool is listed with its four annotations, strict arguments and an output schema', async () => {
  const { tools } = await mcp.client.listTools();
  const tool = tools.find(({ name }) => name === TOOL) ?? assert.fail();

  assert.deepEqual(tool.annotations, {
    readOnlyHint: true,
    destructiveHint: false,
    idempotentHint: true,
    openWorldHint: false,
  });
  assert.equal(tool.inputSchema.additionalProperties, false);
  assert.ok(tool.title && tool.outputSchema?.properties?.summary);
  assert.ok(JSON.stringify(tools).length / 4 < 1500 * tools.length, 'about 1,500 tokens a tool at most');
  const instructions = mcp.client.getInstructions() ?? '';
  assert.ok(instructions.length > 0 && instructions.length <= 1500);
});

test('ten times the same question is ten times the same answer', async () => {
  const first = await mcp.ask(TOOL, { as_of: AS_OF, detail: 'detailed' });
  for (let i = 0; i < 9; i += 1)
    assert.deepEqual(await mcp.ask(TOOL, { as_of: AS_OF, detail: 'detailed' }), first);
  assert.ok(hoursBefore(RUN_AT, 1) < RUN_AT);
});
