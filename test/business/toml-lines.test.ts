import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lineOf } from '../../src/business/toml-lines.ts';

const TEXT = `# [tiers.1]
top = 1
[tiers.1] # first
names = [
  "x = 1",
  'SQL "old"',
]
a.b = { c = 1 }
[ targets . overrides ]
"SQL 01" = { rpo_hours = 1 }
[targets.overrides.'x]y']
rto_minutes = 2`;

test('a setting is found by its keys, however they are written', () => {
  assert.equal(lineOf(TEXT, ['top']), 2);
  assert.equal(lineOf(TEXT, ['tiers', '1', 'names']), 4);
  assert.equal(lineOf(TEXT, ['tiers', '1', 'names'], 'SQL "old"'), 6);
  assert.equal(lineOf(TEXT, ['tiers', '1', 'a', 'b', 'c']), 8);
  assert.equal(lineOf(TEXT, ['targets', 'overrides', 'SQL 01', 'rpo_hours']), 10);
  assert.equal(lineOf(TEXT, ['targets', 'overrides', 'x]y', 'rto_minutes']), 12);
});

test('what is not there is found by its section, or not at all', () => {
  assert.equal(lineOf(TEXT, ['tiers', '1', 'tags']), 3);
  assert.equal(lineOf(TEXT, ['money', 'currency']), null);
});
