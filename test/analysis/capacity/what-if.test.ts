import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CapacityQuestion } from '../../../src/analysis/capacity/answer.ts';
import { type CapacityPlan, forecastWhatIf, purchaseFor } from '../../../src/analysis/capacity/what-if.ts';

// 1000 + 10 a day for 42 days: 1410 today, so 80 % of 2000 after 19 days.
const LINE: CapacityQuestion = {
  samples: Array.from({ length: 42 }, (_, day) => ({ day, usedBytes: 1000 + 10 * day })),
  capacityBytes: 2000,
  today: 41,
};

test('more space moves each threshold by its share of the space', () => {
  // 80 % of 2250 is 1800: after 39 days.
  assert.deepEqual(firstDay({ kind: 'MORE_SPACE', bytes: 250 }), [19, 39, 20, 'LATER']);
});

test('fewer restore points free their increments at once, and growth goes on', () => {
  const plan: CapacityPlan = { kind: 'FEWER_RESTORE_POINTS', restorePoints: 14, keep: 9, incrementBytes: 20 };
  assert.deepEqual(firstDay(plan), [19, 29, 10, 'LATER']);
});

test('keeping more restore points than there are changes nothing', () => {
  const plan: CapacityPlan = { kind: 'FEWER_RESTORE_POINTS', restorePoints: 7, keep: 9, incrementBytes: 20 };
  assert.deepEqual(firstDay(plan), [19, 19, 0, 'SAME']);
});

test('a job that moves away takes its data and its growth', () => {
  // 1410 - 110 = 1300, 5 a day less: 60 days to 1600.
  assert.deepEqual(firstDay({ kind: 'MOVED_JOB', storedBytes: 110, bytesPerDay: 5 }), [19, 60, 41, 'LATER']);
  assert.deepEqual(firstDay({ kind: 'MOVED_JOB', storedBytes: 110, bytesPerDay: 10 }), [
    19,
    null,
    null,
    'NO_DATE_ANY_MORE',
  ]);
});

test('more machines bring their data and their growth', () => {
  // 1410 + 40 = 1450, 15 a day: 10 days.
  const plan: CapacityPlan = { kind: 'MORE_MACHINES', machines: 5, storedBytesEach: 8, bytesPerDayEach: 1 };
  assert.deepEqual(firstDay(plan), [19, 10, -9, 'SOONER']);
});

test('an extent in maintenance takes its space and its data out', () => {
  // 900 used of 1250 left: 1000 after 10 days.
  const plan: CapacityPlan = { kind: 'EXTENT_IN_MAINTENANCE', capacityBytes: 750, usedBytes: 510 };
  assert.deepEqual(firstDay(plan), [19, 10, -9, 'SOONER']);
});

test('a plan that exceeds the capacity at once is day 0', () => {
  assert.deepEqual(firstDay({ kind: 'MOVED_JOB', storedBytes: -300, bytesPerDay: 0 }), [
    19,
    0,
    -19,
    'SOONER',
  ]);
});

test('plans add up', () => {
  const { after } = forecastWhatIf(LINE, [
    { kind: 'MORE_SPACE', bytes: 250 },
    { kind: 'MOVED_JOB', storedBytes: 100, bytesPerDay: 0 },
  ]);
  assert.equal(after.thresholds[0]?.mid, 49);
  assert.equal(after.usedBytes, 1310);
});

test('a plan that leaves no capacity is refused', () => {
  assert.throws(() => forecastWhatIf(LINE, [{ kind: 'MORE_SPACE', bytes: -2000 }]), RangeError);
});

test('the purchase grows with the lead time and shrinks with what plans free', () => {
  const near = (actual: number | null, expected: number) =>
    assert.ok(Math.abs((actual ?? 0) - expected) < 1e-6);
  near(purchaseFor(LINE, { leadDays: 60 }), (1410 + 2400 + 5) / 0.8 - 2000);
  near(purchaseFor(LINE, { leadDays: 60, lastDays: 40, share: 1 }), 1410 + 1000 + 5 - 2000);
  const plan: CapacityPlan = { kind: 'MOVED_JOB', storedBytes: 415, bytesPerDay: 0 };
  near(purchaseFor(LINE, { leadDays: 60, lastDays: 40, share: 1 }, [plan]), 0);
});

test('what is unlimited stays without dates under any plan', () => {
  const { after } = forecastWhatIf({ ...LINE, capacityBytes: null }, [{ kind: 'MORE_SPACE', bytes: 10 }]);
  assert.equal(after.quality, 'UNBOUNDED');
  assert.deepEqual(after.thresholds, []);
});

function firstDay(plan: CapacityPlan): (number | string | null | undefined)[] {
  const { before, after, daysGained } = forecastWhatIf(LINE, [plan]);
  return [before.thresholds[0]?.mid, after.thresholds[0]?.mid, daysGained[0]?.days, daysGained[0]?.becomes];
}
