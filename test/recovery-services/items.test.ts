import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SUBSCRIPTION, VAULT_PATH } from '../azure/fake-arm.ts';
import { type Handler, sendJson } from '../support/tls-server.ts';
import { allRows, startEstate } from './estate.ts';
import { ALLOWED, startFake } from './session.ts';

type ItemRow = {
  id: string;
  friendly_name: string;
  vault: string;
  health: string;
  protection_state: string;
  soft_deleted: boolean;
  last_recovery_point: string | null;
  last_backup_time: string | null;
  rpo_minutes: number | null;
  policy: string | null;
};

test('list_protected_items: every item of all vaults comes once, page by page, and the counts are of all', async () => {
  await using estate = await startEstate();
  const rows = await allRows<ItemRow>(estate.session, 'list_protected_items', 'items');
  const named = (list: { vault: string; name: string }[]) =>
    list.map(({ vault, name }) => `${vault} ${name}`).sort();
  assert.deepEqual(
    named(rows.map(({ vault, friendly_name: name }) => ({ vault, name }))),
    named(estate.items().map(({ vault, name }) => ({ vault: vault.name, name }))),
  );
  const { summary } = await estate.session.ask('list_protected_items', { limit: 1 });
  assert.deepEqual(summary, { by_health: { Passed: rows.length }, by_state: { Protected: rows.length } });
  for (const row of rows)
    assert.equal(
      row.rpo_minutes,
      Math.floor((Date.parse('2026-03-18T12:00:00Z') - Date.parse(row.last_recovery_point ?? '')) / 60_000),
    );
});

test('list_protected_items: filters are looked at again here, and agree with what there is', async () => {
  await using estate = await startEstate();
  const [vault] = estate.azure.world.vaults;
  assert.ok(vault);
  const items = estate.items(vault);
  const ask = (args: Record<string, unknown>) =>
    allRows<ItemRow>(estate.session, 'list_protected_items', 'items', { vault_name: vault.name, ...args });
  const policy = items[0]?.policy.name;
  assert.equal(
    (await ask({ policy_name: policy })).length,
    items.filter((item) => item.policy.name === policy).length,
  );
  assert.equal(
    (await ask({ backup_management_type: 'AzureWorkload' })).length,
    items.filter(({ kind }) => kind === 'sql').length,
  );
  assert.equal((await ask({ workload_type: 'vm' })).length, items.filter(({ kind }) => kind === 'vm').length);
  const asked = estate.azure.requests.list().at(-1)?.query ?? '';
  assert.match(decodeURIComponent(asked.replaceAll('+', ' ')), /itemType eq 'VM'/, 'as Azure writes it');
  const part = items[3]?.name.slice(1, 6).toUpperCase() ?? '';
  const matching = items.filter(({ name }) => name.toUpperCase().includes(part)).length;
  assert.equal((await ask({ name_contains: part })).length, matching);
});

test('list_protected_items: failing, stopped, deleted and never backed up items say so', async () => {
  await using failing = await startEstate('azure-failing-item');
  const sick = await allRows<ItemRow>(failing.session, 'list_protected_items', 'items', {
    health: 'ActionRequired',
  });
  assert.equal(sick.length, failing.items().filter(({ state }) => state.failing).length);
  assert.ok(sick.length >= 3);

  await using deleted = await startEstate('azure-soft-deleted');
  const all = await allRows<ItemRow>(deleted.session, 'list_protected_items', 'items');
  const gone = all.filter((row) => row.soft_deleted);
  assert.equal(gone.length, 2);
  const rest = await allRows<ItemRow>(deleted.session, 'list_protected_items', 'items', {
    include_soft_deleted: false,
  });
  assert.equal(rest.length, all.length - 2);
  const { summary } = await deleted.session.ask('list_protected_items');
  assert.equal(summary.by_state.SoftDeleted, 2);

  await using never = await startEstate('azure-never-backed-up');
  const pending = (await allRows<ItemRow>(never.session, 'list_protected_items', 'items')).filter(
    (row) => row.protection_state === 'IRPending',
  );
  assert.equal(pending.length, 2);
  for (const row of pending)
    assert.deepEqual([row.last_backup_time, row.last_recovery_point, row.rpo_minutes], [null, null, null]);
});

test('list_protected_items: odd rows of Azure are shown, with ids as they came', async () => {
  await using estate = await startEstate('azure-odd-rows');
  const rows = await allRows<ItemRow>(estate.session, 'list_protected_items', 'items');
  assert.equal(rows.length, estate.items().length);
  assert.ok(rows.some(({ id }) => !id.includes('/backupFabrics/Azure') && id.startsWith('/Subscriptions/')));
});

test('list_protected_items: a vault that cannot be read is a warning beside others, and an error alone', async () => {
  await using estate = await startEstate('azure-forbidden-vault');
  const { structured, text } = await estate.session.call('list_protected_items');
  assert.equal(structured.meta.warnings.length, 1);
  const [, name = ''] = /Vault (\S+) could not be read/.exec(structured.meta.warnings[0]) ?? [];
  assert.ok(structured.data.total > 0 && text.includes('WARNING: Vault'));
  const error = await estate.session.refused('list_protected_items', { vault_name: name });
  assert.deepEqual([error.kind, error.http_status], ['forbidden', 403]);
  assert.match(error.hint, /Backup Reader/);
});

