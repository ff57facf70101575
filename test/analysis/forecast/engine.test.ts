import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conformalQuantiles } from '../../../src/analysis/forecast/band.ts';
import { crossingDays, crossingProbability } from '../../../src/analysis/forecast/crossing.ts';
import { findLevelShifts, findSpikes } from '../../../src/analysis/forecast/events.ts';
import { toPoints } from '../../../src/analysis/forecast/points.ts';
import { seasonalEffect } from '../../../src/analysis/forecast/season.ts';
import { findRecurringSteps } from '../../../src/analysis/forecast/steps.ts';
import { forecastSeries } from '../../../src/analysis/forecast-series.ts';

const SCALED_ERRORS = [-10, -8, -5, -3, -1, 0, 2, 4, 6, 9];
const EFFECTIVE = 10;

test('conformal quantiles are those of METHODS 3.2: -9.82 and 8.73, and 18.31 after four days', () => {
  const [low, high] = conformalQuantiles(SCALED_ERRORS, EFFECTIVE, 0.8);
  near(low, -9.82, 1e-9);
  near(high, 8.73, 1e-9);
  near(growth(4, 0.5, 40), 2.0976, 1e-4);
  near(high * growth(4, 0.5, 40), 18.31, 5e-3);
});

test('crossing days and probability are those of METHODS 3.2: 22, 30, 41 and 1 in 6', () => {
  const centre = (ahead: number) => 5000 + 20 * ahead;
  const spread = (ahead: number) => growth(ahead, 0.5, 60);
  const paths = {
    upper: (ahead: number) => centre(ahead) + 30 * spread(ahead),
    centre,
    lower: (ahead: number) => centre(ahead) - 25 * spread(ahead),
  };
  assert.deepEqual(crossingDays(paths, 5600, 180), { early: 22, mid: 30, late: 41 });
  const within28 = crossingProbability(
    { centre, spread, limit: 5600, horizon: 28 },
    SCALED_ERRORS,
    EFFECTIVE,
  );
  near(within28, 1 / 6, 1e-9);
});

test('a probability without a past error leans to the side on which the centre is, and is neither 0 nor 1', () => {
  const ask = (limit: number) =>
    crossingProbability({ centre: () => 10, spread: () => 1, limit, horizon: 5 }, [], 3);
  assert.equal(ask(5), 0.8);
  assert.equal(ask(20), 0.2);
});

test('a spike of one to three readings is found with its size, a step is not one', () => {
  const line = (day: number) => 1000 + 10 * day;
  for (const length of [1, 2, 3]) {
    const values = Array.from(
      { length: 40 },
      (_, day) => line(day) + (day >= 20 && day < 20 + length ? 400 : 0),
    );
    assert.equal(findSpikes(toPoints(values)).length, length);
  }
  const step = Array.from({ length: 40 }, (_, day) => line(day) + (day >= 20 ? 400 : 0));
  assert.deepEqual(findSpikes(toPoints(step)), []);
  assert.equal(findLevelShifts(toPoints(step)).length, 1);
});

test('steps that come every month alike come again, until one is overdue', () => {
  const staircase = (days: number, kept: number) =>
    Array.from({ length: days }, (_, day) => 1000 + day + 100 * Math.min(kept, Math.floor(day / 30)));
  const steps = (values: number[]) => findRecurringSteps(findLevelShifts(toPoints(values)));
  assert.deepEqual(steps(staircase(115, 9)), [{ amount: 100, everyDays: 30, lastDay: -24 }]);
  assert.deepEqual(steps(staircase(165, 4)), []);
  const odd = Array.from(
    { length: 120 },
    (_, day) => 1000 + day + (day > 20 ? 300 : 0) + (day > 95 ? 120 : 0),
  );
  assert.deepEqual(steps(odd), []);
});

test('the next monthly step is expected on its day', () => {
  const values = Array.from({ length: 115 }, (_, day) => 1000 + day + 100 * Math.floor(day / 30));
  const { mean } = forecastSeries({ values, horizon: 40, season: 7 });
  for (const ahead of [1, 5, 6, 35, 36])
    near(mean[ahead - 1] ?? 0, 1000 + 114 + ahead + 100 * Math.floor((114 + ahead) / 30), 1e-6);
});

test('a series that jumps all the time has no level shifts', () => {
  const values = Array.from(
    { length: 60 },
    (_, day) => 1000 + (day % 5 === 0 ? 200 : 0) * (day % 2 === 0 ? 1 : -1),
  );
  assert.deepEqual(findLevelShifts(toPoints(values)), []);
});

test('no cycle is seen in fewer than four weeks, nor in noise', () => {
  const cycle = (days: number) =>
    toPoints(Array.from({ length: days }, (_, day) => 100 + (day % 7 === 3 ? 10 : 0)));
  assert.equal(seasonalEffect(cycle(27), 7), null);
  assert.ok(seasonalEffect(cycle(28), 7) !== null);
  const noise = toPoints(Array.from({ length: 70 }, (_, day) => 100 + ((day * 7919) % 101) / 10));
  assert.equal(seasonalEffect(noise, 7), null);
});

/** K(h) of METHODS 3.2 step E. */
function growth(ahead: number, exponent: number, points: number): number {
  return ahead ** exponent * Math.sqrt(1 + ahead / points);
}

function near(actual: number, expected: number, tolerance: number): void {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected}`);
}
