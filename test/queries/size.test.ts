import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { asReader, asRiskReader } from '../../src/db/connect.ts';
import { ensurePartitions } from '../../src/pipeline/partitions.ts';
import { monthsUntilFull, readDatabaseSize } from '../../src/queries/size.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

const GIB = 2 ** 30;

/** Daily samples, the oldest first, the last of today. */
async function addSamples(database: TestDatabase, name: string, bytes: number[]): Promise<void> {
  const { metrics } = await database.as('owner');
  for (const [at, value] of bytes.entries())
    await sql`insert into database_size values (current_date - ${bytes.length - 1 - at}::integer, ${name}, ${value})`.execute(
      metrics.db,
    );
}

test('size is that of now, growth the median slope of the daily samples', async () => {
  await using database = await createTestDatabase('reader');
  const fresh = await readDatabaseSize(asReader(database.metrics.db));
  assert.deepEqual([fresh.growthBytesPerDay, fresh.sampledDays], [null, 0]);
  // A clean-up between growth of 1 GiB a day moves the rate little.
  await addSamples(
    database,
    '',
    [10, 11, 12, 13, 14, 15, 9, 10, 11, 12, 13, 14].map((gib) => gib * GIB),
  );
  await addSamples(
    database,
    'run_event',
    [1, 1].map((gib) => gib * GIB),
  );
  await ensurePartitions((await database.as('collector')).metrics.db, 'session', [new Date()]);
  const size = await readDatabaseSize(asReader(database.metrics.db), { tables: 200 });
  const { rows } = await sql<{ bytes: number }>`select pg_database_size(current_database()) as bytes`.execute(
    database.metrics.db,
  );
  assert.equal(size.database, database.settings.metricsName);
  assert.ok(Math.abs(size.bytes - (rows[0]?.bytes ?? 0)) < 2 ** 20);
  assert.equal(size.sampledDays, 11);
  assert.ok(size.growthBytesPerDay !== null && size.growthBytesPerDay > 0 && size.growthBytesPerDay <= GIB);
  assert.equal(
    size.tables.find(({ name }) => name === 'run_event')?.growthBytesPerDay,
    null,
    'a day is too short',
  );
  assert.ok(
    size.tables.some(({ name }) => name === 'session'),
    'a table of partitions counts as one',
  );
  assert.ok(size.tables.every(({ bytes }, at) => bytes <= (size.tables[at - 1]?.bytes ?? bytes)));
  const risk = await readDatabaseSize(asRiskReader(database.risk.db), { tables: 3 });
  assert.equal(risk.tables.length, 3);
});

test('the disk is full when both databases together have used what is free', () => {
  const of = (growthBytesPerDay: number | null) => ({
    database: 'd',
    bytes: 1,
    growthBytesPerDay,
    sampledDays: 30,
    tables: [],
  });
  assert.equal(monthsUntilFull(365.25 * GIB, [of(GIB / 2), of(GIB / 2)]), 12);
  assert.equal(monthsUntilFull(GIB, [of(GIB), of(null)]), null);
  assert.equal(monthsUntilFull(GIB, [of(-GIB), of(0)]), null);
});
