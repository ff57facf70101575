import assert from 'node:assert/strict';
import { test } from 'node:test';
import { longestRetentionDays, pointsBeyondPolicy } from '../../../src/analysis/efficiency/kept-points.ts';

const DAY_MS = 86_400_000;
const NOW = Date.UTC(2026, 2, 18);
const point = (days: number, expiresInDays: number | null = null) => ({
  createdAt: NOW - days * DAY_MS,
  expiresAt: expiresInDays === null ? null : NOW + expiresInDays * DAY_MS,
});

test('the longest rule of all parts of a policy counts', () => {
  const parts = [
    { daily: { count: 30, unit: 'days' }, weekly: { count: 12, unit: 'Weeks' }, monthly: null },
    { yearly: { count: 2, unit: 'years' } },
  ];
  assert.equal(longestRetentionDays(parts), 732);
  assert.equal(longestRetentionDays(parts.slice(0, 1)), 84);
  assert.equal(longestRetentionDays([]), null);
  assert.equal(longestRetentionDays([{ daily: { count: 3, unit: 'fortnights' } }]), null);
});

test('the expiry of a point goes before the policy, and without both nothing is told', () => {
  assert.equal(
    pointsBeyondPolicy([point(31), point(32), point(33)], 30, NOW).length,
    1,
    'with two days of grace',
  );
  assert.equal(pointsBeyondPolicy([point(300, 5)], 30, NOW).length, 0);
  assert.equal(pointsBeyondPolicy([point(3, -5)], 30, NOW).length, 1);
  assert.equal(pointsBeyondPolicy([point(3_000)], null, NOW).length, 0);
});
