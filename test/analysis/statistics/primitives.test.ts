import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { evidence, unknownEvidence } from '../../../src/analysis/evidence.ts';
import {
  discountedSampleSize,
  lagOneAutocorrelation,
} from '../../../src/analysis/statistics/autocorrelation.ts';
import { betaQuantile, regularizedIncompleteBeta } from '../../../src/analysis/statistics/beta-quantile.ts';
import { binomialUpperTail, hypergeometricUpperTail } from '../../../src/analysis/statistics/exact-tails.ts';
import { hampelScore } from '../../../src/analysis/statistics/hampel.ts';
import { logGamma } from '../../../src/analysis/statistics/log-gamma.ts';
import { newcombeDifference } from '../../../src/analysis/statistics/newcombe.ts';
import { recencyWeight, weightedRate } from '../../../src/analysis/statistics/recency-weight.ts';
import { shrunkRate } from '../../../src/analysis/statistics/shrinkage.ts';
import { theilSen } from '../../../src/analysis/statistics/theil-sen.ts';
import { wilson, Z80, Z90, Z95 } from '../../../src/analysis/statistics/wilson.ts';

/** Worked numbers are those of the method's specification, given there to the digits compared here. */
function near(actual: number | null | undefined, expected: number, digits = 6): void {
  assert.ok(typeof actual === 'number', `expected ${expected}, got ${actual}`);
  assert.ok(Math.abs(actual - expected) <= 0.6 * 10 ** -digits, `expected ${expected}, got ${actual}`);
}

test('the Wilson interval gives the worked numbers', () => {
  const cases: [number, number, number, number, number][] = [
    [1, 1, Z95, 0.206549, 1],
    [0, 1, Z95, 0, 0.793451],
    [5, 5, Z95, 0.565518, 1],
    [10, 10, Z95, 0.722467, 1],
    [8, 10, Z95, 0.490162, 0.943318],
    [28, 30, Z95, 0.786765, 0.981523],
    [8, 10, Z80, 0.601596, 0.913763],
    [5, 5, Z80, 0.752743, 1],
  ];
  for (const [successes, n, z, low, high] of cases) {
    const interval = wilson(successes, n, z);
    near(interval.low, low);
    near(interval.high, high);
  }
});

test('without observations a proportion is unknown, not zero', () => {
  assert.deepEqual(wilson(0, 0), { value: null, low: 0, high: 1 });
});

test('the Wilson interval holds the observed share and stays within 0 and 1, whatever is fed in', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0.01, max: 1e6, noNaN: true }),
      (p, n) => {
        const { value, low, high } = wilson(p * n, n);
        assert.ok(value !== null && 0 <= low && low <= value && value <= high && high <= 1);
      },
    ),
  );
});

test('the Newcombe difference gives the worked numbers', () => {
  const difference = (s1: number, n1: number, s2: number, n2: number) =>
    newcombeDifference({ successes: s1, n: n1 }, { successes: s2, n: n2 });
  const expectations: [number[], number, number, number][] = [
    [[28, 28, 10, 14], -0.285714, -0.546491, -0.078477],
    [[27, 28, 13, 14], -0.035714, -0.280741, 0.117395],
    [[20, 28, 14, 14], 0.285714, 0.032546, 0.470593],
  ];
  for (const [[s1, n1, s2, n2], d, low, high] of expectations) {
    const result = difference(s1 as number, n1 as number, s2 as number, n2 as number);
    near(result?.difference, d);
    near(result?.low, low);
    near(result?.high, high);
  }
  assert.equal(difference(0, 0, 1, 1), null);
  assert.equal(difference(1, 1, 0, 0), null);
});

