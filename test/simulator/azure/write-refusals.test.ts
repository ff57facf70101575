import assert from 'node:assert/strict';
import { test } from 'node:test';
import { filtered, type Row, VERSION } from './client.ts';
import { at, dailyPolicy, MACHINE, protection, restoreBody, startWriting, type Writing } from './writing.ts';

type Refusal = [what: string, method: string, target: string, body: unknown, status: number, code: string];

const IMMUTABLE = 'UserErrorOperationDeniedOnImmutableItem';
const INVALID = 'BMSUserErrorInvalidInput';
const BAD_PROTECTION = 'BMSUserErrorInvalidConfigureProtectionRequest';
const BAD_POLICY = 'BMSUserErrorInvalidPolicyInput';

async function subjects(arm: Writing) {
  const item = await arm.machine();
  const source = item.properties.sourceResourceId;
  const { body } = await arm.ask(`${at(item)}/recoveryPoints?${VERSION}`);
  const point = body.value?.[0] as Row;
  return { item, source, point };
}

const withSchedule = (schedulePolicy: object) => dailyPolicy(30, { schedulePolicy });
const withRetention = (retentionPolicy: object) => dailyPolicy(30, { retentionPolicy });

test('what the service would refuse is refused with its codes, and changes nothing', async () => {
  await using arm = await startWriting();
  const { vault, azure } = arm;
  const { item, source, point } = await subjects(arm);
  const address = at(item);
  const backup = { properties: { objectType: 'IaasVMBackupRequest' } };
  const stop = { properties: { protectedItemType: MACHINE, protectionState: 'ProtectionStopped' } };
  const restore = restoreBody(point, source, 'westeurope');
  const without = (name: string) => ({ properties: { ...restore.properties, [name]: undefined } });
  const policy = `${vault}/backupPolicies/nightly`;
  const container = `${vault}/backupFabrics/Azure/protectionContainers`;
  const missing = address.replaceAll(item.properties.friendlyName as string, 'no-such-machine');
  const missingSource = String(source).replace(item.properties.friendlyName as string, 'no-such-machine');
  const refusals: Refusal[] = [
    ['no body', 'PUT', address, undefined, 400, INVALID],
    ['an unknown type', 'PUT', address, { properties: { protectedItemType: 'Toaster' } }, 400, INVALID],
    ['a source of another item', 'PUT', address, protection(vault, missingSource), 400, BAD_PROTECTION],
    [
      'a policy of another vault',
      'PUT',
      address,
      protection(arm.truth.vaults[1]?.id ?? '', source),
      400,
      BAD_PROTECTION,
    ],
    [
      'a policy that is not there',
      'PUT',
      address,
      protection(vault, source, 'none'),
      404,
      'BMSUserErrorObjectNotFound',
    ],
    ['a policy for shares', 'PUT', address, protection(vault, source, 'files-daily'), 400, BAD_PROTECTION],
    [
      'a machine that is not there',
      'PUT',
      missing,
      protection(vault, missingSource),
      404,
      'BMSUserErrorContainerObjectNotFound',
    ],
    [
      'stopping what is not there',
      'PUT',
      missing,
      { properties: { ...stop.properties, sourceResourceId: missingSource } },
      404,
      'BMSUserErrorDataSourceObjectNotFound',
    ],
    [
      'undeleting what is there',
      'PUT',
      address,
      protection(vault, source, 'DefaultPolicy', { isRehydrate: true }),
      400,
      INVALID,
    ],
    [
      'disks that are no numbers',
      'PUT',
      address,
      protection(vault, source, 'DefaultPolicy', {
        extendedProperties: { diskExclusionProperties: { diskLunList: ['a'], isInclusionList: true } },
      }),
      400,
      INVALID,
    ],
    ['deleting what is immutable', 'DELETE', address, undefined, 400, IMMUTABLE],
    ['a backup without a type', 'POST', `${address}/backup`, { properties: {} }, 400, INVALID],
    [
      'a backup that has expired',
      'POST',
      `${address}/backup`,
      { properties: { ...backup.properties, recoveryPointExpiryTimeInUTC: '2020-01-01T00:00:00Z' } },
      400,
      INVALID,
    ],
    ['a backup of what is not there', 'POST', `${missing}/backup`, backup, 404, 'BMSUserErrorObjectNotFound'],
    ['a restore of no type', 'POST', `${at(point)}/restore`, without('recoveryType'), 400, INVALID],
    [
      'a restore without a place for its data',
      'POST',
      `${at(point)}/restore`,
      without('storageAccountId'),
      400,
      INVALID,
    ],
    ['a restore without a region', 'POST', `${at(point)}/restore`, without('region'), 400, INVALID],
    [
      'a restore of another point',
      'POST',
      `${at(point)}/restore`,
      { properties: { ...restore.properties, recoveryPointId: '1' } },
      400,
      INVALID,
    ],
    [
      'a new machine without a network',
      'POST',
      `${at(point)}/restore`,
      { properties: { ...restore.properties, recoveryType: 'AlternateLocation' } },
      400,
      INVALID,
    ],
    [
      'a restore of a point that is not there',
      'POST',
      `${address}/recoveryPoints/1/restore`,
      restore,
      404,
      'BMSUserErrorObjectNotFound',
    ],
    [
      'a file session for no machine',
      'POST',
      `${at(point)}/provisionInstantItemRecovery`,
      { properties: { objectType: 'IaasVMILRRegistrationRequest', recoveryPointId: point.name } },
      400,
      INVALID,
    ],
    ['a policy of a short name', 'PUT', `${vault}/backupPolicies/a`, dailyPolicy(30), 400, INVALID],
    [
      'no retention',
      'PUT',
      policy,
      withRetention({ retentionPolicyType: 'LongTermRetentionPolicy' }),
      400,
      BAD_POLICY,
    ],
    ['too long a retention', 'PUT', policy, dailyPolicy(10_000), 400, BAD_POLICY],
    [
      'a backup at a quarter past',
      'PUT',
      policy,
      withSchedule({
        schedulePolicyType: 'SimpleSchedulePolicy',
        scheduleRunFrequency: 'Daily',
        scheduleRunTimes: ['2018-01-24T02:15:00Z'],
      }),
      400,
      BAD_POLICY,
    ],
    [
      'hours in a standard policy',
      'PUT',
      policy,
      withSchedule({
        schedulePolicyType: 'SimpleSchedulePolicy',
        scheduleRunFrequency: 'Hourly',
        scheduleRunTimes: ['2018-01-24T02:00:00Z'],
      }),
      400,
      BAD_POLICY,
    ],
    [
      'an enhanced schedule without its version',
      'PUT',
      policy,
      withSchedule({
        schedulePolicyType: 'SimpleSchedulePolicyV2',
        scheduleRunFrequency: 'Daily',
        dailySchedule: { scheduleRunTimes: ['2018-01-24T02:00:00Z'] },
      }),
      400,
      BAD_POLICY,
    ],
    ['a zone of the IANA', 'PUT', policy, dailyPolicy(30, { timeZone: 'Europe/Berlin' }), 400, BAD_POLICY],
    [
      'less retention where it is immutable',
      'PUT',
      `${vault}/backupPolicies/DefaultPolicy`,
      dailyPolicy(7),
      400,
      IMMUTABLE,
    ],
    [
      'a policy that is used',
      'DELETE',
      `${vault}/backupPolicies/DefaultPolicy`,
      undefined,
      400,
      'BMSUserErrorPolicyObjectInUse',
    ],
    [
      'a word that soft delete does not know',
      'PATCH',
      `${vault}/backupconfig/vaultconfig`,
      { properties: { softDeleteFeatureState: 'Perhaps' } },
      400,
      INVALID,
    ],
    [
      'too few days of soft delete',
      'PATCH',
      `${vault}/backupconfig/vaultconfig`,
      { properties: { softDeleteRetentionPeriodInDays: 3 } },
      400,
      INVALID,
    ],
    [
      'a container of a machine that is not there',
      'PUT',
      `${container}/VMAppContainer;Compute;rg;none`,
      {
        properties: {
          containerType: 'VMAppContainer',
          backupManagementType: 'AzureWorkload',
          sourceResourceId:
            '/subscriptions/1/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/none',
        },
      },
      404,
      'BMSUserErrorContainerObjectNotFound',
    ],
    [
      'a container of another name',
      'PUT',
      `${container}/VMAppContainer;Compute;rg;b`,
      {
        properties: {
          containerType: 'VMAppContainer',
          backupManagementType: 'AzureWorkload',
          sourceResourceId:
            '/subscriptions/1/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/a',
        },
      },
      400,
      INVALID,
    ],
    [
      'to unregister a machine',
      'DELETE',
      `${container}/iaasvmcontainer;iaasvmcontainerv2;rg;a`,
      undefined,
      400,
      INVALID,
    ],
    [
      'to inquire what is not registered',
      'POST',
      `${container}/VMAppContainer;Compute;rg;a/inquire`,
      undefined,
      404,
      'BMSUserErrorContainerObjectNotFound',
    ],
    [
      'to cancel what is not there',
      'POST',
      `${vault}/backupJobs/11111111-1111-4111-8111-111111111111/cancel`,
      undefined,
      404,
      'BMSUserErrorObjectNotFound',
    ],
    ['a check of nothing', 'POST', `${vault}/backupValidateOperation`, {}, 400, INVALID],
  ];
  const before = JSON.stringify((await arm.ask(`${address}?${VERSION}`)).body);
  for (const [what, method, target, body, status, code] of refusals)
    assert.deepEqual(await arm.refused(method, target, body), [status, code], what);
  assert.equal(JSON.stringify((await arm.ask(`${address}?${VERSION}`)).body), before);
  assert.equal([...azure.world.operations.values()].filter(({ kind }) => kind !== undefined).length, 0);
});

