import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allRows, startAzureTest, VERSION } from './client.ts';

test('faults strike as they do in the other half, in the form of the resource manager', async () => {
  await using arm = await startAzureTest({ azureFaults: ['throttle:retryAfter=7,times=1'] });
  const path = `${arm.vault}?${VERSION}`;
  const throttled = await arm.ask(path);
  assert.deepEqual([throttled.status, throttled.headers['retry-after']], [429, '7']);
  assert.equal(throttled.body.error?.code, 'TooManyRequests');
  for (const [fault, status] of [
    ['error-500', 500],
    ['error-503', 503],
    ['error-502', 502],
    ['not-found', 404],
    ['forbidden', 403],
    ['empty-401', 401],
  ] as const) {
    arm.azure.faults.add({ name: fault, times: 1 });
    assert.equal((await arm.ask(path)).status, status);
  }
  assert.equal((await arm.ask(path)).status, 200);
  arm.azure.faults.add({ name: 'reset', times: 1 });
  await assert.rejects(arm.ask(path));
});

test('rows vanish or come twice between two pages', async () => {
  await using arm = await startAzureTest({ azureVaults: 1, azureItems: 300 });
  const path = `${arm.vault}/backupProtectedItems?${VERSION}`;
  const names = async () => (await allRows(arm, path)).map(({ name }) => name);
  const whole = await names();
  assert.equal(whole.length, 300);
  arm.azure.faults.add({ name: 'missing-rows', count: 3 });
  assert.deepEqual(await names(), whole.toSpliced(200, 3));
  arm.azure.faults.clear();
  arm.azure.faults.add({ name: 'duplicate-row', path: 'backupProtectedItems' });
  assert.deepEqual(await names(), whole.toSpliced(200, 0, whole[199] ?? ''));
});

test('what happens to an item afterwards is seen at once', async () => {
  await using arm = await startAzureTest();
  const { world } = arm.azure;
  const [vault] = world.vaults;
  assert.ok(vault);
  world.change(vault, 3, { stoppedAt: world.now() - 1000 });
  const stateOf = async () =>
    (await allRows(arm, `${arm.vault}/backupProtectedItems?${VERSION}`))[3]?.properties.protectionState;
  assert.equal(await stateOf(), 'ProtectionStopped');
});

test('with a running clock there are more jobs every day', async () => {
  await using arm = await startAzureTest();
  const count = async () => (await allRows(arm, `${arm.vault}/backupJobs?${VERSION}`)).length;
  const before = await count();
  arm.simulator.clock.advance(86_400_000);
  assert.ok((await count()) > before + 30);
});

test('a large estate is there at once, and its lists are whole', async () => {
  await using arm = await startAzureTest({ azureVaults: 20, azureItems: 5000, azureDays: 90 });
  assert.equal(arm.vaults.length, 20);
  const rows = await allRows(arm, `${arm.vault}/backupProtectedItems?${VERSION}`);
  assert.equal(new Set(rows.map(({ id }) => id)).size, 5000);
  const sum = arm.truth.vaults.reduce((total, { items }) => total + items.vm + items.sql + items.files, 0);
  assert.equal(sum, 100_000);
});
