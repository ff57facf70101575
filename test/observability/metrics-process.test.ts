import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startDr365, toEnvironment } from '../support/child.ts';
import { createTestDatabase } from '../support/database.ts';
import { configOf, simulate } from '../support/simulated.ts';
import { readSamples, type Sample } from './samples.ts';

const NOT_SOON = Object.fromEntries(
  ['HEALTH', 'CAPACITY', 'EFFICIENCY', 'RTO', 'MOUNTS'].map((name) => [`SCHEDULE_${name}`, '0 4 1 1 *']),
);

test('workers tell Prometheus what they did and how the sources stand, and no secret', async () => {
  await using simulator = await simulate({
    jobs: 5,
    days: 3,
    faults: ['throttle:times=2,retryAfter=0'],
  });
  await using database = await createTestDatabase();
  const config = configOf(simulator, database);
  const env = { ...toEnvironment(config), ...NOT_SOON, METRICS_PORT: '0', LOG_LEVEL: 'info' };
  const { child, ended } = startDr365(['workers'], env);
  let stderr = '';
  child.stderr?.on('data', (chunk) => {
    stderr += String(chunk);
  });
  const url = await until(() => /"url":"(http:[^"]+\/metrics)"/.exec(stderr)?.[1]);
  const text = await until(async () => {
    const answer = await fetch(url);
    const body = await answer.text();
    assert.equal(answer.status, 200);
    return /dr365_risks\{/.test(body) && /runs_total\{worker="rto"/.test(body) ? body : undefined;
  });
  const health = await fetch(url.replace('/metrics', '/healthz'));
  assert.equal(health.status, 200);
  assert.equal(((await health.json()) as { status: string }).status, 'ok');
  child.kill('SIGTERM');
  assert.equal((await ended).code, 0, stderr);

  const samples = readSamples(text);
  const source = config.veeam[0]?.sourceId ?? '';
  const of = (name: string, labels: Record<string, string> = {}) => valueOf(samples, name, labels);
  for (const worker of ['health', 'capacity', 'efficiency', 'rto']) {
    assert.ok((of('dr365_runs_total', { worker, source }) ?? 0) >= 1, worker);
    assert.ok((of('dr365_requests_total', { worker, source, code: '2xx' }) ?? 0) > 0, worker);
    assert.ok((of('dr365_run_duration_seconds_count', { worker }) ?? 0) >= 1, worker);
    assert.equal(of('dr365_source_stale', { worker, source }), 0, worker);
  }
  assert.equal(sumOf(samples, 'dr365_requests_throttled_total'), 2);
  assert.ok(sumOf(samples, 'dr365_request_retries_total') >= 2);
  assert.ok((of('dr365_run_rows_total', { worker: 'health', source }) ?? 0) > 0);
  assert.equal(of('dr365_database_up', { database: 'metrics' }), 1);
  assert.equal(of('dr365_database_up', { database: 'risk' }), 1);
  assert.ok((of('dr365_database_size_bytes', { database: 'metrics' }) ?? 0) > 1e6);
  assert.equal(of('dr365_circuit_breaker_open'), 0);
  for (const severity of ['critical', 'high', 'medium', 'low'])
    assert.notEqual(of('dr365_risks', { source, severity }), undefined, severity);
  assert.notEqual(of('process_resident_memory_bytes'), undefined);
  for (const secret of [
    simulator.password,
    ...Object.values(config.database.logins).map(({ password }) => password),
  ])
    assert.ok(!text.includes(secret) && !stderr.includes(secret));
  assert.deepEqual(runsWithoutId(stderr), [], 'each line that a run writes says of which');
});

/** Lines with a worker and a source that were written within a run and lack its id. */
const runsWithoutId = (stderr: string) =>
  stderr
    .split('\n')
    .filter((line) => /"source":/.test(line) && !/"runId":/.test(line))
    .filter((line) => !/another process runs this worker/.test(line));

const valueOf = (samples: readonly Sample[], name: string, labels: Record<string, string>) =>
  samples.find(
    (sample) =>
      sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
  )?.value;

const sumOf = (samples: readonly Sample[], wanted: string) =>
  samples.reduce((sum, { name, value }) => sum + (name === wanted ? value : 0), 0);

async function until<T>(look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    await sleep(200);
  }
}
