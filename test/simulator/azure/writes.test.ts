import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allRows, filtered, NOW, type Row, VERSION } from './client.ts';
import {
  at,
  dailyPolicy,
  jobOf,
  MACHINE,
  protection,
  restoreBody,
  startWriting,
  type Writing,
} from './writing.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const protectable = async ({ vault, ask }: Writing): Promise<Row[]> => {
  const { body } = await ask(
    filtered(`${vault}/backupProtectableItems`, "backupManagementType eq 'AzureIaasVM'"),
  );
  return body.value ?? [];
};
const itemAt = async ({ ask }: Writing, address: string) =>
  (await ask(`${address}?${VERSION}`)).body.properties as Record<string, unknown>;
const pointsAt = ({ ask }: Writing, address: string) =>
  ask(`${address}/recoveryPoints?${VERSION}`).then(({ body }) => body.value ?? []);

test('a machine is found, protected, backed up, restored and given up, and every step is seen', async () => {
  await using arm = await startWriting({ scenario: 'azure-unprotected-vms' });
  const { vault, carryOut, azure, simulator } = arm;
  Object.assign(azure.world.vaults[0] ?? {}, { immutability: 'Disabled' });
  assert.deepEqual(await protectable(arm), []);
  assert.equal((await carryOut('POST', `${vault}/backupFabrics/Azure/refreshContainers`)).status, 204);
  const [found] = await protectable(arm);
  assert.ok(found, 'the machine is found');
  const address = at({ id: found.id.replace('protectableItems', 'protectedItems') });
  const source = found.properties.virtualMachineId;

  const protecting = await carryOut('PUT', address, protection(vault, source));
  assert.equal((await itemAt(arm, address)).protectionState, 'IRPending');
  assert.equal((await itemAt(arm, address)).policyName, 'DefaultPolicy');
  const configured = await arm.ask(`${vault}/backupJobs/${jobOf(protecting)}?${VERSION}`);
  assert.equal(
    configured.body.properties && (configured.body.properties as Row['properties']).operation,
    'ConfigureBackup',
  );
  assert.ok(!(await protectable(arm)).some(({ name }) => name === found.name), 'it is protected now');

  const expires = new Date(NOW.getTime() + 60 * DAY).toISOString();
  const backup = await carryOut('POST', `${address}/backup`, {
    properties: { objectType: 'IaasVMBackupRequest', recoveryPointExpiryTimeInUTC: expires },
  });
  const job = `${vault}/backupJobs/${jobOf(backup)}?${VERSION}`;
  assert.equal(((await arm.ask(job)).body.properties as Row['properties']).status, 'InProgress');
  assert.deepEqual(await pointsAt(arm, address), [], 'the operation has ended, the job has not');
  simulator.clock.advance(2 * HOUR);
  assert.equal(((await arm.ask(job)).body.properties as Row['properties']).status, 'Completed');
  const [point] = await pointsAt(arm, address);
  assert.ok(point);
  assert.equal(
    (point.properties.recoveryPointProperties as { expiryTime: string }).expiryTime.slice(0, 19),
    expires.slice(0, 19),
  );
  assert.equal((await itemAt(arm, address)).protectionState, 'Protected');

  const restored = await carryOut('POST', `${at(point)}/restore`, restoreBody(point, source, 'westeurope'));
  simulator.clock.advance(5 * HOUR);
  const restoreJob = await arm.ask(`${vault}/backupJobs/${jobOf(restored)}?${VERSION}`);
  const { operation, status } = restoreJob.body.properties as Row['properties'];
  assert.deepEqual([operation, status], ['Restore', 'Completed']);

  await carryOut('PUT', address, {
    properties: {
      protectedItemType: MACHINE,
      sourceResourceId: source,
      protectionState: 'ProtectionStopped',
    },
  });
  assert.equal((await itemAt(arm, address)).protectionState, 'ProtectionStopped');
  await carryOut('DELETE', address);
  const deleted = await itemAt(arm, address);
  assert.equal(deleted.isScheduledForDeferredDelete, true);
  simulator.clock.advance(15 * DAY);
  assert.equal((await arm.ask(`${address}?${VERSION}`)).status, 404, 'soft delete has given it up');
});

