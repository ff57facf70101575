import assert from 'node:assert/strict';
import { test } from 'node:test';
import { timingPattern } from '../../../src/analysis/health/timing-pattern.ts';
import { DAY, HOUR, run } from '../builders.ts';

/** 2026-03-01 is a Sunday. */
const SUNDAY_NIGHT = Date.parse('2026-03-01T22:00:00Z');

function nightsBack(count: number, isFailed: (daysBack: number) => boolean) {
  return Array.from({ length: count }, (_, daysBack) =>
    run({ startedAt: SUNDAY_NIGHT - daysBack * DAY, outcome: isFailed(daysBack) ? 'FAILED' : 'SUCCESS' }),
  );
}

test('eight of ten failures on thirteen Sundays are a weekday pattern, and not one of the hour', () => {
  const sundays = new Set([0, 7, 14, 21, 28, 35, 42, 49]);
  const result = timingPattern(
    nightsBack(90, (day) => sundays.has(day) || day === 3 || day === 12),
    'UTC',
  );
  assert.equal(result.kind, 'WEEKDAY_PATTERN');
  assert.equal(result.pattern?.slot, 0);
  assert.ok(Math.abs((result.pattern?.lift ?? 0) - 5.54) < 0.005);
  assert.ok(Math.abs((result.pattern?.p ?? 0) - 4.7e-6) < 0.05e-6);
  assert.deepEqual([result.runs, result.failures], [90, 10]);
});

test('two of four failures on nine Mondays are chance', () => {
  const result = timingPattern(
    nightsBack(60, (day) => [6, 13, 8, 17].includes(day)),
    'UTC',
  );
  assert.deepEqual([result.kind, result.pattern], ['NONE', null]);
});

test('a nightly job that always fails has no pattern', () => {
  assert.equal(
    timingPattern(
      nightsBack(60, () => true),
      'UTC',
    ).kind,
    'NONE',
  );
  assert.equal(
    timingPattern(
      nightsBack(60, () => true),
      'UTC',
    ).regularity,
    null,
  );
});

test('the hour is that of the zone', () => {
  const hourly = Array.from({ length: 24 * 30 }, (_, index) => {
    const startedAt = SUNDAY_NIGHT - index * HOUR;
    return run({
      startedAt,
      outcome: new Date(startedAt).getUTCHours() === 2 && index % 48 < 24 ? 'FAILED' : 'SUCCESS',
    });
  });
  const result = timingPattern(hourly, 'Asia/Karachi');
  assert.deepEqual([result.kind, result.pattern?.slot], ['TIME_PATTERN', 7]);
});

test('failures every fifth day are regular, and five failures with uneven gaps are not', () => {
  const regular = timingPattern(
    nightsBack(60, (day) => day % 5 === 0),
    'UTC',
  ).regularity;
  assert.deepEqual(regular, { meanGapHours: 120, variation: 0, gaps: 11 });
  assert.equal(
    timingPattern(
      nightsBack(60, (day) => [0, 1, 9, 12, 30, 31, 55].includes(day)),
      'UTC',
    ).regularity,
    null,
  );
  assert.equal(
    timingPattern(
      nightsBack(60, (day) => [0, 5, 10, 15, 20].includes(day)),
      'UTC',
    ).regularity,
    null,
  );
});

test('without runs there is no pattern', () => {
  assert.deepEqual(timingPattern([], 'UTC'), {
    kind: 'NONE',
    pattern: null,
    runs: 0,
    failures: 0,
    regularity: null,
  });
});
