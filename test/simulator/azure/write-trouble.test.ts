import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Row, VERSION } from './client.ts';
import { at, dailyPolicy, follow, jobOf, MACHINE, protection, restoreBody, startWriting } from './writing.ts';

const BACKUP = { properties: { objectType: 'IaasVMBackupRequest' } };
const HOUR = 3_600_000;

test('an operation that was accepted fails afterwards, and nothing has changed', async () => {
  await using arm = await startWriting();
  const item = await arm.machine();
  const before = JSON.stringify(item.properties.policyName);
  const { failures } = arm.azure.world.writes;
  failures.push({ kind: 'protect', code: 'CloudInternalError', message: 'An internal error.', times: 1 });
  const change = protection(arm.vault, item.properties.sourceResourceId, 'vm-daily-gfs');
  const accepted = await arm.send('PUT', at(item), change);
  const failed = await follow(arm, accepted);
  assert.deepEqual([failed.status, failed.body.status], [200, 'Failed']);
  assert.equal(failed.body.error?.code, 'CloudInternalError');
  assert.equal(failed.body.properties, undefined);
  const result = await arm.ask(String(accepted.headers.location));
  assert.deepEqual([result.status, result.body.error?.code], [400, 'CloudInternalError']);
  const after = (await arm.ask(`${at(item)}?${VERSION}`)).body.properties as Row['properties'];
  assert.equal(JSON.stringify(after.policyName), before);
  assert.equal((await arm.carryOut('PUT', at(item), change)).body.status, 'Succeeded', 'it was once only');
});

test('an operation succeeds and its job fails', async () => {
  await using arm = await startWriting();
  const item = await arm.machine();
  const points = async () => (await arm.ask(`${at(item)}/recoveryPoints?${VERSION}`)).body.value ?? [];
  const { length } = await points();
  arm.azure.world.writes.failingJobs = 1;
  const backup = await arm.carryOut('POST', `${at(item)}/backup`, BACKUP);
  assert.equal(backup.body.status, 'Succeeded');
  arm.simulator.clock.advance(HOUR);
  const job = (await arm.ask(`${arm.vault}/backupJobs/${jobOf(backup)}?${VERSION}`)).body
    .properties as Row['properties'];
  assert.equal(job.status, 'Failed');
  assert.ok(Array.isArray(job.errorDetails) && job.errorDetails.length === 1);
  assert.equal((await points()).length, length);
});

test('a machine that is gone cannot be backed up any more, and a restore in its place is found impossible', async () => {
  await using arm = await startWriting();
  const item = await arm.machine();
  const source = String(item.properties.sourceResourceId);
  arm.azure.world.writes.goneMachines.add(source.toLowerCase());
  const backup = await arm.carryOut('POST', `${at(item)}/backup`, BACKUP);
  assert.equal(backup.body.error?.code, 'UserErrorVmNotFoundV2');
  const [point] = (await arm.ask(`${at(item)}/recoveryPoints?${VERSION}`)).body.value ?? [];
  assert.ok(point);
  const { properties: restoreRequest } = restoreBody(point, source, 'westeurope', {
    recoveryType: 'OriginalLocation',
  });
  const checked = await arm.send('POST', `${arm.vault}/backupValidateOperation`, {
    objectType: 'ValidateIaasVMRestoreOperationRequest',
    restoreRequest,
  });
  assert.equal(checked.status, 200);
  assert.match(JSON.stringify(checked.body), /UserErrorVmNotFoundV2/);
  assert.equal((await arm.ask(`${source}?${VERSION}`)).status, 404);
});

test('addresses of operations are lost, and the operation goes on', async () => {
  await using arm = await startWriting();
  const item = await arm.machine();
  arm.azure.world.writes.isForgetful = true;
  const stop = { protectedItemType: MACHINE, sourceResourceId: item.properties.sourceResourceId };
  const accepted = await arm.send('PUT', at(item), {
    properties: { ...stop, protectionState: 'ProtectionStopped' },
  });
  assert.equal((await arm.ask(String(accepted.headers['azure-asyncoperation']))).status, 404);
  arm.simulator.clock.advance(60_000);
  const after = (await arm.ask(`${at(item)}?${VERSION}`)).body.properties as Row['properties'];
  assert.equal(after.protectionState, 'ProtectionStopped');
});

test('an operation is known at its own address alone', async () => {
  await using arm = await startWriting();
  const item = await arm.machine();
  const accepted = await arm.send('POST', `${at(item)}/backup`, BACKUP);
  const id = new URL(String(accepted.headers.location)).pathname.split('/').at(-1);
  assert.equal((await arm.ask(`${at(item)}/operationsStatus/${id}?${VERSION}`)).status, 200);
  assert.equal((await arm.ask(`${arm.vault}/backupOperations/${id}?${VERSION}`)).status, 404);
  const otherVault = arm.truth.vaults[1]?.id;
  assert.equal((await arm.ask(`${otherVault}/backupOperations/${id}?${VERSION}`)).status, 404);
});

