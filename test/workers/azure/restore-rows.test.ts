import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AzureJob } from '../../../src/azure/jobs.ts';
import { type RestoreSession, restoreClass, toRestoreTrial } from '../../../workers/azure/restore-rows.ts';

const session: RestoreSession = {
  session_id: 'job',
  session_type: 'AzureRestore',
  job_id: null,
  name: 'vm01',
  created_at: new Date('2026-03-01T10:00:00Z'),
  ended_at: new Date('2026-03-01T11:00:00Z'),
  state: 'Stopped',
  result: 'Success',
  message: null,
  is_canceled: false,
};

const job = (bag: Record<string, string>, more: Partial<AzureJob> = {}) =>
  ({
    backupManagementType: 'AzureIaasVM',
    entityFriendlyName: 'vm01',
    extendedInfo: { propertyBag: bag },
    ...more,
  }) as AzureJob;

test('a restore is of the class that Azure has words for', () => {
  const classes: [kind: string | null, management: string | undefined, expected: string][] = [
    ['Recover disks', 'AzureIaasVM', 'DISK'],
    ['RestoreDisks', 'AzureIaasVM', 'DISK'],
    ['Create virtual machine', 'AzureIaasVM', 'FULL_VM'],
    ['Create new VM', 'AzureIaasVM', 'FULL_VM'],
    ['AlternateLocation', 'AzureIaasVM', 'FULL_VM'],
    ['OriginalLocation', 'AzureIaasVM', 'FULL_VM'],
    ['Replace existing disks', 'AzureIaasVM', 'FULL_VM'],
    ['Item level recovery', 'AzureIaasVM', 'FLR'],
    ['File Recovery', 'AzureIaasVM', 'FLR'],
    [null, 'AzureIaasVM', 'OTHER'],
    ['something new', 'AzureIaasVM', 'OTHER'],
    [null, undefined, 'OTHER'],
    [null, 'AzureWorkload', 'FULL_VM'],
    ['Restore as files', 'AzureWorkload', 'OTHER'],
    ['FullShareRestore', 'AzureStorage', 'FULL_VM'],
    ['ItemLevelRestore', 'AzureStorage', 'FLR'],
    [null, 'AzureStorage', 'OTHER'],
  ];
  for (const [kind, management, expected] of classes)
    assert.equal(restoreClass(kind, management), expected, `${management} ${kind}`);
});

test('the time of the restored point is read from the text of the job, in UTC', () => {
  const at = (text: string) =>
    toRestoreTrial(session, job({ 'Recovery point time ': text })).point_created_at;
  assert.deepEqual(at('12/25/2019 10:07:11 PM'), new Date('2019-12-25T22:07:11Z'));
  assert.deepEqual(at('1/7/2021 12:00:00 AM'), new Date('2021-01-07T00:00:00Z'));
  assert.equal(at('25/12/2019 10:07:11 PM'), null, 'in another form it is not guessed');
  assert.equal(at('2/30/2026 1:00:00 AM'), null);
});

test('a failed restore says why, and a job that is gone leaves what its session says', () => {
  const failed = { ...session, result: 'Failed', message: 'of the session' };
  const errorDetails = [
    { errorCode: '400052', errorString: 'Not in a state.', errorTitle: 'Title', recommendations: [] },
  ];
  assert.equal(toRestoreTrial(failed, job({}, { errorDetails })).message, '400052: Not in a state.');
  const gone = toRestoreTrial(failed, null);
  assert.equal(gone.message, 'of the session');
  assert.equal(gone.class, 'OTHER');
  assert.equal(gone.outcome, 'FAILED');
});

test('a restore that goes on, or was cancelled, has no result', () => {
  const outcome = (change: Partial<RestoreSession>) =>
    toRestoreTrial({ ...session, ...change }, null).outcome;
  assert.equal(outcome({ ended_at: null, state: 'Working', result: null }), 'RUNNING');
  assert.equal(outcome({ is_canceled: true, result: 'None' }), 'CANCELED');
  assert.equal(outcome({ result: 'None' }), 'UNKNOWN');
  assert.equal(outcome({ result: 'Warning' }), 'WARNING');
});
