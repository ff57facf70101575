import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fleetTrend } from '../../../src/analysis/health/fleet-trend.ts';
import { trend, trendOfProportions } from '../../../src/analysis/health/trend.ts';
import { DAY, NOW, nightly, run } from '../builders.ts';

const of = (successes: number, n: number) => ({ successes, n });

function near(actual: number | null, expected: number, digits: number): void {
  assert.ok(
    actual !== null && Math.abs(actual - expected) <= 0.6 * 10 ** -digits,
    `expected ${expected}, got ${actual}`,
  );
}

test('28 of 28 and then 10 of 14 is degrading', () => {
  const result = trendOfProportions(of(28, 28), of(10, 14));
  assert.equal(result.class, 'DEGRADING');
  near(result.high, -0.0785, 4);
});

test('20 of 28 and then 14 of 14 is improving, 27 of 28 and then 13 of 14 is stable', () => {
  assert.equal(trendOfProportions(of(20, 28), of(14, 14)).class, 'IMPROVING');
  assert.equal(trendOfProportions(of(27, 28), of(13, 14)).class, 'STABLE');
});

test('runs are split at 14 days, and failures apart from each other count in full', () => {
  const result = trend(nightly(`${'S'.repeat(46)}SFSSSFSSFSSSFS`), NOW);
  assert.equal(result.class, 'DEGRADING');
  assert.deepEqual([result.runsBefore, result.runsRecent], [28, 14]);
  near(result.high, -0.0785, 4);
});

test('one bad night, and three in a row, prove nothing yet; six in a row do', () => {
  assert.equal(trend(nightly(`${'S'.repeat(59)}F`), NOW).class, 'STABLE');
  assert.notEqual(trend(nightly(`${'S'.repeat(57)}FFF`), NOW).class, 'DEGRADING');
  assert.equal(trend(nightly(`${'S'.repeat(54)}FFFFFF`), NOW).class, 'DEGRADING');
});

test('a job newer than 28 days has no trend', () => {
  assert.equal(trend(nightly(`${'S'.repeat(13)}FSFSFSFSFSFSFS`), NOW).class, 'INSUFFICIENT_DATA');
  assert.equal(trend([], NOW).class, 'INSUFFICIENT_DATA');
  assert.equal(trend([], NOW).difference, null);
});

test('cancelled runs are no decline', () => {
  assert.equal(trend(nightly(`${'S'.repeat(50)}CCCCCCCCCC`), NOW).difference, 0);
});

test('a stable job is seldom called degrading or improving', () => {
  // The predecessor's test called 30 % of stable 85 % jobs a trend. Seeded, so the count is the same each time.
  let wrong = 0;
  const letters = fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 60, maxLength: 60 });
  for (const [index, draws] of fc.sample(letters, { seed: 3, numRuns: 400 }).entries()) {
    const runs = nightly(draws.map((draw) => (draw <= 85 ? 'S' : 'F')).join(''), { jobId: `job ${index}` });
    if (['DEGRADING', 'IMPROVING'].includes(trend(runs, NOW).class)) wrong += 1;
  }
  assert.ok(wrong <= 400 * 0.08, `${wrong} of 400`);
});

test('the fleet weighs the change of each job and ignores a change of the mix', () => {
  const strata = [
    { before: of(30, 30), recent: of(10, 14) },
    { before: of(20, 28), recent: of(10, 14) },
    { before: of(3, 3), recent: of(0, 1) },
  ];
  near(fleetTrend(strata).difference, -0.1772, 4);

  const good = { before: of(28, 28), recent: of(0, 0) };
  const bad = { before: of(0, 0), recent: of(7, 14) };
  const steady = { before: of(24, 28), recent: of(12, 14) };
  const mixed = fleetTrend([good, bad, steady]);
  near(mixed.difference, 0, 10);
  assert.equal(mixed.jobs, 1);
});

test('many jobs that all get a little worse prove what one cannot', () => {
  const slightly = { before: of(28, 28), recent: of(12.6, 14) };
  assert.equal(trendOfProportions(slightly.before, slightly.recent).class, 'STABLE');
  const mixed = Array.from({ length: 60 }, (_, index) =>
    index % 3 === 0 ? { before: of(28, 28), recent: of(9.8, 14) } : slightly,
  );
  assert.equal(fleetTrend(mixed).class, 'DEGRADING');
});

test('the interval of a fleet of one job has the width of the job', () => {
  const result = fleetTrend([{ before: of(27, 28), recent: of(13, 14) }]);
  assert.ok(result.low !== null && result.high !== null && result.low < -0.2 && result.high > 0.1);
  assert.equal(result.class, 'STABLE');
});

test('the same fleet gives the same interval, and an empty one none', () => {
  const strata = Array.from({ length: 12 }, (_, index) => ({
    before: of(28, 28),
    recent: of(14 - (index % 4), 14),
  }));
  assert.deepEqual(fleetTrend(strata), fleetTrend(strata));
  assert.equal(fleetTrend([]).class, 'INSUFFICIENT_DATA');
  assert.equal(fleetTrend([]).recentRate, null);
});

test('runs of the future of a wrong clock count as recent', () => {
  assert.equal(trend([run({ startedAt: NOW + DAY }), run({ startedAt: NOW - 30 * DAY })], NOW).runsRecent, 1);
});
