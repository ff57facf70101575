import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AzureSchedule } from '../../src/azure/policies.ts';
import { longestGapMinutes } from '../../src/azure/schedule-gap.ts';

const schedule = (given: Partial<AzureSchedule>): AzureSchedule => ({
  kind: 'daily',
  version: 'V1',
  times: [],
  days: [],
  intervalMinutes: null,
  window: null,
  timeZone: null,
  ...given,
});

test('the longest time between two planned backups, worked out by hand', () => {
  const cases: [Partial<AzureSchedule>, number | null][] = [
    [{ times: ['01:00'] }, 24 * 60],
    [{ times: ['08:00', '20:30'] }, 12.5 * 60],
    [{ kind: 'weekly', days: ['Saturday'], times: ['22:00'] }, 7 * 24 * 60],
    // Monday and Thursday: from Thursday to Monday are four days
    [{ kind: 'weekly', days: ['Monday', 'thursday'], times: ['10:00'] }, 4 * 24 * 60],
    // 8, 12, 16 and 20 o'clock, then nothing until 8
    [{ kind: 'hourly', intervalMinutes: 240, window: { start: '08:00', hours: 12 } }, 12 * 60],
    // from 22 over midnight to 6
    [{ kind: 'hourly', intervalMinutes: 240, window: { start: '22:00', hours: 8 } }, 16 * 60],
    [{ kind: 'hourly', intervalMinutes: 360 }, 6 * 60],
    [{ kind: 'log', intervalMinutes: 15 }, 15],
    [{ times: [] }, null],
    [{ kind: 'weekly', days: ['Someday'], times: ['10:00'] }, null],
    [{ kind: 'hourly' }, null],
    [{ kind: 'unknown', times: ['10:00'] }, null],
  ];
  for (const [given, minutes] of cases)
    assert.equal(longestGapMinutes(schedule(given)), minutes, JSON.stringify(given));
});
