import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readItemLookup } from '../../../workers/azure/item-lookup.ts';
import { createTestDatabase } from '../../support/database.ts';

const AT = new Date('2026-03-18T12:00:00Z');
const item = (item_id: string, name: string, management_type: string, vanished_at: Date | null = null) => ({
  source_id: 's',
  item_id,
  name,
  management_type,
  container_name: item_id.split('/')[0] ?? '',
  health_details: JSON.stringify([]),
  first_seen_at: AT,
  vanished_at,
  known_from: AT,
});

test('a job belongs to the item of its container, else to the only one of its name; never to a guess', async () => {
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  const vm1 = 'iaasvmcontainer;iaasvmcontainerv2;rg1;web/vm;iaasvmcontainerv2;rg1;web';
  const vm2 = 'iaasvmcontainer;iaasvmcontainerv2;rg2;web/vm;iaasvmcontainerv2;rg2;web';
  const [sales, crm] = ['vmappcontainer;compute;rg;sql/sales', 'vmappcontainer;compute;rg;sql/crm'];
  const [gone, share] = ['old/app', 'new/app'];
  await db
    .insertInto('azure_item')
    .values([
      item(vm1, 'web', 'AzureIaasVM'),
      item(vm2, 'web', 'AzureIaasVM'),
      item(sales, 'Sales', 'AzureWorkload'),
      item(crm, 'CRM', 'AzureWorkload'),
      item(gone, 'app', 'AzureStorage', AT),
      item(share, 'app', 'AzureStorage'),
    ])
    .execute();
  const lookup = await readItemLookup(db, 's');
  const of = (containerName: string | undefined, entityFriendlyName: string, backupManagementType?: string) =>
    lookup({ containerName, entityFriendlyName, backupManagementType });
  assert.equal(of('iaasvmcontainerv2;RG1;Web', 'web', 'AzureIaasVM'), vm1);
  assert.equal(of('IaasVMContainer;iaasvmcontainerv2;rg2;web', 'web', 'AzureIaasVM'), vm2);
  assert.equal(of(undefined, 'web', 'AzureIaasVM'), null, 'two machines of that name');
  assert.equal(of('VMAppContainer;Compute;rg;sql', 'Sales [MSSQLSERVER]', 'AzureWorkload'), sales);
  assert.equal(of('VMAppContainer;Compute;rg;sql', 'HR', 'AzureWorkload'), null);
  assert.equal(of(undefined, 'CRM', 'AzureWorkload'), crm);
  assert.equal(of(undefined, 'app', 'AzureStorage'), share, 'what exists goes before what is gone');
  assert.equal(of(undefined, 'CRM', 'AzureIaasVM'), null, 'of another kind');
  const db01 = 'iaasvmcontainer;iaasvmcontainerv2;new;db01/vm;iaasvmcontainerv2;new;db01';
  await db
    .insertInto('azure_item')
    .values(item(db01, 'db01', 'AzureIaasVM'))
    .execute();
  const again = await readItemLookup(db, 's');
  const job = { entityFriendlyName: 'db01', backupManagementType: 'AzureIaasVM' };
  assert.equal(again({ ...job, containerName: 'iaasvmcontainerv2;new;db01' }), db01);
  assert.equal(
    again({ ...job, containerName: 'iaasvmcontainerv2;old;db01' }),
    null,
    'the machine of another group that had the name before',
  );
  assert.equal(again({ ...job, containerName: 'db01' }), db01, 'that says nothing more than the name');
});
