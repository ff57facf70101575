import assert from 'node:assert/strict';
import { test } from 'node:test';
import { getBackupStatus } from '../../src/azure/backup-status.ts';
import { type AzureJob, backupSizeBytes, getJob, listJobs } from '../../src/azure/jobs.ts';
import { getPolicy, listPolicies, toRetention, toSchedule } from '../../src/azure/policies.ts';
import { getProtectedItem, listProtectedItems, sourceKeyOf } from '../../src/azure/protected-items.ts';
import type { AzureReading } from '../../src/azure/reading.ts';
import { getRecoveryPoint, isRestorable, listRecoveryPoints } from '../../src/azure/recovery-points.ts';
import { listUsages } from '../../src/azure/usages.ts';
import { createReading } from '../../src/reading.ts';
import { sendJson } from '../support/tls-server.ts';
import { rowsOf, SUBSCRIPTION, startFakeArm, VAULT, VAULT_PATH } from './fake-arm.ts';

const CONTAINER = 'IaasVMContainer;iaasvmcontainerv2;rg;vm';
const ITEM = 'VM;iaasvmcontainerv2;rg;vm';
const ITEM_PATH = `${VAULT_PATH}/backupFabrics/Azure/protectionContainers/${CONTAINER}/protectedItems/${ITEM}`;
const ITEM_REF = { ...VAULT, container: CONTAINER, item: ITEM };
const JOBS = `${VAULT_PATH}/backupJobs`;
const at = (text: string) => new Date(text);

const job = (name: string, properties: object = {}) => ({
  id: `${JOBS}/${name}`,
  name,
  properties: { operation: 'Backup', status: 'Completed', startTime: '2026-02-20T01:00:00Z', ...properties },
});
const point = (name: string, properties: object = {}) => ({
  id: `${ITEM_PATH}/recoveryPoints/${name}`,
  name,
  properties: { recoveryPointTime: '2026-02-20T01:00:00Z', ...properties },
});

async function readJob(properties: object): Promise<AzureJob> {
  await using arm = await startFakeArm({ [`${JOBS}/j`]: job('j', properties) });
  const client = arm.client();
  const found = await getJob(client, VAULT, 'j');
  await client.close();
  assert.ok(found);
  return found;
}

async function readPoint(properties: object, name = 'p') {
  await using arm = await startFakeArm({ [`${ITEM_PATH}/recoveryPoints/${name}`]: point(name, properties) });
  const client = arm.client();
  const found = await getRecoveryPoint(client, ITEM_REF, name);
  await client.close();
  assert.ok(found);
  return found;
}

async function readItem(properties: object) {
  await using arm = await startFakeArm({ [ITEM_PATH]: { id: ITEM_PATH, name: ITEM, properties } });
  const client = arm.client();
  const found = await getProtectedItem(client, ITEM_REF);
  await client.close();
  assert.ok(found);
  return found;
}

async function readPolicy(properties: object) {
  const path = `${VAULT_PATH}/backupPolicies/p`;
  await using arm = await startFakeArm({ [path]: { id: path, name: 'p', properties } });
  const client = arm.client();
  const found = await getPolicy(client, VAULT, 'p');
  await client.close();
  assert.ok(found);
  return found;
}

test('a running job has no end; its duration is read in both shapes', async () => {
  const running = await readJob({ status: 'inprogress', duration: '00:20:23.0896697' });
  assert.deepEqual(
    [running.status, running.endTime, running.durationSeconds],
    ['InProgress', null, 1223.0896697],
  );
  const ended = await readJob({ endTime: '0001-01-01T00:00:00Z', duration: 'PT12.5S' });
  assert.deepEqual([ended.endTime, ended.durationSeconds], [null, 12.5]);
});

test('a failed job says why, its code as text whether it came as a number or not', async () => {
  const problem = { errorTitle: 'Agent', errorString: 'No answer.', recommendations: ['Look.'] };
  const failed = await readJob({ status: 'Failed', errorDetails: [{ errorCode: 400001, ...problem }] });
  assert.deepEqual(failed.errorDetails, [{ errorCode: '400001', ...problem }]);
  const single = await readJob({ errorDetails: problem });
  assert.equal(single.errorDetails?.[0]?.errorTitle, 'Agent');
});

