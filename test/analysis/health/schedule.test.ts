import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  expectedStarts,
  missedStarts,
  promisedHours,
  scheduleHours,
} from '../../../src/analysis/health/schedule.ts';
import { DAY, HOUR, NOW, nightly } from '../builders.ts';

const workingDays = { kind: 'daily', minuteOfDay: 22 * 60, weekdays: [1, 2, 3, 4, 5] } as const;

function missed(letters: string, given: Partial<Parameters<typeof missedStarts>[0]> = {}) {
  const starts = nightly(letters).map(({ startedAt }) => startedAt);
  const defaults = {
    starts,
    isRunning: false,
    schedule: null,
    intervalHours: 24,
    from: NOW - 14 * DAY,
    now: NOW,
    zone: 'UTC',
  };
  return missedStarts({ ...defaults, ...given });
}

test('the distance of two scheduled starts is their median', () => {
  assert.equal(scheduleHours({ kind: 'daily' }), 24);
  assert.equal(scheduleHours(workingDays), 24);
  assert.equal(scheduleHours({ kind: 'daily', weekdays: [6] }), 168);
  assert.equal(scheduleHours({ kind: 'daily', weekdays: [0, 3] }), 84);
  assert.equal(scheduleHours({ kind: 'periodic', intervalMinutes: 240 }), 4);
  assert.equal(scheduleHours({ kind: 'monthly' }), 730.5);
  for (const kind of ['continuous', 'chained', 'manual'] as const)
    assert.equal(scheduleHours({ kind }), null);
  assert.equal(scheduleHours({ kind: 'periodic' }), null);
  assert.equal(scheduleHours(null), null);
});

test('daily starts keep their wall-clock time over the change to summer time', () => {
  const from = Date.parse('2026-03-27T12:00:00Z');
  const starts =
    expectedStarts({ kind: 'daily', minuteOfDay: 22 * 60 }, from, from + 4 * DAY, 'Europe/Berlin') ?? [];
  assert.deepEqual(
    starts.map((start) => new Date(start).toISOString().slice(8, 16)),
    ['27T21:00', '28T21:00', '29T20:00', '30T20:00'],
  );
});

test('nights without a run are missed, by schedule or by interval', () => {
  assert.deepEqual(missed('SSSSSSSSSS'), { expected: 10, missed: 0, missedSinceLast: 0, basis: 'interval' });
  assert.deepEqual(missed('SSSS.SSS..'), { expected: 10, missed: 3, missedSinceLast: 2, basis: 'interval' });
  const daily = { kind: 'daily', minuteOfDay: 22 * 60 } as const;
  assert.deepEqual(missed('SSSS.SSS..', { schedule: daily }), {
    expected: 10,
    missed: 3,
    missedSinceLast: 2,
    basis: 'schedule',
  });
});

test('a weekend is not missed by a job of working days', () => {
  // NOW is a Monday morning; the last runs were on Friday night and before.
  assert.deepEqual(missed('SSSSS..', { schedule: workingDays })?.missed, 0);
});

test('while a job runs its next start is not missed', () => {
  assert.equal(missed('SSSSS....', { isRunning: true })?.missedSinceLast, 0);
});

test('without runs or a known rhythm nothing is said', () => {
  assert.equal(missed(''), null);
  assert.equal(missed('S', { intervalHours: null }), null);
});

test('a start is missed only an hour after it was due', () => {
  const due = { kind: 'daily', minuteOfDay: 22 * 60 } as const;
  const at = (hours: number) =>
    missed('SSSSS', { schedule: due, now: NOW + hours * HOUR, from: NOW - 4 * DAY })?.missed;
  assert.deepEqual([at(16.5), at(17.5)], [0, 1]);
});

test('what a schedule promises is what a job without an agreed RPO is allowed, and no less over a pause that it plans', () => {
  assert.equal(promisedHours({ kind: 'daily', minuteOfDay: 60 }), 36);
  assert.equal(promisedHours({ kind: 'daily', weekdays: [6] }), 252);
  assert.equal(promisedHours({ kind: 'periodic', intervalMinutes: 240 }), 24);
  assert.equal(promisedHours(workingDays), 84);
  assert.equal(promisedHours({ kind: 'daily', minutesOfDay: [480, 720, 960, 1200] }), 24);
  assert.equal(promisedHours({ kind: 'manual' }), null);
  assert.equal(promisedHours(null), null);
});
