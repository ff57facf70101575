import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Routes, SUBSCRIPTION, VAULT_PATH } from '../azure/fake-arm.ts';
import { simulate } from '../support/simulated.ts';
import { type Handler, sendJson } from '../support/tls-server.ts';
import { ALLOWED, startFake, startOnSimulator } from './session.ts';

const OTHER = '22222222-2222-2222-2222-222222222222';
const vaultsOf = (subscription: string) =>
  `/subscriptions/${subscription}/providers/Microsoft.RecoveryServices/vaults`;
const refuse =
  (status: number, code: string): Handler =>
  (_request, response) =>
    sendJson(response, status, { error: { code, message: `${code} it says` } }, { 'x-ms-request-id': 'r-7' });
test('list_vaults: what a subscription has, in pages, each vault once', async () => {
  const vault = (n: number) => ({
    id: `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.RecoveryServices/vaults/kv-${String(n).padStart(3, '0')}`,
    location: 'westeurope',
    sku: { name: 'RS0' },
    tags: { owner: 'Ops\u202E <b>' },
    properties: { provisioningState: 'Succeeded' },
  });
  await using fake = await startFake({
    [vaultsOf(SUBSCRIPTION)]: { value: Array.from({ length: 90 }, (_, n) => vault(n)) },
  });
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const { structured, text } = await fake.session.call('list_vaults', cursor ? { cursor } : {});
    const { vaults, count, total, next_cursor } = structured.data;
    assert.ok(text.length + JSON.stringify(structured).length < 16_000);
    assert.deepEqual([count, total], [vaults.length, 90]);
    assert.equal(vaults[0].tags.owner, 'Ops <b>');
    seen.push(...vaults.map(({ name }: { name: string }) => name));
    cursor = next_cursor;
  } while (cursor);
  assert.equal(new Set(seen).size, 90);
  assert.equal(seen.length, 90);
  assert.match((await fake.session.refused('list_vaults', { cursor: 'nonsense' })).message, /cursor/);
  assert.match((await fake.session.refused('list_vaults', { limit: 0 })).message, /limit/);
});

test('list_vaults: a subscription that cannot be read is a warning beside others, and an error alone', async () => {
  const routes: Routes = {
    [vaultsOf(SUBSCRIPTION)]: { value: [{ id: VAULT_PATH, name: 'kv1' }] },
    [vaultsOf(OTHER)]: refuse(403, 'AuthorizationFailed'),
  };
  await using fake = await startFake(routes, { settings: { subscriptionIds: [SUBSCRIPTION, OTHER] } });
  const { structured } = await fake.session.call('list_vaults');
  assert.equal(structured.data.vaults[0].alias, 'prod');
  assert.match(structured.meta.warnings[0], /22222222.* could not be read/);
  const error = await fake.session.refused('list_vaults', { subscription_id: OTHER });
  assert.deepEqual([error.kind, error.code, error.request_id], ['forbidden', 'AuthorizationFailed', 'r-7']);
  assert.match(error.hint, /Backup Reader/);
});

test('list_vaults: a list without an end is told, and no subscription that can be read is no empty list', async () => {
  const path = vaultsOf(SUBSCRIPTION);
  const routes: Routes = {
    [path]: ({ path: asked }, response) =>
      sendJson(response, 200, {
        value: [{ id: VAULT_PATH, name: 'kv1' }],
        nextLink: asked.includes('page=2') ? asked : `${path}?page=2`,
      }),
    [vaultsOf(OTHER)]: refuse(403, 'AuthorizationFailed'),
  };
  await using fake = await startFake(routes, { settings: { subscriptionIds: [SUBSCRIPTION] } });
  const { structured } = await fake.session.call('list_vaults');
  assert.equal(structured.data.total, 1);
  assert.match(structured.meta.warnings.join(), /Not all vaults of .* were read: .*circle/);
  await using none = await startFake(routes, { settings: { subscriptionIds: [OTHER, OTHER] } });
  assert.equal((await none.session.refused('list_vaults')).kind, 'forbidden');
});

