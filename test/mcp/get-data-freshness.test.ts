import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestDatabase } from '../support/database.ts';
import {
  addEndpoint,
  addEstate,
  addRun,
  addSource,
  hoursBefore,
  RUN_AT,
  SOURCE,
  uuid,
} from '../support/health-rows.ts';
import { startMcp, toEnvironment } from '../support/mcp-client.ts';
import { contentsOf, numbersIn } from '../support/numbers.ts';
import { addAdvisorRun } from '../support/risk-rows.ts';

const TOOL = 'get_data_freshness';
const AS_OF = '2024-11-20T10:30:00.000Z';
type Row = Record<string, unknown>;

async function databaseOf() {
  const database = await createTestDatabase();
  const databases = { metrics: database.metrics, risk: (await database.as('advisor')).risk };
  return { database, ...databases };
}

const rowsOf = (data: Row) => data.sources as Row[];
const rowOf = (data: Row, worker: string, source = SOURCE) =>
  rowsOf(data).find((row) => row.worker === worker && row.source_id === source) as Row;
const pick = (row: Row, ...names: string[]) => names.map((name) => row[name]);

test('each worker of each source has a row with its age, limit and state, the worst first', async () => {
  const { database, metrics, risk } = await databaseOf();
  await using _database = database;
  await addEstate(metrics.db); // health every hour, the last run with a forbidden endpoint
  await addRun(metrics.db, { worker: 'capacity', finished_at: hoursBefore(RUN_AT, 5) });
  await addRun(metrics.db, {
    worker: 'rto',
    status: 'failed',
    finished_at: hoursBefore(RUN_AT, 1),
    error_code: 'sign-in',
    error_message: 'refused',
  });
  await addAdvisorRun({ risk }, { worker: 'risk', status: 'partial' });
  await using mcp = await startMcp(toEnvironment(database.settings));

  const { data, text } = await mcp.ask(TOOL, { as_of: AS_OF });
  assert.deepEqual(
    rowsOf(data).map((row) => [row.worker, row.state]),
    [
      ['rto', 'failed'],
      ['capacity', 'stale'],
      ['efficiency', 'never_ran'],
      ['remediation', 'never_ran'],
      ['health', 'partial'],
      ['risk', 'partial'],
    ],
  );
  assert.deepEqual(
    pick(rowOf(data, 'health'), 'age_hours', 'stale_after_hours', 'endpoints', 'endpoints_complete'),
    [0.5, 2.2, 2, 1],
  );
  assert.deepEqual(data.estate, {
    sources: 1,
    data_sets: 6,
    by_state: { failed: 1, stale: 1, never_ran: 2, partial: 2 },
    by_worker: {
      health: { partial: 1 },
      capacity: { stale: 1 },
      efficiency: { never_ran: 1 },
      rto: { failed: 1 },
      risk: { partial: 1 },
      remediation: { never_ran: 1 },
    },
    by_outcome: { forbidden: 1 },
    oldest_age_hours: 5.5,
    running: 0,
  });
  assert.match(
    String(data.summary),
    /^0 of 6 data sets.*The last run did not conclude: the source refused the credentials\./,
  );
  assert.match(text, /failed 2024-11-20T09:00:00Z: `sign-in`/);
});

test('the next run is told from the rhythm, and said to be late when it is', async () => {
  const { database, metrics } = await databaseOf();
  await using _database = database;
  await addEstate(metrics.db);
  await addRun(metrics.db, { worker: 'capacity', finished_at: hoursBefore(RUN_AT, 5) });
  await using mcp = await startMcp(toEnvironment(database.settings));

  const { data } = await mcp.ask(TOOL, { as_of: AS_OF });
  const fields = ['every_hours', 'next_run_at', 'next_run_basis', 'overdue_hours'];
  assert.deepEqual(pick(rowOf(data, 'health'), ...fields), [1, '2024-11-20T10:59:00Z', 'observed', null]);
  assert.deepEqual(pick(rowOf(data, 'capacity'), ...fields), [1, '2024-11-20T05:59:00Z', 'default', 4.52]);
  assert.deepEqual(pick(rowOf(data, 'rto'), ...fields), [24, null, null, null]);
  assert.match(String((data.not_known as string[])[0]), /schedule/);
});

test('an endpoint that cannot be read says since when, and when it last could', async () => {
  const { database, metrics } = await databaseOf();
  await using _database = database;
  const { db } = metrics;
  await addSource(db);
  const endpoint = '/api/v1/malwareDetection/events';
  for (const [hours, outcome] of [
    [30, 'forbidden'],
    [20, 'complete'],
    [10, 'forbidden'],
    [5, 'failed'],
  ] as const) {
    const run_id = await addRun(db, { finished_at: hoursBefore(RUN_AT, hours) });
    await addEndpoint(db, { run_id, endpoint, outcome, message: outcome === 'complete' ? null : '403' });
  }
  await using mcp = await startMcp(toEnvironment(database.settings));

  const { data } = await mcp.ask(TOOL, { as_of: AS_OF, worker: 'health' });
  const [row] = (data.completeness as { not_complete: Row[] }).not_complete;
  assert.deepEqual(pick(row as Row, 'worker', 'outcome', 'reason', 'unread_since', 'last_read_at'), [
    'health',
    'failed',
    '403',
    '2024-11-20T00:00:00Z',
    '2024-11-19T14:00:00Z',
  ]);
});

