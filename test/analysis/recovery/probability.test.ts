import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decideInTime } from '../../../src/analysis/recovery/decision.ts';
import {
  atMost,
  type Decision,
  pooledProbability,
  priorShare,
  slaStatus,
  trialProbability,
} from '../../../src/analysis/recovery/probability.ts';
import { GIB } from '../../../src/analysis/recovery/throughput.ts';
import { assessTrial } from '../../../src/analysis/recovery/trial.ts';
import { wilson } from '../../../src/analysis/statistics/wilson.ts';
import { HOUR, MINUTE, NOW } from '../builders.ts';
import { isNear, TEN_A_MINUTE, trial } from './builders.ts';

const decisions = (passed: number, n: number, ageDays = 0): Decision[] =>
  Array.from({ length: n }, (_, index) => ({ isPassed: index < passed, ageDays }));

test('the worked failure probabilities over a pool of 8 in 10', () => {
  const prior = priorShare({ n: 10, passed: 8 });
  assert.ok(isNear(prior, 0.6016));
  const failure = (passed: number, n: number) => 1 - trialProbability(decisions(passed, n), prior).mean;
  assert.ok(isNear(failure(0, 0), 0.3984));
  assert.ok(isNear(failure(5, 5), 0.1138));
  assert.ok(isNear(failure(3, 5), 0.3995));
  assert.ok(isNear(failure(0, 5), 0.8281));
});

test('old trials fade as worked out, and the range is that of the Beta distribution', () => {
  for (const [age, mean] of [
    [0, 0.8571],
    [30, 0.8058],
    [90, 0.6923],
    [180, 0.5676],
  ] as const)
    assert.ok(isNear(trialProbability(decisions(5, 5, age), 0.5).mean, mean));
  const { low, high } = trialProbability(decisions(5, 5), 0.5);
  assert.ok(isNear(low, 0.681292, 6) && isNear(high, 0.982593, 6));
});

test('without a pool nothing is favoured, and a perfect pool is not trusted fully', () => {
  assert.equal(priorShare({ n: 0, passed: 0 }), 0.5);
  assert.equal(priorShare({ n: 1000, passed: 1000 }), 0.8);
  assert.ok(priorShare({ n: 1000, passed: 0 }) > 0);
});

test('few pooled trials move what is believed in part, and are no certainty', () => {
  assert.ok(isNear(priorShare({ n: 1, passed: 0 }), 0.402));
  assert.ok(isNear(priorShare({ n: 1, passed: 1 }), 0.4757));
  assert.ok(isNear(priorShare({ n: 2, passed: 1 }), 0.3657));
  assert.equal(priorShare({ n: 5, passed: 0 }), 0.01);
  for (const n of [1, 2, 5, 20]) {
    const { mean, low, high } = pooledProbability([], { n, passed: 0 });
    assert.ok(low <= mean && mean <= high, `${n}`);
    // What none of n showed can still be as likely as the upper bound of 0 of n.
    assert.ok(high >= wilson(0, n).high, `${n}`);
  }
  const own = decisions(1, 2);
  const pooled = { n: 10, passed: 8 };
  assert.deepEqual(pooledProbability(own, pooled), trialProbability(own, priorShare(pooled)));
});

const history = fc.array(
  fc.record({ isPassed: fc.boolean(), ageDays: fc.double({ min: 0, max: 800, noNaN: true }) }),
  { maxLength: 30 },
);
const prior = fc.double({ min: 0.01, max: 0.8, noNaN: true });

test('one more failure never raises the probability', () => {
  fc.assert(
    fc.property(history, prior, fc.double({ min: 0, max: 800, noNaN: true }), (trials, share, ageDays) => {
      const before = trialProbability(trials, share);
      const after = trialProbability([...trials, { isPassed: false, ageDays }], share);
      assert.ok(after.mean <= before.mean + 1e-9);
      assert.ok(after.low <= before.low + 1e-9 && after.high <= before.high + 1e-9);
    }),
    { numRuns: 50 },
  );
});

test('one and the same history drifts to the prior as it ages', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 9 }),
      prior,
      fc.double({ min: 0, max: 500, noNaN: true }),
      (passed, share, age) => {
        const distance = (ageDays: number) =>
          Math.abs(trialProbability(decisions(passed, 9, ageDays), share).mean - share);
        assert.ok(distance(age + 30) <= distance(age) + 1e-12);
        assert.ok(distance(5000) < 1e-6);
      },
    ),
    { numRuns: 50 },
  );
});

test('the status asks for proof on both sides', () => {
  const status = (passed: number, n: number, share = 0.8) =>
    slaStatus(trialProbability(decisions(passed, n), share), n);
  assert.equal(status(0, 0), 'UNTESTED');
  assert.equal(status(30, 30), 'COMPLIANT');
  assert.equal(status(5, 5, 0.6016), 'AT_RISK');
  assert.equal(status(0, 5, 0.6016), 'NON_COMPLIANT');
  assert.equal(status(1, 1, 0.5), 'UNPROVEN');
});

test('what does not come back does not come back in time', () => {
  const inTime = trialProbability(decisions(5, 5), 0.5);
  const success = trialProbability(decisions(5, 15), 0.5);
  const bounded = atMost(inTime, success);
  assert.ok(bounded.mean <= success.mean && bounded.low <= success.low && bounded.high <= success.high);
  assert.deepEqual(atMost(success, inTime), success);
});

const machine = { workloadId: 'vm', sizeBytes: 100 * GIB, throughput: TEN_A_MINUTE };
const decide = (given: Parameters<typeof trial>[0], rto = 30) =>
  decideInTime(assessTrial(trial(given), NOW), machine, rto, NOW)?.isPassed ?? null;

test('a restore counts for the target time by what it shows', () => {
  assert.equal(decide({ minutes: 12 }), true);
  assert.equal(decide({ minutes: 31 }), false);
  assert.equal(decide({ minutes: 1, outcome: 'FAILED' }), false);
  assert.equal(decide({ minutes: 10, outcome: 'CANCELED' }), null);
  assert.equal(decide({ minutes: 40, outcome: 'CANCELED' }), false);
  assert.equal(decide({ startedAt: NOW - 10 * MINUTE, endedAt: null, outcome: 'RUNNING' }), null);
  assert.equal(decide({ startedAt: NOW - HOUR, endedAt: null, outcome: 'RUNNING' }), false);
  assert.equal(decide({ class: 'SUREBACKUP' }), null);
  assert.equal(decide({ class: 'FLR' }), null);
});

test('a small restore is scaled before it is held against the target time', () => {
  assert.equal(decide({ gib: 25, minutes: 8 }), true);
  assert.equal(decide({ gib: 25, minutes: 12 }), false);
});

test('a quick disk of unknown size does not prove its machine, a slow one disproves it', () => {
  assert.equal(decide({ class: 'DISK', gib: null, minutes: 3 }), null);
  assert.equal(decide({ class: 'DISK', gib: null, minutes: 45 }), false);
});

test('a mount seen between two looks counts only where both sides of the span agree', () => {
  const startedAt = NOW - HOUR;
  const mounted = (since: number, at: number) =>
    decide({
      class: 'INSTANT',
      startedAt,
      readySince: startedAt + since * MINUTE,
      readyAt: startedAt + at * MINUTE,
    });
  assert.equal(mounted(1, 20), true);
  assert.equal(mounted(20, 50), null);
  assert.equal(mounted(31, 50), false);
});
