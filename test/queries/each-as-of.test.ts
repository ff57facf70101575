import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { createTestDatabase } from '../support/database.ts';

const DAY = (day: number) => new Date(Date.UTC(2026, 0, 1 + day));

test('what was known at a moment is the same whether all changes are read or each thing is looked up', async () => {
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  await sql`
    insert into job (source_id, job_id, name, type, first_seen_at, known_from)
    select 'vbr', 'job ' || j, 'name 0', 'VSphereBackup', ${DAY(0)}::timestamptz + j * interval '1 day', ${DAY(0)}::timestamptz + j * interval '1 day'
      from generate_series(1, 9) j`.execute(db);
  // Job 3 changes each third day from the third on, and so on; job 9 once.
  for (let day = 1; day <= 12; day += 1)
    await sql`
      update job set name = 'name ' || ${day}::int, known_from = ${DAY(day)}
       where known_from < ${DAY(day)} and ${day}::int % split_part(job_id, ' ', 2)::int = 0`.execute(db);

  for (let hour = -12; hour <= 14 * 24; hour += 12) {
    const moment = new Date(DAY(0).getTime() + hour * 3_600_000);
    const all = await sql`select * from job_as_of(${moment}) order by job_id`.execute(db);
    const each = await sql`select * from job_each_as_of(${moment}) order by job_id`.execute(db);
    assert.deepEqual(each.rows, all.rows, moment.toISOString());
  }
});

test('every table whose things are looked up one by one gives the columns of the table, in order', async () => {
  await using database = await createTestDatabase();
  const { rows } = await sql<{ name: string; table: string }>`
    select proname as name, prorettype::regtype::text as table from pg_proc where proname like '%\_each\_as\_of' order by 1`.execute(
    database.metrics.db,
  );

  assert.ok(rows.length > 10);
  for (const { name, table } of rows) {
    assert.equal(name, `${table}_each_as_of`);
    await sql`select * from ${sql.raw(name)}(now())`.execute(database.metrics.db);
  }
});
