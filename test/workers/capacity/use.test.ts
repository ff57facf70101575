import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CapacityDayUse, sumDays } from '../../../src/analysis/capacity/days.ts';
import { repositoryComponent } from '../../../src/analysis/health/health-score.ts';
import { readRepositoryConditions } from '../../../workers/capacity/repository-conditions.ts';
import { lastDailyStart } from '../../../workers/shared/once-a-day.ts';
import { hasLimit, readUse } from '../../../workers/shared/samples.ts';
import { createTestDatabase } from '../../support/database.ts';
import { simulate } from '../../support/simulated.ts';
import { DAY_MS, runCapacity } from './helpers.ts';

const bytes = (gib: number) => Math.round(gib * 2 ** 30);
const space = (capacity: number | null, free: number | null, stored: number | null = 1) => ({
  capacity,
  free,
  stored,
  isOnline: true,
});

test('use is capacity less free: the examples of the vendor', () => {
  // Sizes in GiB of the specification's samples; the size of the backups (173.4, 30.4) is another thing.
  const share = (capacity: number, free: number, stored: number) =>
    Number(readUse(space(bytes(capacity), bytes(free), bytes(stored)), 'WinLocal').used) / bytes(capacity);
  assert.ok(Math.abs(share(299.4, 217.8, 173.4) - 0.273) < 0.0005);
  assert.ok(Math.abs(share(99.4, 16.4, 30.4) - 0.835) < 0.0005);
});

test('what contradicts itself or was not said is no reading, with its reason', () => {
  const reason = (...args: Parameters<typeof readUse>) => readUse(...args).reason;
  assert.equal(reason({ ...space(10, 5), isOnline: false }, 'WinLocal'), 'OFFLINE');
  assert.equal(reason(space(null, 5), 'WinLocal'), 'NO_CAPACITY_REPORTED');
  assert.equal(reason(space(10, null), 'WinLocal'), 'NO_FREE_SPACE_REPORTED');
  assert.equal(reason(space(0, 0), 'WinLocal'), 'NO_CAPACITY_REPORTED');
  assert.equal(reason(space(10, 11), 'WinLocal'), 'FREE_ABOVE_CAPACITY');
  assert.equal(reason(space(10, -1), 'WinLocal'), 'FREE_BELOW_ZERO');
  assert.equal(reason(space(2 ** 60, 5), 'WinLocal'), 'CAPACITY_ABOVE_8_PIB');
  assert.deepEqual(readUse(space(10, -1), 'AmazonS3'), { used: 11, reason: null });
  assert.deepEqual(readUse(space(-1, -1, 7), 'AmazonS3'), { used: 7, reason: null });
  assert.deepEqual(readUse(space(0, 0, 7), 'AzureBlob'), { used: 7, reason: null });
  assert.deepEqual(
    [hasLimit(10, 'WinLocal'), hasLimit(-1, 'Smb'), hasLimit(0, 'Smb'), hasLimit(null, 'Smb')],
    [true, false, null, null],
  );
});

test('several repositories as one: a missing reading is a gap, a younger one was not there before', () => {
  const day = (number: number, usedBytes: number | null, capacityBytes = 100): CapacityDayUse => ({
    day: number,
    usedAt: usedBytes === null ? null : number,
    usedBytes,
    capacityBytes: usedBytes === null ? null : capacityBytes,
    isOffline: usedBytes === null,
  });
  const sums = sumDays([
    [day(1, 10), day(2, 11), day(3, null), day(4, 13)],
    [day(2, 5), day(3, 6), day(4, 7)],
  ]);
  assert.deepEqual(
    sums.map((row) => [row.day, row.usedBytes, row.capacityBytes]),
    [
      [1, 10, 100],
      [2, 16, 200],
      [4, 20, 200],
    ],
  );
  assert.equal(sumDays([[day(1, 10)], [day(1, 5, -1)]])[0]?.capacityBytes, -1);
  assert.deepEqual(sumDays([]), []);
});

test('what is read daily is due again after six in the morning of the server, also where clocks change', () => {
  const start = (text: string) => lastDailyStart(new Date(text), 'Europe/Berlin').toISOString();
  assert.equal(start('2026-03-18T12:00:00Z'), '2026-03-18T05:00:00.000Z');
  assert.equal(start('2026-03-18T04:59:59Z'), '2026-03-17T05:00:00.000Z');
  assert.equal(start('2026-03-29T05:00:00Z'), '2026-03-29T04:00:00.000Z');
});

test('the health score learns of repositories from samples of the last 26 hours', async () => {
  await using simulator = await simulate({ scenario: 'demo', jobs: 20, days: 30 });
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  const source = '127.0.0.1';
  assert.equal(await readRepositoryConditions(db, source, simulator.clock.now()), null);
  await runCapacity(simulator, database);
  const now = simulator.clock.now();
  const conditions = await readRepositoryConditions(db, source, now);
  const { repositories } = simulator.world.estate;
  assert.equal(conditions?.length, repositories.length);
  assert.equal(
    conditions?.filter(({ isOnline }) => isOnline === false).length,
    repositories.filter(({ isOnline }) => !isOnline).length,
  );
  assert.ok(conditions?.some(({ usedShare }) => usedShare !== null && usedShare > 0.95));
  const component = repositoryComponent(conditions ?? []);
  assert.ok(component && component.value > 0 && component.value < 100);
  assert.equal(await readRepositoryConditions(db, source, new Date(now.getTime() + 27 * 3_600_000)), null);
  const early = new Date(now.getTime() - DAY_MS);
  assert.equal(await readRepositoryConditions(db, source, early), null);
});
