import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VAULT_PATH } from '../azure/fake-arm.ts';
import { type Handler, sendJson } from '../support/tls-server.ts';
import { allRows, startEstate } from './estate.ts';
import { startFake } from './session.ts';

type PolicyRow = {
  name: string;
  items: number;
  policy_version: string;
  schedule: { kind: string; times: string[] } | null;
  rpo_target_minutes: number | null;
  parts?: { kind: string }[];
};

test('list_policies: all of a vault for one kind of backup, with how many items have each', async () => {
  await using estate = await startEstate();
  const [vault] = estate.azure.world.vaults;
  assert.ok(vault);
  const rows = await allRows<PolicyRow>(estate.session, 'list_policies', 'policies', { limit: 2 });
  const policies = estate.azure.world.policies.of(vault).filter(({ kind }) => kind === 'vm');
  assert.deepEqual(rows.map(({ name }) => name).sort(), policies.map(({ name }) => name).sort());
  for (const row of rows) {
    const users: number = estate.items(vault).filter((item) => item.policy.name === row.name).length;
    assert.equal(row.items, users, row.name);
    const policy = policies.find(({ name }) => name === row.name);
    assert.equal(row.policy_version, policy?.version);
    assert.equal(row.schedule?.kind, policy?.frequency.toLowerCase());
  }
  const databases = await estate.session.ask('list_policies', { backup_management_type: 'AzureWorkload' });
  const [first] = databases.policies;
  assert.deepEqual(
    [first.parts.map(({ kind }: { kind: string }) => kind), first.rpo_target_minutes],
    [['Full', 'Log'], 60],
  );
  assert.equal(first.parts[1].retention.daily_d, 15);
});

test('get_policy_details: one policy with its items; raw only if it is asked for', async () => {
  await using estate = await startEstate();
  const item = estate.items()[0];
  assert.ok(item);
  const args = { policy_name: item.policy.name.toUpperCase() };
  const { policy, protected_items: items, raw } = await estate.session.ask('get_policy_details', args);
  assert.equal(policy.name, item.policy.name);
  assert.equal(raw, undefined);
  assert.deepEqual(
    items.map(({ name }: { name: string }) => name).sort(),
    estate
      .items(item.vault)
      .filter(({ policy: other }) => other.name === item.policy.name)
      .map(({ name }) => name)
      .sort(),
  );
  const whole = await estate.session.ask('get_policy_details', { ...args, include_raw: true });
  assert.equal(whole.raw.properties.backupManagementType, 'AzureIaasVM');
});

test('get_policy_details: a name that is not there is told with the ones most alike', async () => {
  await using estate = await startEstate();
  const error = await estate.session.refused('get_policy_details', { policy_name: 'DefaultPolcy' });
  assert.deepEqual([error.kind, error.code, error.http_status], ['not_found', 'no-such-policy', 404]);
  assert.match(error.hint, /DefaultPolicy/);
});

test('get_policy_details: items that cannot be read, or are too many, are told', async () => {
  const path = `${VAULT_PATH}/backupPolicies/daily`;
  const policy = { id: path, name: 'daily', properties: { backupManagementType: 'AzureIaasVM' } };
  const refuse: Handler = (_request, response) =>
    sendJson(response, 403, { error: { code: 'AuthorizationFailed', message: 'no' } });
  await using fake = await startFake({ [path]: policy, [`${VAULT_PATH}/backupProtectedItems`]: refuse });
  const { structured } = await fake.session.call('get_policy_details', { policy_name: 'daily' });
  assert.equal(structured.data.protected_items, undefined);
  assert.match(structured.meta.warnings[0], /items of the policy could not be read/);
  assert.deepEqual(
    [structured.data.policy.schedule, structured.data.policy.rpo_target_minutes],
    [null, null],
    'what is not said is not made up',
  );
  const value = Array.from({ length: 40 }, (_, n) => ({
    id: `${VAULT_PATH}/backupFabrics/Azure/protectionContainers/c;${n}/protectedItems/i;${n}`,
    properties: { friendlyName: `vm${n}`, policyId: n === 0 ? `${VAULT_PATH}/backupPolicies/other` : path },
  }));
  await using many = await startFake({ [path]: policy, [`${VAULT_PATH}/backupProtectedItems`]: { value } });
  const data = await many.session.ask('get_policy_details', { policy_name: 'daily' });
  const huge = { ...policy, tags: 'x'.repeat(6000) };
  await using long = await startFake({ [path]: huge, [`${VAULT_PATH}/backupProtectedItems`]: { value: [] } });
  const { structured: cut } = await long.session.call('get_policy_details', {
    policy_name: 'daily',
    include_raw: true,
  });
  assert.equal(cut.data.raw, undefined);
  assert.match(cut.meta.warnings[0], /left out: it has 6\d+ characters/);
  assert.deepEqual([data.protected_items.length, data.items_left_out], [15, 24]);
});
