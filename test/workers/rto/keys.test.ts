import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keysOfObject, type ObjectFact } from '../../../workers/rto/veeam-keys.ts';
import { createTestDatabase } from '../../support/database.ts';
import { simulate } from '../../support/simulated.ts';
import { runRto } from './helpers.ts';

const object = (change: Partial<ObjectFact>): ObjectFact => ({
  workload_id: 'w',
  name: 'erp-01',
  platform: 'VMware',
  type: 'VirtualMachine',
  platform_object_id: null,
  path: null,
  ...change,
});

const toText = (change: Partial<ObjectFact>) =>
  keysOfObject(object(change)).map(({ kind, value }) => `${kind} ${value}`);

const UUID = '4c4c4544-0042-3510-8053-b4c04f4d3032';
const SWAPPED = '44454c4c-4200-1035-8053-b4c04f4d3032';

test('a computer with an agent is known by its firmware, in either order of bytes, and by its name', () => {
  for (const id of [UUID, SWAPPED, UUID.toUpperCase()])
    assert.deepEqual(
      toText({
        platform: 'WindowsPhysical',
        type: 'Computer',
        platform_object_id: id,
        name: 'ERP-01.corp.example',
      }),
      [`BIOS_UUID ${SWAPPED}`, 'FQDN erp-01.corp.example', 'HOST_NAME erp-01'],
    );
});

test('ids that firmware gives to anybody identify nobody', () => {
  const ids = [
    '00000000-0000-0000-0000-000000000000',
    'ffffffff-ffff-ffff-ffff-ffffffffffff',
    '03000200-0400-0500-0006-000700080009',
  ];
  for (const platform_object_id of ids)
    assert.deepEqual(toText({ platform: 'LinuxPhysical', platform_object_id }), ['HOST_NAME erp-01']);
});

test('a machine of a hypervisor is known by its id there alone: its title is no name of a host', () => {
  assert.deepEqual(toText({ platform_object_id: 'vm-1001', name: 'erp-01.corp.example' }), [
    'INSTANCE_ID vmware/vm-1001',
  ]);
  assert.deepEqual(toText({ platform: 'HyperV', platform_object_id: UUID }), [`INSTANCE_ID hyperv/${UUID}`]);
  assert.deepEqual(toText({}), []);
});

test('a machine of Azure in a backup of Veeam is known by its resource', () => {
  const id = '/subscriptions/S-1/resourceGroups/RG/providers/Microsoft.Compute/virtualMachines/Erp-01';
  const key =
    'AZURE_RESOURCE /subscriptions/s-1/resourcegroups/rg/providers/microsoft.compute/virtualmachines/erp-01';
  assert.deepEqual(toText({ platform: 'AzureCompute', platform_object_id: id }), [key]);
  assert.deepEqual(toText({ platform: 'AzureCompute', path: id, platform_object_id: UUID }), [
    key,
    `INSTANCE_ID azurecompute/${UUID}`,
  ]);
});

test('the machines of a backup server have their keys in the table, and a second run changes none', async () => {
  await using simulator = await simulate({ scenario: 'healthy', revision: '1.3-rev2' });
  await using database = await createTestDatabase();
  const stored = async () =>
    database.metrics.db.selectFrom('workload_key').selectAll().orderBy('key_id').execute();
  await runRto(simulator, database);
  const first = await stored();
  const kinds = new Set(first.map(({ kind }) => kind));
  assert.deepEqual([...kinds].sort(), ['BIOS_UUID', 'HOST_NAME', 'INSTANCE_ID']);
  await runRto(simulator, database);
  assert.deepEqual(await stored(), first);
});
