import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { remediationPlans } from '../../../src/analysis/remediation/order.ts';
import { slicer } from '../../../src/analysis/remediation/slice.ts';
import type { RiskFacts } from '../../../src/analysis/risk/facts.ts';
import { assessRisk } from '../../../src/analysis/risk/items.ts';
import { applyChanges } from '../../../src/analysis/risk/what-if.ts';
import {
  capacity,
  facts,
  failing,
  gap,
  integrity,
  job,
  NOW,
  recover,
  repository,
  signal,
  TIER_1,
  untested,
  workload,
} from '../risk/builders.ts';
import { failingJob, fullRepository, jobState, remediationFacts, untestedState } from './builders.ts';

test('of eighty troubles fifty are planned, and the cut ones are counted', () => {
  const jobs = Array.from({ length: 80 }, (_, index) => job(`j${index}`, { gap: failing() }));
  const states = jobs.map(({ id }) => failingJob(id, 'NETWORK', { freshness: 'LATE' }));
  const list = remediationPlans(remediationFacts(facts({ jobs, workloads: [] }), { jobs: states }));
  assert.equal(list.plans.length, 50);
  assert.equal(list.considered, list.plans.length + list.cut + list.merged.size);
  assert.ok(list.cut >= 30);
});

test('what is CRITICAL is not cut for the sake of what removes more points an hour', () => {
  const late = Array.from({ length: 60 }, (_, index) => job(`late${index}`, { gap: gap({ credit: 0 }) }));
  const breached = job('breached', { gap: failing(), tier: { ...TIER_1, tier: 4, weight: 0.25 } });
  const states = [
    ...late.map(({ id }) => failingJob(id, 'CREDENTIALS', { freshness: 'OK' })),
    failingJob('breached', 'CORRUPTION'),
  ];
  const risk = facts({ jobs: [...late, breached], workloads: [] });
  const { plans } = remediationPlans(remediationFacts(risk, { jobs: states }));
  assert.ok(plans.some(({ id, urgency }) => id === 'breached' && urgency === 'CRITICAL'));
});

test('plans stand by urgency CRITICAL, then risk before doubt, then tier weight times risk removed per hour', () => {
  const risk = facts({
    jobs: [
      job('j', { gap: failing() }),
      job('k', { gap: failing(), tier: { ...TIER_1, tier: 4, weight: 0.5 } }),
    ],
    workloads: [workload('w', { recover: untested() })],
  });
  const states = { jobs: [failingJob('j', 'VSS'), failingJob('k', 'VSS')], workloads: [untestedState('w')] };
  const { plans } = remediationPlans(remediationFacts(risk, states));
  const place = ({ urgency, delta, worth }: (typeof plans)[number]) =>
    [urgency === 'CRITICAL', delta === null || delta > 0].map(Number).join('') + String(worth).padStart(20);
  assert.deepEqual(plans.map(place), plans.map(place).sort().reverse());
  for (const { worth, tier, benefitPerHour } of plans) assert.equal(worth, tier.weight * benefitPerHour);
});

test('jobs that fail for want of space are part of the plan of their repository', () => {
  const jobs = ['j', 'k'].map((id) => job(id, { gap: failing() }));
  const risk = facts({
    jobs,
    repositories: [repository('r', { capacity: capacity({ status: 'EXCEEDED' }) })],
  });
  const { plans, merged } = remediationPlans(
    remediationFacts(risk, {
      jobs: jobs.map(({ id }) => failingJob(id, 'STORAGE_FULL')),
      repositories: [fullRepository('r')],
    }),
  );
  const owner = plans.find(({ scope }) => scope === 'repository');
  assert.ok(owner);
  assert.deepEqual(owner.covers.toSorted(), [
    'job:j:gap:gap.repository-full',
    'job:k:gap:gap.repository-full',
  ]);
  assert.deepEqual(owner.subject.jobIds.toSorted(), ['j', 'k']);
  assert.ok(owner.verify.some(({ metric }) => metric === 'failure_streak'));
  assert.equal(merged.size, 2);
  assert.ok(plans.every(({ ruleIds }) => ruleIds[0] !== 'gap.repository-full'));
});

