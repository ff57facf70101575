import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  isHiddenBreach,
  missedByGreenJob,
  type ProtectingJob,
} from '../../../src/analysis/recovery/hidden-breach.ts';
import { estimateImmutability } from '../../../src/analysis/recovery/immutability.ts';
import { pointsRecord, type RestorePoint } from '../../../src/analysis/recovery/points.ts';
import { DAY, HOUR, NOW } from '../builders.ts';
import { point } from './builders.ts';

const record = (points: RestorePoint[], rpoHours = 24) => pointsRecord({ points, rpoHours, now: NOW });
const aged = (hours: number, given: Partial<RestorePoint> = {}) =>
  point({ createdAt: NOW - hours * HOUR, ...given });
/** Points every `every` hours, the newest `age` hours old. */
const series = (n: number, every: number, age: number) =>
  Array.from({ length: n }, (_, index) => aged(age + index * every));

test('the newest usable point is held against the target', () => {
  assert.deepEqual([record([aged(4)]).status, record([aged(4)]).ageHours], ['MET', 4]);
  assert.equal(record([aged(24)]).status === 'BREACHED', false);
  assert.equal(record([aged(24.1)]).status, 'BREACHED');
  assert.equal(record([]).status, 'NEVER');
});

test('points that were not read are not known, instead of never made', () => {
  const unread = pointsRecord({ points: [], rpoHours: 24, now: NOW, isComplete: false });
  assert.equal(unread.status, 'UNKNOWN');
  const old = pointsRecord({ points: [aged(90)], rpoHours: 24, now: NOW, isComplete: false });
  assert.equal(old.status, 'UNKNOWN');
  assert.equal(pointsRecord({ points: [aged(3)], rpoHours: 24, now: NOW, isComplete: false }).status, 'MET');
});

test('a copy keeps the time of its source, so each location has an age and the best of them counts', () => {
  const { locations, newest, ageHours } = record([
    aged(60, { locationId: 'primary', pointId: 'p' }),
    aged(10, { locationId: 'copy', pointId: 'c' }),
    aged(34, { locationId: 'copy' }),
  ]);
  assert.deepEqual(
    locations.map(({ locationId, points, ageHours: age, status }) => [locationId, points, age, status]),
    [
      ['copy', 2, 10, 'MET'],
      ['primary', 1, 60, 'BREACHED'],
    ],
  );
  assert.deepEqual([newest?.pointId, ageHours], ['c', 10]);
});

test('infected, suspicious, damaged and vanished points and points from the future are not usable', () => {
  const { status, newest, unusable, locations } = record([
    aged(1, { malwareStatus: 'Infected' }),
    aged(2, { malwareStatus: 'Suspicious' }),
    aged(3, { isCorrupted: true }),
    aged(5, { vanishedAt: NOW - HOUR }),
    aged(-3),
  ]);
  assert.deepEqual([status, newest], ['NEVER', null]);
  assert.deepEqual(unusable, { infected: 1, suspicious: 1, corrupted: 1, inFuture: 1 });
  assert.deepEqual([locations.length, locations[0]?.status], [1, 'NEVER']);
});

test('a point without a malware status is usable, but not clean', () => {
  const { status, lastClean, reasons } = record([
    aged(2, { malwareStatus: null }),
    aged(30, { pointId: 'clean' }),
  ]);
  assert.equal(status, 'MET');
  assert.equal(lastClean?.pointId, 'clean');
  assert.ok(reasons.includes('the source gives no malware status for its newest point'));
});

test('points come too seldom for the target, or the next one is overdue: at risk before it is breached', () => {
  assert.equal(record(series(10, 24, 20)).status, 'MET');
  assert.equal(record(series(10, 48, 20)).status, 'AT_RISK');
  assert.equal(record(series(10, 4, 20)).status, 'AT_RISK');
  assert.equal(record(series(10, 4, 3)).status, 'MET');
  assert.equal(record([aged(20)]).status, 'AT_RISK');
});

test('the share of time beyond the target counts gaps as they were, copies once', () => {
  assert.equal(record(series(40, 24, 0)).breachedShare, 0);
  assert.ok(Math.abs((record(series(21, 48, 0)).breachedShare as number) - 0.5) < 1e-9);
  const [a, b] = [aged(48), aged(0)];
  const copies = [a, b, { ...a, pointId: 'copy', locationId: 'copy' }];
  assert.equal(record(copies).breachedShare, 0.5);
  assert.equal(record([]).breachedShare, null);
});

test('a vanished point still tells of the past', () => {
  const points = series(30, 24, 0).map((old, index) =>
    index > 5 ? { ...old, vanishedAt: NOW - HOUR } : old,
  );
  const { breachedShare, points: count } = record(points);
  assert.deepEqual([breachedShare, count], [0, 6]);
});

test('one usable point more never makes the age worse', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 2000 }), { maxLength: 20 }),
      fc.integer({ min: 0, max: 2000 }),
      (ages, more) => {
        const points = ages.map((hours) => aged(hours));
        const before = record(points).ageHours ?? Number.POSITIVE_INFINITY;
        const after = record([...points, aged(more)]).ageHours ?? Number.POSITIVE_INFINITY;
        assert.ok(after <= before);
      },
    ),
  );
});

const greenJob = (given: Partial<ProtectingJob> = {}): ProtectingJob => ({
  jobId: 'job',
  name: 'Nightly',
  lastOkStartedAt: NOW - 8 * HOUR,
  lastOkEndedAt: NOW - 7 * HOUR,
  isGreen: true,
  ...given,
});

test('a job that ended well and gave the machine no point hides a breach', () => {
  const stale = record([aged(80)]);
  const missed = missedByGreenJob(stale, [greenJob()]);
  assert.equal(missed?.jobId, 'job');
  assert.equal(isHiddenBreach(stale, missed), true);
  const never = record([]);
  assert.equal(isHiddenBreach(never, missedByGreenJob(never, [greenJob()])), true);
});

test('a missed run within the target is told, but no breach yet', () => {
  const points = record([aged(20)]);
  const missed = missedByGreenJob(points, [greenJob()]);
  assert.deepEqual([missed?.jobId, isHiddenBreach(points, missed)], ['job', false]);
});

test('a job that failed, runs for the first time or did give a point hides nothing', () => {
  const stale = record([aged(80)]);
  assert.equal(missedByGreenJob(stale, [greenJob({ isGreen: false })]), null);
  assert.equal(missedByGreenJob(stale, [greenJob({ lastOkStartedAt: null })]), null);
  assert.equal(missedByGreenJob(record([aged(7.9)]), [greenJob()]), null);
  assert.equal(missedByGreenJob(record([aged(8.05)]), [greenJob()]), null);
  assert.equal(missedByGreenJob(stale, []), null);
});

test('immutability is an estimate, and not knowing it is not having none', () => {
  const [recent] = [aged(24)];
  const estimated = estimateImmutability(recent, 7, NOW);
  assert.deepEqual(
    [estimated.basis, estimated.until, estimated.isImmutableNow],
    ['ESTIMATED', NOW + 6 * DAY, true],
  );
  assert.match(estimated.reasons.join(), /extend/);
  assert.equal(estimateImmutability(aged(24 * 8), 7, NOW).isImmutableNow, false);
  assert.equal(estimateImmutability(recent, 0, NOW).basis, 'NONE');
  const unknown = estimateImmutability(recent, null, NOW);
  assert.deepEqual([unknown.basis, unknown.isImmutableNow], ['UNKNOWN', null]);
  assert.equal(estimateImmutability(null, 7, NOW).until, null);
});
