import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jobSchema } from '../../../src/azure/job-schema.ts';
import { PROTECTED_ITEM } from '../../../src/azure/protected-items.ts';
import { deletedForGoodAt } from '../../../workers/azure/deferred-delete.ts';
import { toItemRows } from '../../../workers/azure/item-rows.ts';
import { toJobRows } from '../../../workers/azure/job-rows.ts';
import { toVaultSettings } from '../../../workers/azure/vault-settings.ts';

const NOW = new Date('2026-03-18T12:00:00Z');
const DAY = 86_400_000;
const VAULT = '/subscriptions/s/resourceGroups/g/providers/Microsoft.RecoveryServices/vaults/v';
const VM = '/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/VM1';
const ABOUT = { sourceId: 'azure:v:abc123', vaultName: 'v', now: NOW, schedule: null };

const item = (
  properties: object,
  name = 'IaasVMContainer;iaasvmcontainerv2;rg;VM1/protectedItems/VM;iaasvmcontainerv2;rg;VM1',
) =>
  toItemRows(
    PROTECTED_ITEM.row.parse({ id: `${VAULT}/backupFabrics/Azure/protectionContainers/${name}`, properties }),
    ABOUT,
  );
const job = (properties: object) =>
  toJobRows(jobSchema.parse({ id: `${VAULT}/backupJobs/ABC`, name: 'ABC', properties }), {
    sourceId: ABOUT.sourceId,
    seenAt: NOW,
    itemId: 'c/i',
  });

test('an item that was never backed up has no times and no result, and is meant to run', () => {
  const rows = item({
    friendlyName: 'vm1',
    protectionState: 'IRPending',
    lastBackupTime: '2001-01-01T00:00:00Z',
    lastBackupStatus: '',
  });
  assert.deepEqual(
    [rows?.job.is_disabled, rows?.job.last_run_at, rows?.job.last_result, rows?.object.last_run_failed],
    [false, null, null, null],
  );
  assert.equal(rows?.item.item_id, 'iaasvmcontainer;iaasvmcontainerv2;rg;vm1/vm;iaasvmcontainerv2;rg;vm1');
});

test('a database is named with its server, and is another workload than the machine that holds it', () => {
  const sql = {
    protectedItemType: 'AzureVmWorkloadSQLDatabase',
    serverName: 'sql1',
    parentName: 'MSSQLSERVER',
  };
  const database = item(
    { friendlyName: 'Sales', sourceResourceId: VM, ...sql, lastBackupStatus: 'Unhealthy' },
    'VMAppContainer;Compute;rg;VM1/protectedItems/SQLDataBase;mssqlserver;Sales',
  );
  const machine = item({
    friendlyName: 'vm1',
    sourceResourceId: VM,
    protectedItemType: 'Microsoft.Compute/virtualMachines',
  });
  assert.equal(database?.job.name, 'sql1/MSSQLSERVER/Sales');
  assert.deepEqual([database?.job.type, database?.job.last_result], ['AzureSql', 'Failed']);
  assert.equal(machine?.object.workload_id, `azure${VM.toLowerCase()}`);
  assert.equal(database?.object.workload_id, `azure${VM.toLowerCase()}/databases/mssqlserver/sales`);
  assert.equal(database?.object.platform_object_id, machine?.object.platform_object_id);
});

test('words of Resource Graph for the state of protection are those of the vault', () => {
  const state = (currentProtectionState: string) => item({ currentProtectionState })?.item.protection_state;
  assert.deepEqual(
    ['ProtectionConfigured', 'ConfiguringProtection', 'SoftDeleted', 'SomethingNew'].map(state),
    ['Protected', 'IRPending', 'ProtectionStopped', 'SomethingNew'],
  );
  const gone = item({ currentProtectionState: 'SoftDeleted' });
  assert.deepEqual([gone?.item.is_soft_deleted, gone?.job.is_disabled], [true, true]);
  assert.equal(item({})?.job.is_disabled, null, 'not said is not known');
});

test('when a deleted item is gone for good is told by what remains, whichever time the answer names', () => {
  const end = NOW.getTime() + 11 * DAY;
  const given = (at: number | null, remaining: number | null, days: number | undefined) =>
    deletedForGoodAt(
      {
        isScheduledForDeferredDelete: true,
        deferredDeleteTimeInUTC: at === null ? null : new Date(at),
        deferredDeleteTimeRemaining: remaining,
        softDeleteRetentionPeriodInDays: days,
      },
      NOW,
    )?.getTime();
  assert.equal(given(end - 14 * DAY, (11 * DAY) / 1000, 14), end, 'the time of the deletion');
  assert.equal(given(end, (11 * DAY) / 1000, 14), end, 'the time of its end');
  assert.equal(given(null, (11 * DAY) / 1000 - 70, undefined), end, 'only what remains, to the hour');
  assert.equal(given(end - 14 * DAY, null, 14), end);
  assert.equal(given(null, null, 14), undefined);
});

