import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { AzureRecoveryPoint } from '../../src/azure/recovery-points.ts';
import { toWindowsZone } from '../../src/azure/time-zones.ts';
import { policyInput, toPolicyProperties } from '../../src/recovery-services/tools/policy/policy-request.ts';
import { protectRequest } from '../../src/recovery-services/tools/protection/protection-request.ts';
import { isArchived } from '../../src/recovery-services/tools/recovery/restorable-point.ts';
import {
  restoreInput,
  toRestoreProperties,
} from '../../src/recovery-services/tools/recovery/restore-request.ts';
import { NOW } from '../support/simulated.ts';

/** Microsoft's own example requests, which are not in this repository: see `examples.test.ts`. */
const FOLDER =
  process.env.DR365_AZURE_EXAMPLES ?? join(import.meta.dirname, '../../../shared/azure/examples');

type Json = Record<string, any>; // oxlint-disable-line typescript/no-explicit-any -- tests look into requests of all kinds

/** The body of the request of an example; without the folder that of ours, which is then compared with itself. */
function exampleBody(file: string, own: Json): Json {
  const path = join(FOLDER, file);
  if (!existsSync(path)) return own;
  return JSON.parse(readFileSync(path, 'utf8')).parameters.parameters.properties;
}

const policy = (args: Json): Json =>
  toPolicyProperties(
    policyInput.parse({ policy_name: 'p-1', schedule_type: 'Daily', retention_days: 180, ...args }),
    NOW,
  );

/** Names of all members, at any depth; lists count as one, nulls not at all. */
function members(value: unknown, at = ''): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value === null ? [] : [at];
  return Object.entries(value).flatMap(([name, one]) => members(one, `${at}.${name}`));
}

const sorted = (value: unknown) => members(value).sort();

const LONG = { retention_weeks: 12, retention_months: 60, retention_years: 10, instant_restore_days: 30 };

test('policies have the members that Microsoft’s examples have, daily, hourly and weekly', () => {
  const hourly = { schedule_type: 'Hourly', interval_hours: 4, window_start: '08:00', window_hours: 16 };
  const weekly = {
    policy_type: 'V1',
    schedule_type: 'Weekly',
    days: ['Monday', 'Wednesday', 'Thursday'],
    retention_days: 7,
    retention_months: 2,
    retention_years: 4,
  };
  for (const [file, own] of [
    ['AzureIaasVm/V2Policy/IaaS_v2_daily.json', policy({ times: ['10:00'], ...LONG })],
    ['AzureIaasVm/V2Policy/IaaS_v2_hourly.json', policy({ ...hourly, ...LONG })],
  ] as const)
    assert.deepEqual(sorted(own), sorted(exampleBody(file, own)), file);
  const own = policy(weekly);
  const { instantRpRetentionRangeInDays: _, ...rest } = own;
  const file = 'AzureIaasVm/ProtectionPolicies_CreateOrUpdate_Complex.json';
  assert.deepEqual(sorted(rest), sorted(exampleBody(file, rest)), file);
});

test('an hourly policy says its interval and window, and keeps by the time at which the window begins', () => {
  const { schedulePolicy, retentionPolicy, timeZone } = policy({
    schedule_type: 'Hourly',
    interval_hours: 6,
    window_start: '07:30',
    window_hours: 12,
    time_zone: 'Asia/Kolkata',
  });
  assert.equal(timeZone, 'India Standard Time');
  assert.deepEqual(schedulePolicy.hourlySchedule, {
    interval: 6,
    scheduleWindowStartTime: '2020-01-01T07:30:00Z',
    scheduleWindowDuration: 12,
  });
  assert.deepEqual(retentionPolicy.dailySchedule, {
    retentionTimes: ['2020-01-01T07:30:00Z'],
    retentionDuration: { count: 180, durationType: 'Days' },
  });
});

test('a weekly policy keeps for weeks: whole weeks of days are taken, others need retention_weeks', () => {
  const weekly = { schedule_type: 'Weekly', days: ['Sunday', 'Friday'] };
  const { retentionPolicy, schedulePolicy } = policy({ ...weekly, retention_days: 28 });
  assert.deepEqual(retentionPolicy.weeklySchedule.retentionDuration, { count: 4, durationType: 'Weeks' });
  assert.deepEqual(schedulePolicy.weeklySchedule.scheduleRunDays, ['Friday', 'Sunday']);
  assert.equal(retentionPolicy.dailySchedule, undefined);
  assert.throws(
    () => policy({ ...weekly, retention_days: 30 }),
    /keeps copies for weeks, and 30 days are none/,
  );
  assert.throws(() => policy({ schedule_type: 'Weekly' }), /lacks its days/);
});

test('what does not fit together in a policy is refused in words', () => {
  const hourly = { schedule_type: 'Hourly', interval_hours: 8, window_start: '08:00', window_hours: 12 };
  const wrong: [Json, RegExp][] = [
    [{ policy_type: 'V1', instant_restore_days: 6 }, /V1.*1 to 5 days/],
    [{ ...hourly, policy_type: 'V1' }, /only with V2/],
    [{ ...hourly, window_hours: 4 }, /shorter than interval_hours/],
    [{ ...hourly, window_start: '08:10' }, /neither a full nor a half hour/],
    [{ times: ['01:00', '13:00'] }, /one backup of a machine a day/],
    [{ days: ['Sunday'] }, /days mean nothing in a Daily schedule/],
    [{ policy_name: '1st' }, /policy_name/],
    [{ policy_name: 'x'.repeat(151) }, /150|Too big/],
  ];
  for (const [args, message] of wrong) assert.throws(() => policy(args), message);
});

