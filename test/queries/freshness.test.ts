import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asReader } from '../../src/db/connect.ts';
import { listIncompleteEndpoints, listSourceRuns } from '../../src/queries/freshness.ts';
import { createTestDatabase } from '../support/database.ts';
import { addEndpoint, addRun, addSource, hoursBefore, RUN_AT, SOURCE } from '../support/health-rows.ts';

test('runs are those of the worker and the source that had ended at the moment', async () => {
  await using database = await createTestDatabase();
  const db = database.metrics.db;
  await addSource(db);
  await addSource(db, { source_id: 'later', first_seen_at: hoursBefore(RUN_AT, -1) });
  const first = await addRun(db, { finished_at: hoursBefore(RUN_AT, 3) });
  const partial = await addRun(db, { finished_at: hoursBefore(RUN_AT, 2), status: 'partial' });
  const failed = await addRun(db, {
    finished_at: hoursBefore(RUN_AT, 1),
    status: 'failed',
    error_code: 'tls',
    error_message: 'x',
  });
  await addRun(db, { finished_at: RUN_AT });
  await addRun(db, { finished_at: hoursBefore(RUN_AT, 1), worker: 'capacity' });

  const question = { worker: 'health', sourceIds: [SOURCE, 'later'], asOf: hoursBefore(RUN_AT, 0.5) };
  const [source, ...others] = await listSourceRuns(asReader(db), question);
  assert.equal(others.length, 0, 'a source is not known before it was seen');
  assert.deepEqual(
    source?.concluded.map(({ runId }) => runId),
    [partial, first],
  );
  assert.deepEqual(
    [source?.latest?.runId, source?.latest?.errorCode, source?.runningSince],
    [failed, 'tls', null],
  );
});

test('a run that had begun and not ended is under way, whatever became of it later', async () => {
  await using database = await createTestDatabase();
  const db = database.metrics.db;
  await addSource(db);
  const good = await addRun(db, { finished_at: hoursBefore(RUN_AT, 3) });
  await addRun(db, {
    started_at: hoursBefore(RUN_AT, 2),
    finished_at: RUN_AT,
    status: 'failed',
    error_code: 'tls',
    error_message: 'x',
  });

  const at = async (hours: number) => {
    const question = { worker: 'health', sourceIds: [SOURCE], asOf: hoursBefore(RUN_AT, hours) };
    return (await listSourceRuns(asReader(db), question))[0];
  };
  const during = await at(1);
  assert.deepEqual([during?.latest?.runId, during?.runningSince], [good, hoursBefore(RUN_AT, 2)]);
  const after = await at(0);
  assert.deepEqual([after?.latest?.status, after?.runningSince], ['failed', null]);
});

test('endpoints that were not read in full are named, the others counted', async () => {
  await using database = await createTestDatabase();
  const db = database.metrics.db;
  await addSource(db);
  const run_id = await addRun(db);
  for (const n of [1, 2, 3]) await addEndpoint(db, { run_id, endpoint: `/complete/${n}` });
  await addEndpoint(db, {
    run_id,
    endpoint: '/short',
    outcome: 'incomplete',
    rows_fetched: 480,
    rows_total: 512,
  });
  await addEndpoint(db, { run_id: await addRun(db), endpoint: '/other-run', outcome: 'failed' });

  const found = await listIncompleteEndpoints(asReader(db), [{ sourceId: SOURCE, runId: run_id }]);
  assert.deepEqual([found.endpoints, found.complete], [4, 3]);
  assert.deepEqual(
    found.notComplete.map(({ endpoint, rowsFetched, rowsTotal }) => [endpoint, rowsFetched, rowsTotal]),
    [['/short', 480, 512]],
  );
});