test('actions are words, also where they come as numbers, and unknown states stay', async () => {
  const old = await readJob({
    actionsInfo: [1, 'retriable', 9, 'New'],
    status: 'Hibernating',
    jobType: 'NewJob',
  });
  assert.deepEqual(old.actionsInfo, ['Cancellable', 'Retriable', '9', 'New']);
  assert.deepEqual([old.status, old.jobType], ['Hibernating', 'NewJob']);
});

test('the details of a job have its tasks, and the size that it says in words', async () => {
  const detailed = await readJob({
    extendedInfo: {
      tasksList: [{ taskId: 'Take Snapshot', duration: 'PT4M', status: 'Failed' }],
      propertyBag: {
        'VM Name': 'vm',
        'Backup Size': '2332 MB',
        Template: 'https://x/y?sv=1&sig=SECRET',
        odd: 7,
      },
    },
  });
  assert.equal(detailed.extendedInfo?.tasksList?.[0]?.durationSeconds, 240);
  assert.equal(backupSizeBytes(detailed), 2_445_279_232);
  assert.deepEqual(detailed.extendedInfo?.propertyBag, {
    'VM Name': 'vm',
    'Backup Size': '2332 MB',
    Template: 'https://x/y',
  });
  for (const size of ['about 5', '', undefined, '1.2.3 MB'])
    assert.equal(
      backupSizeBytes(await readJob({ extendedInfo: { propertyBag: { 'Backup Size': size } } })),
      null,
    );
  assert.equal(backupSizeBytes(await readJob({})), null);
});

test('jobs are asked for in windows of at most 30 days, both ends given, and each comes once', async () => {
  const filters: string[] = [];
  await using arm = await startFakeArm({
    [JOBS]: ({ query }, response) => {
      filters.push(String(query.get('$filter')));
      sendJson(response, 200, { value: [job('a'), job('b', { startTime: '2026-01-02T00:00:00Z' })] });
    },
  });
  const client = arm.client();
  const reading: AzureReading = createReading('jobs');
  const jobs = await rowsOf(listJobs(client, VAULT, { from: at('2026-01-01T00:00:00Z') }, { reading }));
  assert.deepEqual(filters, [
    "startTime eq '2026-01-01 12:00:00 AM' and endTime eq '2026-01-31 12:00:00 AM'",
    "startTime eq '2026-01-31 12:00:00 AM' and endTime eq '2026-03-01 12:00:00 PM'",
  ]);
  assert.deepEqual(
    jobs.map(({ name }) => name),
    ['a', 'b'],
  );
  assert.deepEqual([reading.complete, reading.duplicates], [true, 2]);
  await client.close();
});

test('what a server gives beyond the asked jobs is left out and counted; running and undated ones stay', async () => {
  await using arm = await startFakeArm({
    [JOBS]: {
      value: [
        job('old', { endTime: '2026-02-20T02:00:00Z' }),
        job('late', { startTime: '2026-02-26T00:00:00Z' }),
        job('running', { status: 'InProgress' }),
        job('across', { endTime: '2026-02-25T00:30:00Z' }),
        job('undated', { startTime: undefined }),
        job('restore', { operation: 'Restore' }),
      ],
    },
  });
  const client = arm.client();
  const reading: AzureReading = createReading('jobs');
  const window = { from: at('2026-02-25T00:00:00Z'), to: at('2026-02-25T12:00:00Z'), operation: 'backup' };
  const jobs = await rowsOf(listJobs(client, VAULT, window, { reading }));
  assert.deepEqual(
    jobs.map(({ name }) => name),
    ['running', 'across', 'undated'],
  );
  assert.equal(reading.rowsOutside, 3);
  await client.close();
});

test('an item that was never backed up has neither a time nor a status, and is not failed', async () => {
  const item = await readItem({
    lastBackupTime: '2001-01-01T00:00:00Z',
    lastBackupStatus: '',
    protectionState: 'IRPending',
    extendedInfo: { recoveryPointCount: 0, policyInconsistent: false },
  });
  assert.deepEqual(
    [
      item.lastBackupTime,
      item.lastBackupStatus,
      item.lastRecoveryPoint,
      item.extendedInfo?.recoveryPointCount,
    ],
    [null, undefined, null, 0],
  );
});

