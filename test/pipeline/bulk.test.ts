import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { insertRows, upsertRows } from '../../src/pipeline/bulk.ts';
import { ensurePartitions } from '../../src/pipeline/partitions.ts';
import { createTestDatabase } from '../support/database.ts';

const MONDAY = new Date('2026-03-02T10:00:00Z');
const TUESDAY = new Date('2026-03-03T10:00:00Z');
const BEGAN = new Date('2026-03-01T22:00:00Z');

const session = (id: string, changes: object = {}) => ({
  source_id: 'vbr',
  session_id: id,
  created_at: BEGAN,
  ended_at: null as Date | null,
  name: 'nightly',
  session_type: 'BackupJob',
  state: 'Working',
  result: 'None',
  usn: 1,
  known_from: MONDAY,
  ...changes,
});
const KEY = {
  key: ['source_id', 'session_id', 'created_at'] as ('source_id' | 'session_id' | 'created_at')[],
};

test('equal rows are left alone, changed ones keep their earlier state', async () => {
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  await ensurePartitions(db, 'session', [BEGAN]);
  const store = (row: ReturnType<typeof session>) =>
    db.transaction().execute((trx) => upsertRows(trx, 'session', [row], KEY));

  assert.equal(await store(session('a')), 1);
  assert.equal(await store(session('a', { known_from: TUESDAY })), 0, 'nothing changed');
  assert.equal(
    await store(
      session('a', { known_from: TUESDAY, state: 'Stopped', result: 'Success', ended_at: BEGAN, usn: 2 }),
    ),
    1,
  );

  const at = async (moment: Date) =>
    (await sql<{ state: string }>`select state from session_as_of(${moment})`.execute(db)).rows.map(
      ({ state }) => state,
    );
  assert.deepEqual(await at(new Date(MONDAY.getTime() - 1)), []);
  assert.deepEqual(await at(MONDAY), ['Working']);
  assert.deepEqual(await at(TUESDAY), ['Stopped']);
});

test('a row that comes twice in one batch is stored once, as it came last', async () => {
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  await ensurePartitions(db, 'session', [BEGAN]);
  const rows = [session('a'), session('b'), session('a', { usn: 9 })];
  await db.transaction().execute((trx) => upsertRows(trx, 'session', rows, KEY));
  const stored = await db.selectFrom('session').select(['session_id', 'usn']).orderBy('session_id').execute();
  assert.deepEqual(stored, [
    { session_id: 'a', usn: 9 },
    { session_id: 'b', usn: 1 },
  ]);
});

test('texts with quotes, braces, backslashes and new lines, lists and JSON come back as they were', async () => {
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  const text = 'a "quoted" \\ {brace}, comma\nNULL';
  const reason = {
    source_id: 'vbr',
    session_id: text,
    basis: 'task',
    message: text,
    object_names: [text, 'NULL'],
    known_from: MONDAY,
  };
  await db.transaction().execute((trx) => insertRows(trx, 'session_reason', [reason]));
  const stored = await db
    .selectFrom('session_reason')
    .select(['session_id', 'message', 'object_names', 'fingerprint'])
    .executeTakeFirstOrThrow();
  assert.deepEqual(stored, {
    session_id: text,
    message: text,
    object_names: [text, 'NULL'],
    fingerprint: null,
  });
});

test('a month has one partition, whoever asks first', async () => {
  await using database = await createTestDatabase();
  const again = await database.as('collector');
  await Promise.all(
    [database, again].map(({ metrics }) => ensurePartitions(metrics.db, 'session', [BEGAN, MONDAY])),
  );
  const { rows } = await sql`select from pg_inherits where inhparent = 'session'::regclass`.execute(
    database.metrics.db,
  );
  assert.equal(rows.length, 1);
});

test('a text with a NUL, which the database cannot store, costs the NUL and not the batch', async () => {
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  const reason = {
    source_id: 'vbr',
    session_id: 'a',
    basis: 'task',
    message: 'x\u0000y',
    object_names: ['n\u0000m'],
    known_from: MONDAY,
  };
  await db.transaction().execute((trx) => insertRows(trx, 'session_reason', [reason]));
  const stored = await db.selectFrom('session_reason').select(['message', 'object_names']).executeTakeFirst();
  assert.deepEqual(stored, { message: 'xy', object_names: ['nm'] });
});

test('halves of characters and numbers that do not fit cost themselves and not the batch', async () => {
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  await ensurePartitions(db, 'session', [BEGAN]);
  const odd = { ...session('a'), name: 'vm\ud83d', progress_percent: 99.5, usn: 1e19 };
  await db.transaction().execute((trx) => upsertRows(trx, 'session', [odd], KEY));
  const stored = await db
    .selectFrom('session')
    .select(['name', 'progress_percent', 'usn'])
    .executeTakeFirst();
  assert.deepEqual(stored, { name: 'vm\ufffd', progress_percent: null, usn: null });
});
