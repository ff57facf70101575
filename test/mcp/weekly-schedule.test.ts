import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeSchedule } from '../../src/mcp/tools/changes/schedule-text.ts';

test('a schedule of some days of the week is weekly, and one of all days daily', () => {
  const daily = { kind: 'daily', minuteOfDay: 22 * 60, zone: 'UTC', intervalMinutes: null };
  assert.equal(describeSchedule({ ...daily, weekdays: [6] }), 'weekly at 22:00 UTC on Sat');
  assert.equal(describeSchedule({ ...daily, weekdays: [] }), 'daily at 22:00 UTC');
});
