import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dailyRuns } from '../../../src/analysis/health/daily.ts';
import { DAY, NOW, nightly, run } from '../builders.ts';

test('runs are counted by the local day on which they began', () => {
  const late = run({ startedAt: Date.parse('2026-02-28T23:30:00Z') });
  const berlin = dailyRuns([late], NOW, 'Europe/Berlin', 3);
  assert.deepEqual(
    berlin.map(({ day, success }) => [day, success]),
    [
      ['2026-02-28', null],
      ['2026-03-01', 1],
      ['2026-03-02', 0],
    ],
  );
  assert.equal(dailyRuns([late], NOW, 'UTC', 3)[0]?.success, 1);
});

test('every outcome has its count, and a recovered run is a success too', () => {
  const start = Date.parse('2026-03-01T22:00:00Z');
  const [day] = dailyRuns(
    'SrWFCR'.split('').flatMap((letter) => nightly(letter, {}, start)),
    start,
    'UTC',
    1,
  );
  const expected = {
    day: '2026-03-01',
    success: 2,
    warning: 1,
    failed: 1,
    recovered: 1,
    canceled: 1,
    running: 1,
    unknown: 0,
  };
  assert.deepEqual(day, expected);
});

test('days before anything was known are null, and all are without runs', () => {
  assert.ok(dailyRuns([], NOW, 'UTC').every(({ success, failed }) => success === null && failed === null));
  assert.equal(dailyRuns([], NOW, 'UTC').length, 90);
  const known = dailyRuns([], NOW, 'UTC', 5, NOW - 2 * DAY);
  assert.deepEqual(
    known.map(({ success }) => success),
    [null, null, 0, 0, 0],
  );
});
