import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { parseArmId, toItemRef, toVaultKey, toVaultRef } from '../../src/azure/ids.ts';
import { itemPath, regionPath } from '../../src/azure/paths.ts';

const ITEM =
  '/subscriptions/S1/resourceGroups/Rg/providers/Microsoft.RecoveryServices/vaults/Kv/backupFabrics/Azure/protectionContainers/IaasVMContainer;iaasvmcontainerv2;rg;vm/protectedItems/VM;iaasvmcontainerv2;rg;vm';

test('an id has one key, whatever its case, and with or without the fabric', () => {
  const { key } = parseArmId(ITEM);
  for (const other of [
    ITEM.replace('/subscriptions/', '/Subscriptions/'),
    ITEM.replace('Microsoft.RecoveryServices/vaults', 'microsoft.recoveryservices/Vaults'),
    ITEM.replace('resourceGroups', 'resourcegroups'),
    ITEM.replace('/backupFabrics/Azure', ''),
    ITEM.toUpperCase(),
    `${ITEM}/`,
  ])
    assert.equal(parseArmId(other).key, key);
});

test('the parts of an id keep their case, and lead back to its address', () => {
  const { parts } = parseArmId(ITEM.replace('/backupFabrics/Azure', ''));
  const ref = toItemRef(parts);
  assert.ok(ref);
  assert.deepEqual(ref, {
    subscriptionId: 'S1',
    resourceGroup: 'Rg',
    vault: 'Kv',
    fabric: 'Azure',
    container: 'IaasVMContainer;iaasvmcontainerv2;rg;vm',
    item: 'VM;iaasvmcontainerv2;rg;vm',
  });
  assert.equal(decodeURIComponent(itemPath(ref)), ITEM);
  assert.match(itemPath(ref), /IaasVMContainer%3Biaasvmcontainerv2%3Brg%3Bvm/);
});

test('a group without a name does not shift the other parts', () => {
  const id = '/subscriptions/s/resourceGroups/providers/Microsoft.Compute/virtualMachines/vm1';
  const { key, parts } = parseArmId(id);
  assert.equal(key, id.toLowerCase());
  assert.deepEqual(parts, { subscriptionId: 's', provider: 'Microsoft.Compute' });
});

test('a thing that is named like a segment is a name', () => {
  const { parts } = parseArmId(
    '/subscriptions/vaults/resourceGroups/backupJobs/providers/x/vaults/vaults/backupJobs/j',
  );
  assert.deepEqual(parts, {
    subscriptionId: 'vaults',
    resourceGroup: 'backupJobs',
    provider: 'x',
    vault: 'vaults',
    job: 'j',
  });
});

test('ids that are none give a key and no place', () => {
  for (const id of ['', '/', 'x', '/backupmanagement/resources/v/backupResourceGuardProxies/p']) {
    const odd = parseArmId(id);
    assert.equal(toVaultRef(odd.parts), null);
    assert.equal(toItemRef(odd.parts), null);
    assert.equal(toVaultKey(odd), null);
  }
});

test('no text makes the reading of an id fail, and its key is its own key', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const { key } = parseArmId(text);
      assert.equal(parseArmId(key).key, key);
    }),
  );
});

test('a region is found by either of its names', () => {
  assert.match(regionPath('s', 'West Europe', 'backupStatus'), /\/locations\/westeurope\/backupStatus$/);
});
