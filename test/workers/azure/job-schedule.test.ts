import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jobHealth } from '../../../src/analysis/health/job-health.ts';
import type { JobRun } from '../../../src/analysis/health/runs.ts';
import { expectedStarts, scheduleHours } from '../../../src/analysis/health/schedule.ts';
import { type SchedulePart, toIanaZone, toJobSchedule } from '../../../workers/azure/job-schedule.ts';

const HOUR = 3_600_000;
const part = (given: Partial<SchedulePart>): SchedulePart => ({
  part: null,
  kind: 'daily',
  times: [],
  days: [],
  intervalMinutes: null,
  window: null,
  ...given,
});
const hourly = part({ kind: 'hourly', intervalMinutes: 240, window: { start: '08:00', hours: 12 } });
const weekly = part({ kind: 'weekly', times: ['22:00'], days: ['Saturday'] });

test('an hourly policy begins several times in its window, one of a whole day all round', () => {
  assert.deepEqual(toJobSchedule([hourly], 'UTC'), {
    kind: 'daily',
    weekdays: [],
    minuteOfDay: 480,
    minutesOfDay: [480, 720, 960, 1200],
    zone: 'UTC',
  });
  const round = part({ kind: 'hourly', intervalMinutes: 480, window: { start: '20:00', hours: 24 } });
  assert.deepEqual(toJobSchedule([round], null)?.minutesOfDay, [240, 720, 1200]);
});

test('of a policy of databases the part counts that runs most often, logs only where there is no other', () => {
  const log = part({ part: 'Log', kind: 'log', intervalMinutes: 15 });
  const differential = part({
    part: 'Differential',
    kind: 'weekly',
    times: ['01:00'],
    days: ['Monday', 'Wednesday'],
  });
  assert.deepEqual(toJobSchedule([weekly, differential, log], 'UTC')?.weekdays, [1, 3]);
  assert.deepEqual(toJobSchedule([log], 'UTC'), { kind: 'periodic', intervalMinutes: 15 });
  assert.equal(toJobSchedule([part({ kind: 'unknown' })], 'UTC'), null);
  assert.equal(toJobSchedule([], 'UTC'), null);
});

test('Windows zones become IANA zones; in one that nobody knows no time is claimed', () => {
  assert.equal(toIanaZone('W. Europe Standard Time'), 'Europe/Berlin');
  assert.equal(toIanaZone('pacific standard time'), 'America/Los_Angeles');
  assert.equal(toIanaZone(null), 'UTC');
  assert.equal(toIanaZone('Europe/Paris'), 'Europe/Paris');
  assert.equal(toIanaZone('Middle-earth Standard Time'), null);
  assert.deepEqual(toJobSchedule([part({ times: ['02:00'] })], 'Middle-earth Standard Time'), {
    kind: 'daily',
    weekdays: [],
    minuteOfDay: null,
  });
});

test('starts move with daylight saving in the zone of the policy, not in that of the source', () => {
  const schedule = toJobSchedule([part({ times: ['22:00'] })], 'W. Europe Standard Time');
  const from = Date.UTC(2026, 2, 27, 12);
  const starts = expectedStarts(schedule, from, from + 4 * 24 * HOUR, 'America/New_York');
  assert.deepEqual(
    starts?.map((at) => new Date(at).toISOString().slice(5, 16)),
    ['03-27T21:00', '03-28T21:00', '03-29T20:00', '03-30T20:00'],
  );
});

test('hours between starts are the usual ones, and of a weekly policy a week', () => {
  assert.equal(scheduleHours(toJobSchedule([hourly], 'UTC')), 4);
  assert.equal(scheduleHours(toJobSchedule([weekly], 'UTC')), 168);
  assert.equal(scheduleHours(toJobSchedule([part({ times: ['01:00', '13:00'] })], 'UTC')), 12);
});

test('an hourly policy is neither late nor silent at night, a weekly one not in the middle of the week', () => {
  const starts = [0, 1, 2, 3, 4].flatMap((day) =>
    [8, 12, 16, 20].map((hour) => Date.UTC(2026, 2, 10 + day, hour)),
  );
  for (const hour of [0, 4, 7]) {
    const { status, isSilent } = healthOf([hourly], starts, Date.UTC(2026, 2, 15, hour));
    assert.deepEqual([status, isSilent], ['OK', false], `${hour}:00`);
  }
  const saturdays = [0, 1, 2, 3, 4].map((week) => Date.UTC(2026, 1, 7 + week * 7, 22));
  for (const day of [1, 3, 6]) {
    const { status, isSilent } = healthOf([weekly], saturdays, (saturdays.at(-1) ?? 0) + day * 24 * HOUR);
    assert.deepEqual([status, isSilent], ['OK', false], `${day} days later`);
  }
});

test('an hourly policy that is not started any more is silent and late the next day', () => {
  const starts = [0, 1, 2].flatMap((day) => [8, 12, 16, 20].map((hour) => Date.UTC(2026, 2, 10 + day, hour)));
  const { status, isSilent, missed } = healthOf([hourly], starts, Date.UTC(2026, 2, 14, 7));
  assert.deepEqual([status, isSilent, missed?.missedSinceLast], ['LATE', true, 4]);
});

test('an item whose first start is still to come has not failed to run', () => {
  const schedule = toJobSchedule([weekly], 'UTC');
  const facts = { jobId: 'a', name: 'a', type: 'AzureVm', isEnabled: true, schedule };
  const monday = Date.UTC(2026, 2, 16, 12);
  const health = (protectedSince: number | null) =>
    jobHealth({ job: { ...facts, protectedSince }, runs: [], now: monday + 48 * HOUR, zone: 'UTC' });
  assert.equal(health(monday).isAwaitingFirst, true);
  assert.equal(health(monday - 7 * 24 * HOUR).isAwaitingFirst, false);
  assert.equal(health(null).isAwaitingFirst, false);
});

function healthOf(parts: SchedulePart[], starts: number[], now: number) {
  const job = {
    jobId: 'a',
    name: 'a',
    type: 'AzureVm',
    isEnabled: true,
    isScheduled: true,
    schedule: toJobSchedule(parts, 'UTC'),
  };
  return jobHealth({ job, runs: starts.map(toRun), now, zone: 'UTC' });
}

const toRun = (startedAt: number): JobRun => ({
  runId: String(startedAt),
  jobId: 'a',
  sessionClass: 'backup',
  startedAt,
  endedAt: startedAt + HOUR / 2,
  outcome: 'SUCCESS',
  attempts: 1,
  recoveredByRetry: false,
  durationMs: HOUR / 2,
  sessionIds: [String(startedAt)],
  lastSessionId: String(startedAt),
  lastSessionStartedAt: startedAt,
  failureMessage: null,
});
