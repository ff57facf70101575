import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { nextTests } from '../../../src/analysis/recovery/next-tests.ts';
import { GIB } from '../../../src/analysis/recovery/throughput.ts';
import type { RestoreTrial } from '../../../src/analysis/recovery/trial.ts';
import { compareRecords, recoveryRecord } from '../../../src/analysis/recovery/workload.ts';
import { DAY, HOUR, MINUTE, NOW } from '../builders.ts';
import { input, isNear, point, poolOf, target, trial } from './builders.ts';

/** Restores of other machines: ten of 100 GiB, of which so many came back within 12 minutes. */
const others = (passed: number, n = 10): RestoreTrial[] =>
  Array.from({ length: n }, (_, index) =>
    trial({
      workloadId: `other-${index}`,
      outcome: index < passed ? 'OK' : 'FAILED',
      startedAt: NOW - (index + 1) * DAY,
    }),
  );
const own = (n: number, given: Parameters<typeof trial>[0] = {}) =>
  Array.from({ length: n }, (_, index) => trial({ startedAt: NOW - HOUR * (index + 1), ...given }));

test('a workload that was never tested inherits the pessimistic end of the others and says so', () => {
  const record = recoveryRecord(input({ trials: others(8) }));
  assert.ok(isNear(1 - record.inTime.mean, 0.3984));
  assert.deepEqual([record.slaStatus, record.basis, record.recency], ['UNTESTED', 'POOLED', 'NEVER']);
  assert.equal(record.score.grade, 'F');
  assert.ok(record.reasons.includes('never restored or verified'));
  assert.deepEqual([record.duration.basis, record.duration.q50], ['GROUP', 12]);
});

test('in an estate without any restore everything is assumed', () => {
  const record = recoveryRecord(input());
  assert.deepEqual([record.slaStatus, record.basis, record.inTime.mean], ['UNTESTED', 'ASSUMED', 0.5]);
  assert.equal(record.duration.basis, 'ASSUMED');
  assert.ok(isNear(record.duration.q50, 5 + 100 / 1.5));
  assert.equal(record.duration.q90, null);
  assert.equal(record.duration.maximumGuarantee, null);
});

test('own trials move the probability from the pool as worked out', () => {
  const failure = (trials: RestoreTrial[]) =>
    1 - recoveryRecord(input({ trials: [...others(8), ...trials] })).inTime.mean;
  // The own trials are in the pool as well, so the prior is that of 13 in 15.
  const five = own(5);
  const record = recoveryRecord(input({ trials: [...others(8), ...five] }));
  assert.deepEqual([record.decided, record.basis, record.restores.passed], [5, 'OWN', 5]);
  assert.ok(failure(five) < failure([]) && failure(own(5, { outcome: 'FAILED' })) > failure([]));
  assert.equal(record.duration.basis, 'OWN');
  assert.ok(isNear(record.duration.maximumGuarantee, 1 - 0.9 ** 5));
});

test('one own restore says how long the next takes, before any default', () => {
  const trials = [trial({ gib: 100, minutes: 44 })];
  const { duration } = recoveryRecord(input({ trials, target: { sizeBytes: 200 * GIB } }));
  // 5 minutes of overhead stay, the 39 of the data double.
  assert.deepEqual([duration.basis, duration.q50, duration.q90, duration.n], ['OWN', 83, null, 1]);
  assert.deepEqual(duration.q50Range, { low: 41.5, high: 166 });
  const other = recoveryRecord(input({ trials, target: { workloadId: 'other', sizeBytes: 200 * GIB } }));
  assert.deepEqual([other.duration.basis, other.duration.n], ['EXTRAPOLATED', 1]);
  assert.ok(isNear(other.duration.q50, 83, 6), String(other.duration.q50));
  assert.ok(
    other.reasons.some((reason) =>
      /from the speed of one restore of its repository: a rough estimate/.test(reason),
    ),
  );
});

