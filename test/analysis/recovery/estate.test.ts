import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recoveryCoverage, testRecency } from '../../../src/analysis/recovery/coverage.ts';
import { recoveryEstate } from '../../../src/analysis/recovery/estate.ts';
import { gradeOf, recencyPoints, recoveryScore } from '../../../src/analysis/recovery/score.ts';
import { GIB } from '../../../src/analysis/recovery/throughput.ts';
import { recoveryRecord } from '../../../src/analysis/recovery/workload.ts';
import { DAY, NOW } from '../builders.ts';
import { isNear, point, poolOf, target, trial } from './builders.ts';

test('the age of the last test has the labels of the original', () => {
  const label = (days: number) => testRecency(NOW - days * DAY, NOW);
  assert.deepEqual([0, 7, 30, 31, 60, 61, 90, 91].map(label), [
    'FRESH',
    'FRESH',
    'FRESH',
    'CURRENT',
    'CURRENT',
    'STALE',
    'STALE',
    'CRITICAL',
  ]);
  assert.equal(testRecency(null, NOW), 'NEVER');
});

test('one machine that is tested every day covers one machine', () => {
  const workload = (id: string, gib: number | null, tier: number | null, days: number | null) => ({
    workloadId: id,
    sizeBytes: gib === null ? null : gib * GIB,
    tier,
    tierWeight: tier === 1 ? 1 : 0.25,
    lastTestAt: days === null ? null : NOW - days * DAY,
    lastPassedAt: null,
  });
  const coverage = recoveryCoverage(
    [
      workload('a', 100, 1, 1),
      workload('b', 300, 1, null),
      workload('c', 600, 4, 100),
      workload('d', null, null, 20),
    ],
    NOW,
  );
  assert.deepEqual(
    [coverage.coverage, coverage.tested, coverage.neverTested, coverage.passed],
    [0.5, 2, 1, 0],
  );
  assert.equal(coverage.coverageBytes, 0.1);
  assert.ok(isNear(coverage.coverageTier, 1.25 / 2.5));
  assert.equal(coverage.unknownSizes, 1);
  assert.deepEqual(
    coverage.byTier.map(({ tier, tested, workloads }) => [tier, tested, workloads]),
    [
      [1, 1, 2],
      [4, 0, 1],
      [null, 1, 1],
    ],
  );
});

test('without workloads coverage is not known', () => {
  const { coverage, coverageBytes } = recoveryCoverage([], NOW);
  assert.deepEqual([coverage, coverageBytes], [null, null]);
});

test('recency points follow the curve, and never is nothing', () => {
  assert.deepEqual([0, 7, 30, 60, 90, 110, 400].map(recencyPoints), [100, 100, 85, 60, 30, 20, 0]);
  assert.equal(recencyPoints(null), 0);
});

test('the score weighs five parts, and what is not known is in the middle with the whole range', () => {
  const sure = { a: 1, b: 1, mean: 1, low: 1, high: 1 };
  const best = recoveryScore({ success: sure, inTime: sure, testAgeDays: 1, q50: 10, q90: 10, coverage: 1 });
  assert.ok(isNear(best.value, 100) && best.grade === 'A');
  const unknown = recoveryScore({
    success: sure,
    inTime: sure,
    testAgeDays: 1,
    q50: 10,
    q90: null,
    coverage: null,
  });
  assert.ok(isNear(unknown.value, 85) && isNear(unknown.low, 70) && isNear(unknown.high, 100));
  assert.equal(unknown.grade, gradeOf(70));
  const slow = recoveryScore({ success: sure, inTime: sure, testAgeDays: 1, q50: 10, q90: 20, coverage: 1 });
  assert.equal(slow.components.find(({ name }) => name === 'predictability')?.value, 50);
});

const estate = (slots: number | null, bandwidth: number | null = 15) => {
  const trials = [50, 100, 200, 400, 800].map((gib) =>
    trial({ workloadId: `vm-${gib}`, gib, minutes: 2 + gib / 10 }),
  );
  const pool = poolOf([...trials, trial({ workloadId: null }), trial({ minutes: -1 })]);
  const records = Array.from({ length: 10 }, (_, index) =>
    recoveryRecord({
      target: target({
        workloadId: `machine-${index}`,
        rtoMinutes: 31,
        sizeBytes: 100 * GIB,
        tier: index < 2 ? 1 : 4,
      }),
      pool,
      points: index === 9 ? [] : [point()],
      jobs: [],
    }),
  );
  return recoveryEstate({
    records,
    pool,
    slots,
    bandwidthGibPerMinute: bandwidth,
    counts: [1, 2, 4, 10, 50],
  });
};

test('the estate counts every workload and simulates the worked mass restores', () => {
  const { massRestores, mostWithinRto, bySla, byRpo, withoutSafePoint, throughput } = estate(2);
  assert.ok(isNear(throughput.gibPerMinute, 10) && isNear(throughput.overheadMinutes, 2));
  const minutes = Object.fromEntries(
    (massRestores ?? []).map(({ scenario, restore }) => [scenario, restore.makespanMinutes]),
  );
  assert.deepEqual(Object.keys(minutes), ['N:1', 'N:2', 'N:4', 'N:10', 'TIER:1', 'TIER:4', 'ALL']);
  for (const [scenario, expected] of [
    ['N:1', 12],
    ['N:2', 15.33],
    ['N:4', 30.67],
    ['ALL', 76.67],
  ] as const)
    assert.ok(isNear(minutes[scenario], expected, 2), `${scenario} ${String(minutes[scenario])}`);
  assert.deepEqual(mostWithinRto, { machines: 4, smallestFirst: 4, rtoMinutes: 31 });
  assert.deepEqual([bySla.UNTESTED, byRpo.MET, byRpo.NEVER, withoutSafePoint], [10, 9, 1, 10]);
});

test('without known slots there is no mass restore, and without slots none comes back', () => {
  const unknown = estate(null);
  assert.deepEqual([unknown.massRestores, unknown.mostWithinRto], [null, null]);
  assert.ok(unknown.reasons.includes('the number of restores that can run at once is not known'));
  assert.deepEqual(estate(0).mostWithinRto, { machines: 0, smallestFirst: 0, rtoMinutes: 31 });
});

test('a bandwidth that is not known is said to be taken as unlimited', () => {
  const { bandwidth, reasons } = estate(2, null);
  assert.equal(bandwidth.gibPerMinute, null);
  assert.ok(reasons.some((reason) => reason.startsWith('bandwidth is taken as unlimited')));
});

test('an empty estate is not a healthy one', () => {
  const empty = recoveryEstate({ records: [], pool: poolOf([]), slots: 4, bandwidthGibPerMinute: null });
  assert.deepEqual([empty.coverage.coverage, empty.mostWithinRto], [null, null]);
  assert.ok(empty.reasons.includes('no protected workload is known'));
});
