import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseCsv } from '../../../workers/capacity/csv.ts';
import { importCapacity } from '../../../workers/capacity/import.ts';
import { readHeader } from '../../../workers/capacity/import-columns.ts';
import { runDr365, toEnvironment } from '../../support/child.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { configOf, NOW, simulate } from '../../support/simulated.ts';
import { DAY_MS, must, runCapacity } from './helpers.ts';

const GIB = 2 ** 30;
const HEADER = 'source,repository,time,capacity_bytes,used_bytes';

/** One row a day up to yesterday, growing evenly. */
function history(
  days: number,
  name: string,
  { capacity, used, perDay }: Record<'capacity' | 'used' | 'perDay', number>,
): string {
  const lines = Array.from({ length: days }, (_, index) => {
    const ago = days - index;
    const at = new Date(NOW.getTime() - ago * DAY_MS).toISOString();
    return `127.0.0.1,${name},${at},${capacity},${Math.round(used - ago * perDay)}`;
  });
  return [HEADER, ...lines, ''].join('\r\n');
}

const countSamples = async ({ metrics }: TestDatabase) =>
  (
    await metrics.db
      .selectFrom('repository_sample')
      .select('repository_id')
      .where('is_imported', '=', true)
      .execute()
  ).length;

test('imported history gives a forecast from the next run on, is marked, and a second import changes nothing', async () => {
  await using simulator = await simulate({ jobs: 8, days: 30 });
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  await runCapacity(simulator, database);
  const before = await must(database, 'Repository 02');
  assert.equal(before.quality, 'CURRENT_ONLY');
  const capacity = Number(before.capacity_bytes);
  const text = history(90, 'Repository 02', {
    capacity,
    used: Number(before.use_bytes),
    perDay: capacity / 400,
  });

  const imported = await importCapacity(db, text, NOW);
  assert.deepEqual(
    [imported.rows, imported.stored, imported.alreadyThere, imported.repositories],
    [90, 90, 0, 1],
  );
  const again = await importCapacity(db, text, NOW);
  assert.deepEqual([again.stored, again.alreadyThere], [0, 90]);

  await runCapacity(simulator, database);
  const rows = await db
    .selectFrom('capacity_forecast')
    .selectAll()
    .where('name', '=', 'Repository 02')
    .where('quality', '=', 'FORECAST')
    .execute();
  assert.equal(rows.length, 1);
  assert.equal(rows[0]?.history_days, 91);
  assert.ok(Math.abs(Number(rows[0]?.slope_bytes_per_day) / (capacity / 400) - 1) < 0.05);
  const days = await db
    .selectFrom('repository_day')
    .select('is_imported')
    .where('repository_id', '=', before.repository_id)
    .orderBy('local_day')
    .execute();
  assert.deepEqual([days.length, days.at(0)?.is_imported, days.at(-1)?.is_imported], [91, true, false]);
});

test('our own reading of a day goes before an imported one, also where that is later', async () => {
  await using simulator = await simulate({ jobs: 8, days: 30 });
  await using database = await createTestDatabase();
  await runCapacity(simulator, database);
  const own = await must(database, 'Repository 02');
  const later = new Date(NOW.getTime() + 3_600_000).toISOString();
  await importCapacity(
    database.metrics.db,
    `${HEADER}\n127.0.0.1,Repository 02,${later},${GIB},5\n`,
    new Date(NOW.getTime() + DAY_MS),
  );
  const day = await database.metrics.db
    .selectFrom('repository_day')
    .selectAll()
    .where('repository_id', '=', own.repository_id)
    .executeTakeFirstOrThrow();
  assert.deepEqual([day.used_bytes, day.is_imported, day.samples], [own.use_bytes, false, 2]);
});

test('every wrong line is named with its column and what would be right, and nothing is written', async () => {
  await using simulator = await simulate({ jobs: 8, days: 30 });
  await using database = await createTestDatabase();
  await runCapacity(simulator, database);
  const lines = [
    HEADER,
    '127.0.0.1,Repository 02,2025-12-01T10:00:00Z,1000,500',
    'elsewhere,Repository 02,2025-12-02T10:00:00Z,1000,500',
    '127.0.0.1,Repository 99,2025-12-02T10:00:00Z,1000,500',
    '127.0.0.1,Repository 02,yesterday,1000,500',
    '127.0.0.1,Repository 02,2031-01-01T00:00:00Z,1000,500',
    '127.0.0.1,Repository 02,2025-12-03T10:00:00Z,"1,000",500',
    '127.0.0.1,Repository 02,2025-12-03T10:00:00Z,1000,-5',
    '127.0.0.1,Repository 02,2025-12-03T10:00:00Z,1000,5000',
    '127.0.0.1,Repository 02,2025-12-04T10:00:00Z,1000',
    '127.0.0.1,Repository 02,2025-12-01T10:00:00Z,1000,501',
    '127.0.0.1,Repository 02,nonsense,0x10,5 GB',
  ];
  const error = await importCapacity(database.metrics.db, lines.join('\n'), NOW).then(
    () => assert.fail('imported'),
    (problem: Error) => problem,
  );
  assert.equal(error.name, 'ConfigError');
  const expected = [
    /^nothing was imported, 12 problems:$/,
    /^ {2}line 3: source "elsewhere" is unknown: it has to be one of 127\.0\.0\.1$/,
    /^ {2}line 4: repository "Repository 99" is unknown at 127\.0\.0\.1/,
    /^ {2}line 5: time "yesterday" is no time: .* in the zone of the server \(Europe\/Berlin\)$/,
    /^ {2}line 6: time "2031-01-01T00:00:00Z" lies in the future$/,
    /^ {2}line 7: capacity_bytes "1,000" is wrong: it has to be a number/,
    /^ {2}line 8: used_bytes "-5" is wrong/,
    /^ {2}line 9: used_bytes is more than capacity_bytes/,
    /^ {2}line 10: has 4 columns, the header has 5$/,
    /^ {2}line 12: time "nonsense"/,
    /^ {2}line 12: capacity_bytes "0x10"/,
    /^ {2}line 12: used_bytes "5 GB"/,
    /^ {2}line 11: time and repository are those of line 2, the numbers are not$/,
  ];
  const said = error.message.split('\n');
  assert.equal(said.length, expected.length, error.message);
  for (const [index, pattern] of expected.entries()) assert.match(said[index] ?? '', pattern);
  assert.equal(await countSamples(database), 0);
});