test('nothing is deleted from a repository while something in it may be poisoned', () => {
  const full = [repository('r', { capacity: capacity({ status: 'EXCEEDED' }) })];
  const states = {
    repositories: [fullRepository('r', { orphanedBytes: 2 ** 41, overRetainedBytes: 2 ** 40 })],
  };
  const offered = (workloads: RiskFacts['workloads']) => {
    const { plans } = remediationPlans(remediationFacts(facts({ repositories: full, workloads }), states));
    const plan = plans.find(({ scope }) => scope === 'repository');
    return {
      plan,
      deletes: plan?.options.filter(({ touches = [] }) => touches.includes('deletes-points')).length,
    };
  };
  assert.ok((offered([workload('w')]).deletes ?? 0) > 0);
  const sick = offered([workload('w', { integrity: integrity({ signals: [signal('ENTROPY_SUSPECT')] }) })]);
  assert.equal(sick.deletes, 0);
  assert.ok(sick.plan?.notKnown.some((text) => text.includes('may be poisoned')));
});

test('untested workloads of one job are one plan, and stay one while it is open', () => {
  const make = (n: number) =>
    Array.from({ length: n }, (_, index) => workload(`w${index}`, { recover: untested() }));
  const plansOf = (n: number, open?: string) =>
    remediationPlans(
      remediationFacts(facts({ workloads: make(n) }), {
        workloads: make(n).map(({ id }) => untestedState(id)),
      }),
      ({ scope, id, type }) => (open === `${scope}:${id}:${type}` ? 'recover.untested' : undefined),
    ).plans.filter(({ type }) => type === 'recover');
  const [group, ...others] = plansOf(20);
  assert.equal(group?.planId, 'job:j:recover:recover.untested');
  assert.equal(group?.subject.workloadIds.length, 20);
  assert.equal(others.length, 0);
  assert.equal(plansOf(2).length, 2);
  assert.equal(plansOf(2, 'job:j:recover').length, 1);
});

test('incidents night after night with the same jobs are one plan', () => {
  const jobs = ['a', 'b', 'c'].map((id) => job(id, { gap: failing() }));
  const incident = (id: string, at: number) => ({
    id,
    startAt: at,
    endAt: at,
    jobIds: ['a', 'b', 'c'],
    openJobIds: ['a', 'b', 'c'],
    refs: [],
  });
  const risk = facts({ jobs, workloads: [], incidents: [incident('one', NOW - 1), incident('two', NOW)] });
  const states = remediationFacts(risk, {
    jobs: jobs.map(({ id }) => failingJob(id, 'PROXY')),
    offlineProxies: 1,
  });
  const known = {
    failedJobs: 3,
    activeJobs: 9,
    tailProbability: 1e-5,
    suspectKind: 'proxy',
    suspectId: 'p1',
    suspectName: 'proxy 1',
    suspectLift: 3,
  };
  const incidents = new Map(
    ['one', 'two'].map((id) => [id, { table: 'health_incident', id, asOf: NOW, ...known }]),
  );
  const { plans } = remediationPlans({ ...states, incidents });
  const ours = plans.filter(({ scope }) => scope === 'incident');
  assert.deepEqual(
    ours.map(({ planId }) => planId),
    ['incident:proxy:p1:gap:gap.proxy-down'],
  );
  assert.equal(ours[0]?.expectedScoreAfter, 0);
});

test('an open plan keeps its first cause unless another one is clearly likelier', () => {
  const risk = facts({ jobs: [job('j', { gap: failing() })] });
  const close = failingJob('j', 'NETWORK', { causes: { NETWORK: 5, VSS: 5 } });
  const first = (open?: string) =>
    remediationPlans(remediationFacts(risk, { jobs: [close] }), () => open).plans.find(({ id }) => id === 'j')
      ?.ruleIds[0];
  assert.equal(first(), 'gap.network');
  const even = { ...close, lastFailureCause: 'UNKNOWN' as const };
  const ofEven = (open?: string) =>
    remediationPlans(remediationFacts(risk, { jobs: [even] }), () => open).plans.find(({ id }) => id === 'j')
      ?.ruleIds[0];
  assert.equal(ofEven('gap.vss'), 'gap.vss');
  assert.equal(ofEven(), 'gap.network');
});

test('with thousands of troubles the fifty best are the same as if all had been planned', () => {
  const workloads = Array.from({ length: 400 }, (_, index) =>
    workload(`w${index}`, {
      jobIds: [],
      tier: { ...TIER_1, weight: 0.3 + (0.7 * ((index * 37) % 100)) / 100 },
      recover: recover({ p: ((index * 13) % 60) / 100, p10: 0, p90: 0.9 }),
    }),
  );
  const all = remediationFacts(facts({ workloads }));
  const few = remediationPlans(all).plans.map(({ planId }) => planId);
  const many = remediationPlans(all, undefined, 100_000).plans.map(({ planId }) => planId);
  assert.deepEqual(few, many.slice(0, 50));
});

