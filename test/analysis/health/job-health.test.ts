import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type JobFacts, type JobHealthInput, jobHealth } from '../../../src/analysis/health/job-health.ts';
import { DAY, HOUR, MINUTE, NOW, nightly, run } from '../builders.ts';

const nightlyJob: JobFacts = {
  jobId: 'job',
  name: 'Payroll',
  type: 'VSphereBackup',
  isEnabled: true,
  isScheduled: true,
  schedule: { kind: 'daily', minuteOfDay: 22 * 60 },
};

function health(runs: JobHealthInput['runs'], job: Partial<JobFacts> = {}, now = NOW) {
  return jobHealth({ job: { ...nightlyJob, ...job }, runs, now, zone: 'UTC', fleetRate: 0.97 });
}

test('a job that succeeds every night is fine', () => {
  const result = health(nightly('S'.repeat(60)));
  assert.deepEqual([result.status, result.priority], ['OK', 'LOW']);
  assert.deepEqual([result.streak, result.failingSince, result.missed?.missed], [0, null, 0]);
  assert.equal(result.medianDurationMs, 20 * MINUTE);
});

test('a job without any run is judged all the same', () => {
  const result = health([]);
  assert.deepEqual([result.status, result.priority, result.freshness.class], ['NEVER', 'CRITICAL', 'NEVER']);
  assert.equal(result.reliability.rate, null);
  assert.equal(result.isSilent, false);
});

test('a disabled job is listed and not judged', () => {
  const result = health(nightly('FFFF'), { isEnabled: false });
  assert.deepEqual([result.status, result.priority], ['DISABLED', 'NONE']);
});

test('a job of which nothing is known is unknown, not fine', () => {
  assert.equal(health([], { isEnabled: null }).status, 'UNKNOWN');
});

test('two failed nights are a streak with its beginning and reason', () => {
  const message = 'There is not enough space on the disk E:\\';
  const result = health([...nightly('SSSSSS..'), ...nightly('FF', { failureMessage: message })]);
  assert.equal(result.streak, 2);
  assert.equal(result.failingSince, NOW - 8 * HOUR - DAY);
  assert.equal(result.lastFailureReason?.cause, 'STORAGE_FULL');
  assert.deepEqual(
    result.topMessages.map(({ n, template }) => [n, template]),
    [[2, 'There is not enough space on the disk <path>']],
  );
  assert.equal(result.status, 'FAILING');
  assert.equal(health(nightly('SSSSSFFFFFF')).status, 'BREACHED');
});

test('a cancelled or running attempt does not end the streak', () => {
  assert.equal(health(nightly('SSSFCFR')).streak, 2);
  assert.equal(health(nightly('SSSFFS')).streak, 0);
});

test('a scheduled job that stopped starting is silent after two and a half intervals', () => {
  const at = (hours: number) => health(nightly('S'.repeat(20)), {}, NOW - 8 * HOUR + hours * HOUR).isSilent;
  assert.deepEqual([at(59), at(61)], [false, true]);
});

test('jobs that do not start by a clock of their own are never silent', () => {
  const silent = nightly(`${'S'.repeat(20)}.........`);
  const exempt: Partial<JobFacts>[] = [
    { isScheduled: false },
    { afterJobId: 'other' },
    { schedule: { kind: 'chained' } },
    { schedule: { kind: 'continuous' } },
    { copyMode: 'Immediate' },
    { isEnabled: false },
  ];
  assert.equal(health(silent).isSilent, true);
  for (const job of exempt) assert.equal(health(silent, job).isSilent, false, JSON.stringify(job));
});

test('a job of working days is not silent on Monday morning', () => {
  const weekend = { schedule: { kind: 'daily', minuteOfDay: 22 * 60, weekdays: [1, 2, 3, 4, 5] } } as const;
  const now = NOW + 5 * HOUR;
  assert.equal(health(nightly('SSSSS..SSSSS..'), weekend, now).isSilent, false);
  assert.equal(health(nightly('SSSSS..SSSSS..'), {}, now).isSilent, true);
});

test('a session open for more than three median durations is overdue', () => {
  const since = (minutes: number) => {
    const startedAt = NOW - minutes * MINUTE;
    const open = run({ startedAt, endedAt: null, outcome: 'RUNNING', durationMs: null });
    return health([...nightly('SSSSS.'), open]).isOverdue;
  };
  assert.deepEqual([since(59), since(61)], [false, true]);
  assert.equal(health([...nightly('SSSS.'), ...nightly('R')]).isOverdue, false);
  assert.equal(health([...nightly('SSSSSS.'), ...nightly('R')], { copyMode: 'Immediate' }).isOverdue, false);
});

test('ten usable runs with three saved by a retry depend on retries', () => {
  assert.equal(health(nightly('SrSrSSSrSS')).retries.isDependent, true);
  assert.equal(health(nightly('SrSrSSSSSS')).retries.isDependent, false);
  assert.equal(health(nightly('rrrrrrrrr')).retries.isDependent, false);
});

test('log backups do not hide the nightly run, and stand for a job that has nothing else', () => {
  const logs = Array.from({ length: 50 }, (_, index) =>
    run({ sessionClass: 'log', startedAt: NOW - index * 15 * MINUTE }),
  );
  assert.equal(health([...nightly('SSSSSFFFF'), ...logs]).freshness.class, 'BREACHED');
  assert.equal(health(logs).freshness.class, 'OK');
  assert.equal(health(logs).isContinuous, true);
});

test('a success that only the list of jobs remembers makes a job late, not unprotected for ever', () => {
  const result = health([], { lastRunAt: NOW - 100 * DAY, lastResult: 'Success' });
  assert.equal(result.freshness.class, 'BREACHED');
  assert.equal(health([], { lastRunAt: NOW - DAY, lastResult: 'Failed' }).freshness.class, 'NEVER');
});

test('one failed run of a new job is not yet of high priority', () => {
  assert.equal(health([...nightly('SSSF')]).priority, 'LOW');
  assert.equal(health([...nightly('SSSF')]).status, 'WARNING');
});

test('a job of working days is not late over the weekend, and late as usual when its Monday run is missing', () => {
  const schedule = { kind: 'daily' as const, minuteOfDay: 22 * 60, weekdays: [1, 2, 3, 4, 5] };
  const friday = Date.parse('2026-02-27T22:00:00Z');
  const runs = Array.from({ length: 28 }, (_, index) => friday - index * DAY)
    .filter((start) => ![0, 6].includes(new Date(start).getUTCDay()))
    .map((startedAt) => run({ startedAt }));
  const at = (now: string, job: object = {}) =>
    jobHealth({
      job: { jobId: 'job', name: 'j', type: 'VSphereBackup', isEnabled: true, schedule, ...job },
      runs,
      now: Date.parse(now),
      zone: 'UTC',
    });

  const sunday = at('2026-03-01T20:00:00Z');
  assert.equal(sunday.freshness.class, 'OK');
  assert.ok((sunday.freshness.ageHours ?? 0) > 36, 'the true age is told');
  assert.equal(at('2026-03-02T23:00:00Z').freshness.class, 'OK', 'one hour after the start that was due');
  assert.equal(at('2026-03-03T12:00:00Z').freshness.class, 'LATE');
  assert.equal(at('2026-03-05T23:30:00Z').freshness.class, 'BREACHED');
  // What was agreed holds on Sundays too, and without a readable schedule the age is all there is.
  assert.equal(at('2026-03-01T20:00:00Z', { rpoTargetHours: 24 }).freshness.class, 'LATE');
  assert.equal(at('2026-03-01T20:00:00Z', { schedule: null }).freshness.class, 'LATE');
});
