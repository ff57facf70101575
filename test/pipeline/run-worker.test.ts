import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SourceError } from '../../src/errors.ts';
import { createLog } from '../../src/log.ts';
import { upsertRows } from '../../src/pipeline/bulk.ts';
import { defineCollection } from '../../src/pipeline/collect.ts';
import { type RunOptions, runWorker } from '../../src/pipeline/run-worker.ts';
import type { AnyCollection, Batch, Collection, Worker } from '../../src/pipeline/worker.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

const NOW = new Date('2026-03-02T10:00:00Z');
const HOUR_MS = 3_600_000;

type Event = { id: string; at: Date };
const events = (from: number, to: number): Event[] =>
  Array.from({ length: to - from }, (_, index) => ({
    id: `e${from + index}`,
    at: new Date(NOW.getTime() + (from + index - 10_000) * HOUR_MS),
  }));

/** A collection of authorization events from pages in memory; `pages` may throw where a server would fail. */
function collecting(
  pages: (since: Date | undefined) => AsyncIterable<Batch<Event>>,
  optional = false,
): AnyCollection<null> {
  const collection: Collection<null, Event, { event_id: string; created_at: Date }> = {
    endpoint: 'authorization/events',
    optional,
    extract: async function* (_context, since, reading) {
      for await (const page of pages(since)) {
        reading.pages += 1;
        reading.rowsFetched += page.rows.length;
        yield page;
      }
      reading.complete = true;
    },
    transform: (items) => items.map(({ id, at }) => ({ event_id: id, created_at: at })),
    load: (trx, rows, { sourceId, seenAt }) =>
      upsertRows(
        trx,
        'authorization_event',
        rows.map((row) => ({
          source_id: sourceId,
          name: 'n',
          state: 'Info',
          first_seen_at: seenAt,
          known_from: seenAt,
          ...row,
        })),
        { key: ['source_id', 'event_id'], keep: ['first_seen_at'] },
      ),
  };
  return defineCollection('health', collection);
}

const worker = (
  collections: AnyCollection<null>[],
  conclude: Worker<null>['conclude'] = async () => {},
): Worker<null> => ({
  name: 'health',
  collections,
  conclude,
});

const options = (changes: Partial<RunOptions<null>> = {}): RunOptions<null> => ({
  source: { sourceId: 'vbr', kind: 'veeam', name: 'vbr', tenant: undefined },
  open: async () => ({
    client: null,
    now: NOW,
    apiRevision: '1.3-rev1',
    upstreamId: undefined,
    close: async () => {},
  }),
  clock: () => NOW,
  log: createLog('silent'),
  ...changes,
});

const runsOf = ({ metrics }: TestDatabase) =>
  metrics.db
    .selectFrom('run')
    .select(['status', 'error_code', 'rows_loaded'])
    .orderBy('started_at')
    .orderBy('status')
    .execute();
const countEvents = async ({ metrics }: TestDatabase) =>
  (await metrics.db.selectFrom('authorization_event').select('event_id').execute()).length;

async function* pagesOf(...pages: (Batch<Event> | Error)[]): AsyncIterable<Batch<Event>> {
  for (const page of pages) {
    if (page instanceof Error) throw page;
    yield page;
  }
}

test('what was committed before a server failed stays, and the next run goes on from there', async () => {
  await using database = await createTestDatabase();
  const down = new SourceError('no answer', { code: 'unreachable', retryable: true });
  const first = events(0, 5_000);
  const failing = worker([collecting(() => pagesOf({ rows: first, readUntil: first.at(-1)?.at }, down))]);
  const summary = await runWorker(failing, database, options());
  assert.equal(summary.status, 'failed');
  assert.deepEqual(summary.error, { code: 'unreachable', message: 'no answer' });
  assert.equal(await countEvents(database), 5_000);

  let askedSince: Date | undefined;
  const again = worker([
    collecting((since) => {
      askedSince = since;
      return pagesOf({ rows: events(4_999, 5_010) });
    }),
  ]);
  assert.equal((await runWorker(again, database, options())).status, 'succeeded');
  assert.deepEqual(askedSince, first.at(-1)?.at);
  assert.equal(await countEvents(database), 5_010);
  assert.deepEqual(await runsOf(database), [
    { status: 'failed', error_code: 'unreachable', rows_loaded: 5_000 },
    { status: 'succeeded', error_code: null, rows_loaded: 10 },
  ]);
});