test('protection that is stopped and taken up again keeps its copies and has a gap', async () => {
  await using arm = await startWriting();
  const item = await arm.machine();
  const source = item.properties.sourceResourceId;
  const before = await pointsAt(arm, at(item));
  await arm.carryOut('PUT', at(item), {
    properties: { protectedItemType: MACHINE, sourceResourceId: source, policyId: '' },
  });
  arm.simulator.clock.advance(5 * DAY);
  const { length } = await pointsAt(arm, at(item));
  assert.ok(length <= before.length, 'nothing is backed up meanwhile');
  await arm.carryOut('PUT', at(item), protection(arm.vault, source, 'vm-daily-gfs'));
  const resumed = await itemAt(arm, at(item));
  assert.deepEqual([resumed.protectionState, resumed.policyName], ['Protected', 'vm-daily-gfs']);
  arm.simulator.clock.advance(3 * DAY);
  const newest = (await pointsAt(arm, at(item))).map(({ properties }) =>
    Date.parse(String(properties.recoveryPointTime)),
  );
  const gaps = newest.slice(1).map((one, i) => (newest[i] ?? 0) - one);
  assert.ok(Math.max(...gaps) > 4.5 * DAY, 'the gap is seen');
  assert.ok(
    newest.some((one) => one > NOW.getTime() + 6 * DAY),
    'there are new copies',
  );
});

test('what soft delete keeps is undeleted with its copies', async () => {
  await using arm = await startWriting();
  Object.assign(arm.azure.world.vaults[0] ?? {}, { immutability: 'Disabled' });
  const item = await arm.machine();
  const source = item.properties.sourceResourceId;
  const copies = (await pointsAt(arm, at(item))).length;
  await arm.carryOut('DELETE', at(item));
  assert.deepEqual(await arm.refused('PUT', at(item), protection(arm.vault, source)), [
    400,
    'UserErrorItemInSoftDeletedState',
  ]);
  await arm.carryOut('PUT', at(item), {
    properties: {
      protectedItemType: MACHINE,
      sourceResourceId: source,
      protectionState: 'ProtectionStopped',
      isRehydrate: true,
    },
  });
  const undeleted = await itemAt(arm, at(item));
  assert.deepEqual(
    [undeleted.protectionState, undeleted.isScheduledForDeferredDelete],
    ['ProtectionStopped', undefined],
  );
  assert.equal((await pointsAt(arm, at(item))).length, copies);
});

test('without soft delete an item is gone at once, and can be protected anew after a refresh', async () => {
  await using arm = await startWriting();
  const { world } = arm.azure;
  Object.assign(world.vaults[0] ?? {}, { immutability: 'Disabled', softDelete: 'Disabled' });
  const item = await arm.machine();
  const source = item.properties.sourceResourceId;
  await arm.carryOut('DELETE', at(item));
  assert.equal((await arm.ask(`${at(item)}?${VERSION}`)).status, 404);
  assert.deepEqual(await arm.refused('PUT', at(item), protection(arm.vault, source)), [
    404,
    'BMSUserErrorContainerObjectNotFound',
  ]);
  await arm.carryOut('POST', `${arm.vault}/backupFabrics/Azure/refreshContainers`);
  await arm.carryOut('PUT', at(item), protection(arm.vault, source));
  assert.deepEqual(await pointsAt(arm, at(item)), [], 'its copies are gone');
  assert.equal((await itemAt(arm, at(item))).protectionState, 'IRPending');
  arm.simulator.clock.advance(3 * DAY);
  assert.ok((await pointsAt(arm, at(item))).length >= 2);
  const rows = await allRows(arm, `${arm.vault}/backupProtectedItems?${VERSION}`);
  assert.equal(new Set(rows.map(({ id }) => id)).size, 12);
});

test('a policy that is changed is applied to its items, and the schedule changes', async () => {
  await using arm = await startWriting();
  const { vault, world } = { vault: arm.vault, world: arm.azure.world };
  const policy = `${vault}/backupPolicies/nightly`;
  const made = await arm.send('PUT', policy, dailyPolicy(30));
  assert.equal(made.status, 200);
  assert.equal((made.body.properties as { protectedItemsCount: number }).protectedItemsCount, 0);
  const item = await arm.machine();
  const source = item.properties.sourceResourceId;
  Object.assign(world.vaults[0] ?? {}, { immutability: 'Disabled' });
  await arm.carryOut('PUT', at(item), protection(vault, source, 'nightly'));
  assert.deepEqual(await arm.refused('DELETE', policy), [400, 'BMSUserErrorPolicyObjectInUse']);
  const jobs = await arm.carryOut('PUT', policy, dailyPolicy(60));
  assert.equal((jobs.body.properties as { jobIds: string[] }).jobIds.length, 1);
  arm.simulator.clock.advance(2 * DAY);
  const [newest] = await pointsAt(arm, at(item));
  // Two in the morning at the Pacific is ten o'clock UTC in March.
  const hour = new Date(String(newest?.properties.recoveryPointTime)).getUTCHours();
  assert.equal(hour, 10);
  await arm.carryOut('PUT', at(item), protection(vault, source, 'DefaultPolicy'));
  assert.equal((await arm.send('DELETE', policy)).status, 200);
  assert.equal((await arm.ask(`${policy}?${VERSION}`)).status, 404);
});

