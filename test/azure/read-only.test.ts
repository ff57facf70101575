import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { SUBSCRIPTION, startFakeArm, VAULT } from './fake-arm.ts';

const SOURCES = join(import.meta.dirname, '../../src');
const ITEM = { ...VAULT, container: 'c', item: 'i' };
const FROM = { from: new Date('2026-02-20T00:00:00Z') };
const SUBSCRIPTIONS = { subscriptionIds: [SUBSCRIPTION] };

/** What the readers are called with, besides the client; without an entry: a vault. */
const ARGUMENTS: Record<string, unknown[]> = {
  listVaults: [{ subscriptionId: SUBSCRIPTION }],
  listContainers: [VAULT, { backupManagementType: 'AzureIaasVM' }],
  getPolicy: [VAULT, 'p'],
  getProtectedItem: [ITEM],
  listJobs: [VAULT, FROM],
  getJob: [VAULT, 'j'],
  listRecoveryPoints: [ITEM, FROM],
  getRecoveryPoint: [ITEM, '1'],
  getBackupStatus: [{ subscriptionId: SUBSCRIPTION, region: 'westeurope', resourceId: '/x' }],
  sweepProtectedItems: [SUBSCRIPTIONS],
  sweepPolicies: [SUBSCRIPTIONS],
  sweepJobs: [{ ...SUBSCRIPTIONS, ...FROM }],
};

test('whatever is read, only GET and two questions are ever sent', async () => {
  await using arm = await startFakeArm({});
  const client = arm.client();
  const called: string[] = [];
  for (const file of globSync('azure/*.ts', { cwd: SOURCES })) {
    const module = (await import(join(SOURCES, file))) as Record<string, unknown>;
    for (const [name, reader] of Object.entries(module)) {
      if (typeof reader !== 'function' || !/^(get|list|sweep)[A-Z]/.test(name)) continue;
      called.push(name);
      const result = reader(client, ...(ARGUMENTS[name] ?? [VAULT])) as
        | AsyncIterable<unknown>
        | Promise<unknown>;
      const done = Symbol.asyncIterator in result ? Array.fromAsync(result) : result;
      await done.catch(() => {}); // the server knows none of these paths; what is sent is of interest
    }
  }
  await client.close();
  assert.ok(called.length >= 18, `${called.length} readers`);
  for (const name of Object.keys(ARGUMENTS)) assert.ok(called.includes(name), name);
  assert.equal(arm.requests.length, called.length);
  const others = arm.requests.filter(({ method }) => method !== 'GET');
  assert.deepEqual(
    [...new Set(others.map(({ method, path }) => `${method} ${path.split('/').at(-1)}`))].toSorted(),
    ['POST backupStatus', 'POST resources'],
  );
  for (const { query } of arm.requests) assert.match(String(query.get('api-version')), /^20\d\d-\d\d-\d\d$/);
});

test('one file of this folder can send what changes something, and requests go through the shared sender', () => {
  const using = (pattern: RegExp) =>
    globSync('azure/**/*.ts', { cwd: SOURCES })
      .filter((file) => pattern.test(readFileSync(join(SOURCES, file), 'utf8')))
      .toSorted();
  assert.deepEqual(using(/['"](PUT|PATCH|DELETE)['"]/), ['azure/writer.ts']);
  assert.deepEqual(using(/['"]POST['"]/), ['azure/client.ts', 'azure/writer.ts']);
  assert.deepEqual(using(/\bfetch\(|https?\.request\(|dispatcher\.(request|stream|pipeline|dispatch)\(/), []);
  assert.deepEqual(using(/import\('@azure\/identity'\)/), ['azure/credential.ts']);
});