test('get_vault: security and redundancy, what it holds on request, and plain words for what is not there', async () => {
  await using fake = await startFake({
    [VAULT_PATH]: {
      id: VAULT_PATH,
      name: 'kv1',
      location: 'westeurope',
      properties: {
        redundancySettings: { standardTierStorageRedundancy: 'GeoRedundant', crossRegionRestore: 'Enabled' },
        securitySettings: {
          softDeleteSettings: { softDeleteState: 'Enabled', softDeleteRetentionPeriodInDays: 14 },
        },
      },
    },
    [`${VAULT_PATH}/usages`]: {
      value: [{ unit: 'Bytes', currentValue: 5e12, limit: -1, name: { value: 'GRSStorageUsage' } }],
    },
  });
  const { structured, text } = await fake.session.call('get_vault', {
    vault_name: 'PROD',
    include_usages: true,
  });
  const { vault, usages } = structured.data;
  assert.deepEqual(vault.security, {
    immutability: null,
    soft_delete: 'Enabled',
    soft_delete_days: 14,
    mua: null,
    secure_score: null,
  });
  assert.deepEqual(usages, [{ name: 'GRSStorageUsage', value: 5e12, unit: 'Bytes' }]);
  assert.equal(structured.meta.vault_id, VAULT_PATH);
  assert.match(text, /GRSStorageUsage/);
  const error = await fake.session.refused('get_vault', { vault_name: 'kv9', resource_group: 'rg' });
  assert.deepEqual([error.kind, error.http_status], ['not_found', 404]);
  assert.match(error.hint, /The configuration names: prod/);
  assert.equal((await fake.session.refused('get_vault', { vaultname: 'x' })).kind, 'validation');
});

test('test_connection: steps that fail are data, and later ones that need them are not tried', async () => {
  await using good = await startFake({
    [vaultsOf(SUBSCRIPTION)]: { value: [{ id: VAULT_PATH, name: 'kv1' }] },
    [VAULT_PATH]: { id: VAULT_PATH, name: 'kv1' },
    [`${VAULT_PATH}/backupJobs`]: { value: [] },
  });
  const all = await good.session.ask('test_connection');
  assert.deepEqual(
    all.checks.map(({ ok }: { ok: boolean }) => ok),
    [true, true, true, true],
  );
  assert.deepEqual([all.identity_kind, all.tenant_id], ['static', null]);
  await using bad = await startFake({ [vaultsOf(SUBSCRIPTION)]: refuse(403, 'AuthorizationFailed') });
  const { structured } = await bad.session.call('test_connection');
  assert.equal(structured.ok, true);
  const [, second] = structured.data.checks;
  assert.equal(structured.data.checks.length, 2);
  assert.deepEqual([second.ok, /AuthorizationFailed/.test(second.detail)], [false, true]);
  await using none = await startFake({}, { settings: { subscriptionIds: [], vaults: [] } });
  const [first] = (await none.session.ask('test_connection')).checks;
  assert.match(first.detail, /no subscription is configured/);
});

test('get_vault_config: settings, storage and guards; a part that cannot be read is a warning', async () => {
  await using fake = await startFake({
    [`${VAULT_PATH}/backupconfig/vaultconfig`]: {
      id: 'x',
      properties: { enhancedSecurityState: 'Enabled', softDeleteFeatureState: 'Enabled' },
    },
    [`${VAULT_PATH}/backupstorageconfig/vaultstorageconfig`]: {
      id: 'y',
      properties: { storageType: 'GeoRedundant', storageTypeState: 'Locked', crossRegionRestoreFlag: true },
    },
    [`${VAULT_PATH}/backupResourceGuardProxies`]: refuse(403, 'AuthorizationFailed'),
  });
  const { structured } = await fake.session.call('get_vault_config');
  assert.deepEqual(structured.data, {
    config: { enhanced_security: 'Enabled', soft_delete: 'Enabled', soft_delete_days: null },
    storage: { redundancy: 'GeoRedundant', locked: true, crr: true },
  });
  assert.match(structured.meta.warnings[0], /^mua could not be read/);
  const lean = await fake.session.ask('get_vault_config', { include_storage: false, include_guards: false });
  assert.deepEqual(Object.keys(lean), ['config']);
  assert.equal(
    (await fake.session.refused('get_vault_config', { include_storage: 'yes' })).kind,
    'validation',
  );
  await using down = await startFake({
    [`${VAULT_PATH}/backupconfig/vaultconfig`]: refuse(404, 'ResourceNotFound'),
  });
  assert.equal((await down.session.refused('get_vault_config')).kind, 'not_found');
});

const ITEM = `${VAULT_PATH}/backupFabrics/Azure/protectionContainers/c/protectedItems/i`;
const TRACK = { kind: 'item', operation_id: 'op-1', container_name: 'c', item_name: 'i' };

test('track_async_operation: the operation and the job it made are kept apart', async () => {
  await using fake = await startFake({
    [`${ITEM}/operationsStatus/op-1`]: {
      status: 'Succeeded',
      startTime: '2026-03-01T11:00:00Z',
      endTime: '2026-03-01T11:00:04Z',
      properties: {
        objectType: 'OperationStatusJobExtendedInfo',
        jobId: 'j-1',
        scriptContent: 'a-script',
        password: 'pw',
      },
    },
    [`${VAULT_PATH}/backupJobs/j-1`]: {
      id: `${VAULT_PATH}/backupJobs/j-1`,
      name: 'j-1',
      properties: { jobType: 'AzureIaaSVMJob', status: 'InProgress' },
    },
  });
  const { structured, text } = await fake.session.call('track_async_operation', TRACK);
  const { state, job_id, job, result } = structured.data;
  assert.deepEqual([state, job_id, job.status], ['succeeded', 'j-1', 'InProgress']);
  assert.deepEqual(result, { objectType: 'OperationStatusJobExtendedInfo' });
  assert.match(text, /Only the job tells/);
  assert.ok(!fake.session.everything().includes('a-script'));
});