test('where a second person guards all critical operations, each of them needs the approval', async () => {
  await using arm = await startWriting();
  const [first] = arm.azure.world.vaults;
  assert.ok(first);
  const guarded = [
    'deleteProtectedItemRequests',
    'updateProtectedItemRequests',
    'updateProtectionPolicyRequests',
    'triggerRestoreRequests',
  ];
  Object.assign(first, { guarded: [...first.guarded, ...guarded], immutability: 'Disabled' });
  const { item, source, point } = await subjects(arm);
  const refused = [400, 'UserErrorResourceGuardOperationRequestInvalid'];
  const guards = (await arm.ask(`${arm.vault}/backupResourceGuardProxies?${VERSION}`)).body.value ?? [];
  const { resourceGuardOperationDetails } = (guards[0]?.properties ?? {}) as {
    resourceGuardOperationDetails: { defaultResourceRequest: string }[];
  };
  const approvals = resourceGuardOperationDetails.map((one) => one.defaultResourceRequest);
  const approved = { resourceGuardOperationRequests: approvals };
  const stop = { protectedItemType: MACHINE, sourceResourceId: source, protectionState: 'ProtectionStopped' };
  const restore = restoreBody(point, source, 'westeurope');
  const weaker = dailyPolicy(7);
  const calls: [string, string, { properties: object }][] = [
    ['POST', `${at(point)}/restore`, restore],
    ['PUT', `${arm.vault}/backupPolicies/DefaultPolicy`, weaker],
    ['PUT', at(item), { properties: stop }],
  ];
  for (const [method, target, { properties }] of calls) {
    assert.deepEqual(await arm.refused(method, target, { properties }), refused, target);
    await arm.carryOut(method, target, { properties: { ...properties, ...approved } });
  }
  assert.deepEqual(await arm.refused('DELETE', at(item)), refused);
  const unlock = `${guards[0]?.id}/unlockDelete`;
  const unlocked = await arm.send('POST', unlock, { ...approved, resourceToBeDeleted: item.id });
  assert.match(
    String((unlocked.body as { unlockDeleteExpiryTime?: string }).unlockDeleteExpiryTime),
    /^2026-03-04T13/,
  );
  await arm.carryOut('DELETE', at(item));
});