test('a time zone has the name that Windows has for it, or for one with the same clocks', () => {
  for (const [name, windows] of [
    ['UTC', 'UTC'],
    ['europe/berlin', 'W. Europe Standard Time'],
    ['Europe/Vienna', 'W. Europe Standard Time'],
    ['Asia/Kolkata', 'India Standard Time'],
    ['Asia/Kathmandu', 'Nepal Standard Time'],
    ['America/Toronto', 'Eastern Standard Time'],
    ['America/Argentina/Buenos_Aires', 'Argentina Standard Time'],
    ['pacific standard time', 'Pacific Standard Time'],
    ['Magallanes Standard Time', 'Magallanes Standard Time'],
    ['UTC-11', 'UTC-11'],
    ['Middle/Earth', null],
    ['Standard Time', null],
  ] as const)
    assert.equal(toWindowsZone(name, NOW), windows, name);
});

const VM = '/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/vm1';
const STAGING = '/subscriptions/s/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/st1';
const NET = '/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/vn';
const point = (more: Partial<AzureRecoveryPoint> = {}) =>
  ({ name: '348916168024334', isSourceVMEncrypted: false, ...more }) as AzureRecoveryPoint;

function restore(args: Json, { isArchived: archived = false, from = point() } = {}): Json {
  const parsed = restoreInput.parse({
    recovery_point_id: '348916168024334',
    staging_storage_account_id: STAGING,
    ...args,
  });
  const target = { subscriptionId: 's', region: 'southeastasia', sourceId: VM, isArchived: archived };
  return JSON.parse(JSON.stringify(toRestoreProperties(parsed, from, target)));
}

test('restores have the members that Microsoft’s examples have', () => {
  const fresh = restore({
    restore_type: 'AlternateLocation',
    target_vm_name: 'new',
    target_resource_group: 'rg2',
    virtual_network_id: NET,
    subnet_id: `${NET}/subnets/default`,
    identity: 'system',
  });
  const alternate = 'AzureIaasVm/TriggerRestore_ALR_IaasVMRestoreRequest.json';
  assert.deepEqual(sorted(fresh), sorted(exampleBody(alternate, fresh)));
  assert.equal(
    fresh.targetVirtualMachineId,
    '/subscriptions/s/resourceGroups/rg2/providers/Microsoft.Compute/virtualMachines/new',
  );
  const identity =
    '/subscriptions/s/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/msi';
  const disks = restore({ restore_type: 'RestoreDisks', identity });
  const only = 'AzureIaasVm/TriggerRestore_RestoreDisks_IaasVMRestoreRequest.json';
  assert.deepEqual(sorted(disks), sorted(exampleBody(only, disks)));
});

test('a restore in place names no target; one from the archive says how it is fetched; keys are never sent', () => {
  const inPlace = restore({ restore_type: 'OriginalLocation' });
  assert.deepEqual(
    Object.keys(inPlace).filter((name) => name.startsWith('target')),
    [],
  );
  const archived = restore(
    { restore_type: 'RestoreDisks', rehydration_priority: 'High' },
    { isArchived: true },
  );
  assert.equal(archived.objectType, 'IaasVMRestoreWithRehydrationRequest');
  assert.deepEqual(archived.recoveryPointRehydrationInfo, {
    rehydrationRetentionDuration: 'P10D',
    rehydrationPriority: 'High',
  });
  const encrypted = restore({ restore_type: 'RestoreDisks' }, { from: point({ isSourceVMEncrypted: true }) });
  assert.equal(encrypted.encryptionDetails, undefined);
});

test('a point is in the archive if nothing else holds it, and gone if nothing does', () => {
  const tiers = (...pairs: [string, string][]) =>
    point({ recoveryPointTierDetails: pairs.map(([type, status]) => ({ type, status })) });
  assert.equal(isArchived(tiers(['HardenedRP', 'Deleted'], ['ArchivedRP', 'Valid'])), true);
  assert.equal(isArchived(tiers(['HardenedRP', 'Valid'], ['ArchivedRP', 'Valid'])), false);
  assert.equal(isArchived(tiers(['ArchivedRP', 'Rehydrated'])), false);
  assert.equal(isArchived(point()), false);
  assert.throws(
    () => isArchived(tiers(['InstantRP', 'Deleted'], ['HardenedRP', 'Deleted'])),
    /no copy .* is left/,
  );
});

test('protection has the members that Microsoft’s example has, and disks where they are named', () => {
  const ref = { subscriptionId: 's', resourceGroup: 'rg', vault: 'kv', container: 'c;1', item: 'i;1' };
  const subject = { ref, sourceId: VM, type: 'Microsoft.Compute/virtualMachines' };
  const { properties } = protectRequest(subject, 'DefaultPolicy', undefined).body as { properties: Json };
  assert.deepEqual(
    sorted(properties),
    sorted(exampleBody('AzureIaasVm/ConfigureProtection.json', properties)),
  );
  const disks = { diskLunList: [0, 2], isInclusionList: true };
  const { properties: some } = protectRequest(subject, 'DefaultPolicy', disks).body as { properties: Json };
  assert.deepEqual(some.extendedProperties, { diskExclusionProperties: disks });
});
