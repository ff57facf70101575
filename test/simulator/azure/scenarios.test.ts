import assert from 'node:assert/strict';
import { test } from 'node:test';
import { getBackupStatus } from '../../../src/azure/backup-status.ts';
import { listJobs } from '../../../src/azure/jobs.ts';
import { getProtectedItem, listProtectedItems } from '../../../src/azure/protected-items.ts';
import { listRecoveryPoints } from '../../../src/azure/recovery-points.ts';
import { sweepJobs, sweepPolicies, sweepProtectedItems } from '../../../src/azure/resource-graph.ts';
import { listResourceGuardProxies } from '../../../src/azure/resource-guards.ts';
import type { Page } from '../../../src/azure/rows.ts';
import { listUsages } from '../../../src/azure/usages.ts';
import { getVaultConfig } from '../../../src/azure/vault-config.ts';
import { AZURE_SCENARIOS } from '../../../src/simulator/azure/scenarios.ts';
import { type AzureTest, NOW, startAzureTest } from './client.ts';

const DAY = 86_400_000;

const ALL = [
  'AZURE_IMMUTABILITY_OFF',
  'AZURE_ITEM_FAILING',
  'AZURE_NEVER_BACKED_UP',
  'AZURE_NO_SECOND_PERSON',
  'AZURE_PROTECTION_STOPPED',
  'AZURE_RPO_BREACH',
  'AZURE_SOFT_DELETED',
  'AZURE_SOFT_DELETE_OFF',
  'AZURE_VM_UNPROTECTED',
];

/** What each scenario has to be found out about, besides nothing else. */
const EXPECTED: Record<string, string[]> = {
  'azure-healthy': [],
  'azure-failing-item': ['AZURE_ITEM_FAILING', 'AZURE_RPO_BREACH'],
  'azure-stopped-keep-data': ['AZURE_PROTECTION_STOPPED'],
  'azure-soft-deleted': ['AZURE_SOFT_DELETED'],
  'azure-never-backed-up': ['AZURE_NEVER_BACKED_UP'],
  'azure-soft-delete-off': ['AZURE_IMMUTABILITY_OFF', 'AZURE_NO_SECOND_PERSON', 'AZURE_SOFT_DELETE_OFF'],
  'azure-rpo-breach': ['AZURE_RPO_BREACH'],
  'azure-unprotected-vms': ['AZURE_VM_UNPROTECTED'],
  'azure-throttled-vault': [],
  'azure-forbidden-vault': ['AZURE_VAULT_FORBIDDEN'],
  'azure-mixed-machines': [],
  'azure-odd-rows': [],
  'azure-writable': ['AZURE_IMMUTABILITY_OFF', 'AZURE_VM_UNPROTECTED'],
  'azure-guarded-writes': ['AZURE_VM_UNPROTECTED'],
  'azure-troubled-writes': ['AZURE_VM_UNPROTECTED'],
  'azure-reader': ['AZURE_VM_UNPROTECTED'],
  'azure-all': ALL,
  'azure-demo': ALL,
};

async function rowsOf<Row>(pages: AsyncGenerator<Page<Row>>): Promise<Row[]> {
  return (await Array.fromAsync(pages)).flatMap(({ items, rejected }) => {
    assert.equal(rejected, 0);
    return items;
  });
}

async function itemsOf({ client, vaults }: AzureTest) {
  return (await Promise.all(vaults.map((vault) => rowsOf(listProtectedItems(client, vault))))).flat();
}

/** The item of the first finding of a kind, by its name, and where it lies. */
async function found(arm: AzureTest, kind: string) {
  const finding = arm.truth.findings.find((one) => one.kind === kind);
  assert.ok(finding);
  const items = await itemsOf(arm);
  const item = items.find(({ id }) => id === finding.entity.id);
  assert.ok(item);
  const { subscriptionId = '', resourceGroup = '', vault = '', container = '' } = item.parts;
  return {
    finding,
    item,
    ref: { subscriptionId, resourceGroup, vault, container, item: item.parts.item ?? '' },
  };
}

test('the truth names what each scenario did and nothing else', async () => {
  assert.deepEqual(AZURE_SCENARIOS.map(({ name }) => name).sort(), Object.keys(EXPECTED).sort());
  for (const [scenario, kinds] of Object.entries(EXPECTED)) {
    await using arm = await startAzureTest({ scenario });
    assert.deepEqual([...new Set(arm.truth.findings.map(({ kind }) => kind))].sort(), kinds, scenario);
    assert.deepEqual(arm.simulator.truth.findings.health, [], scenario);
  }
});

