import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  bootstrapRange,
  kaplanMeier,
  maximumGuarantee,
  orderStatisticRange,
  orderStatisticRanks,
  type TimedTrial,
  timeQuantile,
} from '../../../src/analysis/recovery/quantiles.ts';
import { isNear } from './builders.ts';

const back = (...minutes: number[]): TimedTrial[] =>
  minutes.map((value) => ({ minutes: value, isReached: true }));
const failed = (minutes: number): TimedTrial => ({ minutes, isReached: false });

function assertSurvival(trials: TimedTrial[], expected: number[]): void {
  const survival = kaplanMeier(trials).map((step) => step.survival);
  assert.equal(survival.length, expected.length);
  for (const [index, share] of expected.entries()) assert.ok(isNear(survival[index], share), survival.join());
}

test('the survival curve and its quantiles are the worked ones', () => {
  const early = [...back(8, 9, 10, 12, 15), failed(11)];
  assertSurvival(early, [0.8333, 0.6667, 0.5, 0.25, 0]);
  assert.deepEqual([timeQuantile(kaplanMeier(early), 0.5), timeQuantile(kaplanMeier(early), 0.9)], [10, 15]);
  const late = [...back(8, 9, 10, 12, 15), failed(20)];
  assertSurvival(late, [0.8333, 0.6667, 0.5, 0.3333, 0.1667]);
  assert.deepEqual([timeQuantile(kaplanMeier(late), 0.5), timeQuantile(kaplanMeier(late), 0.9)], [10, null]);
});

test('if all failed, or nothing was tried, no quantile is reached', () => {
  assert.equal(timeQuantile(kaplanMeier([failed(1), failed(2)]), 0.5), null);
  assert.equal(timeQuantile(kaplanMeier([]), 0.5), null);
});

test('at equal times the completed come before the failed', () => {
  assertSurvival([failed(5), ...back(5)], [0.5]);
});

const trials = fc.array(fc.record({ minutes: fc.integer({ min: 1, max: 60 }), isReached: fc.boolean() }), {
  maxLength: 25,
});

test('a failed attempt never shortens a quantile, however early it ends', () => {
  fc.assert(
    fc.property(trials, fc.integer({ min: 0, max: 60 }), fc.constantFrom(0.5, 0.9), (sample, minutes, q) => {
      const before = timeQuantile(kaplanMeier(sample), q) ?? Infinity;
      const after = timeQuantile(kaplanMeier([...sample, failed(minutes)]), q) ?? Infinity;
      assert.ok(after >= before);
    }),
  );
});

test('the order of trials does not matter', () => {
  fc.assert(
    fc.property(trials, (sample) => {
      assert.deepEqual(kaplanMeier(sample.toReversed()), kaplanMeier(sample));
      assert.deepEqual(bootstrapRange(sample.toReversed(), 0.9), bootstrapRange(sample, 0.9));
    }),
    { numRuns: 20 },
  );
});

test('the longest of few trials promises little', () => {
  const rounded = (n: number, q: number) => Math.round(100 * (maximumGuarantee(n, q) as number));
  assert.deepEqual(
    [rounded(5, 0.95), rounded(10, 0.95), rounded(5, 0.9), rounded(10, 0.9)],
    [23, 40, 41, 65],
  );
  assert.ok((maximumGuarantee(59, 0.95) as number) >= 0.95 && (maximumGuarantee(58, 0.95) as number) < 0.95);
  assert.ok((maximumGuarantee(29, 0.9) as number) >= 0.95 && (maximumGuarantee(28, 0.9) as number) < 0.95);
  assert.equal(maximumGuarantee(0, 0.9), null);
});

test('the median lies between the worked ranks', () => {
  for (const [n, lower, upper, coverage] of [
    [6, 1, 6, 0.969],
    [10, 2, 9, 0.979],
    [20, 6, 15, 0.959],
  ] as const) {
    const ranks = orderStatisticRanks(n, 0.5);
    assert.deepEqual([ranks.lower, ranks.upper], [lower, upper]);
    assert.ok(isNear(ranks.coverage, coverage, 3), String(ranks.coverage));
  }
});

test('five trials bound the median on neither side', () => {
  assert.deepEqual(orderStatisticRange(back(1, 2, 3, 4, 5), 0.5), { low: null, high: null });
});

test('an unfinished trial may take for ever, and so may the upper bound', () => {
  assert.deepEqual(orderStatisticRange(back(1, 2, 3, 4, 5, 6), 0.5), { low: 1, high: 6 });
  assert.deepEqual(orderStatisticRange([...back(1, 2, 3, 4, 5), failed(2)], 0.5), { low: 1, high: null });
});

test('the bootstrap needs twenty trials, holds the quantile and is the same every time', () => {
  const sample = back(...Array.from({ length: 40 }, (_, index) => 10 + index));
  assert.equal(bootstrapRange(sample.slice(0, 19), 0.9), null);
  const range = bootstrapRange(sample, 0.9);
  assert.deepEqual(bootstrapRange(sample, 0.9), range);
  const { low, high } = range ?? {};
  assert.ok(typeof low === 'number' && low >= 38 && low < 45, `${low}`);
  assert.ok(typeof high === 'number' && high > 45 && high <= 49, `${high}`);
});
