import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dayNumberToText, toZonedTime } from '../../../src/analysis/zoned-time.ts';
import { createTestDatabase } from '../../support/database.ts';
import { simulate } from '../../support/simulated.ts';
import { DAY_MS, must, runCapacity } from './helpers.ts';

const DAYS = 65;

test(`${DAYS} days, a run each: forecasts ripen and every one whose day came is scored`, async () => {
  await using simulator = await simulate({ jobs: 8, days: 30 });
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  const first = simulator.clock.now().getTime();
  const qualities: string[] = [];
  for (let day = 0; day < DAYS; day += 1) {
    assert.equal((await runCapacity(simulator, database)).status, 'succeeded');
    qualities.push((await must(database, 'Repository 02')).quality);
    simulator.clock.advance(DAY_MS);
  }
  assert.deepEqual(
    qualities,
    Array.from({ length: DAYS }, (_, day) =>
      day < 6 ? 'CURRENT_ONLY' : day < 41 ? 'PRELIMINARY' : 'FORECAST',
    ),
  );

  const scored = await db.selectFrom('capacity_accuracy').selectAll().execute();
  const made = await db
    .selectFrom('capacity_forecast')
    .select(['repository_id', 'run_id', 'made_on', 'band'])
    .execute();
  const today = toZonedTime(first + (DAYS - 1) * DAY_MS, 'Europe/Berlin').dayNumber;
  const due = made.flatMap(({ repository_id, run_id, made_on, band }) =>
    (band as { ahead: number }[])
      .filter(({ ahead }) => Date.parse(`${String(made_on)}T00:00:00Z`) / DAY_MS + ahead <= today)
      .map(({ ahead }) => `${repository_id} ${run_id} ${ahead}`),
  );
  assert.deepEqual(
    scored.map((row) => `${row.repository_id} ${row.forecast_run_id} ${row.ahead_days}`).sort(),
    due.sort(),
  );
  assert.ok(due.length > 500);

  const days = await db
    .selectFrom('repository_day')
    .select(['repository_id', 'local_day', 'used_bytes'])
    .execute();
  const used = new Map(days.map((row) => [`${row.repository_id} ${String(row.local_day)}`, row.used_bytes]));
  const ofRepositories = scored.filter((row) => used.has(`${row.repository_id} ${String(row.target_on)}`));
  for (const row of ofRepositories) {
    assert.equal(row.actual_bytes, used.get(`${row.repository_id} ${String(row.target_on)}`));
    assert.equal(row.signed_error, Number(row.actual_bytes) - row.mid_bytes);
    assert.equal(
      row.is_inside,
      Number(row.actual_bytes) >= row.low_bytes && Number(row.actual_bytes) <= row.high_bytes,
    );
  }

  const summary = await db
    .selectFrom('capacity_summary')
    .select('track_record')
    .orderBy('concluded_at', 'desc')
    .executeTakeFirstOrThrow();
  const record = summary.track_record as { scored: number; unscored: number; coverage: number };
  const inside = scored.filter((row) => row.is_inside).length;
  assert.deepEqual([record.scored, record.unscored], [scored.length, 0]);
  assert.equal(record.coverage, inside / scored.length);
  assert.ok(
    record.coverage > 0.6,
    `80 % bands held in ${(100 * record.coverage).toFixed(0)} % of ${scored.length}`,
  );
});

test('of several forecasts of a day the last one is scored, once', async () => {
  await using simulator = await simulate({ jobs: 6, days: 30 });
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  for (let day = 0; day < 8; day += 1) {
    await runCapacity(simulator, database);
    simulator.clock.advance(DAY_MS);
  }
  simulator.clock.advance(-3 * 3_600_000);
  await runCapacity(simulator, database);
  simulator.clock.advance(3 * 3_600_000);
  await runCapacity(simulator, database);
  const lastAt = simulator.clock.now();
  simulator.clock.advance(7 * DAY_MS - 2 * 3_600_000);
  await runCapacity(simulator, database);
  const target = dayNumberToText(toZonedTime(lastAt.getTime(), 'Europe/Berlin').dayNumber + 7);
  const scored = () =>
    db
      .selectFrom('capacity_accuracy as a')
      .innerJoin('capacity_forecast as f', (join) =>
        join.onRef('f.run_id', '=', 'a.forecast_run_id').onRef('f.repository_id', '=', 'a.repository_id'),
      )
      .select(['f.concluded_at', 'a.repository_id'])
      .where('a.target_on', '=', target as never)
      .execute();
  assert.deepEqual(await scored(), [], 'its day has come, its hour has not');
  simulator.clock.advance(2 * 3_600_000);
  await runCapacity(simulator, database);
  const rows = await scored();
  assert.ok(rows.length > 5);
  assert.ok(rows.every(({ concluded_at }) => concluded_at.getTime() === lastAt.getTime()));
  simulator.clock.advance(3_600_000);
  await runCapacity(simulator, database);
  assert.equal((await scored()).length, rows.length);
});

test('a day without a reading is on record as not scored', async () => {
  await using simulator = await simulate({ jobs: 6, days: 30 });
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  for (let day = 0; day < 7; day += 1) {
    await runCapacity(simulator, database);
    simulator.clock.advance(DAY_MS);
  }
  // The last forecast was made a day ago; its day passes unseen.
  simulator.clock.advance(8 * DAY_MS);
  await runCapacity(simulator, database);
  const rows = await db.selectFrom('capacity_accuracy').selectAll().execute();
  assert.ok(rows.length > 0);
  assert.ok(
    rows.every((row) => row.actual_bytes === null && row.is_inside === null && row.signed_error === null),
  );
});