const probability = fc.double({ min: 0, max: 1, noNaN: true });
const estates = fc
  .record({
    credits: fc.array(probability, { minLength: 1, maxLength: 4 }),
    fills: fc.array(probability, { minLength: 1, maxLength: 3 }),
    restores: fc.array(
      fc.record({ p: fc.option(probability), job: fc.nat(3), place: fc.nat(2), isSick: fc.boolean() }),
      { maxLength: 6 },
    ),
    isIncident: fc.boolean(),
  })
  .map(({ credits, fills, restores, isIncident }): RiskFacts => {
    const jobs = credits.map((credit, index) =>
      job(`j${index}`, {
        gap: gap({ credit: 20 * credit, status: credit < 0.2 ? 'BREACHED' : 'OK' }),
        repositoryIds: [`r${index % fills.length}`],
      }),
    );
    const openJobIds = jobs.map(({ id }) => id).slice(0, 2);
    return facts({
      jobs,
      repositories: fills.map((p95Within, index) =>
        repository(`r${index}`, { capacity: capacity({ p95Within }) }),
      ),
      workloads: restores.map(({ p, job: of, place, isSick }, index) =>
        workload(`w${index}`, {
          jobIds: [`j${of % jobs.length}`],
          repositoryIds: [`r${place % fills.length}`],
          recover: p === null ? untested() : recover({ p, p10: p / 2, p90: (1 + p) / 2 }),
          integrity: integrity(isSick ? { signals: [signal('ENTROPY_SUSPECT')] } : {}),
        }),
      ),
      incidents: isIncident
        ? [{ id: 'i', startAt: 0, endAt: NOW, jobIds: openJobIds, openJobIds, refs: [] }]
        : [],
    });
  });

test('an item has the same score in its slice of the facts as in the whole', () => {
  fc.assert(
    fc.property(estates, (risk) => {
      const slice = slicer(risk);
      for (const item of assessRisk(risk).items) {
        const again = assessRisk(slice(item)).items.find(({ key }) => key === item.key);
        assert.ok(again && Math.abs(again.score - item.score) < 1e-9, item.key);
      }
    }),
    { numRuns: 100 },
  );
});

test('whatever the estate, each promise is what the scorer says of the whole, and none adds risk', () => {
  fc.assert(
    fc.property(estates, (risk) => {
      const states = risk.jobs.map(({ id, gap: runs }) =>
        runs?.status === 'BREACHED' ? failingJob(id, 'VSS') : jobState(id),
      );
      const all = remediationFacts(risk, { jobs: states });
      const { plans, considered, cut, merged } = remediationPlans(all);
      assert.equal(considered, plans.length + cut + merged.size);
      for (const { options, itemKey, scoreNow, lowHours, highHours, hypotheses } of plans) {
        assert.ok(lowHours > 0 && lowHours <= highHours);
        assert.ok(hypotheses.length > 0 && hypotheses.every(({ weight }) => weight > 0 && weight <= 1));
        for (const { whatIf, delta, benefitPerHour } of options) {
          assert.ok(benefitPerHour > 0 || whatIf.kind === 'unscored');
          if (whatIf.kind !== 'changes') continue;
          const after = assessRisk(applyChanges(risk, whatIf.changes)).items.find(
            ({ key }) => key === itemKey,
          );
          assert.ok(Math.abs(scoreNow - (after?.score ?? 0) - (delta ?? 0)) < 1e-9);
        }
      }
    }),
    { numRuns: 60 },
  );
});

test('a disabled job that nothing depends on has no plan, one that protects a machine has', () => {
  const off = (workloads: RiskFacts['workloads']) =>
    remediationPlans(
      remediationFacts(facts({ jobs: [job('j', { isEnabled: false }), job('k')], workloads }), {
        jobs: [jobState('j', { isDisabled: true })],
      }),
    ).plans.filter(({ id, type }) => id === 'j' && type === 'gap').length;
  assert.equal(off([workload('w', { jobIds: ['k'] })]), 0);
  assert.equal(off([workload('w', { jobIds: ['j'] })]), 1);
});

test('evidence is not asked for where there is enough', () => {
  const requests = (given: Parameters<typeof job>[1]) =>
    remediationPlans(remediationFacts(facts({ jobs: [job('j', given)] }))).plans.filter(
      ({ type }) => type === 'evidence',
    );
  for (const given of [{ gap: gap({ credit: 0 }) }, { gap: null }])
    for (const { verify } of requests(given)) assert.ok(verify.some(({ met }) => !met));
  assert.deepEqual(requests({ gap: gap({ credit: 0 }) }), []);
});