test('a running backup is cancelled and leaves no copy', async () => {
  await using arm = await startWriting();
  const item = await arm.machine();
  const copies = (await pointsAt(arm, at(item))).length;
  const backup = await arm.carryOut('POST', `${at(item)}/backup`, {
    properties: { objectType: 'IaasVMBackupRequest' },
  });
  const again = await arm.carryOut('POST', `${at(item)}/backup`, {
    properties: { objectType: 'IaasVMBackupRequest' },
  });
  assert.equal(again.body.error?.code, 'UserErrorBackupOperationInProgress');
  const job = `${arm.vault}/backupJobs/${jobOf(backup)}`;
  const statusOf = async () =>
    ((await arm.ask(`${job}?${VERSION}`)).body.properties as Row['properties']).status;
  const cancelling = await arm.send('POST', `${job}/cancel`);
  assert.deepEqual([cancelling.status, cancelling.headers['azure-asyncoperation']], [202, undefined]);
  assert.equal(await statusOf(), 'Cancelling');
  arm.simulator.clock.advance(60_000);
  assert.equal((await arm.ask(String(cancelling.headers.location))).status, 204);
  assert.equal(await statusOf(), 'Cancelled');
  arm.simulator.clock.advance(2 * HOUR);
  assert.equal((await pointsAt(arm, at(item))).length, copies);
  assert.deepEqual(await arm.refused('POST', `${job}/cancel`), [400, 'BMSUserErrorInvalidJobState']);
});

test('a point is opened for its files: the script is in the state of the operation alone', async () => {
  await using arm = await startWriting();
  const item = await arm.machine();
  const [point] = await pointsAt(arm, at(item));
  assert.ok(point);
  const body = {
    properties: {
      objectType: 'IaasVMILRRegistrationRequest',
      recoveryPointId: point.name,
      virtualMachineId: item.properties.sourceResourceId,
      initiatorName: 'test',
      renewExistingRegistration: false,
    },
  };
  const done = await arm.carryOut('POST', `${at(point)}/provisionInstantItemRecovery`, body);
  const { objectType, recoveryTarget } = done.body.properties as {
    objectType: string;
    recoveryTarget: { clientScripts: { scriptContent: string; osType: string }[] };
  };
  assert.equal(objectType, 'OperationStatusProvisionILRExtendedInfo');
  const [script] = recoveryTarget.clientScripts;
  assert.ok(script && arm.azure.world.writes.secrets.has(script.scriptContent));
  assert.match(Buffer.from(script.scriptContent, 'base64').toString(), /PASSWORD/);
  const isOpen = async () =>
    ((await arm.ask(`${at(point)}?${VERSION}`)).body.properties as Row['properties'])
      .isInstantIlrSessionActive;
  assert.equal(await isOpen(), true);
  arm.simulator.clock.advance(13 * HOUR);
  assert.equal(await isOpen(), false, 'after twelve hours it is closed');
  await arm.carryOut('POST', `${at(point)}/provisionInstantItemRecovery`, body);
  await arm.carryOut('POST', `${at(point)}/revokeInstantItemRecovery`);
  assert.equal(await isOpen(), false);
});

test('a machine is restored beside the old one and can be protected itself', async () => {
  await using arm = await startWriting();
  const item = await arm.machine();
  const source = String(item.properties.sourceResourceId);
  const group = source.split('/providers/')[0] ?? '';
  const [point] = await pointsAt(arm, at(item));
  assert.ok(point);
  const network = `${group}/providers/Microsoft.Network/virtualNetworks/net`;
  const target = `${group}/providers/${MACHINE}/copy-of-it`;
  const body = restoreBody(point, source, 'West Europe', {
    recoveryType: 'AlternateLocation',
    targetVirtualMachineId: target,
    targetResourceGroupId: group,
    virtualNetworkId: network,
    subnetId: `${network}/subnets/default`,
  });
  const check = { objectType: 'ValidateIaasVMRestoreOperationRequest', restoreRequest: body.properties };
  const checked = await arm.send('POST', `${arm.vault}/backupValidateOperation`, check);
  assert.deepEqual(checked.body, { validateOperationResponse: { validationResults: [] } });
  const restored = await arm.carryOut('POST', `${at(point)}/restore`, body);
  const job = await arm.ask(`${arm.vault}/backupJobs/${jobOf(restored)}?${VERSION}`);
  const { extendedInfo } = job.body.properties as { extendedInfo: { propertyBag: Record<string, string> } };
  assert.equal(extendedInfo.propertyBag['Job Type'], 'Create virtual machine');
  assert.equal((await arm.ask(`${target}?${VERSION}`)).status, 404, 'not before the job has ended');
  arm.simulator.clock.advance(6 * HOUR);
  assert.equal((await arm.ask(`${target}?${VERSION}`)).status, 200);
  const wrapped = await arm.carryOut('POST', `${arm.vault}/backupTriggerValidateOperation`, {
    id: '',
    properties: check,
  });
  const { validateOperationResponse } = wrapped.body.properties as {
    validateOperationResponse: { validationResults: { code: string }[] };
  };
  assert.deepEqual(
    validateOperationResponse.validationResults.map(({ code }) => code),
    ['UserErrorTargetVmAlreadyExists'],
  );
});

