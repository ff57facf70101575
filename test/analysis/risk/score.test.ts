import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { HAZARDS, type Hazard, type HazardName } from '../../../src/analysis/risk/hazard.ts';
import { ASSUMED_TIER, priorityOf } from '../../../src/analysis/risk/priority.ts';
import { restoreProbability } from '../../../src/analysis/risk/recover.ts';
import { scoreOf, sharedSeverity } from '../../../src/analysis/risk/score.ts';

// Worked examples A to E of METHODS 3.5, calculated there.

test('a good job scores 7.16 points, additively', () => {
  const { score, contributions } = scoreOf(hazards([0.02, 0.01, 0.02, 0.06]));
  assert.equal(score.toFixed(2), '7.16');
  assert.deepEqual(points(contributions), ['1.16', '0.48', '0.77', '4.74']);
});

test('a good job that was never tested scores 41.49, between 9.15 and 73.92', () => {
  const score = scoreOf(hazards([0.02, 0.01, 0.02, 0.5], [0.01, 0.005, 0.01, 0.1], [0.05, 0.04, 0.05, 0.9]));
  assert.equal(score.score.toFixed(2), '41.49');
  assert.equal(score.scoreLow.toFixed(2), '9.15');
  assert.equal(score.scoreHigh.toFixed(2), '73.92');
  assert.deepEqual(points(score.contributions), ['0.93', '0.39', '0.62', '39.54']);
  const tier = {
    tier: 2 as const,
    weight: 0.75,
    low: 0.75,
    high: 0.75,
    rule: 'APP-*',
    basis: 'pattern' as const,
  };
  assert.equal(priorityOf(score, tier).priority.toFixed(2), '43.28');
});

test('five of five passed restore tests bring that job down to 13.63', () => {
  const { p } = restoreProbability({ passed: 5, total: 5 }, null);
  assert.equal(scoreOf(hazards([0.02, 0.01, 0.02, 1 - p])).score.toFixed(2), '13.63');
});

test('a job without one good run scores 78.78', () => {
  const { score, contributions } = scoreOf(hazards([0.95, 0.25, 0.15, 0.5]));
  assert.equal(score.toFixed(2), '78.78');
  assert.deepEqual(points(contributions), ['42.89', '6.79', '3.14', '25.96']);
});

test('a job of which nothing is known scores 56.57, and rests on assumptions alone', () => {
  const score = scoreOf(hazards([0.2, 0.25, 0.15, 0.5]).map((each) => ({ ...each, basis: 'none' as const })));
  assert.equal(score.score.toFixed(2), '56.57');
  assert.equal(score.assumptionPoints.toFixed(2), '56.57');
  assert.equal(score.coverage, 0);
});

test('a job on a repository that fills up scores 44.02, and 9.03 after it was expanded', () => {
  assert.equal(scoreOf(hazards([0.02, 0.8, 0.02, 0.06])).score.toFixed(2), '44.02');
  assert.equal(scoreOf(hazards([0.02, 0.05, 0.02, 0.06])).score.toFixed(2), '9.03');
});

test('certain harm is capped, so that the other hazards still have their part', () => {
  const severities = { gap: 1, capacity: 1, integrity: 1, recover: 1 };
  const { score, contributions } = scoreOf(hazards([1, 0.5, 0, 0]), severities);
  assert.ok(score < 100);
  assert.equal(-Math.log1p(-0.999), 6.907755278982136);
  assert.ok((contributions[1]?.points ?? 0) > 5);
});

test('contributions add up to the score, in whatever order the hazards come', () => {
  const q = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(fc.tuple(q, q, q, q), fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 }), (qs, order) => {
      const given = hazards(qs);
      const score = scoreOf(given);
      const sum = score.contributions.reduce((total, each) => total + each.points, 0);
      assert.ok(Math.abs(sum - score.score) < 0.01);
      assert.deepEqual(scoreOf(order.map((index) => given[index] as Hazard)), score);
    }),
  );
});

test('a higher q never lowers the score', () => {
  const q = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(fc.tuple(q, q, q, q), fc.nat(3), q, (qs, index, other) => {
      const higher = qs.map((value, at) => (at === index ? Math.max(value, other) : value));
      assert.ok(scoreOf(hazards(higher)).score >= scoreOf(hazards(qs)).score);
    }),
  );
});

test('LOW is not given to what was not assessed', () => {
  const tier = {
    tier: 4 as const,
    weight: 0.25,
    low: 0.25,
    high: 0.25,
    rule: 'TEST-*',
    basis: 'pattern' as const,
  };
  const assumed = hazards([0.2, 0.25, 0.15, 0.5]).map((each) => ({ ...each, basis: 'none' as const }));
  const unassessed = priorityOf(scoreOf(assumed), tier);
  assert.ok(unassessed.priority < 30);
  assert.equal(unassessed.category, 'MEDIUM');
  assert.equal(unassessed.isAssessed, false);
  assert.equal(priorityOf(scoreOf(hazards([0.2, 0.25, 0.15, 0.5])), tier).category, 'LOW');
});

test('without a tier the priority is that of 0.6, with the range of all tiers', () => {
  const { priority, priorityLow, priorityHigh } = priorityOf(
    scoreOf(hazards([0.95, 0.25, 0.15, 0.5])),
    ASSUMED_TIER,
  );
  assert.equal(priority.toFixed(2), (0.6 * 78.78).toFixed(2));
  assert.equal(priorityLow.toFixed(1), (0.25 * 78.78).toFixed(1));
  assert.equal(priorityHigh.toFixed(1), '78.8');
});

test('a cause that two hundred share weighs more than one of a single job', () => {
  assert.equal(sharedSeverity(0.5, 1), 0.5);
  assert.equal(sharedSeverity(0.5, 10), 0.75);
  assert.equal(sharedSeverity(0.5, 200).toFixed(3), '0.899');
});

/** Measured hazards, with ranges that are the value itself unless given. */
function hazards(q: readonly number[], low: readonly number[] = q, high: readonly number[] = q): Hazard[] {
  return HAZARDS.map((hazard: HazardName, index) => ({
    hazard,
    q: q[index] as number,
    low: low[index] as number,
    high: high[index] as number,
    basis: 'measured',
    asOf: 0,
    ageDays: 0,
    reasons: [],
    evidence: [],
  }));
}

function points(contributions: readonly { points: number }[]): string[] {
  return contributions.map((each) => each.points.toFixed(2));
}