test('results appear with the finished run or not at all', async () => {
  await using database = await createTestDatabase();
  const broken = worker([], async (trx, { sourceId, runId }) => {
    await trx
      .insertInto('health_incident')
      .values({
        source_id: sourceId,
        run_id: runId,
        incident_id: 'i',
        started_at: NOW,
        ended_at: NOW,
        failed_jobs: 3,
        active_jobs: 3,
        tail_probability: 0,
        job_ids: ['a'],
      })
      .execute();
    throw new Error('a bug');
  });
  assert.equal((await runWorker(broken, database, options())).status, 'failed');
  assert.deepEqual(await database.metrics.db.selectFrom('health_incident').selectAll().execute(), []);
});

test('an endpoint that is forbidden leaves the run partial and is on record; one that is needed fails it', async () => {
  await using database = await createTestDatabase();
  const forbidden = new SourceError('403', { code: 'forbidden', retryable: false });
  const optional = await runWorker(worker([collecting(() => pagesOf(forbidden), true)]), database, options());
  assert.equal(optional.status, 'partial');
  const needed = await runWorker(worker([collecting(() => pagesOf(forbidden))]), database, options());
  assert.equal(needed.status, 'failed');
  const stored = await database.metrics.db
    .selectFrom('run_endpoint')
    .select(['endpoint', 'outcome'])
    .execute();
  assert.deepEqual(stored, [
    { endpoint: 'authorization/events', outcome: 'forbidden' },
    { endpoint: 'authorization/events', outcome: 'forbidden' },
  ]);
});

test('a worker runs once at a time per source', async () => {
  await using database = await createTestDatabase();
  let inner: string | undefined;
  const outer = worker([], async () => {
    inner = (await runWorker(worker([]), database, options())).status;
  });
  assert.equal((await runWorker(outer, database, options())).status, 'succeeded');
  assert.equal(inner, 'busy');
});

test('a run can start as soon as the one before has ended', async () => {
  await using database = await createTestDatabase();
  for (let turn = 0; turn < 20; turn += 1) {
    assert.equal((await runWorker(worker([]), database, options())).status, 'succeeded', `turn ${turn}`);
  }
});

test('a run that never ended is marked as abandoned by the next one', async () => {
  await using database = await createTestDatabase();
  await runWorker(worker([]), database, options());
  await database.metrics.db
    .insertInto('run')
    .values({
      source_id: 'vbr',
      run_id: '00000000-0000-4000-8000-000000000001',
      worker: 'health',
      status: 'running',
      started_at: NOW,
      program_version: '0',
    })
    .execute();
  await runWorker(worker([]), database, options());
  assert.deepEqual(
    (await runsOf(database)).map(({ status }) => status),
    ['abandoned', 'succeeded', 'succeeded'],
  );
});

test('a source that was never reached is a wrong setting and leaves nothing; a known one leaves a failed run', async () => {
  await using database = await createTestDatabase();
  const tls = new SourceError('another certificate', { code: 'tls', retryable: false });
  const unreachable = options({ open: () => Promise.reject(tls) });
  await assert.rejects(runWorker(worker([]), database, unreachable), tls);
  assert.deepEqual(await runsOf(database), []);
  assert.deepEqual(await database.metrics.db.selectFrom('source').selectAll().execute(), []);

  assert.equal(
    (await runWorker(worker([]), database, { ...unreachable, isUnattended: true })).status,
    'failed',
  );
  await runWorker(worker([]), database, options());
  assert.equal((await runWorker(worker([]), database, unreachable)).status, 'failed');
});

test('every action of a run is on record', async () => {
  await using database = await createTestDatabase();
  await runWorker(worker([collecting(() => pagesOf({ rows: events(0, 3) }))]), database, options());
  const stored = await database.metrics.db
    .selectFrom('run_event')
    .select(['seq', 'action'])
    .orderBy('seq')
    .execute();
  assert.deepEqual(
    stored.map(({ action }) => action),
    ['started', 'collected', 'concluded'],
  );
});

test('a clock of the source that was ahead once does not blind the next runs', async () => {
  await using database = await createTestDatabase();
  const ahead = new Date(NOW.getTime() + 10 * 24 * HOUR_MS);
  const at = (now: Date) =>
    options({
      open: async () => ({
        client: null,
        now,
        apiRevision: undefined,
        upstreamId: undefined,
        close: async () => {},
      }),
    });
  await runWorker(worker([collecting(() => pagesOf({ rows: [], readUntil: ahead }))]), database, at(ahead));
  const asked: (Date | undefined)[] = [];
  const reading = worker([
    collecting((since) => {
      asked.push(since);
      return pagesOf({ rows: [], readUntil: NOW });
    }),
  ]);
  await runWorker(reading, database, at(NOW));
  await runWorker(reading, database, at(NOW));
  assert.deepEqual(asked, [new Date(NOW.getTime() - 14 * 24 * HOUR_MS), NOW]);
});
