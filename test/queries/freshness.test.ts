import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asReader, asRunReader } from '../../src/db/connect.ts';
import { countEndpoints, listUnreadEndpoints, listWorkerRuns } from '../../src/queries/data-freshness.ts';
import { listSourceRuns } from '../../src/queries/freshness.ts';
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

  const runs = [{ sourceId: SOURCE, runId: run_id }];
  const counts = await countEndpoints(asReader(db), runs);
  assert.deepEqual(
    counts.map(({ outcome, endpoints }) => [outcome, endpoints]),
    [
      ['complete', 3],
      ['incomplete', 1],
    ],
  );
  const unread = await listUnreadEndpoints(asReader(db), runs, 10);
  assert.deepEqual(
    unread.map(({ endpoint, rowsFetched, rowsTotal }) => [endpoint, rowsFetched, rowsTotal]),
    [['/short', 480, 512]],
  );
});

test('runs of many sources read in one question are those read source by source', async () => {
  await using database = await createTestDatabase();
  const db = database.metrics.db;
  const statuses = ['succeeded', 'partial', 'failed', 'abandoned', 'running'];
  for (const [n, source_id] of ['a', 'b', 'c'].entries()) {
    await addSource(db, { source_id });
    for (let run = 0; run < 15 * n; run += 1) {
      const status = statuses[(run * 7 + n) % 5] as string;
      const started_at = hoursBefore(RUN_AT, run * 2);
      const isOpen = status === 'running' || status === 'abandoned';
      await addRun(db, {
        source_id,
        status,
        started_at,
        finished_at: isOpen ? null : hoursBefore(RUN_AT, run * 2 - 1),
      });
    }
  }
  const sources = ['a', 'b', 'c'].map((sourceId) => ({ sourceId, name: 'backup01' }));
  for (const hours of [-2, 0, 0.5, 3, 7.5, 11, 24, 400]) {
    const asOf = hoursBefore(RUN_AT, hours);
    const together = await listWorkerRuns(asRunReader(asReader(db)), { workers: ['health'], sources, asOf });
    const apart = await listSourceRuns(asReader(db), { worker: 'health', sourceIds: ['a', 'b', 'c'], asOf });
    assert.deepEqual(
      together.map(({ worker: _worker, thinnedAt: _thinnedAt, ...runs }) => runs),
      apart,
    );
  }
});