test('the last backup and the last recovery point are two times', async () => {
  const item = await readItem({
    lastBackupTime: '2018-01-22T12:25:32.048723Z',
    lastRecoveryPoint: '2017-11-22T12:25:32.048723Z',
  });
  assert.equal(item.lastBackupTime?.toISOString(), '2018-01-22T12:25:32.048Z');
  assert.equal(item.lastRecoveryPoint?.toISOString(), '2017-11-22T12:25:32.048Z');
});

test('the three words for the health of an item stay apart, and its ids are keys', async () => {
  const item = await readItem({
    protectionStatus: 'Unhealthy',
    healthStatus: 'actionrequired',
    lastBackupStatus: 'Completed',
    healthDetails: [{ code: 400239, title: 'IR pending', message: 'm', recommendations: [] }],
    policyId: `${VAULT_PATH.replace('/subscriptions', '/Subscriptions')}/backupPolicies/Daily`,
    virtualMachineId: '/subscriptions/s/resourceGroups/providers/Microsoft.Compute/virtualMachines/VM1',
    protectedItemDataId: '636482643132986882',
  });
  assert.deepEqual(
    [item.protectionStatus, item.healthStatus, item.lastBackupStatus, item.healthDetails?.[0]?.code],
    ['Unhealthy', 'ActionRequired', 'Completed', '400239'],
  );
  assert.equal(item.policyId, `${VAULT_PATH}/backupPolicies/Daily`.toLowerCase());
  assert.match(String(sourceKeyOf(item)), /virtualmachines\/vm1$/);
  assert.equal(item.protectedItemDataId, '636482643132986882');
});

test('a deleted item that is still kept says until when', async () => {
  const item = await readItem({
    isScheduledForDeferredDelete: true,
    deferredDeleteTimeInUTC: '2025-01-10T10:00:00Z',
    deferredDeleteTimeRemaining: '13.21:00:00',
  });
  assert.deepEqual([item.isScheduledForDeferredDelete, item.deferredDeleteTimeRemaining], [true, 1_198_800]);
});

test('a row of which a property has a wrong type is counted and left out; an odd part costs only itself', async () => {
  const path = (name: string) => `${ITEM_PATH}${name}`;
  await using arm = await startFakeArm({
    [`${VAULT_PATH}/backupProtectedItems`]: {
      value: [
        { id: path('1'), properties: { friendlyName: 7 } },
        { name: 'without id', properties: {} },
        'text',
        { id: path('2'), properties: { kpisHealths: 'odd', extendedInfo: [], unknown: { deep: true } } },
        { id: path('3'), properties: null },
      ],
    },
  });
  const client = arm.client();
  const reading = createReading('items');
  const items = await rowsOf(listProtectedItems(client, VAULT, {}, { reading }));
  assert.deepEqual(
    items.map(({ name }) => name),
    [`${ITEM}2`, `${ITEM}3`],
  );
  assert.deepEqual([reading.rowsFetched, reading.rowsRejected], [2, 3]);
  await client.close();
});

