import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { buildRuns, type JobRun } from '../../../src/analysis/health/runs.ts';
import { DAY, HOUR, MINUTE, NOW, session } from '../builders.ts';

const night = Date.parse('2026-03-01T22:00:00Z');

function only(runs: JobRun[]): JobRun {
  assert.equal(runs.length, 1);
  return runs[0] as JobRun;
}

test('three attempts with one original id are one run that a retry recovered', () => {
  const run = only(
    buildRuns([
      session({
        sessionId: 'a',
        createdAt: night,
        endedAt: night + 5 * MINUTE,
        result: 'Failed',
        message: 'No space',
      }),
      session({
        sessionId: 'b',
        createdAt: night + 12 * MINUTE,
        result: 'Failed',
        originalSessionId: 'a',
        retryNumber: 1,
      }),
      session({ sessionId: 'c', createdAt: night + 25 * MINUTE, originalSessionId: 'A', retryNumber: 2 }),
    ]),
  );
  assert.equal(run.runId, 'a');
  assert.equal(run.outcome, 'SUCCESS');
  assert.equal(run.attempts, 3);
  assert.equal(run.recoveredByRetry, true);
  assert.deepEqual(run.sessionIds, ['a', 'b', 'c']);
  assert.equal(run.lastSessionId, 'c');
  assert.equal(run.durationMs, 45 * MINUTE);
});

test('without ids attempts are joined by the time between them', () => {
  const failed = { result: 'Failed', createdAt: night, endedAt: night + 10 * MINUTE };
  const after = (minutes: number) => session({ createdAt: night + (10 + minutes) * MINUTE });
  assert.equal(buildRuns([session(failed), after(25)]).length, 1);
  assert.equal(buildRuns([session(failed), after(26)]).length, 2);
  assert.equal(
    buildRuns([session(failed), after(60)], () => ({ retryCount: 3, awaitMinutes: 30 })).length,
    1,
  );
  assert.equal(buildRuns([session(failed), after(5)], () => ({ retryCount: 0 })).length, 2);
});

test('no more attempts are joined than the job may make', () => {
  const attempts = Array.from({ length: 6 }, (_, index) =>
    session({
      createdAt: night + index * 15 * MINUTE,
      endedAt: night + (index * 15 + 5) * MINUTE,
      result: 'Failed',
    }),
  );
  const runs = buildRuns(attempts, () => ({ retryCount: 3, awaitMinutes: 10 }));
  assert.deepEqual(
    runs.map((run) => run.attempts),
    [4, 2],
  );
});

test('a job that starts every quarter of an hour is not merged with its own next run', () => {
  const attempts = Array.from({ length: 8 }, (_, index) =>
    session({
      createdAt: night + index * 15 * MINUTE,
      endedAt: night + (index * 15 + 3) * MINUTE,
      result: 'Failed',
    }),
  );
  assert.equal(buildRuns(attempts, () => ({ intervalMinutes: 15 })).length, 8);
});

test('a success, a warning or a cancelled run is never followed by its retry', () => {
  for (const before of [
    { result: 'Success' },
    { result: 'Warning' },
    { result: 'Failed', isCanceled: true },
  ]) {
    const runs = buildRuns([
      session({ ...before, createdAt: night }),
      session({ createdAt: night + 25 * MINUTE }),
    ]);
    assert.equal(runs.length, 2);
  }
});

test('the suffix of the name confirms a retry that came later than assumed', () => {
  const run = only(
    buildRuns([
      session({ createdAt: night, endedAt: night + MINUTE, result: 'Failed', name: 'Nightly (Incremental)' }),
      session({ createdAt: night + 2 * HOUR, name: 'Nightly (Incremental) (Retry 1)' }),
    ]),
  );
  assert.equal(run.attempts, 2);
  assert.equal(run.recoveredByRetry, true);
});

