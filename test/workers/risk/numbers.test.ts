import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forecastCapacity } from '../../../src/analysis/capacity/forecast.ts';
import { expectedHours } from '../../../src/analysis/health/rhythm.ts';
import { reachProbability } from '../../../workers/risk/reach-probability.ts';
import { GIB, growing, samplesOf, TIB, TODAY } from '../../support/capacity-rows.ts';

const HOUR_MS = 3_600_000;

/** Ends of runs, newest first, so many hours apart. */
const endsOf = (...gaps: number[]) =>
  gaps.reduce((ends, gap) => [...ends, (ends.at(-1) as number) - gap * HOUR_MS], [1_000_000 * HOUR_MS]);

test('the rhythm of a worker is the median of its gaps, and its default until it has run', () => {
  assert.equal(expectedHours([], 24), 24);
  assert.equal(expectedHours(endsOf(), 1), 1);
  assert.equal(expectedHours(endsOf(24, 24, 24), 1), 24);
  assert.equal(expectedHours(endsOf(1, 1, 1, 1), 24), 1);
});

test('runs by hand and outages do not make a rhythm', () => {
  assert.equal(expectedHours(endsOf(0.01), 24), 24, 'a second run at once');
  assert.equal(expectedHours(endsOf(240), 1), 24, 'one gap of ten days');
  assert.equal(expectedHours(endsOf(1, 1, 240, 1), 1), 1, 'an outage among hourly runs');
  assert.equal(expectedHours(endsOf(0.1, 0.1, 0.1, 0.1), 1), 1, 'many runs by hand');
  assert.equal(expectedHours(endsOf(24, 0.1, 24, 24, 24), 24), 24, 'one more by hand');
});

test('the probability of a limit is that of the forecast itself, from what is stored of it', () => {
  let largest = 0;
  for (const days of [14, 30, 60, 120])
    for (const perDay of [2, 10, 30])
      for (const used of [0.6, 0.85, 0.9, 0.93]) {
        const capacityBytes = 10 * TIB;
        const samples = samplesOf({
          days,
          capacityBytes,
          usedBytes: growing(used * capacityBytes, perDay * GIB),
        });
        const made = forecastCapacity({ samples, today: TODAY, capacityBytes });
        // The engine's own answer: the limit as if it were the capacity.
        const asked = forecastCapacity({ samples, today: TODAY, capacityBytes: 0.95 * capacityBytes });
        const full = made.fullWithin === null ? [] : [{ days: 30, p: made.fullWithin[30] }];
        const forecast = { useBytes: made.usedBytes as number, band: made.band, full };
        const p = reachProbability(forecast, 0.95 * capacityBytes, 30);
        largest = Math.max(largest, Math.abs((p as number) - (asked.fullWithin?.[30] ?? Number.NaN)));
      }
  assert.ok(largest < 0.06, `off by ${largest}`);
});

test('a limit is likelier to be reached the later and the lower it is', () => {
  const forecast = {
    useBytes: 80,
    band: [
      { ahead: 7, low: 80, mid: 82, high: 85 },
      { ahead: 30, low: 82, mid: 88, high: 96 },
      { ahead: 90, low: 86, mid: 104, high: 125 },
    ],
    full: [{ days: 30, p: 0.03 }],
  };
  const at = (limit: number, days: number) => reachProbability(forecast, limit, days) as number;
  assert.ok(Math.abs(at(96, 30) - 0.1) < 1e-6, 'the upper end of an 80 % band is passed with 10 %');
  assert.ok(Math.abs(at(88, 30) - 0.5) < 1e-6);
  assert.ok(at(95, 45) > at(95, 30) && at(95, 90) > at(95, 45) && at(95, 120) > at(95, 90));
  assert.ok(at(90, 30) > at(95, 30));
  assert.equal(at(200, 30), 0.03, 'never less than that of being full');
  assert.equal(at(80, 30), 1);
  assert.equal(reachProbability({ ...forecast, band: [] }, 95, 30), null);
});