test('standard and enhanced policies have one schedule, whether or not they say which they are', async () => {
  const times = ['2018-01-24T02:00:00Z'];
  const standard = await readPolicy({
    schedulePolicy: {
      schedulePolicyType: 'SimpleSchedulePolicy',
      scheduleRunFrequency: 'Weekly',
      scheduleRunDays: ['Sunday'],
      scheduleRunTimes: times,
    },
    retentionPolicy: {
      retentionPolicyType: 'LongTermRetentionPolicy',
      dailySchedule: { retentionDuration: { count: 30, durationType: 'Days' } },
      yearlySchedule: { retentionDuration: { count: 10, durationType: 'Years' } },
    },
    timeZone: 'Pacific Standard Time',
  });
  assert.deepEqual(toSchedule(standard), {
    kind: 'weekly',
    version: 'V1',
    times: ['02:00'],
    days: ['Sunday'],
    intervalMinutes: null,
    window: null,
    timeZone: 'Pacific Standard Time',
  });
  assert.deepEqual(toRetention(standard), {
    daily: { count: 30, unit: 'days' },
    weekly: null,
    monthly: null,
    yearly: { count: 10, unit: 'years' },
  });
  const enhanced = await readPolicy({
    schedulePolicy: {
      schedulePolicyType: 'SimpleSchedulePolicyV2',
      scheduleRunFrequency: 'Daily',
      dailySchedule: { scheduleRunTimes: times },
    },
  });
  assert.deepEqual([toSchedule(enhanced)?.version, toSchedule(enhanced)?.times], ['V2', ['02:00']]);
  const emptyAbove = await readPolicy({
    schedulePolicy: {
      schedulePolicyType: 'SimpleSchedulePolicyV2',
      scheduleRunFrequency: 'Weekly',
      scheduleRunDays: [],
      scheduleRunTimes: [],
      weeklySchedule: { scheduleRunDays: ['Friday'], scheduleRunTimes: times },
    },
  });
  assert.deepEqual([toSchedule(emptyAbove)?.days, toSchedule(emptyAbove)?.times], [['Friday'], ['02:00']]);
  const hourly = await readPolicy({
    schedulePolicy: {
      schedulePolicyType: 'SimpleSchedulePolicyV2',
      scheduleRunFrequency: 'Hourly',
      hourlySchedule: {
        interval: 4,
        scheduleWindowDuration: 16,
        scheduleWindowStartTime: '2021-12-17T08:00:00Z',
      },
    },
  });
  assert.deepEqual(
    [toSchedule(hourly)?.intervalMinutes, toSchedule(hourly)?.window],
    [240, { start: '08:00', hours: 16 }],
  );
});

test('a policy of databases has a schedule for each kind of backup', async () => {
  const policy = await readPolicy({
    backupManagementType: 'AzureWorkload',
    settings: { timeZone: 'UTC' },
    subProtectionPolicy: [
      {
        policyType: 'Log',
        schedulePolicy: { schedulePolicyType: 'LogSchedulePolicy', scheduleFrequencyInMins: 60 },
        retentionPolicy: {
          retentionPolicyType: 'SimpleRetentionPolicy',
          retentionDuration: { count: 15, durationType: 'Days' },
        },
      },
    ],
  });
  const [log] = policy.subProtectionPolicy ?? [];
  assert.equal(toSchedule(policy), null);
  assert.deepEqual(
    [
      toSchedule(policy, log?.schedulePolicy)?.intervalMinutes,
      toSchedule(policy, log?.schedulePolicy)?.timeZone,
    ],
    [60, 'UTC'],
  );
  assert.deepEqual(toRetention(policy, log?.retentionPolicy)?.daily, { count: 15, unit: 'days' });
});

test('the filter of a list is what was asked, and nothing where nothing was', async () => {
  const path = `${VAULT_PATH}/backupPolicies`;
  await using arm = await startFakeArm({ [path]: { value: [] } });
  const client = arm.client();
  await rowsOf(listPolicies(client, VAULT));
  await rowsOf(listPolicies(client, VAULT, { backupManagementType: 'AzureIaasVM', workloadType: 'VM' }));
  assert.deepEqual(
    arm.requests.map(({ query }) => query.get('$filter')),
    [null, "backupManagementType eq 'AzureIaasVM' and workloadType eq 'VM'"],
  );
  await client.close();
});

test('ids of recovery points are text to the last digit, and their keys never leave the wire', async () => {
  const id = '922337203685477580';
  const read = await readPoint(
    {
      keyAndSecret: { kekDetails: { keyUrl: 'SECRET' }, bekDetails: { secretData: 'SECRET' } },
      isSourceVMEncrypted: true,
    },
    id,
  );
  assert.equal(read.name, id);
  assert.equal(read.isSourceVMEncrypted, true);
  assert.ok(!JSON.stringify(read).includes('SECRET'));
});

