import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Gap, groupGaps } from '../../src/mcp/not-known.ts';

const of = (count: number, text: (at: number) => string): Gap[] =>
  Array.from({ length: count }, (_, at) => ({ sourceId: `azure:vault-${at}:a1`, text: text(at) }));

test('of 300 vaults each kind of gap is one line, with how many it concerns and the sum of its numbers', () => {
  const gaps = [
    ...of(300, () => 'bytes of each item: the source does not say'),
    ...of(200, (at) => `reduction of ${at + 1} items: not told`),
    ...of(40, (at) => `Restore points since 2026-03-${10 + (at % 9)}T12:00:00Z, when 2 lists were read`),
    ...of(7, (at) => `${at} machines of azure:vault-${at}:b2, and more`),
  ];
  assert.deepEqual(groupGaps(gaps, 300), [
    'bytes of each item: the source does not say (300 of 300 sources)',
    'reduction of 20100 items: not told (200 of 300 sources)',
    'Restore points since 2026-03-10T12:00:00Z, when 2 lists were read, and the like (40 of 300 sources)',
    '0 machines of azure:vault-0:b2, and more, and the like (7 of 300 sources)',
  ]);
});

test('lines do not grow with the kinds of gaps either, and those of few sources stay as they are', () => {
  const letters = 'abcdefghijklmnopqrstuvwxyz';
  const kinds = of(26, (at) => `nothing of ${letters[at]}`);
  const lines = groupGaps(kinds, 26);
  assert.equal(lines.length, 11);
  assert.equal(lines.at(-1), 'And 16 more kinds of gaps: give source to see those of one.');
  const few = [...of(2, () => 'the same'), ...of(2, (at) => `${at + 1} files`)];
  assert.deepEqual(groupGaps(few, 2), ['the same', '1 files', '2 files']);
});

test('what each source counts is summed, be it the same or not, and what is measured stays that of each', () => {
  const young = (count: number) => `growth of ${count} repositories: they need 7 days of readings`;
  assert.deepEqual(
    groupGaps(
      of(20, () => young(1)),
      20,
    ),
    [`${young(20)} (20 of 20 sources)`],
  );
  assert.deepEqual(
    groupGaps(
      of(4, (at) => young(at + 1)),
      4,
    ),
    [`${young(10)} (4 of 4 sources)`],
  );
  const sizes = of(4, () => '5 workloads of unknown size are not in the mass restores');
  assert.deepEqual(groupGaps(sizes, 4), [
    '20 workloads of unknown size are not in the mass restores (4 of 4 sources)',
  ]);
  assert.deepEqual(
    groupGaps(
      of(2, () => young(1)),
      2,
    ),
    [`${young(2)} (2 of 2 sources)`],
  );
  const kept = 'hazards of error 400001 are kept for 90 days';
  assert.deepEqual(
    groupGaps(
      of(4, () => kept),
      4,
    ),
    [`${kept} (each of 4 of 4 sources)`],
  );
  assert.deepEqual(
    groupGaps(
      of(2, () => kept),
      2,
    ),
    [kept],
  );
  assert.deepEqual(
    groupGaps(
      of(4, (at) => `runs older than ${at + 1} days`),
      4,
    ),
    ['runs older than 1 days, and the like (4 of 4 sources)'],
  );
});
