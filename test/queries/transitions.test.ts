import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { asReader } from '../../src/db/connect.ts';
import { listTransitions } from '../../src/queries/changes-configuration.ts';
import { createTestDatabase } from '../support/database.ts';

const DAY = (day: number) => new Date(Date.UTC(2026, 0, 1 + day));

test('changes of a span long ago are those of the span, whatever came after', async () => {
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  const set = (day: number, values: string) =>
    sql`update job set ${sql.raw(values)}, known_from = ${DAY(day)} where job_id = 'a'`.execute(db);
  await sql`
    insert into job (source_id, job_id, name, type, first_seen_at, known_from)
    values ('vbr', 'a', 'one', 'VSphereBackup', ${DAY(0)}, ${DAY(0)}), ('vbr', 'late', 'late', 'VSphereBackup', ${DAY(4)}, ${DAY(4)}),
           ('vbr', 'quiet', 'quiet', 'VSphereBackup', ${DAY(0)}, ${DAY(0)})`.execute(db);
  await set(1, `last_result = 'Success'`);
  await set(2, `name = 'two'`);
  await set(3, `last_result = 'Failed'`);
  await set(5, `name = 'one'`);
  await set(6, `last_result = 'Success'`);
  await set(9, `name = 'three'`);

  const between = async (since: number, until: number) => {
    const span = { sourceId: 'vbr', since: DAY(since), until: DAY(until) };
    const found = await listTransitions(asReader(db), 'job', [span]);
    return found.map(({ at, entityId, before, after }) => [
      (at.getTime() - DAY(0).getTime()) / 86_400_000,
      entityId,
      before?.name ?? null,
      after.name,
    ]);
  };
  assert.deepEqual(await between(1, 3), [[2, 'a', 'one', 'two']]);
  assert.deepEqual(await between(1, 7), [
    [5, 'a', 'two', 'one'],
    [4, 'late', null, 'late'],
    [2, 'a', 'one', 'two'],
  ]);
  assert.deepEqual(await between(6, 8), []);
  assert.deepEqual(await between(8, 10), [[9, 'a', 'one', 'three']]);
});
