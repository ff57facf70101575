import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { NOW, runAgainst, simulate } from '../../support/simulated.ts';

const resultsOf = ({ metrics }: TestDatabase) =>
  metrics.db.selectFrom('health_score').select(['run_id', 'overall_score']).execute();

test('a server that goes down in the middle of a run leaves a failed run, and the last conclusions stay', async () => {
  await using simulator = await simulate({ jobs: 20 });
  await using database = await createTestDatabase();
  assert.equal((await runAgainst(simulator, database)).status, 'succeeded');
  const before = await resultsOf(database);
  const sessions = await database.metrics.db.selectFrom('session').select('session_id').execute();

  simulator.faults.add({ name: 'error-503', path: '/sessions' });
  const { status, error } = await runAgainst(simulator, database, {
    now: new Date(NOW.getTime() + 3_600_000),
  });
  assert.equal(status, 'failed');
  assert.match(String(error?.code), /server-error|unreachable|throttled|circuit-open/);
  assert.deepEqual(await resultsOf(database), before);
  assert.equal(
    (await database.metrics.db.selectFrom('session').select('session_id').execute()).length,
    sessions.length,
  );

  const failed = await database.metrics.db
    .selectFrom('run')
    .select(['error_code', 'finished_at'])
    .where('status', '=', 'failed')
    .executeTakeFirstOrThrow();
  assert.ok(failed.finished_at);
  const endpoints = await database.metrics.db
    .selectFrom('run_endpoint')
    .select('outcome')
    .where('endpoint', '=', 'sessions by creation')
    .execute();
  assert.ok(
    endpoints.some(({ outcome }) => outcome === 'failed'),
    'the endpoint that failed is named',
  );

  simulator.faults.clear();
  assert.equal(
    (await runAgainst(simulator, database, { now: new Date(NOW.getTime() + 7_200_000) })).status,
    'succeeded',
  );
});

test('passing trouble of every kind costs retries and nothing else', async () => {
  await using disturbed = await simulate({ jobs: 20, tokenSeconds: 2 });
  await using database = await createTestDatabase();
  for (const name of [
    'throttle',
    'error-500',
    'error-502',
    'error-503',
    'reset',
    'truncate',
    'empty-401',
    'expire-tokens',
    'duplicate-row',
  ] as const) {
    disturbed.faults.add({ name, after: 3, times: 1, retryAfter: 1 });
  }
  const trouble = await runAgainst(disturbed, database);
  assert.equal(trouble.status, 'succeeded', JSON.stringify(trouble));

  await using calm = await simulate({ jobs: 20 });
  await using other = await createTestDatabase();
  await runAgainst(calm, other);
  const rows = async ({ metrics }: TestDatabase) =>
    metrics.db.selectFrom('session').select(['session_id', 'result', 'usn']).orderBy('session_id').execute();
  assert.deepEqual(await rows(database), await rows(other));
});

test('a certificate that changed stops the run before anything is sent, on record', async () => {
  await using simulator = await simulate({ jobs: 5, days: 5 });
  await using database = await createTestDatabase();
  await runAgainst(simulator, database);
  const known = simulator.fingerprint;
  await simulator.renewCertificate();
  simulator.requests.clear();
  const { status, error } = await runAgainst(
    Object.create(simulator, { fingerprint: { value: known } }) as typeof simulator,
    database,
  );
  assert.deepEqual([status, error?.code], ['failed', 'tls']);
  assert.match(String(error?.message), /VEEAM_TLS_FINGERPRINT/);
  assert.equal(simulator.requests.count(), 0);
});