test('nothing looks wrong with the items of a healthy estate, whatever its seed and age', async () => {
  for (const [seed, azureDays] of [
    [1, 90],
    [2, 8],
    [3, 400],
  ] as const) {
    await using arm = await startAzureTest({ scenario: 'azure-healthy', seed, azureDays });
    for (const {
      name,
      lastRecoveryPoint,
      protectionState,
      protectionStatus,
      lastBackupStatus,
    } of await itemsOf(arm)) {
      assert.ok(lastRecoveryPoint && NOW.getTime() - lastRecoveryPoint.getTime() < 7.1 * DAY, name);
      assert.deepEqual([protectionState, protectionStatus], ['Protected', 'Healthy'], name);
      assert.match(lastBackupStatus ?? '', /^(Completed|InProgress|Healthy)$/, name);
    }
  }
});

test('a failing item has failed jobs with an error code and what to do about it', async () => {
  await using arm = await startAzureTest({ scenario: 'azure-failing-item' });
  const { finding, item, ref } = await found(arm, 'AZURE_ITEM_FAILING');
  const from = new Date(finding.since ?? '');
  const jobs = await rowsOf(listJobs(arm.client, ref, { from, operation: 'Backup' }));
  const own = jobs.filter(({ entityFriendlyName }) => entityFriendlyName === item.friendlyName);
  assert.ok(own.length > 0);
  for (const { status, errorDetails } of own) {
    assert.equal(status, 'Failed');
    assert.equal(errorDetails?.[0]?.errorCode, finding.cause?.id);
    assert.equal(errorDetails?.[0]?.recommendations?.join(' '), finding.note);
  }
  assert.equal(item.protectionStatus, 'Unhealthy');
});

test('stopped, deleted and pending items show it', async () => {
  await using arm = await startAzureTest({ scenario: 'azure-all' });
  const stopped = await found(arm, 'AZURE_PROTECTION_STOPPED');
  assert.deepEqual([stopped.item.protectionState, stopped.item.policyName], ['ProtectionStopped', undefined]);
  const kept = await rowsOf(listRecoveryPoints(arm.client, stopped.ref, { from: new Date(0) }));
  assert.ok(
    kept.length > 0 &&
      kept.every(({ recoveryPointTime: at }) => at && at < new Date(stopped.finding.since ?? '')),
  );

  const deleted = await found(arm, 'AZURE_SOFT_DELETED');
  assert.equal(deleted.item.isScheduledForDeferredDelete, true);
  assert.equal(deleted.item.deferredDeleteTimeRemaining, (11 * DAY) / 1000);

  const pending = await found(arm, 'AZURE_NEVER_BACKED_UP');
  const { protectionState, lastBackupTime, lastBackupStatus, lastRecoveryPoint } = pending.item;
  assert.deepEqual([protectionState, lastBackupTime, lastRecoveryPoint], ['IRPending', null, null]);
  assert.ok(lastBackupStatus === undefined || lastBackupStatus === 'IRPending');
});

test('an item counts the recovery points that its list has, and the newest is its last', async () => {
  await using arm = await startAzureTest({ azureItems: 20 });
  for (const item of await itemsOf(arm)) {
    const { subscriptionId = '', resourceGroup = '', vault = '', container = '' } = item.parts;
    const ref = { subscriptionId, resourceGroup, vault, container, item: item.parts.item ?? '' };
    const points = await rowsOf(listRecoveryPoints(arm.client, ref, { from: new Date(0) }));
    const details = await getProtectedItem(arm.client, ref);
    assert.equal(details?.extendedInfo?.recoveryPointCount, points.length, item.name);
    assert.deepEqual(points[0]?.recoveryPointTime, item.lastRecoveryPoint, item.name);
    assert.ok(points.length >= 1);
  }
});

test('a vault without soft delete says so, and has no guard', async () => {
  await using arm = await startAzureTest({ scenario: 'azure-soft-delete-off' });
  const name = arm.truth.findings[0]?.entity.name;
  for (const vault of arm.vaults) {
    const config = await getVaultConfig(arm.client, vault);
    const guards = await rowsOf(listResourceGuardProxies(arm.client, vault));
    assert.equal(config?.softDeleteFeatureState === 'Disabled', vault.vault === name);
    assert.equal(guards.length, vault.vault === name ? 0 : 1);
  }
});

test('usages count the items, the failures of the day and the bytes', async () => {
  await using arm = await startAzureTest({ scenario: 'azure-failing-item' });
  for (const [index, vault] of arm.vaults.entries()) {
    const usages = new Map(
      (await rowsOf(listUsages(arm.client, vault))).map((one) => [one.name, one.currentValue]),
    );
    const { items, jobs } = arm.truth.vaults[index] ?? {};
    assert.equal(usages.get('IaaSVMProtectedItemCount'), items?.vm);
    assert.equal(usages.get('FailedJobsCount'), jobs?.Failed ?? 0);
    const bytes = ['GRSStorageUsage', 'LRSStorageUsage', 'ZRSStorageUsage'].map(
      (name) => usages.get(name) ?? 0,
    );
    assert.ok(Math.max(...bytes) > 2 ** 40);
  }
});

