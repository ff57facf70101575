import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { test } from 'node:test';
import { forecastCapacity } from '../../src/analysis/capacity/forecast.ts';
import { ConfigError } from '../../src/errors.ts';
import { type MetricsParts, startMetrics } from '../../src/observability/metrics/start.ts';
import { withinRun } from '../../src/observability/run-context.ts';
import { breakerChanged, requestSent, runEnded, toolCalled } from '../../src/observability/signals.ts';
import {
  addForecasts,
  addSummary,
  forecastRow,
  GIB,
  growing,
  MADE_ON,
  samplesOf,
  TIB,
  TODAY,
} from '../support/capacity-rows.ts';
import { createTestDatabase } from '../support/database.ts';
import { addSource, hoursBefore, RUN_AT, SOURCE as SPACE_SOURCE, uuid } from '../support/health-rows.ts';
import { addRead, after, assess, critical, keptLog, NOW, SOURCE } from './estate.ts';
import { readSamples } from './samples.ts';

const LOCAL = { host: '127.0.0.1', port: 0 };

async function startFor(parts: MetricsParts, at = NOW) {
  const { log, text } = keptLog();
  const server = await startMetrics(LOCAL, parts, { log, clock: () => at, version: '1.2.3' });
  return {
    ...server,
    logged: text,
    samples: async () => {
      const answer = await fetch(server.url);
      assert.equal(answer.status, 200);
      assert.match(answer.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
      const samples = readSamples(await answer.text());
      return (name: string, labels: Record<string, string> = {}) =>
        samples.find(
          (one) =>
            one.name === name && Object.entries(labels).every(([key, value]) => one.labels[key] === value),
        )?.value;
    },
    [Symbol.asyncDispose]: server.stop,
  };
}

test('the state of sources, repositories and risks comes from the tables, whoever wrote it', async () => {
  await using database = await createTestDatabase();
  const advisor = await database.as('advisor');
  await addRead(database, after(-30));
  await addRead(database, after(-10), { status: 'failed', error_code: 'sign-in' });
  await addRead(database, after(-9000), { source: 'old.example' });
  await addRead(database, after(-9000), { source: 'removed.example' });
  await assess(advisor, after(-20), [
    critical('a'),
    critical('b', { is_listed: false }),
    critical('c', { category: 'LOW' }),
  ]);
  await assess(advisor, after(-20), [], { source: 'old.example', status: 'NO_DATA' });
  const isConfigured = ({ sourceId }: { sourceId: string }) => sourceId !== 'removed.example';
  const collectors = { workers: ['health', 'rto'], databases: database, isConfigured };
  await using metrics = await startFor({ collectors });
  const of = await metrics.samples();
  const pair = { worker: 'health', source: SOURCE };
  assert.equal(of('dr365_last_success_timestamp_seconds', pair), after(-30).getTime() / 1000);
  assert.equal(of('dr365_last_run_failed', pair), 1);
  assert.equal(of('dr365_source_stale', pair), 0);
  assert.equal(of('dr365_source_stale', { worker: 'health', source: 'old.example' }), 1);
  assert.equal(of('dr365_source_stale', { source: 'removed.example' }), undefined);
  assert.equal(of('dr365_risks', { source: SOURCE, severity: 'critical' }), 1);
  assert.equal(of('dr365_risks', { source: SOURCE, severity: 'low' }), 1);
  assert.equal(of('dr365_risks', { source: SOURCE, severity: 'high' }), 0);
  assert.equal(of('dr365_risks', { source: 'old.example' }), undefined, 'what is not known is no 0');
  assert.equal(of('dr365_completeness_ratio', pair), undefined, 'no endpoint is on record');
  assert.equal(of('dr365_build_info', { version: '1.2.3' }), 1);
});

test('the soonest day on which a repository is full is that of the newest run, extents aside', async () => {
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  await addSource(db, { source_id: SPACE_SOURCE });
  const forecast = forecastCapacity({
    samples: samplesOf({ days: 120, capacityBytes: 10 * TIB, usedBytes: growing(8 * TIB, 20 * GIB) }),
    today: TODAY,
  });
  for (const [index, age] of [2, 1].entries()) {
    const run_id = uuid(index);
    await addSummary(db, { run_id, concluded_at: hoursBefore(RUN_AT, age) });
    // The older run says something else, and an extent is part of what it belongs to.
    const full = index === 0 ? { early_100: 1, mid_100: 2, use_share: 0.99 } : {};
    await addForecasts(db, [
      forecastRow(forecast, { run_id, repository_id: 'a', ...full }),
      forecastRow(forecast, { run_id, repository_id: 'b', early_100: 500, mid_100: null, use_share: 0.5 }),
      forecastRow(forecast, { run_id, repository_id: 'c', kind: 'EXTENT', early_100: 1, use_share: 0.99 }),
    ]);
  }
  const collectors = { workers: ['capacity'], databases: database, isConfigured: () => true };
  await using metrics = await startFor({ collectors }, RUN_AT);
  const of = await metrics.samples();
  const day = (days: number | null | undefined) =>
    Date.parse(`${MADE_ON}T00:00:00Z`) / 1000 + (days ?? 0) * 86_400;
  const full = forecast.thresholds.find(({ threshold }) => threshold === 1);
  assert.ok(full?.early && full.mid);
  const name = 'dr365_repository_soonest_full_timestamp_seconds';
  assert.equal(of(name, { source: SPACE_SOURCE, estimate: 'early' }), day(full.early));
  assert.equal(of(name, { source: SPACE_SOURCE, estimate: 'likely' }), day(full.mid));
  assert.equal(of('dr365_repository_fullest_ratio', { source: SPACE_SOURCE }), forecast.useShare);
});

test('a database that is away is said, its figures are gone, and the rest is there', async () => {
  const database = await createTestDatabase();
  const collectors = { workers: ['health'], databases: database, isConfigured: () => true };
  await using metrics = await startFor({ collectors });
  await database.close();
  const of = await metrics.samples();
  assert.equal(of('dr365_database_up', { database: 'metrics' }), 0);
  assert.equal(of('dr365_database_size_bytes'), undefined);
  assert.notEqual(of('process_cpu_seconds_total'), undefined);
});

test('work is counted by worker, source and words of ours, and a tool that is made up is unknown', async () => {
  await using database = await createTestDatabase();
  const collectors = { workers: ['health'], databases: database, isConfigured: () => true };
  await using metrics = await startFor({ collectors, mcp: true });
  withinRun({ worker: 'health', source: SOURCE }, () => {
    for (const status of [200, 204, 429, 503, 403, 404, undefined])
      requestSent.send({
        upstream: 'vbr:9419',
        status,
        isRetry: status === 503,
        isThrottled: status === 429,
      });
  });
  requestSent.send({ upstream: 'management.azure.com:443', status: 200, isRetry: false, isThrottled: false });
  runEnded.send({ worker: 'health', source: SOURCE, status: 'partial', rowsLoaded: 12, seconds: 7 });
  const [one, other] = [{}, {}];
  for (const [breaker, isOpen] of [
    [one, false],
    [one, true],
    [one, true],
    [other, false],
  ] as const)
    breakerChanged.send({ upstream: 'vbr:9419', breaker, isOpen });
  toolCalled.send({ tool: undefined, outcome: 'refused', seconds: 0.001 });
  toolCalled.send({ tool: 'analyze_risks', outcome: 'answered', seconds: 0.2 });
  const of = await metrics.samples();
  const pair = { worker: 'health', source: SOURCE };
  const codes = { '2xx': 2, '4xx': 1, '403': 1, '429': 1, '5xx': 1, none: 1 };
  for (const [code, count] of Object.entries(codes))
    assert.equal(of('dr365_requests_total', { ...pair, code }), count);
  assert.equal(of('dr365_requests_total', { worker: 'none', source: 'management.azure.com:443' }), 1);
  assert.equal(of('dr365_request_retries_total', pair), 1);
  assert.equal(of('dr365_requests_throttled_total', pair), 1);
  assert.equal(of('dr365_runs_total', { ...pair, status: 'partial' }), 1);
  assert.equal(of('dr365_run_rows_total', pair), 12);
  assert.equal(of('dr365_run_duration_seconds_sum', { worker: 'health' }), 7);
  const upstream = { upstream: 'vbr:9419' };
  assert.equal(of('dr365_circuit_breaker_open', upstream), 1, 'that another one is closed says nothing');
  assert.equal(of('dr365_circuit_breaker_opened_total', upstream), 1);
  assert.equal(of('dr365_runs_total', { ...pair, status: 'failed' }), 0, 'there before the first one fails');
  assert.equal(of('dr365_mcp_call_errors_total', { tool: 'unknown' }), 1);
  assert.equal(of('dr365_mcp_call_errors_total', { tool: 'analyze_risks' }), 0);
  assert.equal(of('dr365_mcp_call_duration_seconds_count', { tool: 'analyze_risks' }), 1);
});

test('who counts cannot fail who works', () => {
  const end = runEnded.listen(() => {
    throw new Error('a listener that fails');
  });
  runEnded.send({ worker: 'health', source: SOURCE, status: 'failed', rowsLoaded: 0, seconds: 1 });
  end();
});

test('the endpoint is for reading, for this machine, and not for web pages', async () => {
  await using metrics = await startFor({ mcp: true });
  const { port } = new URL(metrics.url);
  const ask = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    new Promise<number>((done, fail) => {
      httpRequest({ host: '127.0.0.1', port, path, method, headers }, (answer) => {
        answer.resume();
        done(answer.statusCode ?? 0);
      })
        .on('error', fail)
        .end();
    });
  assert.equal(await ask('/metrics'), 200);
  assert.equal(await ask('/metrics?x=1', { host: `localhost:${port}` }), 200);
  assert.equal(await ask('/healthz'), 200);
  assert.equal(await ask('/metrics', { host: 'evil.example' }), 403);
  assert.equal(await ask('/metrics', { origin: 'https://evil.example' }), 403);
  assert.equal(await ask('/metrics', {}, 'POST'), 405);
  assert.equal(await ask('/'), 404);
  const taken = startMetrics(
    { ...LOCAL, port: Number(port) },
    {},
    { ...keptLog(), clock: () => NOW, version: '1' },
  );
  await assert.rejects(
    taken,
    (error) =>
      error instanceof ConfigError && /METRICS_PORT.*EADDRINUSE.*port of its own/.test(error.message),
  );
});

test('ten thousand names of risks and jobs make no series', async () => {
  await using database = await createTestDatabase();
  const advisor = await database.as('advisor');
  await addRead(database, NOW);
  const many = Array.from({ length: 500 }, (_, index) => critical(`name-${index}`));
  await assess(advisor, NOW, many);
  await using metrics = await startFor({
    collectors: { workers: ['health'], databases: database, isConfigured: () => true },
  });
  const text = await (await fetch(metrics.url)).text();
  assert.ok(!text.includes('name-'));
  assert.ok(text.split('\n').length < 400);
});