test('an account does what its role allows', async () => {
  await using arm = await startWriting();
  const { item } = await subjects(arm);
  const { world } = arm.azure;
  const backup = { properties: { objectType: 'IaasVMBackupRequest' } };
  const denied = [403, 'AuthorizationFailed'];
  world.account = 'reader';
  assert.deepEqual(await arm.refused('POST', `${at(item)}/backup`, backup), denied);
  assert.equal((await arm.ask(`${at(item)}?${VERSION}`)).status, 200);
  world.account = 'operator';
  await arm.carryOut('POST', `${at(item)}/backup`, backup);
  assert.deepEqual(await arm.refused('DELETE', at(item)), denied);
  assert.deepEqual(await arm.refused('PUT', `${arm.vault}/backupPolicies/nightly`, dailyPolicy(30)), denied);
  world.account = 'contributor';
  assert.equal((await arm.send('PUT', `${arm.vault}/backupPolicies/nightly`, dailyPolicy(30))).status, 200);
});

test('a machine of another vault is told to be protected already', async () => {
  await using arm = await startWriting({ azureVaults: 9 });
  const { vaults } = arm.azure.world;
  const [first] = vaults;
  const second = vaults.find(
    (one) => one !== first && one.subscription === first?.subscription && one.location === first.location,
  );
  assert.ok(first && second, 'two vaults of a region');
  const { item, source } = await subjects(arm);
  const otherVault = arm.truth.vaults[second.index]?.id ?? '';
  const target = at(item)
    .replace(arm.vault.slice(1), otherVault.slice(1))
    .replace(`/Subscriptions${arm.vault.slice(14)}`, otherVault);
  assert.deepEqual(await arm.refused('PUT', target, protection(otherVault, source)), [
    400,
    'VirtualMachineAlreadyProtected',
  ]);
  const place = `/subscriptions/${first.subscription}/providers/Microsoft.RecoveryServices/locations/${first.location}/backupPreValidateProtection`;
  const ask = async (resourceId: unknown) =>
    (await arm.send('POST', place, { resourceType: 'VM', resourceId, vaultId: otherVault, properties: '' }))
      .body as {
      status?: string;
      errorCode?: string;
    };
  assert.deepEqual((await ask(source)).errorCode, 'VirtualMachineAlreadyProtected');
  assert.deepEqual((await ask(`${String(source)}-none`)).errorCode, 'UserErrorVmNotFoundV2');
});

test('a scheduled backup that runs is cancelled as well', async () => {
  await using arm = await startWriting({ azureItems: 40 });
  const running = async () =>
    (await arm.ask(filtered(`${arm.vault}/backupJobs`, "status eq 'InProgress'"))).body.value ?? [];
  for (let i = 0; i < 48 && (await running()).length === 0; i += 1) arm.simulator.clock.advance(1_800_000);
  const [job] = await running();
  assert.ok(job);
  const address = `${arm.vault}/backupJobs/${job.name}`;
  assert.equal((await arm.carryOut('POST', `${address}/cancel`)).status, 204);
  arm.simulator.clock.advance(3_600_000);
  const { status, endTime } = (await arm.ask(`${address}?${VERSION}`)).body.properties as Row['properties'];
  assert.equal(status, 'Cancelled');
  assert.ok(endTime);
});
