import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  machineItemAt,
  parseContainerName,
  parseItemName,
  parseMachineId,
  toContainerName,
  toItemName,
} from '../../src/azure/naming.ts';

const word = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.()-]{0,20}$/);
/** As objects of the program are. */
const PLAIN = { noNullPrototype: true };

test('whatever is composed is read back as it was, in any letter case of its first words', () => {
  const kind = fc.constantFrom('machine' as const, 'workload' as const, 'storage' as const);
  const container = fc.record({ kind, isClassic: fc.boolean(), resourceGroup: word, holder: word }, PLAIN);
  fc.assert(
    fc.property(container, (one) => {
      const name = toContainerName(one);
      assert.deepEqual(parseContainerName(name), one);
      const [first = '', second = '', ...rest] = name.split(';');
      assert.deepEqual(
        parseContainerName([first.toLowerCase(), second.toUpperCase(), ...rest].join(';')),
        one,
      );
      assert.deepEqual(parseContainerName([second, ...rest].join(';')), one, 'as properties write it');
    }),
  );
  const machine = fc.record(
    {
      kind: fc.constant('machine' as const),
      isClassic: fc.boolean(),
      resourceGroup: word,
      name: word,
    },
    PLAIN,
  );
  const database = fc.record(
    {
      kind: fc.constant('database' as const),
      type: fc.constantFrom('SQLDataBase', 'SAPHanaDatabase', 'SAPAseDatabase'),
      parent: word,
      name: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9;_-]{0,20}$/),
    },
    PLAIN,
  );
  const share = fc.record({ kind: fc.constant('share' as const), name: word }, PLAIN);
  fc.assert(
    fc.property(fc.oneof(machine, database, share), (one) =>
      assert.deepEqual(parseItemName(toItemName(one)), one),
    ),
  );
});

test("names as the vendor's examples have them are read", () => {
  const machine = (resourceGroup: string, holder: string, isClassic = false) => ({
    kind: 'machine',
    isClassic,
    resourceGroup,
    holder,
  });
  assert.deepEqual(
    [
      'IaasVMContainer;iaasvmcontainerv2;rshhtestmdvmrg;rshmdvmsmall',
      'iaasvmcontainer;iaasvmcontainerv2;testRg;testVm',
      'iaasvmcontainerv2;iaasvm-rg;iaasvm-1',
      'IaasVMContainer;iaasvmcontainer;iaasvm-rg;iaasvm-1',
      'iaasvmcontainer;iaasvm-rg;iaasvm-1',
    ].map(parseContainerName),
    [
      machine('rshhtestmdvmrg', 'rshmdvmsmall'),
      machine('testRg', 'testVm'),
      machine('iaasvm-rg', 'iaasvm-1'),
      machine('iaasvm-rg', 'iaasvm-1', true),
      machine('iaasvm-rg', 'iaasvm-1', true),
    ],
  );
  assert.deepEqual(parseContainerName('StorageContainer;Storage;SwaggerTestRg;swaggertestsa'), {
    kind: 'storage',
    isClassic: false,
    resourceGroup: 'SwaggerTestRg',
    holder: 'swaggertestsa',
  });
  assert.equal(parseContainerName('Windows;server-1.corp.example')?.holder, 'server-1.corp.example');
  assert.deepEqual(parseItemName('vm;iaasvmcontainerv2;testRg;testVm'), {
    kind: 'machine',
    isClassic: false,
    resourceGroup: 'testRg',
    name: 'testVm',
  });
});

test('what is no name of Azure Backup is read as none, and never composed', () => {
  for (const odd of [
    '',
    ';',
    'VM',
    'VM;;;',
    'a;b;c;d',
    'IaasVMContainer;iaasvmcontainerv2;group',
    'Windows;',
  ])
    assert.deepEqual([parseContainerName(odd), parseItemName(odd)], [null, null], odd);
  assert.throws(() => toItemName({ kind: 'share', name: 'a;b' }), /cannot be a part/);
  assert.throws(() => toItemName({ kind: 'share', name: '' }), /cannot be a part/);
});

test('the item of a machine is where its id says, also of the classic model', () => {
  const vault = { subscriptionId: 's', resourceGroup: 'rg-vault', vault: 'kv1' };
  const id = (provider: string) =>
    `/subscriptions/s1/resourceGroups/rg-app/providers/${provider}/virtualMachines/app01`;
  assert.deepEqual(machineItemAt(vault, id('Microsoft.Compute')), {
    ...vault,
    fabric: 'Azure',
    container: 'IaasVMContainer;iaasvmcontainerv2;rg-app;app01',
    item: 'VM;iaasvmcontainerv2;rg-app;app01',
  });
  assert.equal(machineItemAt(vault, id('Microsoft.ClassicCompute')).item, 'VM;iaasvmcontainer;rg-app;app01');
  assert.equal(parseMachineId(id('Microsoft.Storage')), null);
  assert.equal(
    parseMachineId('/subscriptions/s1/resourceGroups/providers/Microsoft.Compute/virtualMachines/app01'),
    null,
    'a group without a name, as some examples have it',
  );
});
