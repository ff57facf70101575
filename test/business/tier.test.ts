import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadBusinessContext, parseBusinessContext } from '../../src/business/load.ts';
import { targetsOf } from '../../src/business/targets.ts';
import { type Named, tierOf } from '../../src/business/tier.ts';

const parse = (text: string) => parseBusinessContext(text, 'dr365.toml');
const RULES = parse(`
[tiers.1]
patterns = ["ERP", "SQL"]
tags = ["gold"]
[tiers.2]
names = ["SQL-TEST"]
patterns = ["PROD"]
[tiers.3]
ids = ["VMware:VM-42"]
tags = ["bronze"]
[tiers.4]
patterns = ["Temp", "*"]`);

const tier = (named: Partial<Named>, context = RULES) => tierOf(context, { id: '', name: '', ...named });

test('an id beats a name, a name a tag, a tag a pattern', () => {
  assert.deepEqual(tier({ id: 'vmware:vm-42', name: 'SQL-TEST', tags: ['gold'] }), {
    tier: 3,
    weight: 0.5,
    low: 0.5,
    high: 0.5,
    rule: 'tiers.3.ids "VMware:VM-42"',
    basis: 'explicit',
    via: 'own',
  });
  assert.equal(tier({ name: 'sql-test', tags: ['gold'] }).rule, 'tiers.2.names "SQL-TEST"');
  assert.equal(tier({ name: 'SQL-9', tags: ['Bronze'] }).rule, 'tiers.3.tags "bronze"');
  assert.deepEqual(
    [tier({ name: 'SQL-9' }).rule, tier({ name: 'SQL-9' }).basis],
    ['tiers.1.patterns "SQL"', 'pattern'],
  );
});

test('of several tags or patterns the highest tier counts', () => {
  assert.equal(tier({ name: 'x', tags: ['bronze', 'gold'] }).tier, 1);
  assert.equal(tier({ name: 'prod-erp-temp' }).tier, 1);
  assert.equal(tier({ name: 'prod temp' }).tier, 2);
});

test('a part of a word is no match', () => {
  assert.equal(tier({ name: 'enterprise' }).rule, 'tiers.4.patterns "*"');
  const context = parse('[tiers.1]\npatterns = ["ERP", "Temp"]');
  assert.equal(tier({ name: 'enterprise-template' }, context).tier, null);
});

test('without a rule the weight is assumed, and its range is that of all tiers', () => {
  const assumed = { tier: null, weight: 0.6, low: 0.25, high: 1, rule: null, basis: 'assumed', via: null };
  assert.deepEqual(tier({ name: 'x' }, loadBusinessContext(undefined)), assumed);
  const context = parse('[risk.tier_weights]\n2 = 0.9\n3 = 0.8\n4 = 0.7');
  assert.deepEqual(tier({ name: 'x' }, context), { ...assumed, weight: 0.7, low: 0.7 });
});

test('a workload has the highest tier of its jobs only where it has no rule of its own', () => {
  const context = parse(
    '[tiers.1]\npatterns = ["ERP"]\n[tiers.2]\nids = ["job-2"]\n[tiers.4]\nnames = ["lab"]',
  );
  const jobs = { jobIds: ['job-1', 'job-2', 'job-3'], jobNames: ['nightly', 'ERP old', 'weekly ERP'] };
  assert.equal(tier({ name: 'lab', ...jobs }, context).tier, 4);
  const inherited = tier({ name: 'vm', ...jobs }, context);
  assert.deepEqual([inherited.tier, inherited.via, inherited.basis], [1, 'job', 'pattern']);
  // The id of a job beats its own name, as for a workload.
  assert.equal(tier({ name: 'vm', jobIds: ['job-2'], jobNames: ['ERP old'] }, context).tier, 2);
  assert.equal(tier({ name: 'vm', jobNames: ['ERP old'] }, context).tier, 1);
});

test('targets come from the workload, else its jobs, else its tier, else all, else the default', () => {
  const context = parse(`
    [targets]
    rpo_hours = 48
    [targets.1]
    rpo_hours = 4
    rto_minutes = 60
    [targets.2]
    rto_minutes = 240
    [targets.overrides]
    "SQL-01" = { rpo_hours = 1 }
    "vm-7" = { rto_minutes = 5 }
    "Nightly" = { rpo_hours = 12, rto_minutes = 90 }
    "Hourly" = { rpo_hours = 2 }`);
  const targets = (named: Partial<Named>, of: 1 | 2 | 3 | null = null) => {
    const { rpoHours, rpoBasis, rtoMinutes, rtoBasis } = targetsOf(context, {
      id: '',
      name: '',
      ...named,
      tier: of,
    });
    return [rpoHours, rpoBasis, rtoMinutes, rtoBasis];
  };
  assert.deepEqual(targets({}), [48, 'tier', 30, 'default']);
  assert.deepEqual(targets({}, 1), [4, 'tier', 60, 'tier']);
  assert.deepEqual(targets({}, 2), [48, 'tier', 240, 'tier']);
  assert.deepEqual(targets({ name: 'sql-01' }, 1), [1, 'workload', 60, 'tier']);
  assert.deepEqual(targets({ id: 'VM-7', name: 'SQL-01' }, 1), [1, 'workload', 5, 'workload']);
  assert.deepEqual(targets({ jobNames: ['Nightly', 'Hourly'] }, 1), [2, 'workload', 90, 'workload']);
  const none = targetsOf(loadBusinessContext(undefined), { id: '', name: 'x', tier: 1 });
  assert.deepEqual(none, { rpoHours: 24, rtoMinutes: 30, rpoBasis: 'default', rtoBasis: 'default' });
});