test('a mount that nobody timed does not hide what restores of other machines showed', () => {
  const mounted = own(1, { class: 'INSTANT', readyAt: null });
  const record = recoveryRecord(input({ trials: [...others(8), ...mounted] }));
  assert.deepEqual([record.method, record.basis, record.duration.q50], ['RESTORE', 'POOLED', 12]);
  assert.notEqual(record.instant, null);
});

test('if all its restores failed nothing is reached and it is not compliant', () => {
  const record = recoveryRecord(input({ trials: own(5, { outcome: 'FAILED', minutes: 1 }) }));
  assert.deepEqual(
    [record.duration.q50, record.duration.q90, record.slaStatus],
    [null, null, 'NON_COMPLIANT'],
  );
  assert.equal(record.lastFailureAt, record.lastTestAt);
});

test('quick tests of small machines do not make a large one compliant', () => {
  const small = [10, 20, 30, 40, 50, 60].flatMap((gib) =>
    [0, 1].map((index) =>
      trial({
        workloadId: `small-${gib}`,
        gib,
        minutes: 2 + gib / 10,
        startedAt: NOW - (gib + index) * HOUR,
      }),
    ),
  );
  const large = recoveryRecord(
    input({ trials: small, target: { workloadId: 'large', sizeBytes: 5120 * GIB } }),
  );
  assert.deepEqual([large.basis, large.duration.basis], ['EXTRAPOLATED', 'EXTRAPOLATED']);
  assert.ok(large.inTime.mean < 0.1, String(large.inTime.mean));
  assert.ok(isNear(large.duration.q50, 514, 1), String(large.duration.q50));
  const like = recoveryRecord(input({ trials: small, target: { workloadId: 'like', sizeBytes: 40 * GIB } }));
  assert.equal(like.basis, 'POOLED');
  assert.ok(like.inTime.mean > 0.75);
});

test('an instant recovery is a way of its own and does not shorten restores', () => {
  const instant = own(6, {
    class: 'INSTANT',
    minutes: 500,
    startedAt: NOW - 2 * DAY,
    readyAt: NOW - 2 * DAY + 2 * MINUTE,
  });
  const restores = own(5, { minutes: 45 });
  const both = recoveryRecord(input({ trials: [...instant, ...restores] }));
  assert.deepEqual([both.method, both.duration.q50, both.instant?.duration.q50], ['RESTORE', 45, 2]);
  assert.equal(both.slaStatus, 'NON_COMPLIANT');
  assert.ok((both.instant?.inTime.mean ?? 0) > 0.8);
  const alone = recoveryRecord(input({ trials: instant }));
  assert.deepEqual([alone.method, alone.duration.q50, alone.instant], ['INSTANT', 2, null]);
});

test('a SureBackup proves no time, but a failing one bounds the probability', () => {
  const verified = recoveryRecord(input({ trials: own(5, { class: 'SUREBACKUP' }) }));
  assert.deepEqual(
    [verified.slaStatus, verified.verifications.passed, verified.recency],
    ['UNTESTED', 5, 'FRESH'],
  );
  assert.ok(isNear(verified.inTime.mean, 0.5));
  assert.ok(verified.reasons.includes('verified, but never restored'));
  const failing = recoveryRecord(
    input({ trials: [...own(5), ...own(10, { class: 'SUREBACKUP', outcome: 'FAILED' })] }),
  );
  assert.ok(failing.inTime.mean <= failing.success.mean && failing.inTime.mean < 0.5);
});

test('one own restore says how long the next takes, before any default', () => {
  const trials = [trial({ gib: 100, minutes: 44 })];
  const { duration } = recoveryRecord(input({ trials, target: { sizeBytes: 200 * GIB } }));
  // 5 minutes of overhead stay, the 39 of the data double.
  assert.deepEqual([duration.basis, duration.q50, duration.q90, duration.n], ['OWN', 83, null, 1]);
  assert.deepEqual(duration.q50Range, { low: 41.5, high: 166 });
  const other = recoveryRecord(input({ trials, target: { workloadId: 'other', sizeBytes: 200 * GIB } }));
  assert.deepEqual([other.duration.basis, other.duration.n], ['EXTRAPOLATED', 1]);
  assert.ok(isNear(other.duration.q50, 83, 6), String(other.duration.q50));
  assert.ok(
    other.reasons.some((reason) =>
      /from the speed of one restore of its repository: a rough estimate/.test(reason),
    ),
  );
});

