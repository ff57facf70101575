import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fleetReliability, rankRate, reliability } from '../../../src/analysis/health/reliability.ts';
import { DAY, NOW, nightly, run } from '../builders.ts';

function near(actual: number | null, expected: number, digits: number): void {
  assert.ok(
    actual !== null && Math.abs(actual - expected) <= 0.6 * 10 ** -digits,
    `expected ${expected}, got ${actual}`,
  );
}

test('nothing is known of a job without runs', () => {
  const result = reliability([], NOW);
  assert.equal(result.rate, null);
  assert.deepEqual([result.low, result.high, result.runs], [0, 1, 0]);
  assert.equal(result.rateUsable, null);
  assert.equal(result.recoveredShare, null);
});

test('one run leaves a wide interval', () => {
  // Wilson at 80 % for one observation: 1/(1 + z²) = 0.3785 on the far side.
  near(reliability([run()], NOW).low, 0.3785, 4);
  near(reliability([run({ outcome: 'FAILED' })], NOW).high, 0.6215, 4);
});

test('recent failures weigh more than old successes', () => {
  const ages = [0, 1, 2, 3, 4, 5, 6, 7, 14, 28];
  const runs = ages.map((age, index) =>
    run({ startedAt: NOW - age * DAY, outcome: index < 2 ? 'FAILED' : 'SUCCESS' }),
  );
  const result = reliability(runs, NOW);
  near(result.rate, 0.7405, 4);
  near(result.sumOfWeights, 7.5205, 4);
  near(result.rateUsable, 0.8, 10);
});

test('warnings are usable and half clean', () => {
  const result = reliability(nightly('WWWWWWWWWW'), NOW);
  near(result.rate, 0.5, 10);
  assert.equal(result.rateUsable, 1);
  assert.equal(result.rateClean, 0);
});

test('cancelled and running runs are counted and do not enter the rates', () => {
  const result = reliability(nightly('SSSSCCCR'), NOW);
  assert.deepEqual([result.runs, result.canceled, result.running], [4, 3, 1]);
  assert.equal(result.rate, 1);
});

test('failures that come in a row widen the interval', () => {
  const inRow = reliability(nightly('SSSSSSSSSSSSFFFFFFFFSSSS'), NOW);
  const spread = reliability(nightly('SFSSFSSFSSFSSFSSFSSFSSFS'), NOW);
  assert.ok(inRow.nEff < spread.nEff / 2, `${inRow.nEff} against ${spread.nEff}`);
});

test('retry dependence is the share of usable runs that a retry saved', () => {
  const result = reliability(nightly('SrSrSFSrSS'), NOW);
  assert.deepEqual([result.recovered, result.recoveredShare], [3, 3 / 9]);
  near(result.attemptsPerRun, 1.3, 10);
});

test('runs older than the window are ignored', () => {
  assert.equal(reliability([run({ startedAt: NOW - 91 * DAY })], NOW).runs, 0);
});

test('the fleet pools runs, and an empty fleet is unknown', () => {
  const jobs = [reliability(nightly('SSSSS'), NOW), reliability(nightly('FFFFF'), NOW), reliability([], NOW)];
  near(fleetReliability(jobs).rate, 0.5, 10);
  assert.equal(fleetReliability([]).rate, null);
});

test('jobs are ranked by rates pulled toward the fleet', () => {
  const mixed = reliability(nightly('SSF'.repeat(20)), NOW);
  const once = reliability(nightly('F'), NOW);
  near(rankRate(mixed, 0.95), 0.6885, 4);
  near(rankRate(once, 0.95), 0.7917, 4);
  assert.equal(rankRate(reliability([], NOW), null), null);
});

test('another failure never raises the rate, and the rate stays inside its interval', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('S', 'W', 'F', 'C'), { maxLength: 60 }), (letters) => {
      const before = reliability(nightly(`${letters.join('')}.`), NOW);
      const after = reliability(nightly(`${letters.join('')}F`), NOW);
      assert.ok(before.rate === null || (after.rate as number) <= before.rate + 1e-12);
      assert.ok(after.rate !== null && after.low <= after.rate && after.rate <= after.high);
    }),
  );
});
