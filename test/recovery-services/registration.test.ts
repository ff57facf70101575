import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sourceId } from '../../src/simulator/azure/ids.ts';
import { SUBSCRIPTION, VAULT_PATH } from '../azure/fake-arm.ts';
import { type Handler, sendJson } from '../support/tls-server.ts';
import { startEstate } from './estate.ts';
import { startFake } from './session.ts';
import { startWritable } from './writable.ts';

const VM = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg-app/providers/Microsoft.Compute/virtualMachines/app01`;
const STATUS = (region: string) =>
  `/Subscriptions/${SUBSCRIPTION}/providers/Microsoft.RecoveryServices/locations/${region}/backupStatus`;
const refuse: Handler = (_request, response) =>
  sendJson(
    response,
    403,
    { error: { code: 'AuthorizationFailed', message: 'no' } },
    { 'x-ms-request-id': 'r-5' },
  );

test('check_registration_status: a protected machine has its vault, names and policy, however it is named', async () => {
  await using estate = await startEstate();
  const item = estate.items().find(({ kind }) => kind === 'vm');
  assert.ok(item);
  const { subscription } = item.vault;
  const named = { vm_name: item.holder, subscription_id: subscription };
  for (const args of [
    { vm_resource_id: sourceId(item) },
    named,
    { ...named, vm_resource_group: item.group },
    { ...named, vm_resource_group: item.group, location: item.vault.location },
  ]) {
    const data = await estate.session.ask('check_registration_status', args);
    assert.deepEqual(
      [data.protection_status, data.policy_name, data.location, data.vault_id.split('/').at(-1)],
      ['Protected', item.policy.name, item.vault.location, item.vault.name],
    );
    assert.match(data.container_name, /^IaasVMContainer;iaasvmcontainerv2;/);
    assert.equal(data.error_code, undefined);
  }
});

test('check_registration_status: a machine is looked for in all subscriptions of the configuration', async () => {
  await using estate = await startEstate();
  for (const vault of estate.azure.world.vaults) {
    const item = estate.items(vault).find(({ kind }) => kind === 'vm');
    for (const args of [{}, { vm_resource_group: item?.group }]) {
      const named = { vm_name: item?.holder, ...args };
      const data = await estate.session.ask('check_registration_status', named);
      assert.equal(data.vault_id.split('/').at(-1), vault.name);
    }
  }
  const guess = { vm_name: 'gone-01', vm_resource_group: 'rg', location: 'westeurope' };
  const several = await estate.session.refused('check_registration_status', guess);
  assert.equal(several.code, 'ambiguous-machine');
  for (const subscription of estate.azure.subscriptions) assert.ok(several.hint.includes(subscription));
  const none = await estate.session.refused('check_registration_status', { vm_name: 'nobody-01' });
  assert.deepEqual([none.kind, none.code], ['not_found', 'no-such-machine']);
});

test('check_registration_status: a machine that nothing protects says so', async () => {
  await using estate = await startEstate('azure-unprotected-vms');
  const [machine] = estate.azure.world.unprotected;
  assert.ok(machine);
  const { structured } = await estate.session.call('check_registration_status', {
    vm_name: machine.name,
    vm_resource_group: machine.group,
    subscription_id: machine.subscription,
  });
  assert.equal(structured.data.protection_status, 'NotProtected');
  assert.deepEqual(structured.meta.warnings, []);
  const { structured: elsewhere } = await estate.session.call('check_registration_status', {
    vm_name: machine.name,
    vm_resource_group: machine.group,
    subscription_id: machine.subscription,
    location: 'brazilsouth',
  });
  assert.match(elsewhere.meta.warnings[0], /Only the region that was given/);
});

test('check_registration_status: the region is asked for where it cannot be read', async () => {
  await using fake = await startFake({ [VM]: refuse });
  const forbidden = await fake.session.refused('check_registration_status', { vm_resource_id: VM });
  assert.deepEqual([forbidden.kind, forbidden.code], ['validation', 'region-unknown']);
  assert.match(forbidden.hint, /give location/);
  const gone = await fake.session.refused('check_registration_status', {
    vm_name: 'app02',
    vm_resource_group: 'rg-app',
  });
  assert.equal(gone.code, 'region-unknown');
});

test('check_registration_status: what Azure says is wrong is shown, and a refusal names the role and where', async () => {
  const answer = {
    protectionStatus: 'ProtectionFailed',
    vaultId: '',
    errorCode: 'UserErrorVmNotInRegion',
    errorMessage: 'elsewhere',
  };
  await using fake = await startFake({ [STATUS('westeurope')]: answer, [STATUS('eastus')]: refuse });
  const args = { vm_resource_id: VM, location: 'West Europe' };
  const data = await fake.session.ask('check_registration_status', args);
  assert.deepEqual(
    [data.protection_status, data.error_code, data.error_message, data.vault_id],
    ['ProtectionFailed', 'UserErrorVmNotInRegion', 'elsewhere', undefined],
  );
  const error = await fake.session.refused('check_registration_status', {
    vm_resource_id: VM,
    location: 'eastus',
  });
  assert.deepEqual([error.kind, error.http_status, error.request_id], ['forbidden', 403, 'r-5']);
  assert.match(error.hint, /Backup Reader.*subscription/);
});

test('check_registration_status: no machine, no machine id, no region', async () => {
  await using fake = await startFake({});
  for (const args of [{}, { vm_resource_id: '/subscriptions/x' }, { vm_name: 'a', location: '../..' }]) {
    const error = await fake.session.refused('check_registration_status', args);
    assert.equal(error.kind, 'validation');
  }
  assert.equal(fake.arm.requests.length, 0);
});

test('check_registration_status: a machine whose protection was stopped or deleted is not called protected', async () => {
  await using estate = await startWritable();
  const { session, machines, done, changes } = estate;
  const [first] = machines;
  assert.ok(first);
  const look = () => session.call('check_registration_status', { vm_resource_id: sourceId(first) });
  assert.match((await look()).text, /^The machine is protected\./);
  const stop = { vm_name: first.name, confirm: true, wait_seconds: 120 };
  await done('disable_protection', stop);
  changes();
  const { text, structured } = await look();
  assert.match(text, /^Protection is stopped: no more backups are made, and the copies there are are kept\./);
  assert.deepEqual(
    [structured.data.protection_status, structured.data.protection_state, structured.data.soft_deleted],
    ['Protected', 'ProtectionStopped', false],
  );
  await done('disable_protection', { ...stop, delete_backup_data: true });
  assert.doesNotMatch((await look()).text, /^The machine is protected/);
});

test('check_registration_status: that the item cannot be read is told, and nothing made up', async () => {
  const status = { protectionStatus: 'Protected', vaultId: VAULT_PATH, errorCode: 'Success' };
  await using fake = await startFake({
    [STATUS('westeurope')]: status,
    [`${VAULT_PATH}/backupProtectedItems`]: (_request, response) =>
      sendJson(response, 403, { error: { code: 'AuthorizationFailed', message: 'no' } }),
  });
  const args = { vm_resource_id: VM, location: 'westeurope' };
  const { structured, text } = await fake.session.call('check_registration_status', args);
  assert.equal(structured.ok, true, text);
  assert.equal(structured.data.protection_state, undefined);
  assert.match(text, /^A vault has the machine; whether .* is not known\./);
  assert.match(structured.meta.warnings[0], /could not be read in its vault/);
});