test('a mount that nobody timed is an attempt of its own: unproven, not untested', () => {
  const mounted = own(1, { class: 'INSTANT', outcome: 'OK' });
  for (const trials of [mounted, [...mounted, ...others(10)]]) {
    const record = recoveryRecord(input({ trials }));
    assert.deepEqual([record.slaStatus, record.restores.passed, record.decided], ['UNPROVEN', 1, 0]);
    assert.ok(record.reasons.includes('it came back, in a time that is not known'));
    assert.equal(record.recency, 'FRESH');
  }
});

test('file-level restores, scans and impossible times test nothing', () => {
  const trials = [
    ...own(3, { class: 'FLR' }),
    ...own(3, { class: 'CONTENT_SCAN' }),
    ...own(2, { minutes: -1 }),
  ];
  const record = recoveryRecord(input({ trials }));
  assert.deepEqual(
    [record.recency, record.restores.n, record.excludedTrials, record.slaStatus],
    ['NEVER', 0, 2, 'UNTESTED'],
  );
});

test('points, a hidden breach and the safe point stand in the same record', () => {
  const stale = point({ pointId: 'stale', createdAt: NOW - 3 * DAY });
  const job = {
    jobId: 'job',
    name: 'Nightly',
    lastOkStartedAt: NOW - 8 * HOUR,
    lastOkEndedAt: NOW - 7 * HOUR,
    isGreen: true,
  };
  const record = recoveryRecord(
    input({ points: [stale], jobs: [job], trials: [trial({ restorePointId: 'stale' })] }),
  );
  assert.deepEqual(
    [record.points.status, record.isHiddenBreach, record.missedRun?.jobId],
    ['BREACHED', true, 'job'],
  );
  assert.deepEqual([record.safePoint?.point.pointId, record.safePoint?.proof.kind], ['stale', 'RESTORE']);
});

const anyTrial = fc.record({
  outcome: fc.constantFrom('OK', 'FAILED', 'CANCELED', 'WARNING' as const),
  class: fc.constantFrom('FULL_VM', 'SUREBACKUP', 'INSTANT', 'DISK' as const),
  minutes: fc.integer({ min: 1, max: 120 }),
  days: fc.integer({ min: 1, max: 300 }),
  gib: fc.constantFrom(null, 10, 100, 1000),
});

test('one more failed restore never raises the probability, and ranges always hold their value', () => {
  fc.assert(
    fc.property(fc.array(anyTrial, { maxLength: 12 }), fc.integer({ min: 1, max: 300 }), (given, days) => {
      const trials = given.map(({ days: age, ...rest }) => trial({ ...rest, startedAt: NOW - age * DAY }));
      const worse = [...trials, trial({ outcome: 'FAILED', startedAt: NOW - days * DAY })];
      const [before, after] = [recoveryRecord(input({ trials })), recoveryRecord(input({ trials: worse }))];
      if (before.method === after.method) assert.ok(after.inTime.mean <= before.inTime.mean + 1e-9);
      for (const { inTime, success, score } of [before, after]) {
        for (const { low, mean, high } of [inTime, success])
          assert.ok(0 <= low && low <= mean && mean <= high && high <= 1);
        assert.ok(
          0 <= score.low && score.low <= score.value && score.value <= score.high && score.high <= 100,
        );
      }
    }),
    { numRuns: 60 },
  );
});

test('the untested come first, the heavier tier before the lighter', () => {
  const trials = [...others(8), ...own(5)];
  const pool = poolOf(trials);
  const of = (workloadId: string, tierWeight: number) =>
    recoveryRecord({ target: target({ workloadId, tierWeight }), pool, points: [], jobs: [] });
  const records = [of('vm', 1), of('light', 0.25), of('heavy', 1)].toSorted(compareRecords);
  assert.deepEqual(
    records.map((record) => record.target.workloadId),
    ['heavy', 'light', 'vm'],
  );
});

