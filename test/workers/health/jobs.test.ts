import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toSchedule } from '../../../workers/health/jobs.ts';

const schedule = (parts: object) =>
  toSchedule({ id: 'a', schedule: { runAutomatically: true, ...parts } } as never);

test('the part of a schedule that is switched on becomes the schedule', () => {
  assert.deepEqual(schedule({ daily: { isEnabled: true, localTime: '22:30', dailyKind: 'Everyday' } }), {
    kind: 'daily',
    minuteOfDay: 1350,
    weekdays: [],
  });
  assert.deepEqual(schedule({ daily: { isEnabled: true, localTime: '10:00 PM', dailyKind: 'WeekDays' } }), {
    kind: 'daily',
    minuteOfDay: 1320,
    weekdays: [1, 2, 3, 4, 5],
  });
  assert.deepEqual(
    schedule({
      daily: {
        isEnabled: true,
        localTime: '00:15:00.000',
        dailyKind: 'SelectedDays',
        days: ['sunday', 'Friday'],
      },
    }),
    { kind: 'daily', minuteOfDay: 15, weekdays: [0, 5] },
  );
  assert.deepEqual(
    schedule({
      daily: { isEnabled: false },
      periodically: { isEnabled: true, periodicallyKind: 'Hours', frequency: 4 },
    }),
    { kind: 'periodic', intervalMinutes: 240 },
  );
  assert.deepEqual(schedule({ monthly: { isEnabled: true, localTime: '12:00 AM' } }), {
    kind: 'monthly',
    minuteOfDay: 0,
  });
  assert.deepEqual(schedule({ afterThisJob: { isEnabled: true, jobName: 'first' } }), { kind: 'chained' });
  assert.deepEqual(schedule({ continuously: { isEnabled: true } }), { kind: 'continuous' });
});

test('what cannot be read is not guessed', () => {
  assert.equal(toSchedule({ id: 'a' } as never), null);
  assert.equal(schedule({}), null);
  assert.deepEqual(
    toSchedule({ id: 'a', schedule: { runAutomatically: false, daily: { isEnabled: true } } } as never),
    { kind: 'manual' },
  );
  assert.deepEqual(
    schedule({ periodically: { isEnabled: true, periodicallyKind: 'Fortnights', frequency: 1 } }),
    { kind: 'periodic', intervalMinutes: null },
  );
  assert.deepEqual(schedule({ daily: { isEnabled: true, localTime: 'noon' } }), {
    kind: 'daily',
    minuteOfDay: null,
    weekdays: [],
  });
});
