import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyOf, pairKey } from '../../../src/analysis/machines/machine.ts';
import { matchMachines } from '../../../src/analysis/machines/match.ts';
import { generatePairs } from '../../../src/simulator/azure/pairs.ts';
import { generateHardPairs, judgePairs, type LabelledPair } from '../../support/machine-pairs.ts';

/** The pairs of the simulator as the tables would know them: the server says a short name and an id, Azure what it shows. */
function simulatedPairs(seed: number, count: number): LabelledPair[] {
  return generatePairs(seed, count).map(({ variant, same, veeam, azure }, index) => ({
    variant,
    same,
    a: {
      sourceId: 'vbr01',
      workloadId: `Agent/${veeam.biosUuid}`,
      name: veeam.name,
      isWhole: true,
      osFamily: null,
      sizeBytes: null,
      keys: [
        { kind: 'BIOS_UUID', value: veeam.biosUuid },
        { kind: 'HOST_NAME', value: veeam.name },
      ],
    },
    b: {
      sourceId: 'azure:vault:123456',
      workloadId: `azure/${index}`,
      name: azure.name,
      isWhole: true,
      osFamily: null,
      sizeBytes: null,
      keys: [
        { kind: 'AZURE_RESOURCE', value: azure.id },
        ...(azure.vmId ? [{ kind: 'BIOS_UUID' as const, value: azure.vmId }] : []),
        ...(azure.computerName ? [{ kind: 'FQDN' as const, value: azure.computerName }] : []),
      ],
    },
  }));
}

function judge(pairs: readonly LabelledPair[]) {
  const { matches } = matchMachines(pairs.flatMap(({ a, b }) => [a, b]));
  const verdicts = new Map(matches.map((match) => [pairKey(match.a, match.b), match.verdict]));
  const truth = new Set(pairs.filter(({ same }) => same).map(({ a, b }) => pairKey(a, b)));
  const merged = matches
    .filter(({ verdict }) => verdict === 'SAME')
    .map(({ a, b }): [string, string] => [keyOf(a), keyOf(b)]);
  return {
    ...judgePairs(
      pairs,
      ({ a, b }) => verdicts.get(pairKey(a, b)) ?? null,
      (a, b) => truth.has([a, b].sort().join('\n\n')),
      merged,
    ),
    verdicts,
  };
}

test('of 600 labelled pairs of the simulator what is merged is right, and nothing that is one is lost without a word', () => {
  for (const seed of [1, 2, 3]) {
    const pairs = simulatedPairs(seed, 600);
    const { precision, recall, recallWithUnsure, merged } = judge(pairs);
    assert.ok(merged >= 250, `${merged} merged`);
    assert.ok(precision >= 0.99, `precision ${precision}`);
    // A full name here and a short one there, without an id, are a question: the domain of the short one may be another.
    assert.ok(recall >= 0.75, `recall ${recall}`);
    assert.ok(recallWithUnsure >= 0.99, `with questions ${recallWithUnsure}`);
  }
});

test('of 850 harder pairs in four sources what is merged is right', () => {
  for (const seed of [11, 12, 13]) {
    const pairs = generateHardPairs(seed, 850);
    const { precision, recall, recallWithUnsure } = judge(pairs);
    assert.ok(precision >= 0.99, `precision ${precision}`);
    // Typos without an id are not found; one name without an id is a question.
    assert.ok(recall >= 0.65, `recall ${recall}`);
    assert.ok(recallWithUnsure >= 0.82, `with questions ${recallWithUnsure}`);
  }
});

test('no kind of look-alike is ever merged', () => {
  const pairs = generateHardPairs(21, 1_700);
  const { verdicts } = judge(pairs);
  const wrong = pairs.filter(({ same, a, b }) => !same && verdicts.get(pairKey(a, b)) === 'SAME');
  assert.deepEqual([...new Set(wrong.map(({ variant }) => variant))], []);
});