test('a point can be restored while one of its tiers holds a copy', async () => {
  const restorable = async (...tiers: object[]) =>
    isRestorable(await readPoint({ recoveryPointTierDetails: tiers }));
  assert.equal(
    await restorable({ type: 'InstantRP', status: 'Deleted' }, { type: 'HardenedRP', status: 'Valid' }),
    true,
  );
  assert.equal(
    await restorable({ type: 'HardenedRP', status: 'Deleted' }, { type: 'ArchivedRP', status: 'Rehydrated' }),
    true,
  );
  assert.equal(
    await restorable({ type: 'HardenedRP', status: 'Deleted' }, { type: 'ArchivedRP', status: 'Valid' }),
    false,
  );
  assert.equal(await restorable({ type: 'InstantRP', status: 'Deleted' }), false);
  assert.equal(await restorable({ type: 1, status: 1 }), true);
  assert.equal(await restorable({ type: 2, status: 3 }), false);
  assert.equal(await restorable(), null);
});

test('whether a point can go to the archive is found under both of its names', async () => {
  for (const name of ['ArchivedRP', 'Archive']) {
    const read = await readPoint({ recoveryPointMoveReadinessInfo: { [name]: { isReadyForMove: true } } });
    assert.equal(read.archiveReadiness?.isReadyForMove, true);
  }
});

test('points are asked for with both ends, and those outside are left out', async () => {
  const path = `${ITEM_PATH}/recoveryPoints`;
  await using arm = await startFakeArm({
    [path]: {
      value: [
        point('1', { recoveryPointTime: '2026-02-20T01:00:00.1234567Z' }),
        point('2', { recoveryPointTime: '2025-02-20T01:00:00Z' }),
        point('3', {
          recoveryPointTime: undefined,
          recoveryPointTimeInUTC: '2026-02-21T01:00:00Z',
          type: 'Log',
        }),
      ],
    },
  });
  const client = arm.client();
  const points = await rowsOf(listRecoveryPoints(client, ITEM_REF, { from: at('2026-02-01T00:00:00Z') }));
  assert.deepEqual(
    points.map(({ name, recoveryPointTime }) => [name, recoveryPointTime?.toISOString()]),
    [
      ['1', '2026-02-20T01:00:00.123Z'],
      ['3', '2026-02-21T01:00:00.000Z'],
    ],
  );
  assert.equal(
    arm.requests[0]?.query.get('$filter'),
    "startDate eq '2026-02-01 12:00:00 AM' and endDate eq '2026-03-01 12:00:00 PM'",
  );
  await client.close();
});

test('usages beyond 32 bits stay whole, and a limit of -1 is none', async () => {
  const row = (value: number | string) => ({
    unit: 'Bytes',
    currentValue: value,
    limit: -1,
    name: { value: 'GRSStorageUsage' },
  });
  for (const value of [9_007_199_254_740_000, '9007199254740000']) {
    await using arm = await startFakeArm({ [`${VAULT_PATH}/usages`]: { value: [row(value)] } });
    const client = arm.client();
    const [usage] = await rowsOf(listUsages(client, VAULT));
    assert.deepEqual([usage?.currentValue, usage?.limit], [9_007_199_254_740_000, null]);
    await client.close();
  }
});

test('a machine is asked about in its own region, by a POST', async () => {
  const path = `/Subscriptions/${SUBSCRIPTION}/providers/Microsoft.RecoveryServices/locations/westeurope/backupStatus`;
  const vaultId = VAULT_PATH.replace('vaults', 'Vaults');
  await using arm = await startFakeArm({
    [path]: { protectionStatus: 'Protected', vaultId, errorCode: 'Success' },
  });
  const client = arm.client();
  const question = { subscriptionId: SUBSCRIPTION, region: 'West Europe', resourceId: '/subscriptions/s/x' };
  const status = await getBackupStatus(client, question);
  assert.deepEqual([status.protectionStatus, status.vaultId], ['Protected', VAULT_PATH.toLowerCase()]);
  assert.deepEqual(JSON.parse(arm.requests[0]?.body ?? ''), {
    resourceType: 'VM',
    resourceId: '/subscriptions/s/x',
  });
  assert.equal(arm.requests[0]?.method, 'POST');
  await client.close();
});
