import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Keeping,
  type Release,
  type Retention,
  releaseDates,
  type StoredFile,
} from '../../../workers/capacity/release-dates.ts';

const day = (text: string) => Date.parse(`${text}T22:00:00Z`);
const KEEP_14_DAYS: Retention = { kind: 'DAYS', quantity: 14, gfsWeeks: 4, gfsMonths: 12, gfsYears: 3 };

/** Sunday fulls and daily increments of one machine from 1 February (a Sunday) 2026 on. */
function weeks(count: number, gfs: Record<string, string[]> = {}): StoredFile[] {
  return Array.from({ length: count * 7 }, (_, index) => {
    const createdAt = day('2026-02-01') + index * 86_400_000;
    const date = new Date(createdAt).toISOString().slice(0, 10);
    return {
      kind: index % 7 === 0 ? 'FULL' : 'INCREMENT',
      createdAt,
      storedBytes: index % 7 === 0 ? 1000 : 10,
      gfsPeriods: gfs[date] ?? [],
      objectIds: ['vm'],
    };
  });
}

const keeping = (changes: Partial<Keeping> = {}): Keeping => ({
  retention: KEEP_14_DAYS,
  immutableDays: 0,
  ...changes,
});

function show(releases: Release[], createdOn: string) {
  const found = releases.find(({ file }) => file.createdAt === day(createdOn));
  assert.ok(found);
  const date = (at: number | null) => (at === null ? null : new Date(at).toISOString().slice(0, 10));
  return [found.basis, date(found.dueAt), date(found.heldUntil)];
}

test('a full and its increments are released together, so many days after the last of them', () => {
  const releases = releaseDates(weeks(3), keeping());
  // The chain of 1 to 7 February is outdated 14 days after the 7th.
  assert.deepEqual(show(releases, '2026-02-01'), ['RETENTION', '2026-02-21', null]);
  assert.deepEqual(show(releases, '2026-02-07'), ['RETENTION', '2026-02-21', null]);
  assert.deepEqual(show(releases, '2026-02-08'), ['RETENTION', '2026-02-28', null]);
});

test('the chain that still grows has no date', () => {
  const releases = releaseDates(weeks(3), keeping());
  assert.deepEqual(show(releases, '2026-02-15'), ['ACTIVE_CHAIN', null, null]);
  assert.deepEqual(show(releases, '2026-02-21'), ['ACTIVE_CHAIN', null, null]);
});

test('retention by restore points waits for that many newer ones, at the usual pace', () => {
  const retention: Retention = { ...KEEP_14_DAYS, kind: 'POINTS', quantity: 10 };
  const releases = releaseDates(weeks(3), keeping({ retention }));
  // 14 points are newer than the first chain: the tenth came on 17 February. 7 are newer than the second: 3 more days.
  assert.deepEqual(show(releases, '2026-02-01'), ['RETENTION', '2026-02-17', null]);
  assert.deepEqual(show(releases, '2026-02-08'), ['RETENTION', '2026-02-24', null]);
});

test('a full that GFS keeps stays for the longest of its periods, its increments do not', () => {
  const releases = releaseDates(
    weeks(3, { '2026-02-01': ['Weekly', 'Monthly'], '2026-02-08': ['Weekly'] }),
    keeping(),
  );
  assert.deepEqual(show(releases, '2026-02-01'), ['GFS', '2027-02-01', null]);
  assert.deepEqual(show(releases, '2026-02-02'), ['RETENTION', '2026-02-21', null]);
  assert.deepEqual(show(releases, '2026-02-08'), ['GFS', '2026-03-08', null]);
});

test('a GFS period whose length cannot be read gives no date', () => {
  const retention: Retention = { ...KEEP_14_DAYS, gfsMonths: null };
  const releases = releaseDates(weeks(2, { '2026-02-01': ['Weekly', 'Monthly'] }), keeping({ retention }));
  assert.deepEqual(show(releases, '2026-02-01'), ['UNKNOWN_RETENTION', null, null]);
});

test('immutability counts from the last file of a chain, and as long as GFS keeps a full', () => {
  const releases = releaseDates(weeks(2, { '2026-02-01': ['Monthly'] }), keeping({ immutableDays: 30 }));
  assert.deepEqual(show(releases, '2026-02-02'), ['RETENTION', '2026-02-21', '2026-03-09']);
  assert.deepEqual(show(releases, '2026-02-01'), ['GFS', '2027-02-01', '2027-02-01']);
  assert.deepEqual(show(releases, '2026-02-14'), ['ACTIVE_CHAIN', null, '2026-03-16']);
});

test('nobody deletes what no job owns, and unknown retention is not guessed', () => {
  const files = weeks(2);
  assert.deepEqual(show(releaseDates(files, keeping({ retention: 'none' })), '2026-02-01'), [
    'NO_JOB',
    null,
    null,
  ]);
  assert.deepEqual(show(releaseDates(files, keeping({ retention: null })), '2026-02-01'), [
    'UNKNOWN_RETENTION',
    null,
    null,
  ]);
});

test('each machine has its own chain, and every file comes back once, dated or not', () => {
  const other = weeks(1).map((file) => ({ ...file, objectIds: ['other'] }));
  const undated: StoredFile = {
    kind: 'OTHER',
    createdAt: null,
    storedBytes: 5,
    gfsPeriods: [],
    objectIds: [],
  };
  const files = [...weeks(2), ...other, undated];
  const releases = releaseDates(files, keeping());
  assert.equal(releases.length, files.length);
  assert.equal(new Set(releases.map(({ file }) => file)).size, files.length);
  assert.deepEqual(
    releases.filter(({ file }) => file.objectIds[0] === 'other').map(({ basis }) => basis),
    Array.from({ length: 7 }, () => 'ACTIVE_CHAIN'),
  );
  assert.equal(releases.find(({ file }) => file === undated)?.basis, 'NO_DATE');
});

test('a month later is the last day of a shorter month', () => {
  const retention: Retention = { ...KEEP_14_DAYS, gfsWeeks: null, gfsMonths: 1 };
  const files: StoredFile[] = ['2026-01-31', '2026-02-20'].map((text) => ({
    kind: 'FULL',
    createdAt: day(text),
    storedBytes: 1,
    gfsPeriods: ['Monthly'],
    objectIds: ['vm'],
  }));
  assert.deepEqual(show(releaseDates(files, keeping({ retention })), '2026-01-31'), [
    'GFS',
    '2026-02-28',
    null,
  ]);
});
