import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseBusinessContext } from '../../src/business/load.ts';
import { matchOverrides, matchTierRules } from '../../src/business/rule-matches.ts';

const ITEMS = [
  { id: 'j1', name: 'ERP nightly' },
  { id: 'vm-1', name: 'erp01', tags: ['Gold', 'gold'] },
  { id: 'vm-2', name: 'enterprise', tags: [] },
];

test('each rule is told with everything it matches, also where another rule comes first', () => {
  const context = parseBusinessContext(
    '[tiers.1]\nnames = ["ERP01"]\ntags = ["gold"]\n[tiers.2]\nids = ["VM-2"]\npatterns = ["ERP", "SAP"]',
    'dr365.toml',
  );
  const found = matchTierRules(context, ITEMS).map(({ rule, matches }) => [
    rule.rule,
    matches.map(({ id }) => id),
  ]);
  assert.deepEqual(found, [
    ['tiers.1.names "ERP01"', ['vm-1']],
    ['tiers.1.tags "gold"', ['vm-1']],
    ['tiers.2.ids "VM-2"', ['vm-2']],
    ['tiers.2.patterns "ERP"', ['j1', 'vm-1']],
    ['tiers.2.patterns "SAP"', []],
  ]);
});

test('an override is matched by id and by name', () => {
  const context = parseBusinessContext(
    '[targets.overrides]\n"ENTERPRISE" = { rpo_hours = 1 }\nj1 = { rto_minutes = 5 }\nnone = { rpo_hours = 2 }',
    'dr365.toml',
  );
  const found = matchOverrides(context, ITEMS).map(({ matches }) => matches.map(({ id }) => id));
  assert.deepEqual(found, [['vm-2'], ['j1'], []]);
});
