import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asReader } from '../../src/db/connect.ts';
import { countForecasts, type ForecastPosition, listForecasts } from '../../src/queries/capacity.ts';
import { listCapacityDays, listRepositoryStates } from '../../src/queries/capacity-samples.ts';
import { addCapacityEstate, addSamples, ID, MADE_ON, TIB, TODAY } from '../support/capacity-rows.ts';
import { createTestDatabase } from '../support/database.ts';
import { hoursBefore, RUN_AT, SOURCE } from '../support/health-rows.ts';

test('pages of forecasts give each once, in the order of the whole list', async () => {
  await using database = await createTestDatabase();
  const runs = [{ sourceId: SOURCE, runId: await addCapacityEstate(database.metrics.db) }];
  const db = asReader(database.metrics.db);
  const whole = await listForecasts(db, { runs, filter: {}, limit: 50 });
  const pages: string[] = [];
  let after: ForecastPosition | undefined;
  for (;;) {
    const page = await listForecasts(db, { runs, filter: { after }, limit: 2 });
    pages.push(...page.map(({ repositoryId }) => repositoryId));
    const last = page.at(-1);
    if (!last) break;
    after = [last.priorityRank, last.rank, last.sourceId, last.repositoryId];
  }
  assert.deepEqual(
    pages,
    whole.map(({ repositoryId }) => repositoryId),
  );
  const counted = await countForecasts(db, runs, {});
  assert.equal(
    counted.reduce((sum, { repositories }) => sum + repositories, 0),
    whole.length,
  );
});

test('a day is its last valid reading that was known, our own before an imported one', async () => {
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  await addCapacityEstate(db);
  const today = [{ day: TODAY, usedBytes: 2 * TIB, capacityBytes: 20 * TIB, isOnline: true }];
  const learnt = (hours: number) => ({ recorded_at: hoursBefore(RUN_AT, -hours) });
  const at = (hours: number) => ({ sampled_at: hoursBefore(RUN_AT, -hours) });
  await addSamples(db, ID.flat, today, { ...at(1), ...learnt(1), is_imported: true });
  await addSamples(db, ID.flat, today, { ...at(2), ...learnt(2) });
  const offline = { is_online: false, used_bytes: null, free_bytes: null };
  await addSamples(db, ID.flat, today, { ...at(3), ...learnt(3), ...offline });
  const dayAt = async (hours: number) => {
    const [day] = await listCapacityDays(asReader(db), {
      sourceId: SOURCE,
      repositoryIds: [ID.flat],
      knownAt: hoursBefore(RUN_AT, -hours),
      firstDay: MADE_ON,
    });
    return [day?.usedBytes, day?.isOffline];
  };

  assert.deepEqual(await dayAt(0), [5 * TIB, false]);
  assert.deepEqual(await dayAt(1.5), [5 * TIB, false], 'an imported reading does not replace our own');
  assert.deepEqual(await dayAt(2.5), [2 * TIB, false]);
  assert.deepEqual(await dayAt(3.5), [2 * TIB, true], 'a day may have a reading and end offline');
});

test('an extent is known by its own state or by its scale-out repository, with its status then', async () => {
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  await addCapacityEstate(db);
  const known = { first_seen_at: hoursBefore(RUN_AT, 50), known_from: hoursBefore(RUN_AT, 50) };
  await db
    .insertInto('scale_out_extent')
    .values({
      source_id: SOURCE,
      extent_key: 'flat in scale-out 1',
      scale_out_repository_id: ID.scaleOut,
      repository_id: ID.flat,
      name: 'Flat',
      tier: 'Performance',
      status: ['Normal'],
      ...known,
    })
    .execute();
  await db
    .updateTable('scale_out_extent')
    .set({ status: ['Maintenance'], known_from: hoursBefore(RUN_AT, -1) })
    .execute();
  const stateAt = async (hours: number) => {
    const states = await listRepositoryStates(asReader(db), {
      sourceId: SOURCE,
      knownAt: hoursBefore(RUN_AT, -hours),
      sampledAt: RUN_AT,
      scaleOutRepositoryId: ID.scaleOut,
    });
    return states.map(({ repositoryId, extentType, status }) => [repositoryId, extentType, status]);
  };

  const others = [
    [ID.fullExtent, 'Performance', null],
    [ID.roomyExtent, 'Performance', null],
  ];
  assert.deepEqual(await stateAt(0), [...others, [ID.flat, 'Performance', ['Normal']]]);
  assert.deepEqual(await stateAt(2), [...others, [ID.flat, 'Performance', ['Maintenance']]]);
});
