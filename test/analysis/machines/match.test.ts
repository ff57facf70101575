import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { KnownMachine } from '../../../src/analysis/machines/machine.ts';
import { matchMachines } from '../../../src/analysis/machines/match.ts';
import { generateHardPairs, machine, seeded } from '../../support/machine-pairs.ts';

const UUID = '11112222-3333-4444-5555-666677778888';
const bios = (value: string) => ({ kind: 'BIOS_UUID' as const, value });
const fqdn = (value: string) => ({ kind: 'FQDN' as const, value });
const verdicts = (
  machines: KnownMachine[],
  ...rest: [Parameters<typeof matchMachines>[1]?, Parameters<typeof matchMachines>[2]?]
) =>
  matchMachines(machines, ...rest).matches.map(({ a, b, verdict, basis }) => [
    a.workloadId,
    b.workloadId,
    verdict,
    basis,
  ]);

test('an id in either byte order makes two one', () => {
  const swapped = '22221111-3333-4444-5555-666677778888';
  assert.deepEqual(
    verdicts([
      machine('a', '1', { keys: [bios(UUID)] }),
      machine('b', '2', { keys: [bios(swapped.toUpperCase())] }),
    ]),
    [['1', '2', 'SAME', 'BIOS_UUID']],
  );
});

test('an id that several of a source have is a question for each of them', () => {
  const all = [
    machine('a', 'one', { keys: [bios(UUID)] }),
    machine('a', 'two', { keys: [bios(UUID)] }),
    machine('b', 'other', { keys: [bios(UUID)] }),
  ];
  assert.deepEqual(verdicts(all), [
    ['one', 'other', 'UNSURE', 'BIOS_UUID'],
    ['two', 'other', 'UNSURE', 'BIOS_UUID'],
  ]);
});

test('of two clones the one with the full name of the other source is it', () => {
  const all = [
    machine('a', 'one', { keys: [bios(UUID), fqdn('one.acme.com')] }),
    machine('a', 'two', { keys: [bios(UUID), fqdn('two.acme.com')] }),
    machine('b', 'other', { keys: [bios(UUID), fqdn('one.acme.com')] }),
  ];
  assert.deepEqual(verdicts(all)[0], ['one', 'other', 'SAME', 'FQDN']);
});

test('a name that two share is a question, and the rarer the likelier', () => {
  const fillers = (sourceId: string) =>
    Array.from({ length: 200 }, (_, index) => machine(sourceId, `x${sourceId}${index}y`));
  const sources = ['a', 'b', 'c', 'd', 'e', 'f'];
  const all = [
    ...sources.flatMap(fillers),
    machine('a', 'zebra-117'),
    machine('b', 'ZEBRA_117'),
    ...sources.map((sourceId) => machine(sourceId, `${sourceId}-1`, { name: 'billing-7' })),
  ];
  const { matches } = matchMachines(all);
  const of = (name: string) =>
    matches.find(({ evidence }) => evidence.some(({ kind, a }) => kind === 'NAME' && a === name));
  const [rare, frequent] = [of('zebra-117'), of('billing-7')];
  assert.ok(rare && frequent);
  assert.ok(rare.probability > frequent.probability, `${rare.probability} and ${frequent.probability}`);
  assert.ok(matches.every(({ verdict }) => verdict === 'UNSURE'));
});

test('what one source says of two others makes all three one, and a pair that nobody named is added', () => {
  const instance = { kind: 'INSTANCE_ID' as const, value: 'hyperv/99998888-7777-6666-5555-444433332222' };
  const all = [
    machine('a', '1', { keys: [bios(UUID)] }),
    machine('b', '2', { keys: [bios(UUID), instance] }),
    machine('c', '3', { keys: [instance] }),
  ];
  const { matches, groups } = matchMachines(all);
  assert.deepEqual(
    matches.map(({ a, b, verdict }) => [a.workloadId, b.workloadId, verdict]),
    [
      ['1', '2', 'SAME'],
      ['1', '3', 'SAME'],
      ['2', '3', 'SAME'],
    ],
  );
  assert.equal(groups.length, 1);
});

test('a full name leads to nothing where a third source tells the two apart', () => {
  const all = [
    machine('a', '1', { keys: [fqdn('one.acme.com'), bios(UUID)] }),
    machine('b', '2', { keys: [fqdn('one.acme.com')] }),
    machine('c', '3', { keys: [fqdn('one.acme.com'), bios('99992222-3333-4444-5555-666677778888')] }),
  ];
  assert.deepEqual(
    verdicts(all).map(([, , verdict]) => verdict),
    ['UNSURE', 'UNSURE', 'UNSURE'],
  );
});