test('how a job ended is told in the words of sessions', () => {
  const times = { startTime: '2026-03-18T01:00:00Z', duration: 'PT10M' };
  const of = (properties: object) => {
    const session = job({ operation: 'Backup', ...times, ...properties })?.session;
    return [session?.session_type, session?.state, session?.result, session?.is_canceled, session?.job_id];
  };
  assert.deepEqual(of({ status: 'Completed' }), ['AzureBackup', 'Stopped', 'Success', false, 'c/i']);
  assert.deepEqual(of({ status: 'CompletedWithWarnings' }), [
    'AzureBackup',
    'Stopped',
    'Warning',
    false,
    'c/i',
  ]);
  assert.deepEqual(of({ status: 'Cancelled' }), ['AzureBackup', 'Stopped', 'None', true, 'c/i']);
  assert.deepEqual(of({ status: 'Cancelling' }), ['AzureBackup', 'Working', 'None', false, 'c/i']);
  assert.deepEqual(of({ status: 'Completed', operation: 'CrossRegionRestore' })[0], 'AzureRestore');
  assert.deepEqual(of({ status: 'Completed', operation: 'DisableBackup' }), [
    'AzureOperation',
    'Stopped',
    'Success',
    false,
    null,
  ]);
  assert.equal(job({ status: 'Completed', operation: 'Backup' }), null, 'without a begin it has no place');
  const ended = job({ operation: 'Backup', status: 'Completed', ...times })?.session.ended_at as Date;
  assert.equal(
    ended.toISOString(),
    '2026-03-18T01:10:00.000Z',
    'without an end it lasted as long as it says',
  );
});

test('a failure has its errors and a reason; one that says nothing has none', () => {
  const failed = {
    operation: 'Backup',
    status: 'Failed',
    startTime: '2026-03-18T01:00:00Z',
    entityFriendlyName: 'vm1',
  };
  const errorDetails = [
    {
      errorCode: 400239,
      errorTitle: 'Snapshot limit reached',
      errorString: 'No more of vm1.',
      recommendations: ['Delete some.'],
    },
  ];
  const rows = job({ ...failed, errorDetails });
  assert.deepEqual(
    [rows?.errors[0]?.code, rows?.errors[0]?.recommendations, rows?.reason?.cause],
    ['400239', ['Delete some.'], 'SNAPSHOT'],
  );
  assert.equal(rows?.reason?.message, 'Snapshot limit reached: No more of vm1.');
  const silent = job({ ...failed, errorDetails: [{ errorCode: 1 }] });
  assert.deepEqual([silent?.errors, silent?.reason], [[], null]);
  const dynamic = job({
    ...failed,
    errorDetails: [{ errorCode: 1 }],
    extendedInfo: { dynamicErrorMessage: 'The VM agent is not responding.' },
  });
  assert.deepEqual([dynamic?.errors.length, dynamic?.reason?.cause], [1, 'SERVICE_DOWN']);
});

test('settings of a vault come from whoever says them, and what nobody says is null', () => {
  const bare = { id: VAULT, key: VAULT.toLowerCase(), parts: {}, name: 'v' } as never;
  const config = { properties: { softDeleteFeatureState: 'Enabled', softDeleteRetentionPeriodInDays: 14 } };
  const storage = { properties: { storageModelType: 'LocallyRedundant', crossRegionRestoreFlag: false } };
  assert.deepEqual(toVaultSettings(bare, {}), {
    redundancy: null,
    cross_region_restore: null,
    soft_delete: null,
    soft_delete_days: null,
    immutability: null,
    multi_user_authorization: null,
    public_network_access: null,
    customer_managed_key: false,
    alerts_on_failures: null,
  });
  const told = toVaultSettings(bare, { config, storage, guards: [] });
  assert.deepEqual(
    [
      told.soft_delete,
      told.soft_delete_days,
      told.redundancy,
      told.multi_user_authorization,
      told.cross_region_restore,
    ],
    ['Enabled', 14, 'LocallyRedundant', false, false],
  );
});