test('an answer given earlier is given again with its as_of', async () => {
  const { database, metrics } = await databaseOf();
  await using _database = database;
  const { db } = metrics;
  await addEstate(db);
  await using mcp = await startMcp(toEnvironment(database.settings));

  const before = await mcp.ask(TOOL);
  await addRun(db, { started_at: new Date(), finished_at: new Date(), status: 'failed', error_code: 'tls' });
  const after = await mcp.ask(TOOL, { as_of: before.data.as_of });
  assert.equal(JSON.stringify(after), JSON.stringify(before));
  assert.equal(rowOf((await mcp.ask(TOOL)).data, 'health').state, 'failed');
});

test('an empty database is answered with what to set, and its revision', async () => {
  await using database = await createTestDatabase();
  await using mcp = await startMcp(toEnvironment(database.settings));

  const { data } = await mcp.ask(TOOL);
  assert.match(String(data.summary), /^Nothing has been collected yet.*VEEAM_SERVER/);
  assert.deepEqual(rowsOf(data), []);
  assert.match(String((data.database as Row).metrics_revision), /^\d{4}_/);
  assert.match(String((data.database as Row).risk_revision), /^\d{4}_/);
});

test('with 300 vaults the worst come first, the rest is counted, and every tool stays short', async () => {
  const { database, metrics } = await databaseOf();
  await using _database = database;
  const { db } = metrics;
  await addEstate(db);
  const vaults = Array.from({ length: 300 }, (_, n) => `vault-${String(n).padStart(3, '0')}`);
  for (const [n, source_id] of vaults.entries()) {
    await addSource(db, { source_id, kind: 'azure', name: `Vault ${n} of a customer with a long name` });
    const run_id = await addRun(db, {
      source_id,
      run_id: uuid(10_000 + n),
      finished_at: hoursBefore(RUN_AT, n < 7 ? 9 : 0.2),
    });
    await addEndpoint(db, {
      source_id,
      run_id,
      endpoint: '/backupJobs',
      outcome: n % 3 === 0 ? 'forbidden' : 'complete',
    });
    if (n === 40)
      await addRun(db, {
        source_id,
        status: 'failed',
        finished_at: RUN_AT,
        error_code: 'sign-in',
        error_message: 'x',
      });
  }
  await using mcp = await startMcp(toEnvironment(database.settings));

  const { data, text } = await mcp.ask(TOOL, { as_of: AS_OF, worker: 'health' });
  assert.deepEqual(
    rowsOf(data).map((row) => row.source_id),
    ['vault-040', ...vaults.slice(0, 7)],
  );
  assert.deepEqual((data.estate as Row).by_state, { failed: 1, stale: 7, partial: 98, fresh: 195 });
  assert.deepEqual(data.omitted, { sources: 293, endpoints: 93 });
  assert.match(text, /293 more data sets/);

  const seen: unknown[] = [];
  let cursor: unknown;
  do {
    const page = await mcp.ask(TOOL, {
      as_of: cursor ? undefined : AS_OF,
      worker: 'health',
      limit: 50,
      ...(cursor ? { cursor } : {}),
    });
    seen.push(...rowsOf(page.data).map((row) => row.source_id));
    cursor = page.data.next_cursor;
  } while (cursor);
  assert.equal(seen.length, 301);
  assert.equal(new Set(seen).size, 301);

  const health = await mcp.ask('get_health_status', { as_of: AS_OF });
  assert.equal(rowsOf(health.data).length, 5);
  assert.deepEqual(health.data.sources_counts, { failed: 1, stale: 7, fresh: 293, not_shown: 296 });
  assert.deepEqual((health.data.completeness as Row).not_shown, 96);
  for (const { name } of (await mcp.client.listTools()).tools) {
    const args = { as_of: AS_OF, ...(name === 'find' ? { name: 'vault' } : {}) };
    const result = await mcp.client.callTool({ name, arguments: args });
    const size = JSON.stringify([result.content, result.structuredContent]).length / 4;
    assert.ok(size <= 4_600, `${name}: ${size} tokens`);
  }
});

test('every number in the text stands in the structured content', async () => {
  const { database, metrics, risk } = await databaseOf();
  await using _database = database;
  await addEstate(metrics.db);
  await addSource(metrics.db, { source_id: 'vault-1', kind: 'azure', name: 'Vault 1' });
  await addAdvisorRun({ risk }, { worker: 'risk' });
  await using mcp = await startMcp(toEnvironment(database.settings));
  for (const args of [{}, { detail: 'detailed' }, { limit: 2 }, { status: 'PROBLEM' }]) {
    const { text, data } = await mcp.ask(TOOL, { as_of: AS_OF, ...args });
    const { numbers, strings } = contentsOf(data);
    for (const number of numbersIn(text))
      assert.ok(numbers.has(number) || strings.includes(number), `${number} in ${text}`);
  }
});

test('arguments are strict, and errors teach', async () => {
  const { database, metrics } = await databaseOf();
  await using _database = database;
  await addEstate(metrics.db);
  await using mcp = await startMcp(toEnvironment(database.settings));
  assert.match(
    await mcp.refused(TOOL, { wroker: 'health' }),
    /unknown argument wroker \(did you mean worker\?\)/,
  );
  assert.match(await mcp.refused(TOOL, { source: 'backup02' }), /no source "backup02".*backup01/s);
  assert.match(await mcp.refused(TOOL, { worker: 'healthy' }), /health/);
});