test('the configuration decides, with or without the name of the source', () => {
  const all = [
    machine('vbr01', 'VMware/vm-9001', { name: 'erp-01' }),
    machine('azure:v:1', 'azure/x', { name: 'erp-prod' }),
  ];
  const sources = [
    { sourceId: 'vbr01', name: 'vbr01' },
    { sourceId: 'azure:v:1', name: 'vault' },
  ];
  for (const texts of [
    ['erp-01', 'erp-prod'],
    ['vm-9001', 'Azure/X'],
    ['VBR01/erp-01', 'vault: erp-prod'],
    ['azure:v:1:erp-prod', 'vbr01/VMware/vm-9001'],
  ]) {
    const { matches, problems } = matchMachines(all, { same: [texts], different: [] }, sources);
    assert.deepEqual(
      [matches.map(({ verdict, basis }) => [verdict, basis]), problems],
      [[['SAME', 'CONFIGURED']], []],
      texts.join(),
    );
  }
});

test('rules that mean nothing, too much, or no machine are said', () => {
  const all = [
    machine('a', '1', { name: 'erp' }),
    machine('b', '2', { name: 'erp' }),
    machine('b', '3', { name: 'db', isWhole: false }),
    machine('a', '4', { name: 'host' }),
  ];
  const { matches, problems, unknown } = matchMachines(all, {
    same: [
      ['erp', 'host'],
      ['host', 'db'],
      ['host', '1'],
    ],
    different: [['erp', 'gone']],
  });
  assert.ok(matches.every(({ verdict }) => verdict !== 'SAME'));
  assert.deepEqual([problems.length, unknown.length], [3, 1]);
  assert.match(problems.join('\n'), /2 machines are called that; put the source before it/);
  assert.match(problems.join('\n'), /database, share or folder/);
  assert.match(problems.join('\n'), /both are of a/);
  assert.match(unknown.join('\n'), /different names "gone": no source has it/);
});

test('what the configuration calls different is kept apart and shown, even with one id', () => {
  const all = [machine('a', 'web-1', { keys: [bios(UUID)] }), machine('b', 'web-2', { keys: [bios(UUID)] })];
  assert.deepEqual(verdicts(all, { same: [], different: [['web-1', 'web-2']] }), [
    ['web-1', 'web-2', 'DIFFERENT', 'CONFIGURED'],
  ]);
});

test('the answer depends on no order, is the same from either side, and puts one workload of a source in a group at most', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10_000 }), fc.integer({ min: 5, max: 60 }), (seed, count) => {
      const random = seeded(seed);
      const machines = generateHardPairs(seed, count).flatMap(({ a, b }) => [a, b]);
      const shuffled = machines
        .map((one) => ({ one: { ...one, keys: one.keys.toReversed() }, at: random() }))
        .sort((x, y) => x.at - y.at)
        .map(({ one }) => one);
      const first = matchMachines(machines);
      assert.deepEqual(matchMachines(shuffled), first);
      for (const group of first.groups) {
        assert.equal(new Set(group.map(({ sourceId }) => sourceId)).size, group.length);
        assert.ok(group.length > 1);
      }
      // Seen from the other side: sources under names that sort the other way round.
      const mirror = (sourceId: string) =>
        `z${9 - ['vbr-a', 'vbr-b', 'azure:vault-1:aaaaaa', 'azure:vault-2:bbbbbb'].indexOf(sourceId)}`;
      const mirrored = matchMachines(machines.map((one) => ({ ...one, sourceId: mirror(one.sourceId) })));
      const said = (all: typeof first, name: (sourceId: string) => string) =>
        all.matches
          .map(({ a, b, verdict, basis, probability }) =>
            [
              [a, b]
                .map((one) => `${name(one.sourceId)} ${one.workloadId}`)
                .sort()
                .join(),
              verdict,
              basis,
              probability.toFixed(9),
            ].join(' '),
          )
          .sort();
      assert.deepEqual(
        said(mirrored, (id) => id),
        said(first, mirror),
      );
    }),
    { numRuns: 40 },
  );
});

test('25,000 machines of two sources are told apart in little time', () => {
  const of = (sourceId: string, count: number) =>
    Array.from({ length: count }, (_, index) =>
      machine(sourceId, `${sourceId}-${index}`, {
        name: `host${index}`,
        keys: [
          bios(
            `0000${(index % 65_536).toString(16).padStart(4, '0')}-1111-2222-3333-${index.toString(16).padStart(12, '0')}`,
          ),
        ],
      }),
    );
  const { groups } = matchMachines([...of('a', 20_000), ...of('b', 5_000)]);
  assert.equal(groups.length, 5_000);
});