test('a retry whose first attempt was not read keeps the id of that attempt', () => {
  const run = only(
    buildRuns([
      session({ sessionId: 'b', createdAt: night, result: 'Failed', originalSessionId: 'a', retryNumber: 1 }),
      session({ sessionId: 'c', createdAt: night + HOUR, originalSessionId: 'a', retryNumber: 2 }),
    ]),
  );
  assert.equal(run.runId, 'a');
  assert.equal(run.attempts, 3);
});

test('a retry of the health check is not a retry of the run', () => {
  const runs = buildRuns([
    session({ sessionId: 'a', createdAt: night, result: 'Failed' }),
    session({ createdAt: night + 25 * MINUTE, originalSessionId: 'a', isRecheckRetry: true, retryNumber: 1 }),
  ]);
  assert.deepEqual(
    runs.map(({ outcome, attempts }) => [outcome, attempts]),
    [
      ['FAILED', 1],
      ['SUCCESS', 1],
    ],
  );
});

test('a run is running while its end is open, also in its retry', () => {
  for (const open of [
    { endedAt: null, state: 'Working', result: 'None' },
    { endedAt: Date.parse('0001-01-01T00:00:00Z'), state: 'Working', result: 'None' },
    { state: 'Postprocessing', result: 'None' },
  ]) {
    const run = only(
      buildRuns([
        session({ createdAt: night, endedAt: night + MINUTE, result: 'Failed' }),
        session({ createdAt: night + 11 * MINUTE, ...open }),
      ]),
    );
    assert.equal(run.outcome, 'RUNNING');
    assert.equal(run.endedAt, null);
    assert.equal(run.durationMs, null);
  }
});

test('a session that stopped with a result is over even without an end', () => {
  const run = only(buildRuns([session({ endedAt: null, state: 'Stopped', result: 'Success' })]));
  assert.equal(run.outcome, 'SUCCESS');
  assert.equal(run.durationMs, null);
});

test('a cancelled run is neither a success nor a failure', () => {
  assert.equal(only(buildRuns([session({ isCanceled: true, result: 'Failed' })])).outcome, 'CANCELED');
  const byMessage = session({ result: 'Failed', message: 'Operation was canceled by user DOMAIN\\bob' });
  assert.equal(only(buildRuns([byMessage])).outcome, 'CANCELED');
  const timeout = session({ result: 'Failed', message: 'The operation was canceled.' });
  assert.equal(only(buildRuns([timeout])).outcome, 'FAILED');
});

test('a finished session without a result counts as neither', () => {
  assert.equal(only(buildRuns([session({ result: 'None' })])).outcome, 'UNKNOWN');
});

test('a session read twice is one run, and the finished state wins', () => {
  const running = session({ sessionId: '{AB}', endedAt: null, state: 'Working', result: 'None' });
  const finished = session({ sessionId: 'ab' });
  assert.equal(only(buildRuns([finished, running])).outcome, 'SUCCESS');
  assert.equal(only(buildRuns([running, finished])).outcome, 'SUCCESS');
});

test('children of a kept parent are dropped, whichever way they name it', () => {
  const parent = session({ sessionId: 'p', jobId: 'copy', sessionType: 'BackupCopyJobParent', name: 'Copy' });
  const child = session({
    jobId: 'hidden',
    sessionType: 'BackupCopyJob',
    name: 'Copy\\vm1',
    result: 'Failed',
  });
  const runs = buildRuns([
    parent,
    { ...child, parentSessionId: 'P' },
    { ...child, sessionId: 'x', relatedSessionId: 'p' },
  ]);
  assert.equal(only(runs).jobId, 'copy');
});

test('a job of the inventory keeps its run though another job started it', () => {
  const runs = buildRuns(
    [session({ sessionId: 'p', jobId: 'policy' }), session({ jobId: 'own', parentSessionId: 'p' })],
    undefined,
    new Map([
      ['policy', 'Policy'],
      ['own', 'Own'],
    ]),
  );
  assert.equal(runs.length, 2);
});

