import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classifyAzureProblem } from '../../../src/analysis/health/failure-cause-azure.ts';

const cause = (code: string | null, title: string | null = null, message: string | null = null) =>
  classifyAzureProblem({ code, title, message }).cause;

test('known codes of Azure Backup have the class of their cause, whatever their case', () => {
  const known: [string, string][] = [
    ['UserErrorVmNotFound', 'OBJECT_NOT_FOUND'],
    ['ExtensionSnapshotFailedNoNetwork', 'NETWORK'],
    ['ExtensionSnapshotFailedCOM', 'VSS'],
    ['ExtensionSnapshotFailedTimedOut', 'SNAPSHOT'],
    ['UserErrorGuestAgentStatusUnavailable', 'SERVICE_DOWN'],
    ['VMRestorePointInternalError', 'SNAPSHOT'],
    ['UserErrorKeyvaultPermissionsNotConfigured', 'PERMISSION'],
    ['UserErrorRequestDisallowedByPolicy', 'CONFIGURATION'],
    ['UserErrorBcmPremiumStorageQuotaError', 'RESOURCES'],
    ['UserErrorBackupOperationInProgress', 'LOCKED'],
    ['UserErrorVmNotFoundV2', 'OBJECT_NOT_FOUND'],
  ];
  for (const [code, expected] of known) assert.equal(cause(code), expected, code);
});

test('a code in the text counts where the code itself is a number', () => {
  assert.equal(
    cause('400052', null, 'Backup failed with UserErrorVmProvisioningStateFailed.'),
    'SERVICE_DOWN',
  );
});

test('numbers mean nothing by themselves: the words decide', () => {
  assert.equal(
    cause('400001', 'Could not communicate with the VM agent for snapshot status'),
    'SERVICE_DOWN',
  );
  assert.equal(cause('400239', 'Snapshot limit reached'), 'SNAPSHOT');
  assert.equal(cause('400999', null, 'The operation exceeded the quota of cores'), 'RESOURCES');
  assert.equal(cause('400999', null, 'Resource was disallowed by policy deny-all'), 'CONFIGURATION');
});

test('what nobody knows is UNKNOWN', () => {
  assert.equal(cause('499999', 'Something new'), 'UNKNOWN');
  assert.equal(cause('UserErrorOfTomorrow'), 'UNKNOWN');
  assert.equal(cause(null), 'UNKNOWN');
});