test('list_protected_items: what health there is counts as its worst word, and none is not green', async () => {
  const item = (name: string, properties: object) => ({
    id: `${VAULT_PATH}/backupFabrics/Azure/protectionContainers/IaasVMContainer;iaasvmcontainerv2;rg;${name}/protectedItems/VM;iaasvmcontainerv2;rg;${name}`,
    name: `VM;iaasvmcontainerv2;rg;${name}`,
    properties: { friendlyName: name, backupManagementType: 'AzureIaasVM', ...properties },
  });
  await using fake = await startFake({
    [`${VAULT_PATH}/backupProtectedItems`]: {
      value: [
        item('a', { healthStatus: 'Passed', protectionStatus: 'Unhealthy' }),
        item('b', {}),
        item('c', {
          protectedItemHealthStatus: 'Healthy',
          policyId: `${VAULT_PATH}/backupPolicies/Gold Copy`,
        }),
        { id: 7 },
      ],
    },
  });
  const { structured } = await fake.session.call('list_protected_items');
  const { items } = structured.data;
  assert.deepEqual(
    items.map((row: ItemRow) => [row.friendly_name, row.health, row.policy]),
    [
      ['a', 'ActionRequired', null],
      ['b', 'Unknown', null],
      ['c', 'Passed', 'Gold Copy'],
    ],
  );
  assert.match(structured.meta.warnings[0], /1 protected items could not be read/);
  assert.equal(structured.meta.vault_id, VAULT_PATH, 'of one vault, which the answer names');
});

test('list_protectable_items: what no vault protects shows after a refresh, which has to be allowed', async () => {
  await using estate = await startEstate('azure-unprotected-vms');
  const error = await estate.session.refused('list_protectable_items', { refresh: true });
  assert.equal(error.kind, 'writes_disabled');
  assert.deepEqual(
    estate.azure.requests.list().filter(({ method }) => method !== 'GET'),
    [],
  );
  await using allowed = await startEstate('azure-unprotected-vms', { settings: ALLOWED });
  const { writes } = allowed.azure.world;
  const found: { friendly_name: string; resource_id: string; resource_group: string }[] = [];
  for (const { name } of allowed.azure.world.vaults) {
    const before = await allowed.session.ask('list_protectable_items', { vault_name: name });
    assert.match(before.cache_note, /looked around last/);
    writes.retryAfter = []; // what the documentation has: longer than many clients wait
    const { structured } = await allowed.session.call('list_protectable_items', {
      vault_name: name,
      refresh: true,
    });
    assert.match(structured.meta.warnings[0], /Ask again in a minute/);
    const handle = structured.data.refresh.handle;
    const tracked = await allowed.session.ask('track_async_operation', { handle, wait_seconds: 120 });
    assert.equal(tracked.state, 'succeeded');
    writes.retryAfter = [5];
    const after = await allowed.session.ask('list_protectable_items', { vault_name: name, refresh: true });
    assert.match(after.cache_note, /just looked around/);
    found.push(...after.items);
  }
  const { unprotected } = allowed.azure.world;
  assert.deepEqual(
    found.map(({ friendly_name: name, resource_group: group }) => `${group}/${name}`).sort(),
    unprotected.map(({ name, group }) => `${group}/${name}`).sort(),
  );
  const audit = allowed.session.audit();
  assert.ok(audit.some(({ path }) => String(path).endsWith('/refreshContainers')));
  const [one] = found;
  const status = await allowed.session.ask('check_registration_status', {
    vm_resource_id: one?.resource_id,
  });
  assert.equal(status.protection_status, 'NotProtected');
});

test('list_protectable_items: databases have their server, and a later page asks for no second refresh', async () => {
  let refreshes = 0;
  const refresh: Handler = (_request, response) => {
    refreshes += 1;
    sendJson(response, 204, {});
  };
  await using fake = await startFake(
    {
      [`${VAULT_PATH}/backupFabrics/Azure/refreshContainers`]: refresh,
      [`${VAULT_PATH}/backupProtectableItems`]: {
        value: [1, 2].map((n) => ({
          id: `${VAULT_PATH}/backupFabrics/Azure/protectionContainers/VMAppContainer;Compute;rg;sql01/protectableItems/SQLDataBase;mssqlserver;db${n}`,
          name: `SQLDataBase;mssqlserver;db${n}`,
          properties: {
            friendlyName: `db${n}`,
            protectableItemType: 'SQLDataBase',
            workloadType: 'SQLDataBase',
            serverName: 'sql01.corp.example',
            parentName: 'MSSQLSERVER',
            protectionState: 'NotProtected',
          },
        })),
      },
    },
    { settings: ALLOWED },
  );
  const args = { backup_management_type: 'AzureWorkload', refresh: true, limit: 1 };
  const first = await fake.session.ask('list_protectable_items', args);
  const second = await fake.session.ask('list_protectable_items', { ...args, cursor: first.next_cursor });
  assert.deepEqual(
    [first.items[0].friendly_name, first.items[0].server, second.items[0].friendly_name, refreshes],
    ['db1', 'sql01.corp.example', 'db2', 1],
  );
  assert.equal(fake.arm.requests.at(-1)?.query.get('$filter'), "backupManagementType eq 'AzureWorkload'");
  assert.ok(!fake.arm.requests.some(({ path }) => !path.includes(SUBSCRIPTION)));
});
