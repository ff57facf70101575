import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Kysely, sql } from 'kysely';
import { pino } from 'pino';
import type { MetricsDB, MetricsReader } from '../../src/db/connect.ts';
import { createStore } from '../../src/mcp/store.ts';
import { createTestDatabase, testServer } from '../support/database.ts';
import { addSource } from '../support/health-rows.ts';
import { asAdmin } from '../support/postgres.ts';

const log = pino({ level: 'silent' });
/** What the types forbid is tried all the same. */
const anyStatement = (db: MetricsReader) => db as unknown as Kysely<MetricsDB>;

test('one answer reads one state of the database, whatever is written meanwhile', async () => {
  await using database = await createTestDatabase();
  const store = createStore(database.settings, log);
  try {
    const seen = await store.read(async (db) => {
      const count = async () =>
        (await db.selectFrom('source').select('source_id').orderBy('source_id').execute()).length;
      const before = await count();
      await addSource(database.metrics.db);
      return [before, await count()];
    });
    assert.deepEqual(seen, [0, 0]);
  } finally {
    await store.close();
  }
});

test('nothing can be written, and one statement cannot carry another', async () => {
  await using database = await createTestDatabase();
  const store = createStore(database.settings, log);
  const run = (text: string) => store.read((db) => sql.raw(text).execute(anyStatement(db)));
  try {
    // Syntax error: the extended protocol takes one statement.
    await assert.rejects(run('commit; create table loot (a integer)'), { code: '42601' });
    await assert.rejects(run('create temp table loot (a integer)'), { code: '25006' });
    await assert.rejects(
      run(`insert into source values ('x', 'veeam', 'x', null, now())`),
      /25006|lacks a right|read-only/,
    );
    assert.deepEqual((await run('select 1 as one')).rows, [{ one: 1 }]);
  } finally {
    await store.close();
  }
});

test('a call that is given up is cancelled in the database', async () => {
  await using database = await createTestDatabase();
  const store = createStore(database.settings, log);
  try {
    await store.read(async () => {});
    const given = new AbortController();
    const call = store.read((db) => sql`select pg_sleep(14)`.execute(anyStatement(db)), given.signal);
    const refused = assert.rejects(call, { name: 'AnswerError' });
    while ((await sleeping(database.settings.metricsName)) === 0) await sleep(20);
    given.abort();
    await refused;
    assert.equal(await sleeping(database.settings.metricsName), 0);
    assert.equal(await store.read(async () => 'answers again'), 'answers again');
  } finally {
    await store.close();
  }
});

test('many questions at once are all answered', async () => {
  await using database = await createTestDatabase();
  const store = createStore(database.settings, log);
  try {
    const asked = Array.from({ length: 30 }, (_, n) =>
      store.read(
        async (db) => (await sql<{ n: number }>`select ${n}::int as n`.execute(anyStatement(db))).rows[0]?.n,
      ),
    );
    assert.deepEqual(
      await Promise.all(asked),
      Array.from({ length: 30 }, (_, n) => n),
    );
  } finally {
    await store.close();
  }
});

/** Sessions of the store that wait in pg_sleep in this database; only an administrator sees what others wait for. */
async function sleeping(database: string): Promise<number> {
  let found = 0;
  await asAdmin(testServer(), async (client) => {
    const { rowCount } = await client.query(
      `select from pg_stat_activity where datname = $1 and application_name = 'dr365 mcp' and wait_event = 'PgSleep'`,
      [database],
    );
    found = rowCount ?? 0;
  });
  return found;
}