test('a machine with databases is registered, looked into, protected and unregistered', async () => {
  await using arm = await startWriting();
  const { vault, carryOut } = arm;
  Object.assign(arm.azure.world.vaults[0] ?? {}, { immutability: 'Disabled', softDelete: 'Disabled' });
  const list = await arm.ask(
    filtered(`${vault}/backupFabrics/Azure/protectableContainers`, "backupManagementType eq 'AzureWorkload'"),
  );
  const [found] = list.body.value ?? [];
  assert.ok(found);
  const container = `${vault}/backupFabrics/Azure/protectionContainers/${encodeURIComponent(found.name)}`;
  const body = {
    properties: {
      containerType: 'VMAppContainer',
      backupManagementType: 'AzureWorkload',
      sourceResourceId: found.properties.containerId,
      workloadType: 'SQLDataBase',
      operationType: 'Register',
    },
  };
  await carryOut('PUT', container, body);
  assert.equal(
    ((await arm.ask(`${container}?${VERSION}`)).body.properties as Row['properties']).registrationStatus,
    'Registered',
  );
  const databases = async () =>
    (await arm.ask(filtered(`${vault}/backupProtectableItems`, "backupManagementType eq 'AzureWorkload'")))
      .body.value ?? [];
  assert.deepEqual(await databases(), []);
  await carryOut('POST', `${container}/inquire`);
  const [database] = await databases();
  assert.ok(database);
  const address = at({ id: database.id.replace('protectableItems', 'protectedItems') });
  const policyId = `${vault}/backupPolicies/sql-hourly-log`;
  await carryOut('PUT', address, {
    properties: { protectedItemType: 'AzureVmWorkloadSQLDatabase', policyId },
  });
  assert.deepEqual(await arm.refused('DELETE', container), [400, 'BMSUserErrorContainerHasDatasources']);
  await carryOut('DELETE', address);
  await carryOut('DELETE', container);
  assert.equal((await arm.ask(`${container}?${VERSION}`)).status, 404);
  assert.equal((await arm.send('DELETE', container)).status, 204);
});

test('settings of a vault are changed in part, and what lowers security needs a second person', async () => {
  await using arm = await startWriting();
  const config = `${arm.vault}/backupconfig/vaultconfig`;
  const patched = await arm.send('PATCH', config, { properties: { softDeleteRetentionPeriodInDays: 30 } });
  assert.equal((patched.body.properties as Row['properties']).softDeleteRetentionPeriodInDays, 30);
  const off = { softDeleteFeatureState: 'Disabled' };
  const code = 'UserErrorResourceGuardOperationRequestInvalid';
  assert.deepEqual(await arm.refused('PATCH', config, { properties: off }), [400, code]);
  const guards = await arm.ask(`${arm.vault}/backupResourceGuardProxies?${VERSION}`);
  const { resourceGuardOperationDetails } = (guards.body.value?.[0]?.properties ?? {}) as {
    resourceGuardOperationDetails: { vaultCriticalOperation: string; defaultResourceRequest: string }[];
  };
  const request = resourceGuardOperationDetails.find((one) =>
    one.vaultCriticalOperation.endsWith('disableSoftDeleteRequests'),
  );
  const properties = { ...off, resourceGuardOperationRequests: [request?.defaultResourceRequest] };
  assert.equal((await arm.send('PATCH', config, { properties })).status, 200);
  const { body } = await arm.ask(`${config}?${VERSION}`);
  assert.equal((body.properties as Row['properties']).softDeleteFeatureState, 'Disabled');
});
