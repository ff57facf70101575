import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  failureRateComponent,
  healthScore,
  patternComponent,
  protectedObjectsComponent,
  repositoryComponent,
  type ScoreComponent,
  trendComponent,
} from '../../../src/analysis/health/health-score.ts';

const exactly = (value: number): ScoreComponent => ({ value, low: value, high: value });
const round = (value: number) => Math.round(value * 10 + 1e-6) / 10;

function score(first: ScoreComponent | null, ...rest: (number | null)[]) {
  const [trend, pattern, objects, repository] = rest.map((value) =>
    value === null ? null : exactly(value as number),
  );
  return healthScore({
    failure_rate: first,
    trend: trend ?? null,
    pattern: pattern ?? null,
    protected_objects: objects ?? null,
    repository: repository ?? null,
  });
}

test('the score, its range and its grade give the worked numbers', () => {
  const good = score({ value: 98, low: 94.1, high: 99.4 }, 98, 100, 97.5, 100);
  assert.ok(Math.abs(good.score - 98.55) < 1e-9);
  assert.deepEqual([round(good.low), round(good.high), good.grade, good.coverage], [97.2, 99, 'A', 1]);

  const blind = score({ value: 98, low: 94.1, high: 99.4 }, 98, 100, null, null);
  assert.deepEqual([round(blind.score), round(blind.low), round(blind.high)], [88.8, 77.4, 99.3]);
  assert.ok(Math.abs(blind.coverage - 0.8) < 1e-9);
  assert.equal(blind.grade, 'B');

  const poor = score({ value: 72, low: 64, high: 79 }, 41.4, 75, 80, 100);
  assert.ok(Math.abs(poor.score - 68.55) < 1e-9);
  assert.deepEqual([round(poor.low), round(poor.high)], [65.8, 71]);
});

test('the points lost add up to what is missing', () => {
  const component = fc.option(
    fc.record({
      value: fc.double({ min: -5, max: 105, noNaN: true }),
      low: fc.double({ min: 0, max: 100, noNaN: true }),
      high: fc.double({ min: 0, max: 100, noNaN: true }),
    }),
  );
  const all = fc.record({
    failure_rate: component,
    trend: component,
    pattern: component,
    protected_objects: component,
    repository: component,
  });
  fc.assert(
    fc.property(all, fc.boolean(), (components, isUnprotected) => {
      const result = healthScore(components, isUnprotected);
      const lost = result.contributions.reduce((total, { points }) => total + points, 0);
      assert.ok(Math.abs(100 - lost - result.score) < 1e-9);
      assert.ok(
        0 <= result.low && result.low <= result.score && result.score <= result.high && result.high <= 100,
      );
      if (isUnprotected) assert.ok(!['A', 'B'].includes(result.grade));
    }),
  );
});

test('when nothing is known there is no grade', () => {
  const result = score(null, null, null, null, null);
  assert.deepEqual([result.score, result.low, result.high, result.coverage], [50, 0, 100, 0]);
  assert.deepEqual([result.grade, result.risk], ['?', 'UNKNOWN']);
});

test('a critical job without a fresh restore point caps the grade', () => {
  const components = {
    failure_rate: exactly(100),
    trend: exactly(100),
    pattern: exactly(100),
    protected_objects: exactly(100),
    repository: exactly(100),
  };
  assert.equal(healthScore(components).grade, 'A');
  assert.deepEqual(
    [healthScore(components, true).grade, healthScore(components, true).isCapped],
    ['C', true],
  );
});

test('only a proven decline lowers the trend component', () => {
  assert.ok(Math.abs((trendComponent(10 / 14, -0.078477)?.value ?? 0) - 55.73) < 0.01);
  assert.equal(trendComponent(0.9, 0.05)?.value, 90);
  assert.equal(trendComponent(0.9, null)?.value, 90);
  assert.equal(trendComponent(null, null), null);
  assert.equal(trendComponent(0.1, -0.9)?.value, 0);
});

test('unknown inputs stay unknown', () => {
  assert.equal(failureRateComponent({ rate: null, low: 0, high: 1 }), null);
  assert.equal(
    patternComponent({ enabledJobs: 0, troubledJobs: 0, recentRuns: 0, runsLostInIncidents: 0 }),
    null,
  );
  assert.equal(
    protectedObjectsComponent({ protectedObjects: 0, unprotectedObjects: 0, unknownObjects: 9 }),
    null,
  );
  assert.equal(repositoryComponent([]), null);
  const dark = { usedBytes: 1, isOnline: null, isOutOfDate: null, usedShare: null };
  assert.equal(repositoryComponent([dark]), null);
});

test('objects of unknown state widen the range', () => {
  const component = protectedObjectsComponent({
    protectedObjects: 6,
    unprotectedObjects: 2,
    unknownObjects: 2,
  });
  assert.deepEqual(component, { value: 75, low: 60, high: 80 });
});

test('repositories count by what they hold', () => {
  const fine = { isOnline: true, isOutOfDate: false, usedShare: 0.5 };
  const component = repositoryComponent([
    { ...fine, usedBytes: 9e12 },
    { ...fine, usedBytes: 1e12, usedShare: 0.96 },
    { ...fine, usedBytes: 0, isOnline: false },
  ]);
  assert.deepEqual(component, exactly(90));
  assert.deepEqual(repositoryComponent([{ ...fine, usedBytes: 0 }]), exactly(100));
});

test('the pattern component takes the worse of troubled jobs and lost runs', () => {
  const of = (troubledJobs: number, runsLostInIncidents: number) =>
    patternComponent({ enabledJobs: 20, troubledJobs, recentRuns: 200, runsLostInIncidents })?.value;
  assert.equal(of(5, 0), 75);
  assert.equal(of(5, 100), 50);
  assert.equal(of(0, 0), 100);
});