test('beta quantiles give the worked numbers', () => {
  const cases: [number, number, number[]][] = [
    [1, 1, [0.1, 0.5, 0.9]],
    [6, 1, [0.681292, 0.890899, 0.982593]],
    [30, 2, [0.880231, 0.946448, 0.982712]],
    [1, 3, [0.034511, 0.206299, 0.535841]],
  ];
  for (const [a, b, expected] of cases) {
    for (const [index, p] of [0.1, 0.5, 0.9].entries())
      near(betaQuantile(p, a, b), expected[index] as number);
  }
  assert.ok(Number.isNaN(betaQuantile(0.5, 0, 1)));
});

test('the beta quantile is the inverse of the distribution function', () => {
  const shape = fc.double({ min: 0.5, max: 500, noNaN: true });
  fc.assert(
    fc.property(fc.double({ min: 0.01, max: 0.99, noNaN: true }), shape, shape, (p, a, b) => {
      near(regularizedIncompleteBeta(betaQuantile(p, a, b), a, b), p, 4);
    }),
  );
});

test('log-gamma agrees with factorials and with the half-integer value', () => {
  near(logGamma(11), Math.log(3_628_800), 12);
  near(logGamma(0.5), Math.log(Math.sqrt(Math.PI)), 12);
  assert.ok(Number.isNaN(logGamma(0)));
});

test('recency weights give the worked numbers', () => {
  const ages = [0, 1, 2, 3, 4, 5, 6, 7, 14, 28];
  const result = weightedRate(
    ages.map((age, index) => ({ age, y: index < 2 ? 0 : 1 })),
    14,
  );
  near(result.sumOfWeights, 7.5205, 4);
  near(result.rate, 0.7405, 4);
  near(result.effectiveN, 9.2475, 4);
  const interval = wilson((result.rate ?? 0) * result.effectiveN, result.effectiveN, Z80);
  near(interval.low, 0.5302, 4);
  near(interval.high, 0.8783, 4);
  assert.deepEqual([recencyWeight(14, 14), recencyWeight(-3, 14)], [0.5, 1]);
  assert.deepEqual(weightedRate([], 14), { rate: null, sumOfWeights: 0, effectiveN: 0 });
});

test('the autocorrelation discount gives the worked numbers', () => {
  const sequence = '11100011111100111111'.split('').map(Number);
  near(lagOneAutocorrelation(sequence), 0.45, 10);
  near(discountedSampleSize(sequence), 7.5862, 4);
  assert.equal(discountedSampleSize([1, 1, 1, 1, 1, 1, 1, 1, 1]), 9);
  assert.equal(discountedSampleSize([1, 0, 1]), 3);
  assert.equal(discountedSampleSize([]), 0);
});

test('the Theil–Sen line gives the worked numbers and shrugs off a wild last value', () => {
  const points = [10, 12, 11, 15, 14, 18, 17, 20].map((y, x) => ({ x, y }));
  const line = theilSen(points);
  near(line.slope, 1.5, 10);
  assert.equal(line.pairs, 28);
  assert.equal(line.s, 22);
  near(line.varianceOfS, 65.3333, 4);
  near(line.mannKendallZ, 2.5981, 4);
  near(line.low, 0.6667, 4);
  near(line.high, 2, 4);
  const wild = theilSen([...points.slice(0, 7), { x: 7, y: 90 }]);
  near(wild.slope, 1.5, 10);
});

test('the Theil–Sen interval of weekly fulls gives the worked numbers', () => {
  const ratios = [2.1, 2.08, 2.09, 2.05, 2.06, 2.02, 2.03, 1.99, 2.0, 1.96, 1.97, 1.94];
  const line = theilSen(
    ratios.map((ratio, week) => ({ x: week * 7, y: Math.log(ratio) })),
    Z90,
  );
  const percent = (slope: number | null) => 100 * (Math.exp(30 * (slope ?? Number.NaN)) - 1);
  near(percent(line.slope), -3.11, 2);
  near(percent(line.low), -3.2, 2);
  near(percent(line.high), -2.69, 2);
  assert.equal(line.s, -56);
  near(line.mannKendallZ, -3.77, 2);
});