test('numbers that differ from an earlier import are refused', async () => {
  await using simulator = await simulate({ jobs: 8, days: 30 });
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  await runCapacity(simulator, database);
  const row = (used: number) => `${HEADER}\n127.0.0.1,Repository 02,2025-12-01,1000,${used}\n`;
  await importCapacity(db, row(500), NOW);
  await assert.rejects(
    importCapacity(db, row(600), NOW),
    /line 2: was imported before with other numbers \(capacity 1000, used 500 bytes\)/,
  );
  const stored = await db
    .selectFrom('repository_sample')
    .select(['sampled_at', 'used_bytes'])
    .where('is_imported', '=', true)
    .execute();
  assert.deepEqual(stored, [{ sampled_at: new Date('2025-12-01T11:00:00Z'), used_bytes: 500 }]);
});

test('sizes are taken in the unit that the column names, and in no other', () => {
  const columns = (...names: string[]) => readHeader(['Source', 'Repository', 'Time', ...names]);
  assert.equal(columns('Capacity GiB', 'Free TB').columns?.capacity.bytes, 2 ** 30);
  assert.equal(columns('capacity_GB', 'free_tb').columns?.free?.bytes, 1e12);
  assert.match(columns('capacity', 'free_bytes').problems.join(), /column capacity has to name its unit/);
  assert.match(columns('capacity_bytes').problems.join(), /one of the columns free_bytes and used_bytes/);
  assert.match(columns('capacity_bytes', 'free_bytes', 'used_bytes').problems.join(), /both there/);
  assert.deepEqual(readHeader(['a', 'b']).problems.slice(0, 3), [
    'column source is missing',
    'column repository is missing',
    'column time is missing',
  ]);
});

test('storage without a limit is imported without a capacity', async () => {
  await using simulator = await simulate({ jobs: 8, days: 30 });
  await using database = await createTestDatabase();
  await runCapacity(simulator, database);
  await importCapacity(
    database.metrics.db,
    'source;repository;time;capacity_GiB;used_GiB\n127.0.0.1;Azure offsite;2026-03-10 08:00:00;;12.5\n',
    NOW,
  );
  const [row] = await database.metrics.db
    .selectFrom('repository_sample')
    .selectAll()
    .where('is_imported', '=', true)
    .execute();
  assert.deepEqual([row?.capacity_bytes, row?.free_bytes, row?.used_bytes], [-1, null, 12.5 * GIB]);
  assert.deepEqual(row?.sampled_at, new Date('2026-03-10T07:00:00Z'));
});

test('quoted cells may hold separators, quotes and line breaks', () => {
  assert.deepEqual(parseCsv('\uFEFFa,b\r\n"x, ""y""\nz", 2 \r\n\r\n3,4'), [
    { line: 1, cells: ['a', 'b'] },
    { line: 2, cells: ['x, "y"\nz', '2'] },
    { line: 5, cells: ['3', '4'] },
  ]);
});

test('the command ends with 2 and says why, or with 0 and what it did', async () => {
  await using simulator = await simulate({ jobs: 8, days: 30 });
  await using database = await createTestDatabase();
  const env = toEnvironment(configOf(simulator, database));
  const folder = mkdtempSync(join(tmpdir(), 'dr365-import-'));
  try {
    const file = join(folder, 'history.csv');
    writeFileSync(file, `${HEADER}\n127.0.0.1,Repository 02,2025-12-01T10:00:00Z,1000,500\n`);
    const early = await runDr365(['import:capacity', file], env);
    assert.equal(early.code, 2);
    assert.match(early.stderr, /line 2: source "127\.0\.0\.1" is unknown: .*run worker:capacity once first/);
    await runCapacity(simulator, database);
    const done = await runDr365(['import:capacity', file], env);
    assert.equal(done.code, 0, done.stderr);
    assert.equal(JSON.parse(done.stdout).stored, 1);
    for (const args of [[], [join(folder, 'none.csv')], [file, file]])
      assert.equal((await runDr365(['import:capacity', ...args], env)).code, 2);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
