import assert from 'node:assert/strict';
import { test } from 'node:test';
import { remediationPlans } from '../../../src/analysis/remediation/order.ts';
import type { RiskFacts } from '../../../src/analysis/risk/facts.ts';
import {
  capacity,
  DAY,
  facts,
  HOUR,
  inputs,
  integrity,
  job,
  NOW,
  repository,
  signal,
  workload,
} from '../risk/builders.ts';
import { fullRepository, jobState, remediationFacts } from './builders.ts';

test('nothing is deleted after a mass deletion, nor because nobody has looked at the malware for weeks', () => {
  const states = {
    repositories: [fullRepository('r', { orphanedBytes: 2 ** 41, overRetainedBytes: 2 ** 40 })],
  };
  const deletes = (given: Partial<RiskFacts>) =>
    remediationPlans(remediationFacts(facts(given), states))
      .plans.filter(({ scope }) => scope === 'repository')
      .flatMap(({ options }) => options)
      .filter(({ touches = [] }) => touches.includes('deletes-points')).length;
  const exceeded = capacity({ status: 'EXCEEDED' });
  const plain = [repository('r', { capacity: exceeded })];
  assert.ok(deletes({ repositories: plain }) > 0);
  const lost = [repository('r', { capacity: exceeded, signals: [signal('MASS_DELETION')] })];
  const anHourAgo = inputs().map((each) => ({ ...each, lastSuccessAt: NOW - HOUR }));
  assert.equal(deletes({ repositories: lost, inputs: anHourAgo }), 0);
  const infected = integrity({ asOf: NOW - 60 * DAY, signals: [signal('MALWARE_INFECTED')] });
  assert.equal(deletes({ repositories: plain, workloads: [workload('w', { integrity: infected })] }), 0);
});

test('the effort of a plan is that of the options that are left', () => {
  const states = {
    repositories: [fullRepository('r', { orphanedBytes: 2 ** 41, overRetainedBytes: 2 ** 40 })],
  };
  const sick = workload('w', { integrity: integrity({ signals: [signal('ENTROPY_SUSPECT')] }) });
  const full = [repository('r', { capacity: capacity({ status: 'EXCEEDED' }) })];
  const { plans } = remediationPlans(
    remediationFacts(facts({ repositories: full, workloads: [sick] }), states),
  );
  const plan = plans.find(({ scope }) => scope === 'repository');
  assert.ok(plan && plan.options.length > 0);
  assert.equal(plan.highHours, Math.max(...plan.options.map(({ highHours }) => highHours)));
  assert.equal(plan.lowHours, Math.min(...plan.options.map(({ lowHours }) => lowHours)));
});

test('a job that was disabled is not to be enabled while one of its machines is infected', () => {
  const plansOf = (signals: Parameters<typeof integrity>[0]) => {
    const risk = facts({
      jobs: [job('j', { isEnabled: false })],
      workloads: [workload('well'), workload('sick', { integrity: integrity(signals) })],
    });
    return remediationPlans(remediationFacts(risk, { jobs: [jobState('j', { isDisabled: true })] })).plans;
  };
  const offers = (plans: ReturnType<typeof plansOf>) =>
    plans.filter(({ options }) => options.some(({ id }) => id === 'enable-job')).length;
  assert.ok(offers(plansOf({})) > 0);
  const held = plansOf({ asOf: NOW - 60 * DAY, signals: [signal('MALWARE_INFECTED')] });
  assert.equal(offers(held), 0);
  const plan = held.find(({ ruleIds }) => ruleIds.includes('gap.job-disabled'));
  assert.ok(plan && plan.options.length > 0);
  assert.match(plan.hypotheses[0]?.text ?? '', /do not enable them/);
});