test('a line needs two different x', () => {
  assert.equal(theilSen([]).slope, null);
  assert.equal(theilSen([]).level, null);
  assert.deepEqual({ ...theilSen([{ x: 1, y: 5 }]), varianceOfS: 0 }.level, 5);
  assert.equal(
    theilSen([
      { x: 1, y: 5 },
      { x: 1, y: 7 },
    ]).slope,
    null,
  );
});

test('the Hampel score gives the worked numbers', () => {
  const previous = [2.0, 2.1, 1.9, 2.05, 1.95, 2.0, 2.1, 1.9, 2.0, 2.05];
  const score = hampelScore(1.2, previous, 0);
  near(score?.median, 2, 10);
  near(score?.scale, 0.07413, 6);
  near(score?.z, -10.79, 2);
  assert.equal(score?.isFlagged, true);
  const logs = previous.map(Math.log);
  near(hampelScore(Math.log(1.2), logs, 0.02)?.scale, 0.037073, 6);
  near(hampelScore(Math.log(1.2), logs, 0.02)?.z, -13.78, 2);
  near(hampelScore(Math.log(1.95), logs, 0.02)?.z, -0.683, 3);
});

test('a constant past is judged by the floor', () => {
  const previous = Array<number>(10).fill(Math.log(2));
  const drop = hampelScore(Math.log(1.9), previous, 0.02);
  near(drop?.z, -2.56, 2);
  assert.equal(drop?.isFlagged, false);
  near(hampelScore(Math.log(1.98), previous, 0.02)?.z, -0.5, 2);
  assert.equal(hampelScore(1, [1, 1, 1], 0.02), null);
});

test('a value is scored where half of the past is equal', () => {
  const previous = [...Array<number>(26).fill(2), ...Array<number>(4).fill(0.5)];
  const score = hampelScore(0.5, previous, 0);
  near(score?.scale, 0.2507, 4);
  near(score?.z, -5.98, 2);
});

test('exact tails give the worked numbers', () => {
  near(hypergeometricUpperTail(90, 10, 13, 8), 6.679e-7, 10);
  near(hypergeometricUpperTail(90, 10, 90, 10), 1, 12);
  near(hypergeometricUpperTail(60, 4, 9, 2), 0.103171);
  near(binomialUpperTail(40, 0.02, 3), 0.04567);
  near(binomialUpperTail(200, 0.02, 3), 0.764852);
  near(binomialUpperTail(12, 0.02, 3), 0.001537);
  near(binomialUpperTail(40, 0.02, 6), 0.000137);
});

test('the binomial tail never grows with x and survives large fleets', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20_000 }),
      fc.double({ min: 0.001, max: 0.999, noNaN: true }),
      (n, p) => {
        let last = 1;
        for (const x of [0, 1, Math.floor(n * p), Math.ceil(n * p) + 1, n].toSorted((a, b) => a - b)) {
          const tail = binomialUpperTail(n, p, x);
          assert.ok(tail >= 0 && tail <= last + 1e-9, `n=${n} p=${p} x=${x}: ${tail} after ${last}`);
          last = tail;
        }
      },
    ),
    { numRuns: 50 },
  );
});

test('shrinkage ranks a job that failed once above one that fails a third of sixty runs', () => {
  near(shrunkRate(0, 1, 0.95), 0.7917, 4);
  near(shrunkRate(1, 1, 0.95), 0.9583, 4);
  near(shrunkRate(40, 60, 0.95), 0.6885, 4);
  near(shrunkRate(10, 10, 0.95), 0.9833, 4);
});

test('an unknown number stays null and a number keeps its range around it', () => {
  assert.equal(unknownEvidence(['nothing measured']).value, null);
  const given = evidence({ value: 5, low: 6, high: 4, n: 3, basis: 'measured', asOf: 0 });
  assert.deepEqual([given.low, given.high], [5, 5]);
  assert.equal(
    evidence({ value: Number.NaN, low: 0, high: 1, n: 3, basis: 'measured', asOf: 0 }).value,
    null,
  );
});