test('track_async_operation: waits no longer than it may, fails in words, and takes no address', async () => {
  let looks = 0;
  await using fake = await startFake({
    [`${ITEM}/operationsStatus/op-1`]: (_request, response) => {
      looks += 1;
      sendJson(
        response,
        200,
        { status: 'InProgress', endTime: '0001-01-01T00:00:00Z' },
        { 'retry-after': '20' },
      );
    },
    [`${ITEM}/operationsStatus/op-2`]: {
      status: 'Failed',
      error: { code: 'CloudInternalError', message: 'half-way' },
    },
    [`${ITEM}/operationsStatus/op-3`]: refuse(500, 'InternalServerError'),
  });
  const running = await fake.session.ask('track_async_operation', { ...TRACK, wait_seconds: 50 });
  assert.deepEqual([running.state, running.poll_again_after_s, looks], ['running', 20, 3]);
  const failed = await fake.session.ask('track_async_operation', { ...TRACK, operation_id: 'op-2' });
  assert.deepEqual(
    [failed.state, failed.error],
    ['failed', { code: 'CloudInternalError', message: 'half-way' }],
  );
  assert.equal(
    (await fake.session.refused('track_async_operation', { ...TRACK, operation_id: 'op-3' })).kind,
    'azure',
  );
  assert.equal(
    (await fake.session.refused('track_async_operation', { ...TRACK, operation_id: 'op-4' })).code,
    'operation-not-found',
  );
  for (const [args, message] of [
    [{}, /give handle/],
    [{ ...TRACK, item_name: undefined }, /item_name/],
    [{ handle: 'https://evil.example/op' }, /not one that this server gave/],
    [{ ...TRACK, operation_id: '../x' }, /operation_id/],
    [{ ...TRACK, wait_seconds: 301 }, /wait_seconds/],
  ] as const)
    assert.match((await fake.session.refused('track_async_operation', args)).message, message);
});

test('a client that asks for progress is told how long the wait takes; one that gives up ends the wait', async () => {
  await using fake = await startFake({
    [`${ITEM}/operationsStatus/op-1`]: (_request, response) =>
      sendJson(response, 200, { status: 'InProgress' }, { 'retry-after': '20' }),
    [`${ITEM}/operationsStatus/op-2`]: () => {}, // never answered
  });
  const told: [number, number | undefined][] = [];
  const call = (args: object) => ({
    name: 'recovery_services_track_async_operation',
    arguments: { ...TRACK, ...args },
  });
  await fake.session.client.callTool(call({ wait_seconds: 45 }), undefined, {
    onprogress: ({ progress, total }) => void told.push([progress, total]),
  });
  assert.deepEqual(told, [
    [20, 45],
    [40, 45],
  ]);
  const stop = new AbortController();
  const given = fake.session.client.callTool(call({ operation_id: 'op-2' }), undefined, {
    signal: stop.signal,
  });
  stop.abort();
  await assert.rejects(given);
  await fake.session.ask('track_async_operation', TRACK);
  assert.ok(!fake.session.log().includes('tool failed'));
});

test('clear_auth_cache: forgets what is held, for the cloud in use alone', async () => {
  await using fake = await startFake({ [vaultsOf(SUBSCRIPTION)]: { value: [] } });
  await fake.session.ask('list_vaults');
  assert.equal((await fake.session.ask('clear_auth_cache', { cloud: 'china' })).cleared, 0);
  assert.equal((await fake.session.ask('clear_auth_cache')).cleared, 1);
  assert.equal((await fake.session.refused('clear_auth_cache', { cloud: 'mars' })).kind, 'validation');
  assert.equal(fake.arm.requests.length, 1);
});

test('the simulated Azure answers them all', async () => {
  await using simulator = await simulate({ scenario: 'azure-healthy' });
  await using session = await startOnSimulator(simulator, { settings: ALLOWED });
  const { vaults } = await session.ask('list_vaults');
  assert.ok(vaults.length > 0);
  const { vault } = await session.ask('get_vault', { include_usages: true });
  assert.equal(vault.provisioning_state, 'Succeeded');
  const { checks } = await session.ask('test_connection');
  assert.ok(
    checks.every(({ ok }: { ok: boolean }) => ok),
    JSON.stringify(checks),
  );
  assert.equal((await session.ask('get_vault_config')).config.soft_delete, 'Enabled');
});