test('Resource Graph has the same items, policies and recent jobs as the vaults', async () => {
  await using arm = await startAzureTest({ azureItems: 60, scenario: 'azure-all' });
  const options = { subscriptionIds: arm.azure.subscriptions };
  const items = await rowsOf(sweepProtectedItems(arm.client, options));
  const byVault = await itemsOf(arm);
  assert.deepEqual(items.map(({ key }) => key).sort(), byVault.map(({ key }) => key).sort());
  assert.equal((await rowsOf(sweepPolicies(arm.client, options))).length, 7 * arm.vaults.length);
  const from = new Date(NOW.getTime() - 20 * DAY);
  const jobs = await rowsOf(sweepJobs(arm.client, { ...options, from }));
  const oldest = Math.min(...jobs.map(({ endTime }) => endTime?.getTime() ?? NOW.getTime()));
  assert.ok(oldest > NOW.getTime() - 14 * DAY);
  const recent = new Date(NOW.getTime() - 10 * DAY);
  const listed = await Promise.all(
    arm.vaults.map((vault) => rowsOf(listJobs(arm.client, vault, { from: recent }))),
  );
  const swept = new Set(jobs.map(({ name }) => name));
  assert.ok(listed.flat().length > 500 && listed.flat().every(({ name }) => swept.has(name)));
});

test('a vault that may not be read is refused, and missing from Resource Graph', async () => {
  await using arm = await startAzureTest({ scenario: 'azure-forbidden-vault' });
  const vault = arm.vaults.at(-1);
  assert.ok(vault);
  await assert.rejects(rowsOf(listProtectedItems(arm.client, vault)), { status: 403 });
  const items = await rowsOf(sweepProtectedItems(arm.client, { subscriptionIds: arm.azure.subscriptions }));
  assert.equal(items.length, 50 * (arm.vaults.length - 1));
});

test('throttling costs waiting and no rows', async () => {
  await using arm = await startAzureTest({ scenario: 'azure-throttled-vault', azureItems: 450 });
  const answers = await Promise.all(
    arm.vaults.slice(0, 1).map((vault) => rowsOf(listProtectedItems(arm.client, vault))),
  );
  assert.equal(answers.flat().length, 450);
});

test('odd rows can be read, and what they say of machines is malformed', async () => {
  await using arm = await startAzureTest({ scenario: 'azure-odd-rows' });
  const items = await itemsOf(arm);
  assert.equal(items.length, 200);
  assert.ok(items.some(({ id }) => !/backupFabrics/i.test(id)));
  assert.ok(items.some(({ id }) => id.includes('/RESOURCEGROUPS/')));
  assert.ok(items.some(({ sourceResourceId }) => sourceResourceId?.includes('/resourcegroups/providers/')));
  assert.ok(
    items.some(({ lastBackupTime, protectionState }) => !lastBackupTime && protectionState === 'Protected'),
  );
});

test('machines without protection are in no vault, and their status says it', async () => {
  await using arm = await startAzureTest({ scenario: 'azure-unprotected-vms' });
  const ask = (machine: { subscription: string; location: string }, resourceId: string) =>
    getBackupStatus(arm.client, {
      subscriptionId: machine.subscription,
      region: machine.location,
      resourceId,
    });
  const [machine] = arm.azure.world.unprotected;
  assert.ok(machine);
  const bare = await ask(machine, arm.truth.findings[0]?.entity.id ?? '');
  assert.equal(bare.protectionStatus, 'NotProtected');
  const { vault, ...item } = arm.azure.world.item(arm.azure.world.vaults[0] ?? assert.fail(), 0);
  const id = `/subscriptions/${vault.subscription}/resourceGroups/${item.group}/providers/Microsoft.Compute/virtualMachines/${item.holder}`;
  const kept = await ask(vault, id);
  assert.deepEqual([kept.protectionStatus, kept.policyName], ['Protected', item.policy.name]);
});

test('mixed machines come as labelled pairs, of which an id in Azure leads to the machine', async () => {
  await using arm = await startAzureTest({ scenario: 'azure-mixed-machines', jobs: 60 });
  const { pairs, examplePairs = [] } = arm.truth;
  assert.ok(pairs.length >= 15);
  assert.ok(examplePairs.length >= 500);
  const sameName = examplePairs.filter(({ veeam, azure }) => veeam.name === azure.name.toLowerCase());
  assert.ok(sameName.some(({ same }) => same) && sameName.some(({ same }) => !same));
  const sources = new Set((await itemsOf(arm)).map(({ sourceResourceId }) => sourceResourceId));
  for (const { azure } of pairs) assert.ok(sources.has(azure.id.toLowerCase()), azure.id);
});