test('what it asks to wait for changes from answer to answer', async () => {
  await using arm = await startWriting();
  const item = await arm.machine();
  arm.azure.world.writes.retryAfter = [30, 5, null];
  const accepted = await arm.send('POST', `${at(item)}/backup`, BACKUP);
  assert.equal(accepted.headers['retry-after'], '30');
  const first = await arm.ask(String(accepted.headers['azure-asyncoperation']));
  assert.equal(first.headers['retry-after'], '5');
  const policy = `${arm.vault}/backupPolicies/DefaultPolicy`;
  const second = await arm.send('PUT', policy, dailyPolicy(60));
  assert.deepEqual([second.status, second.headers['retry-after']], [202, undefined]);
});

test('with a fast clock there is less to wait for', async () => {
  await using arm = await startWriting({ speed: 30 });
  const item = await arm.machine();
  const { headers } = await arm.send('POST', `${at(item)}/backup`, BACKUP);
  assert.equal(headers['retry-after'], '2');
});

test('while something is being done with an item nothing else can be', async () => {
  await using arm = await startWriting();
  const item = await arm.machine();
  const first = await arm.send('POST', `${at(item)}/backup`, BACKUP);
  const stop = { protectedItemType: MACHINE, protectionState: 'ProtectionStopped' };
  assert.deepEqual(await arm.refused('PUT', at(item), { properties: stop }), [
    409,
    'BMSUserErrorObjectLocked',
  ]);
  await follow(arm, first);
  await arm.carryOut('PUT', at(item), { properties: stop });
});

test('the connection is dropped after a write was taken: it has happened all the same', async () => {
  await using arm = await startWriting();
  const item = await arm.machine();
  arm.azure.faults.add('reset:path=POST ,times=1');
  await assert.rejects(arm.send('POST', `${at(item)}/backup`, BACKUP));
  arm.simulator.clock.advance(60_000);
  const jobs = (await arm.ask(`${arm.vault}/backupJobs?${VERSION}`)).body.value ?? [];
  const started = jobs.filter(
    ({ properties }) => properties.isUserTriggered === true && properties.operation === 'Backup',
  );
  assert.equal(started.length, 1);
});

test('a storm of 429 hits writes and leaves reads alone', async () => {
  await using arm = await startWriting();
  const item = await arm.machine();
  arm.azure.faults.add('throttle:path=POST ,retryAfter=3,times=4');
  for (let i = 0; i < 4; i += 1) {
    const { status, headers } = await arm.send('POST', `${at(item)}/backup`, BACKUP);
    assert.deepEqual([status, headers['retry-after']], [429, '3']);
    assert.equal((await arm.ask(`${at(item)}?${VERSION}`)).status, 200);
  }
  assert.equal((await arm.send('POST', `${at(item)}/backup`, BACKUP)).status, 202);
});

test('with a running clock an operation ends by itself, whether it is looked at or not', async () => {
  await using arm = await startWriting({ speed: 1000 });
  const item = await arm.machine();
  const stop = { protectedItemType: MACHINE, protectionState: 'ProtectionStopped' };
  const { status } = await arm.send('PUT', at(item), { properties: stop });
  assert.equal(status, 202);
  const state = async () =>
    ((await arm.ask(`${at(item)}?${VERSION}`)).body.properties as Row['properties']).protectionState;
  while ((await state()) !== 'ProtectionStopped') await new Promise((done) => setTimeout(done, 5));
});

test('the scenarios about writes do what they say', async () => {
  const backUp = async (scenario: string) => {
    await using arm = await startWriting({ scenario });
    const item = await arm.machine();
    const first = await arm.send('POST', `${at(item)}/backup`, BACKUP);
    const firstEnd = first.status === 202 ? (await follow(arm, first)).body.status : first.body.error?.code;
    const deletion = await arm.refused('DELETE', at(item));
    return [first.status, firstEnd, ...deletion];
  };
  const immutable = 'UserErrorOperationDeniedOnImmutableItem';
  assert.deepEqual(await backUp('azure-writable'), [202, 'Succeeded', 202, undefined]);
  assert.deepEqual(await backUp('azure-guarded-writes'), [202, 'Succeeded', 400, immutable]);
  assert.deepEqual(await backUp('azure-troubled-writes'), [202, 'Failed', 400, immutable]);
  assert.deepEqual(await backUp('azure-reader'), [403, 'AuthorizationFailed', 403, 'AuthorizationFailed']);
});
