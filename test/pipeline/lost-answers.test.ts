import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { type Databases, openDatabases } from '../../src/db/database.ts';
import { createLog } from '../../src/log.ts';
import { runWorker } from '../../src/pipeline/run-worker.ts';
import type { Worker } from '../../src/pipeline/worker.ts';
import { type Statement, startProxy, type Verdict } from '../faults/proxy.ts';
import { createTestDatabase, testServer } from '../support/database.ts';

const NOW = new Date('2026-03-18T12:00:00Z');

/** Concludes one finding, which a second time would be refused. */
const worker: Worker<null> = {
  name: 'health',
  collections: [],
  conclude: async (trx, { sourceId, runId }) => {
    await sql`insert into watermark (source_id, worker, stream, read_until, run_id)
              values (${sourceId}, 'health', 'concluded', ${NOW}, ${runId})`.execute(trx);
  },
};

/** One run through a proxy that does something to the first statement that it is meant for. */
async function runCut(isMeant: (statement: Statement) => boolean, verdict: Verdict) {
  const database = await createTestDatabase();
  const { host, port } = testServer();
  const proxy = await startProxy({ host, port });
  const { external, ...settings } = database.settings;
  assert.ok(external);
  const databases: Databases = await openDatabases(
    { ...settings, external: { ...external, port: proxy.port } },
    'collector',
    'dr365 test',
  );
  let isDone = false;
  proxy.onStatement((statement) => {
    if (isDone || !isMeant(statement)) return 'pass';
    isDone = true;
    return verdict;
  });
  try {
    const summary = await runWorker(worker, databases, {
      source: { sourceId: 'vbr01', kind: 'veeam', name: 'vbr01', tenant: undefined },
      open: async () => ({
        client: null,
        now: NOW,
        apiRevision: undefined,
        upstreamId: undefined,
        close: async () => {},
      }),
      clock: () => NOW,
      log: createLog('silent'),
      isUnattended: true,
    });
    assert.ok(isDone, 'the statement came');
    const { db } = database.metrics;
    const runs = await db.selectFrom('run').select(['run_id', 'status', 'error_message']).execute();
    const [last] = await db
      .selectFrom('run_event')
      .select(['action', 'detail'])
      .orderBy('seq', 'desc')
      .limit(1)
      .execute();
    return { summary, runs, last };
  } finally {
    await databases.close();
    await proxy.close();
    await database.close();
  }
}

/** The transaction that this statement belongs to wrote something like it before. */
const commits =
  (what: RegExp) =>
  ({ text, connection }: Statement) =>
    /^commit/i.test(text) && connection.last.some((before) => what.test(before));

test('a conclusion of which the answer to its commit was lost is there once, and the run succeeded', async () => {
  const { summary, runs, last } = await runCut(commits(/update "run"/), 'lose-answer');
  assert.equal(summary.status, 'succeeded');
  assert.deepEqual(
    runs.map(({ status }) => status),
    ['succeeded'],
  );
  assert.equal(last?.action, 'concluded');
  const { trouble } = (last?.detail ?? {}) as { trouble: { where: string; times: number }[] };
  assert.deepEqual(
    trouble.map(({ where, times }) => [where, times]),
    [['database', 1]],
  );
});

test('a conclusion that was cut before its commit is tried again', async () => {
  const { runs } = await runCut(commits(/update "run"/), 'cut');
  assert.deepEqual(
    runs.map(({ status }) => status),
    ['succeeded'],
  );
});

test('a run record of which the answer to its commit was lost is opened once', async () => {
  const { summary, runs } = await runCut(commits(/insert into "run"/), 'lose-answer');
  assert.deepEqual(
    runs.map(({ run_id, status }) => [run_id, status]),
    [[summary.runId, 'succeeded']],
  );
});

test('the lock is asked for again where the connection was cut', async () => {
  for (const verdict of ['cut', 'lose-answer'] as const) {
    const { runs } = await runCut(({ text }) => /pg_try_advisory_lock/.test(text), verdict);
    assert.deepEqual(
      runs.map(({ status }) => status),
      ['succeeded'],
    );
  }
});

test('an event whose answer was lost is there once', async () => {
  const { runs } = await runCut(({ text }) => /insert into "run_event"/.test(text), 'lose-answer');
  assert.deepEqual(
    runs.map(({ status }) => status),
    ['succeeded'],
  );
});

test('a run that was taken for abandoned does not conclude beside its successor', async () => {
  const database = await createTestDatabase();
  const stolen: Worker<null> = {
    ...worker,
    conclude: async (trx, context) => {
      await worker.conclude(trx, context);
      await database.metrics.db.updateTable('run').set({ status: 'abandoned' }).execute();
    },
  };
  const { status } = await runWorker(stolen, database, {
    source: { sourceId: 'vbr01', kind: 'veeam', name: 'vbr01', tenant: undefined },
    open: async () => ({
      client: null,
      now: NOW,
      apiRevision: undefined,
      upstreamId: undefined,
      close: async () => {},
    }),
    clock: () => NOW,
    log: createLog('silent'),
    isUnattended: true,
  });
  assert.equal(status, 'failed');
  const { db } = database.metrics;
  assert.deepEqual(await db.selectFrom('run').select('status').execute(), [{ status: 'abandoned' }]);
  assert.deepEqual(await db.selectFrom('watermark').selectAll().execute(), []);
  await database.close();
});
