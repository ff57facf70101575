import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { addCapacityEstate, GIB, ID, MADE_ON, samplesOf, TIB } from '../support/capacity-rows.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type McpSession, startMcp, toEnvironment } from '../support/mcp-client.ts';
import { contentsOf, numbersIn } from '../support/numbers.ts';

const TOOL = 'get_capacity_forecast';
const AS_OF = '2024-11-20T10:30:00.000Z';

type Row = Record<string, unknown>;
const rows = (value: unknown) => value as Row[];
const part = (value: unknown, name: string) => (value as Row)[name] as Row;

let database: TestDatabase;
let mcp: McpSession;

before(async () => {
  database = await createTestDatabase();
  await addCapacityEstate(database.metrics.db);
  mcp = await startMcp(toEnvironment(database.settings));
});

after(async () => {
  await mcp[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

const ask = async (args: Row = {}) => (await mcp.ask(TOOL, { as_of: AS_OF, ...args })).data;
const rowOf = async (id: string) => {
  const { repositories } = await ask({ limit: 50 });
  return rows(repositories).find(({ repository_id }) => repository_id === id) ?? assert.fail();
};

test('the estate is answered most pressing first, extents with their scale-out repository', async () => {
  const { estate, repositories, repositories_matching, summary } = await ask({ limit: 50 });

  assert.deepEqual(
    rows(repositories).map(({ repository_name, priority, status }) => [repository_name, priority, status]),
    [
      ['Repo Voll', 'URGENT', 'EXCEEDED'],
      ['Scale-out 1', 'URGENT', 'FILLS'],
      ['Repo Täglich', 'MEDIUM', 'FILLS'],
      ['Young', 'MEDIUM', 'FILLS'],
      ['NAS', 'UNKNOWN', 'OFFLINE'],
      ['Fresh', 'UNKNOWN', 'CURRENT_ONLY'],
      ['Silent', 'UNKNOWN', 'NO_DATA'],
      ['Flat', 'LOW', 'NOT_WITHIN_HORIZON'],
      ['Object Store', 'NONE', 'UNBOUNDED'],
    ],
  );
  assert.equal(repositories_matching, 9);
  const { by_status, capacity, ...counts } = estate as Row;
  assert.deepEqual(counts, {
    total_repositories: 9,
    urgent: 2,
    high: 0,
    medium: 2,
    low: 1,
    unknown: 3,
    no_limit: 1,
    unbounded_bytes: 7 * TIB,
    unbounded_display: '7 TiB',
    not_counted: 1,
  });
  assert.deepEqual(by_status, {
    EXCEEDED: 1,
    FILLS: 4,
    NOT_WITHIN_HORIZON: 1,
    PRELIMINARY: 1,
    CURRENT_ONLY: 1,
    UNBOUNDED: 1,
    OFFLINE: 1,
    NO_DATA: 1,
  });
  assert.equal((capacity as Row).utilization_pct, 62.5);
  assert.match(
    summary as string,
    /^9 repositories: 2 URGENT, 2 MEDIUM, 3 UNKNOWN; 62\.5 TiB of 100 TiB used/,
  );
});

test('a row has the predecessor’s names, days from a local day, and what would help', async () => {
  const row = await rowOf(ID.growing);

  assert.deepEqual(row.capacity, {
    total_bytes: 20 * TIB,
    used_bytes: 14 * TIB,
    total_gb: 20_480,
    used_gb: 14_336,
    utilization_pct: 70,
    display: '14 TiB of 20 TiB',
  });
  const forecast = row.forecast as Row;
  // 2 TiB to 80 % at 60 GiB a day, and 4 and 6 TiB to 90 and 100 %.
  assert.ok(Math.abs(Number(forecast.days_to_80_percent) - 2048 / 60) < 2);
  assert.ok(Math.abs(Number(forecast.days_to_100_percent) - 6144 / 60) < 3);
  assert.equal(forecast.counted_from, MADE_ON);
  const [eighty] = rows(forecast.thresholds);
  const days = Number(eighty?.mid_days);
  const expected = new Date(Date.parse(MADE_ON) + days * 86_400_000).toISOString().slice(0, 10);
  assert.equal(eighty?.mid_date, expected);
  assert.deepEqual(forecast.confidence_interval_80, { lower: eighty?.early_days, upper: eighty?.late_days });
  assert.ok(Number(row.purchase_bytes) > 10 * TIB);
  const growth = row.growth_analysis as Row;
  assert.ok(Math.abs(Number(growth.growth_rate_gb_per_day) - 60) < 1);
});

test('what is exceeded is said as such, and what is not known is never 0 and never low', async () => {
  const full = part(await rowOf(ID.full), 'forecast');
  assert.deepEqual(
    rows(full.thresholds).map(({ percent, status, mid_days }) => [percent, status, mid_days]),
    [
      [80, 'EXCEEDED', 0],
      [90, 'EXCEEDED', 0],
      [100, 'EXPECTED', 20],
    ],
  );
  const silent = await rowOf(ID.silent);
  assert.deepEqual(silent.capacity, {
    total_bytes: null,
    used_bytes: null,
    total_gb: null,
    used_gb: null,
    utilization_pct: null,
    display: 'not known, no limit known',
  });
  assert.equal(silent.priority, 'UNKNOWN');
  assert.equal(part(silent, 'growth_analysis').growth_rate_bytes_per_day, null);
  assert.deepEqual(part(silent, 'forecast').probability_full, []);
  const offline = await rowOf(ID.offline);
  assert.deepEqual([offline.status, offline.priority, offline.age_days], ['OFFLINE', 'UNKNOWN', 1]);
  assert.match(String(part(offline, 'forecast').no_date_because), /offline/);
});

test('storage without a limit has growth, no date, and says why', async () => {
  const bucket = await rowOf(ID.bucket);

  const forecast = part(bucket, 'forecast');
  assert.deepEqual(
    [forecast.days_to_80_percent, forecast.days_to_90_percent, forecast.days_to_100_percent],
    [null, null, null],
  );
  assert.deepEqual(forecast.thresholds, []);
  assert.match(String(forecast.no_date_because), /without a limit/);
  assert.equal(part(bucket, 'capacity').total_bytes, null);
  assert.ok(Math.abs(Number(part(bucket, 'growth_analysis').growth_rate_gb_per_day) - 20) < 1);
});

test('every number in the text stands in the structured content', async () => {
  const questions: Row[] = [
    {},
    { detail: 'detailed', include: ['events', 'attribution', 'ledger', 'accuracy'] },
    { repository: ID.growing, history: '90d' },
    { repository: ID.growing, detail: 'detailed' },
    { repository: ID.scaleOut, include: ['history'] },
    { repository: ID.silent },
    { repository: 'Repo*' },
    { status: 'UNKNOWN' },
    { what_if: { kind: 'move_job', job: 'SQL*', to: 'Flat' } },
    { repository: ID.growing, what_if: { kind: 'lead_time', days: 45 } },
    { what_if: { kind: 'extent_maintenance', extent: 'Extent B' } },
  ];
  for (const question of questions) {
    const { text, data } = await mcp.ask(TOOL, { as_of: AS_OF, ...question });
    const { summary: _summary, next_steps: _steps, ...facts } = data;
    const { numbers, strings } = contentsOf(facts);
    // Sizes for people, such as "14 TiB of 20 TiB", stand in fields beside the bytes.
    for (const number of numbersIn(strings)) numbers.add(String(Number(number)));
    for (const number of numbersIn(text)) {
      assert.ok(
        numbers.has(String(Number(number))),
        `${number} is in the text only (${JSON.stringify(question)})\n${text}`,
      );
    }
  }
});

test('one repository is answered with what happened, who fills it, what is released and how forecasts did', async () => {
  const data = await ask({ repository: 'repo taglich' });

  assert.equal((data.repository as Row).repository_id, ID.growing);
  assert.deepEqual(
    rows(data.events).map(({ kind, day, display }) => [kind, day, display]),
    [
      ['OFFLINE', '2024-11-11', 'not reachable'],
      ['LEVEL_SHIFT', '2024-10-31', '-300 GiB'],
    ],
  );
  for (const total of rows(data.attribution_totals)) {
    assert.equal(Number(total.jobs_bytes) + Number(total.other_data_bytes), total.total_bytes);
  }
  assert.deepEqual(
    rows(data.attribution).map(({ name, delta_30_days_bytes, delta_7_days_bytes }) => [
      name,
      delta_30_days_bytes,
      delta_7_days_bytes,
    ]),
    [
      ['SQL Nightly', 900 * GIB, 200 * GIB],
      ['Mail', 600 * GIB, 100 * GIB],
    ],
  );
  const sum = data.ledger_summary as Row;
  assert.deepEqual(
    [sum.overdue_bytes, sum.within_7_days_bytes, sum.within_30_days_bytes, sum.without_date_bytes],
    [100 * GIB, 100 * GIB, 240 * GIB, 2 * TIB],
  );
  assert.equal(sum.held_by_immutability_bytes, 40 * GIB);
  assert.deepEqual(
    rows(data.ledger).map(({ release_on, basis }) => [release_on, basis]),
    [
      ['2024-11-18', 'RETENTION'],
      ['2024-11-21', 'RETENTION'],
      ['2024-12-02', 'RETENTION'],
      ['2024-12-10', 'GFS'],
      [null, 'ACTIVE_CHAIN'],
    ],
  );
  assert.deepEqual(
    rows(data.accuracy).map(({ inside, display }) => [inside, display]),
    [
      [true, '+512 GiB'],
      [false, '+2 TiB'],
    ],
  );
  assert.equal(data.history, undefined);
});

test('lists come when they are asked for, for one repository or for all', async () => {
  const bare = await ask({ repository: ID.growing, include: [] });
  for (const list of ['events', 'attribution', 'ledger', 'accuracy', 'history'])
    assert.equal(bare[list], undefined);
  const estate = await ask({ include: ['ledger', 'accuracy'] });
  assert.equal(rows(estate.ledger).length, 5);
  assert.equal(rows(estate.accuracy).length, 2);
  assert.equal(part(rows(estate.per_source)[0], 'track_record').coverage, 0.825);
  assert.equal(estate.events, undefined);
  const history = await ask({ include: ['history'] });
  assert.ok((history.not_known as string[]).some((text) => text.startsWith('History over several')));
});

test('a scale-out repository has its extents, its fullest one, and days that are sums', async () => {
  const data = await ask({ repository: 'Scale-out 1', history: '10d' });

  const card = data.repository as Row;
  assert.deepEqual([card.kind, card.worst_extent_id], ['SCALE_OUT', ID.fullExtent]);
  assert.equal(card.worst_extent_utilization_pct, 92);
  assert.deepEqual(
    rows(data.extents).map(({ repository_name, status }) => [repository_name, status]),
    [
      ['Extent A', 'EXCEEDED'],
      ['Extent B', 'FILLS'],
    ],
  );
  const history = rows(data.history);
  assert.equal(history.length, 10);
  assert.deepEqual([history[0]?.day, history[0]?.used_bytes], [MADE_ON, Math.round(9.2 * TIB) + 4 * TIB]);
  assert.equal(history[0]?.total_bytes, 20 * TIB);
  const extent = (await ask({ repository: ID.fullExtent })).repository as Row;
  assert.deepEqual([extent.kind, extent.scale_out_repository_id], ['EXTENT', ID.scaleOut]);
});

test('history of a long window shows every so many days, and an offline day without a reading', async () => {
  const long = await ask({ repository: ID.growing, history: '90d' });
  assert.equal(long.history_step_days, 3);
  const own = samplesOf({ days: 60, capacityBytes: 1, usedBytes: () => 1 });
  assert.equal(rows(long.history).length, own.length / 3);
  const nas = await ask({ repository: ID.offline, history: '3d' });
  assert.deepEqual(
    rows(nas.history).map(({ used_bytes, offline }) => [used_bytes === null, offline]),
    [
      [true, true],
      [false, false],
      [false, false],
    ],
  );
});

test('a repository is found by id, by name without accents or case, and by pattern', async () => {
  for (const name of [ID.growing, ID.growing.toUpperCase(), 'Repo Täglich', 'repo taglich', 'repo t*']) {
    assert.equal(part(await ask({ repository: name }), 'repository').repository_id, ID.growing, name);
  }
  const several = await ask({ repository: 'repo*' });
  assert.deepEqual(
    rows(several.repositories).map(({ repository_id }) => repository_id),
    [ID.full, ID.growing],
  );
  assert.equal(several.repository, undefined);
  const message = await mcp.refused(TOOL, { as_of: AS_OF, repository: 'Repo Tagllich' });
  assert.match(message, /There is no repository "Repo Tagllich" among 11 repositories/);
  assert.match(message, /^- `Repo Täglich`$/m);
});

test('filters choose repositories by status and by priority', async () => {
  const names = async (status: string) =>
    rows((await ask({ status })).repositories).map(({ repository_name }) => repository_name);

  assert.deepEqual(await names('EXCEEDED'), ['Repo Voll']);
  assert.deepEqual(await names('FILLS'), ['Repo Voll', 'Scale-out 1', 'Repo Täglich', 'Young']);
  assert.deepEqual(await names('NOT_WITHIN_HORIZON'), ['Flat']);
  assert.deepEqual(await names('PRELIMINARY'), ['Young']);
  assert.deepEqual(await names('CURRENT_ONLY'), ['Fresh']);
  assert.deepEqual(await names('UNBOUNDED'), ['Object Store']);
  assert.deepEqual(await names('OFFLINE'), ['NAS']);
  assert.deepEqual(await names('NO_DATA'), ['Silent']);
  assert.deepEqual(await names('URGENT'), ['Repo Voll', 'Scale-out 1']);
  assert.deepEqual(await names('UNKNOWN'), ['NAS', 'Fresh', 'Silent']);
  assert.deepEqual(await names('HIGH'), []);
  const all = rows((await ask({ status: 'ALL', limit: 9 })).repositories);
  assert.equal(all.length, 9);
});

test('wrong arguments are answered with what is right', async () => {
  const refused = (args: Row) => mcp.refused(TOOL, { as_of: AS_OF, ...args });

  assert.match(await refused({ repositry: 'x' }), /unknown argument repositry \(did you mean repository\?\)/);
  assert.match(await refused({ status: 'FULL' }), /status: .*"EXCEEDED"/);
  assert.match(await refused({ include: ['all'] }), /include\.0: .*"ledger"/);
  assert.match(await refused({ limit: 51 }), /limit: .*50/);
  assert.match(await refused({ history: 'long', repository: ID.growing }), /history "long".*30d/);
  assert.match(await refused({ what_if: { kind: 'magic' } }), /what_if\.kind: .*"more_space"/);
  assert.match(
    await refused({ what_if: { kind: 'more_space', add_gb: 5 } }),
    /unknown field add_gb \(did you mean add_tb\?\); a plan takes: kind, repository/,
  );
  assert.match(await refused({ what_if: { kind: 'more_space' } }), /more_space needs add_tb/);
  assert.match(
    await refused({ what_if: { kind: 'more_space', add_tb: 1, days: 3 } }),
    /more_space does not take days; it takes add_tb, repository/,
  );
  assert.match(
    await refused({ what_if: { kind: 'fewer_restore_points', job: 'x' } }),
    /needs keep_points or share, one of them/,
  );
  assert.match(
    await refused({ status: 'ALL', what_if: { kind: 'more_space', add_tb: 1 } }),
    /what_if is answered by itself: leave status out/,
  );
});

test('pages give each repository once, and a cursor belongs to its question', async () => {
  const seen: unknown[] = [];
  let cursor: unknown;
  do {
    const { data } = await mcp.ask(TOOL, { limit: 2, ...(cursor ? { cursor } : { as_of: AS_OF }) });
    assert.equal(data.as_of, AS_OF);
    seen.push(...rows(data.repositories).map(({ repository_id }) => repository_id));
    cursor = data.next_cursor;
  } while (cursor);
  assert.equal(seen.length, 9);
  assert.equal(new Set(seen).size, 9);
  const { next_cursor } = await ask({ limit: 2 });
  assert.match(await mcp.refused(TOOL, { limit: 2, cursor: next_cursor, status: 'ALL' }), /other arguments/);
});

test('lists of one repository go on page by page', async () => {
  const first = await ask({ repository: ID.growing, limit: 2 });
  assert.deepEqual(first.omitted, { ledger: 3 });
  const { data } = await mcp.ask(TOOL, { repository: ID.growing, limit: 2, cursor: first.next_cursor });
  assert.deepEqual(
    rows(data.ledger).map(({ release_on }) => release_on),
    ['2024-12-02', '2024-12-10'],
  );
  assert.equal(data.events, undefined);
  assert.deepEqual(data.omitted, { ledger: 1 });
});

test('the tool is listed with its annotations and strict arguments, and all tools in at most 12,000 tokens', async () => {
  const { tools } = await mcp.client.listTools();
  const tool = tools.find(({ name }) => name === TOOL) ?? assert.fail();

  assert.deepEqual(tool.annotations, {
    readOnlyHint: true,
    destructiveHint: false,
    idempotentHint: true,
    openWorldHint: false,
  });
  assert.equal(tool.inputSchema.additionalProperties, false);
  const plan = tool.inputSchema.properties?.what_if as Row;
  assert.equal(plan.additionalProperties, false);
  assert.ok(tool.title && tool.outputSchema?.properties?.repositories);
  assert.ok(JSON.stringify(tools).length / 4 <= 12_000);
});

test('ten times the same question is ten times the same answer', async () => {
  const question = { as_of: AS_OF, repository: ID.growing, history: '30d', detail: 'detailed' };
  const first = await mcp.ask(TOOL, question);
  for (let i = 0; i < 9; i += 1) assert.deepEqual(await mcp.ask(TOOL, question), first);
});