test('the next test is that of the heaviest tier that removes most risk, and what is proven needs none', () => {
  const proven = own(30, { workloadId: 'proven' });
  const failing = own(4, { workloadId: 'failing', outcome: 'FAILED' });
  const pool = poolOf([...others(10), ...proven, ...failing]);
  const of = (workloadId: string, given: Parameters<typeof target>[0] = {}) =>
    recoveryRecord({ target: target({ workloadId, ...given }), pool, points: [], jobs: [] });
  const tests = nextTests([
    of('proven'),
    of('failing'),
    of('light', { tierWeight: 0.25, tier: 4 }),
    of('never'),
    of('huge', { sizeBytes: 9000 * GIB }),
  ]);
  assert.deepEqual(
    tests.map(({ workloadId, reason, rank }) => [workloadId, reason, rank]),
    [
      ['failing', 'LAST_TEST_FAILED', 1],
      ['never', 'NEVER_TESTED', 2],
      ['huge', 'NEVER_TESTED', 3],
      ['light', 'NEVER_TESTED', 4],
    ],
  );
  const [, never] = tests;
  assert.ok(never && isNear(never.benefit, never.failureNow - never.failureAfterPass));
  assert.equal(tests[2]?.isExpectedTooSlow, true);
});

test('a success of unknown time is no failure beside one that failed', () => {
  const others = [
    trial({ workloadId: 'a', class: 'DISK', gib: null, minutes: 200, outcome: 'FAILED' }),
    trial({ workloadId: 'b', class: 'DISK', gib: null, minutes: 56 }),
  ];
  const twoDays = { rtoMinutes: 2880 };
  const record = recoveryRecord(input({ trials: others, target: twoDays }));
  assert.deepEqual([record.slaStatus, record.basis], ['UNTESTED', 'POOLED']);
  // Two trials, one of them half in time: pi = 0.5 drawn by two fifths to the bound 0.0502 of a half in two.
  assert.ok(isNear(record.inTime.mean, 0.3203, 3), `${record.inTime.mean}`);
  assert.ok(record.inTime.low < 0.1 && record.inTime.high > 0.6);
  // However many came back in a time that nobody knows, they say more than the failure.
  const many = Array.from({ length: 50 }, (_, index) => trial({ ...others[1], workloadId: `c${index}` }));
  const of51 = recoveryRecord(input({ trials: [...others.slice(0, 1), ...many], target: twoDays }));
  assert.ok(of51.inTime.mean > 0.35, `${of51.inTime.mean}`);
  // Without a failure there is nothing that decides: no pool.
  const undecided = recoveryRecord(input({ trials: many, target: twoDays }));
  assert.deepEqual([undecided.basis, undecided.inTime.mean], ['ASSUMED', 0.5]);
  // Where times are known, untimed ones count as those do.
  const timed = Array.from({ length: 8 }, (_, index) => trial({ workloadId: `d${index}` }));
  const both = recoveryRecord(input({ trials: [...timed, ...many], target: twoDays }));
  assert.ok(both.inTime.mean > 0.7, `${both.inTime.mean}`);
});

test('its own restore of unknown time stands beside its own failure, and proves nothing by itself', () => {
  const own = [
    trial({ class: 'DISK', gib: null, minutes: 200, outcome: 'FAILED' }),
    trial({ class: 'DISK', gib: null, minutes: 56 }),
  ];
  const target = { rtoMinutes: 2880 };
  const both = recoveryRecord(input({ trials: own, target }));
  const failed = recoveryRecord(input({ trials: own.slice(0, 1), target }));
  assert.ok(both.inTime.mean > failed.inTime.mean && both.inTime.low > failed.inTime.low);
  assert.equal(both.decided, 1);
  const passed = recoveryRecord(input({ trials: own.slice(1), target }));
  assert.deepEqual([passed.slaStatus, passed.decided, passed.inTime.mean], ['UNPROVEN', 0, 0.5]);
});