test('copy children without their parent are one run of the job that their names tell', () => {
  const child = { jobId: 'hidden', sessionType: 'BackupCopyJob', parentSessionId: 'gone' };
  const runs = buildRuns(
    [
      session({ ...child, name: 'Copy to DR\\vm1' }),
      session({ ...child, jobId: 'hidden2', name: 'Copy to DR\\vm2', result: 'Failed', message: 'No space' }),
    ],
    undefined,
    new Map([['copy', 'Copy to DR']]),
  );
  const run = only(runs);
  assert.equal(run.jobId, 'copy');
  assert.equal(run.outcome, 'FAILED');
});

test('children of an immediate copy, whose parent stays open, are the runs of the job', () => {
  const parent = session({
    sessionId: 'p',
    jobId: 'copy',
    sessionType: 'BackupCopyJobParent',
    createdAt: NOW - 10 * DAY,
    endedAt: null,
    state: 'Idle',
    result: 'None',
  });
  const children = [8, 6, 4, 2].map((days) =>
    session({
      jobId: 'hidden',
      sessionType: 'BackupCopyJob',
      parentSessionId: 'p',
      createdAt: NOW - days * DAY,
    }),
  );
  const runs = buildRuns([parent, ...children]);
  assert.deepEqual(
    runs.map(({ jobId, outcome }) => `${jobId} ${outcome}`),
    ['copy RUNNING', 'copy SUCCESS', 'copy SUCCESS', 'copy SUCCESS', 'copy SUCCESS'],
  );
});

test('sessions that protect nothing make no runs', () => {
  const types = [
    'ConfigurationResynchronize',
    'ConfigurationBackup',
    'Retention',
    'SureBackup',
    'RestoreVm',
    'Brand new',
  ];
  assert.deepEqual(buildRuns(types.map((sessionType) => session({ sessionType }))), []);
  assert.deepEqual(buildRuns([session({ name: 'SOBR 1 Offload', jobId: 'sobr' })]), []);
  assert.deepEqual(buildRuns([session({ jobId: '00000000-0000-0000-0000-000000000000' })]), []);
  assert.deepEqual(buildRuns([]), []);
});

test('a job of the inventory may have "Offload" in its name', () => {
  const runs = buildRuns(
    [session({ name: 'Offload server' })],
    undefined,
    new Map([['job', 'Offload server']]),
  );
  assert.equal(runs.length, 1);
});

test('log backups are runs of their own beside the nightly run', () => {
  const runs = buildRuns([
    session({ createdAt: night, result: 'Failed', endedAt: night + MINUTE }),
    session({ sessionType: 'SqlLogBackup', createdAt: night + 5 * MINUTE }),
  ]);
  assert.deepEqual(
    runs.map(({ sessionClass, outcome }) => [sessionClass, outcome]),
    [
      ['backup', 'FAILED'],
      ['log', 'SUCCESS'],
    ],
  );
});

test('every session is in exactly one run and the order of the input does not matter', () => {
  const result = fc.constantFrom('Success', 'Warning', 'Failed', 'None');
  const minute = fc.integer({ min: 0, max: 3000 });
  const facts = fc.array(fc.record({ result, minute, jobId: fc.constantFrom('a', 'b') }), { maxLength: 40 });
  fc.assert(
    fc.property(facts, fc.integer(), (given, turn) => {
      const sessions = given.map((fact, index) =>
        session({
          sessionId: `s${index}`,
          jobId: fact.jobId,
          result: fact.result,
          createdAt: night + fact.minute * MINUTE,
        }),
      );
      const runs = buildRuns(sessions);
      const ids = runs.flatMap(({ sessionIds }) => sessionIds).toSorted();
      assert.deepEqual(ids, sessions.map(({ sessionId }) => sessionId).toSorted());
      const cut = sessions.length === 0 ? 0 : Math.abs(turn) % sessions.length;
      assert.deepEqual(buildRuns([...sessions.slice(cut), ...sessions.slice(0, cut)]), runs);
    }),
  );
});
