import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AzureFacts, AzureItemFacts } from '../../../src/analysis/health/azure-facts.ts';
import { azureFindings, azureNotKnown } from '../../../src/analysis/health/azure-findings.ts';
import { jobHealth } from '../../../src/analysis/health/job-health.ts';

const NOW = Date.UTC(2026, 2, 18, 12);
const DAY = 86_400_000;

const VAULT: AzureFacts['vault'] = {
  id: 'azure:rsv:1',
  name: 'rsv',
  softDelete: 'AlwaysON',
  softDeleteDays: 14,
  immutability: 'Locked',
  multiUserAuthorization: true,
  redundancy: 'GeoRedundant',
  alertsOnFailures: true,
};
const ITEM: AzureItemFacts = {
  id: 'c/i',
  name: 'vm1',
  protectionState: 'Protected',
  protectionStatus: 'Healthy',
  healthStatus: 'Passed',
  healthDetails: [],
  isSoftDeleted: false,
  policyInconsistent: null,
  lastBackupAt: NOW - DAY,
  lastPointAt: NOW - DAY,
  deletedForGoodAt: null,
  lastErrorCode: null,
};
const facts = (given: {
  vault?: object;
  item?: object;
  limits?: AzureFacts['limits'];
  containers?: AzureFacts['containers'];
}): AzureFacts => ({
  vault: { ...VAULT, ...given.vault },
  items: [{ ...ITEM, ...given.item }],
  containers: given.containers ?? [],
  backupsWithoutItem: 0,
  limits: given.limits === undefined ? [] : given.limits,
});
const found = (given: Parameters<typeof facts>[0]) =>
  azureFindings(facts(given), []).map(({ kind, severity, level }) =>
    [kind, severity, level].filter(Boolean).join(' '),
  );

test('a vault with every guard and a healthy item give no finding', () => {
  assert.deepEqual(found({}), []);
  assert.deepEqual(azureNotKnown(facts({})), []);
});

test('each guard that is missing is a finding', () => {
  assert.deepEqual(found({ vault: { softDelete: 'Disabled', softDeleteDays: 14 } }), [
    'VAULT_SOFT_DELETE_OFF high',
  ]);
  assert.deepEqual(found({ vault: { softDeleteDays: 7 } }), ['VAULT_SOFT_DELETE_SHORT medium']);
  assert.deepEqual(found({ vault: { immutability: 'Disabled' } }), ['VAULT_IMMUTABILITY_OFF medium']);
  assert.deepEqual(found({ vault: { immutability: 'Unlocked' } }), ['VAULT_IMMUTABILITY_UNLOCKED low']);
  assert.deepEqual(found({ vault: { multiUserAuthorization: false } }), ['VAULT_NO_SECOND_PERSON medium']);
  assert.deepEqual(found({ vault: { redundancy: 'LocallyRedundant' } }), ['VAULT_LOCALLY_REDUNDANT medium']);
  assert.deepEqual(found({ vault: { alertsOnFailures: false } }), ['VAULT_ALERTS_OFF low']);
});

test('what nobody said is neither a finding nor fine: it is named as not known', () => {
  const unknown = {
    softDelete: null,
    softDeleteDays: null,
    immutability: null,
    multiUserAuthorization: null,
    redundancy: null,
  };
  assert.deepEqual(found({ vault: unknown }), []);
  const [text = ''] = azureNotKnown(facts({ vault: unknown }));
  for (const name of ['soft delete', 'immutability', 'second person', 'redundancy'])
    assert.ok(text.includes(name), name);
  const silent = facts({ item: { protectionState: null }, limits: null });
  assert.equal(azureNotKnown({ ...silent, containers: null, backupsWithoutItem: 3 }).length, 4);
  assert.deepEqual(found({ limits: null }), []);
});

test('a limit is near from 80 of 100, and very near from 95', () => {
  const near = (value: number) => found({ limits: [{ name: 'ProtectedItemCount', value, limit: 2_000 }] });
  assert.deepEqual(near(1_599), []);
  assert.deepEqual(near(1_600), ['VAULT_LIMIT_NEAR medium ProtectedItemCount']);
  assert.deepEqual(near(1_900), ['VAULT_LIMIT_NEAR high ProtectedItemCount']);
});

test('an item that is deleted, stopped, paused, unhealthy or inconsistent is a finding', () => {
  const gone = {
    isSoftDeleted: true,
    protectionState: 'ProtectionStopped',
    deletedForGoodAt: NOW + 11 * DAY,
  };
  const [deleted] = azureFindings(facts({ item: gone }), []);
  assert.equal(deleted?.kind, 'ITEM_SOFT_DELETED');
  assert.equal(deleted?.since, NOW - 3 * DAY);
  assert.deepEqual(
    found({ item: { protectionState: 'ProtectionStopped', healthStatus: 'ActionRequired' } }),
    ['ITEM_PROTECTION_STOPPED medium ProtectionStopped'],
  );
  assert.deepEqual(found({ item: { protectionState: 'BackupsSuspended' } }), [
    'ITEM_PROTECTION_STOPPED high BackupsSuspended',
  ]);
  assert.deepEqual(found({ item: { healthStatus: 'ActionSuggested' } }), [
    'ITEM_UNHEALTHY medium ActionSuggested',
  ]);
  assert.deepEqual(found({ item: { protectionStatus: 'Unhealthy' } }), ['ITEM_UNHEALTHY high Unhealthy']);
  assert.deepEqual(found({ item: { policyInconsistent: true } }), ['ITEM_POLICY_INCONSISTENT medium']);
});

test('what Azure says of an item that fails for that reason is not said twice', () => {
  const health = {
    ...jobHealth({
      job: { jobId: 'c/i', name: 'vm1', type: 'AzureVm', isEnabled: true },
      runs: [],
      now: NOW,
      zone: 'UTC',
    }),
    streak: 3,
  };
  const item = {
    healthStatus: 'ActionRequired',
    healthDetails: [{ code: '400001', title: 'x', message: null }],
  };
  const kinds = (more: object) =>
    azureFindings(facts({ item: { ...item, ...more } }), [health]).map(({ kind }) => kind);
  assert.deepEqual(kinds({ lastErrorCode: '400001' }), []);
  assert.deepEqual(kinds({ lastErrorCode: '400239' }), ['ITEM_UNHEALTHY']);
});

test('a container that is not registered or not healthy is a finding', () => {
  const container = {
    id: 'c',
    name: 'sql1',
    type: 'VMAppContainer',
    registrationStatus: 'Registered',
    healthStatus: 'Healthy',
    items: 2,
  };
  assert.deepEqual(found({ containers: [container] }), []);
  assert.deepEqual(
    found({ containers: [{ ...container, healthStatus: null, registrationStatus: null }] }),
    [],
  );
  assert.deepEqual(found({ containers: [{ ...container, registrationStatus: 'SoftDeleted' }] }), [
    'CONTAINER_UNHEALTHY medium SoftDeleted',
  ]);
  assert.deepEqual(found({ containers: [{ ...container, healthStatus: 'NotReachable' }] }), [
    'CONTAINER_UNHEALTHY medium NotReachable',
  ]);
});
