import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classOf } from '../../../src/analysis/recovery/class.ts';
import { assessTrial } from '../../../src/analysis/recovery/trial.ts';
import { DAY, HOUR, MINUTE, NOW } from '../builders.ts';
import { trial } from './builders.ts';

test('sessions are classed by their type, and an ad-hoc scan is no SureBackup', () => {
  assert.equal(classOf('RestoreVm'), 'FULL_VM');
  assert.equal(classOf('restorevm'), 'FULL_VM');
  assert.equal(classOf('RestoreAgentVolumes'), 'VOLUME');
  assert.equal(classOf('DiskRestore'), 'DISK');
  assert.equal(classOf('InstantRecovery'), 'INSTANT');
  assert.equal(classOf('LinuxFileLevelRestore'), 'FLR');
  assert.equal(classOf('SureBackupContentScan'), 'CONTENT_SCAN');
  assert.equal(classOf('SureBackup'), 'SUREBACKUP');
  assert.equal(classOf('SureBackup', 'SureBackup'), 'SUREBACKUP');
  assert.equal(classOf('SureBackup', 'VSphereBackup'), 'CONTENT_SCAN');
  assert.equal(classOf('QuickMigration'), 'OTHER');
  assert.equal(classOf('BackupJob'), 'OTHER');
  assert.equal(classOf('SomethingNew'), 'OTHER');
});

test('a restore has the time of its session, with warnings as well', () => {
  for (const outcome of ['OK', 'WARNING'] as const) {
    const { minutes, isReached, passed, untimed } = assessTrial(trial({ outcome }), NOW);
    assert.deepEqual(
      { minutes, isReached, passed, untimed },
      { minutes: 12, isReached: true, passed: true, untimed: null },
    );
  }
});

test('failed, cancelled and running restores only bound the time from below', () => {
  const failed = assessTrial(trial({ outcome: 'FAILED', minutes: 3 }), NOW);
  assert.deepEqual([failed.minutes, failed.isReached, failed.passed], [3, false, false]);
  const cancelled = assessTrial(trial({ outcome: 'CANCELED', minutes: 3 }), NOW);
  assert.deepEqual([cancelled.minutes, cancelled.isReached, cancelled.passed], [3, false, null]);
  const running = assessTrial(trial({ outcome: 'RUNNING', startedAt: NOW - HOUR, endedAt: null }), NOW);
  assert.deepEqual([running.minutes, running.isReached, running.passed], [60, false, null]);
});

test('a trial with an impossible time counts for nothing, and says why', () => {
  const reason = (given: Parameters<typeof trial>[0]) => assessTrial(trial(given), NOW).excluded;
  assert.equal(reason({ minutes: 0 }), 'it has no duration');
  assert.equal(reason({ minutes: -5 }), 'it ends before it starts: the clocks disagree');
  assert.equal(reason({ startedAt: NOW - 9 * DAY, minutes: 7 * 24 * 60 + 1 }), 'it lasts longer than 7 days');
  assert.equal(
    reason({ startedAt: NOW - 8 * DAY, endedAt: null, outcome: 'RUNNING' }),
    'it lasts longer than 7 days',
  );
  assert.equal(reason({ startedAt: NOW + HOUR }), 'it starts in the future');
  assert.equal(reason({ outcome: 'UNKNOWN' }), 'it ended without a result');
  assert.equal(reason({ startedAt: Number.NaN }), 'it has no start');
  assert.equal(reason({ startedAt: NOW - 8 * DAY, minutes: 7 * 24 * 60 }), null);
});

test('an instant recovery takes until it was seen mounted, however long the mount lasts', () => {
  const startedAt = NOW - 10 * DAY;
  const mounted = {
    class: 'INSTANT',
    startedAt,
    readySince: startedAt + MINUTE,
    readyAt: startedAt + 3 * MINUTE,
  } as const;
  for (const outcome of ['OK', 'RUNNING', 'CANCELED'] as const) {
    const { minutes, earliestMinutes, passed, finishedAt } = assessTrial(
      trial({ ...mounted, outcome, endedAt: outcome === 'RUNNING' ? null : NOW - DAY }),
      NOW,
    );
    assert.deepEqual([minutes, earliestMinutes, passed, finishedAt], [3, 1, true, mounted.readyAt]);
  }
});

test('an instant recovery that nobody saw mounted has come back, but has no time', () => {
  const assessed = assessTrial(trial({ class: 'INSTANT', minutes: 300 }), NOW);
  assert.equal(assessed.passed, true);
  assert.equal(assessed.minutes, null);
  assert.equal(assessed.untimed, 'it was not seen when it became ready');
  const running = assessTrial(trial({ class: 'INSTANT', outcome: 'RUNNING', endedAt: null }), NOW);
  assert.deepEqual([running.passed, running.minutes], [null, null]);
});

test('a SureBackup is passed or failed and has no restore time; with warnings it is undecided', () => {
  const outcome = (given: 'OK' | 'WARNING' | 'FAILED') =>
    assessTrial(trial({ class: 'SUREBACKUP', outcome: given }), NOW);
  assert.deepEqual(
    [outcome('OK').passed, outcome('WARNING').passed, outcome('FAILED').passed],
    [true, null, false],
  );
  assert.equal(outcome('OK').minutes, null);
});

test('a file-level restore has no restore time and is no attempt at recovery', () => {
  const assessed = assessTrial(trial({ class: 'FLR', minutes: 400 }), NOW);
  assert.deepEqual([assessed.method, assessed.minutes], ['NONE', null]);
});
