import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { RiskAssessment, RiskFacts, RiskItem } from '../../../src/analysis/risk/facts.ts';
import { assessRisk } from '../../../src/analysis/risk/items.ts';
import {
  ASSUMED_TIER,
  capacity,
  DAY,
  facts,
  failing,
  gap,
  inputs,
  integrity,
  job,
  NOW,
  recover,
  repository,
  signal,
  untested,
  workload,
} from './builders.ts';

test('nothing at all is NO_DATA and an empty list, not a healthy estate', () => {
  const { items, estate } = assessRisk(facts({ jobs: [], workloads: [] }));
  assert.deepEqual(items, []);
  assert.equal(estate.status, 'NO_DATA');
  assert.equal(estate.score, null);
  assert.equal(estate.category, null);
});

test('a full repository under two hundred jobs is one listed risk', () => {
  const ids = Array.from({ length: 200 }, (_, index) => `${index}`);
  const { items } = assessRisk(
    facts({
      jobs: ids.map((id) => job(`j${id}`)),
      workloads: ids.map((id) => workload(`w${id}`, { jobIds: [`j${id}`] })),
      repositories: [repository('r', { capacity: capacity({ status: 'EXCEEDED' }) })],
    }),
  );
  const listed = items.filter(({ isListed }) => isListed);
  assert.deepEqual(
    listed.map(({ key }) => key),
    ['repository:r'],
  );
  assert.equal(listed[0]?.category, 'CRITICAL');
  assert.equal(listed[0]?.affectedJobs.length, 200);
  const shared = find(items, 'job:j7').sharedCauses;
  assert.deepEqual(
    shared.map(({ hazard, key }) => [hazard, key]),
    [['capacity', 'repository:r']],
  );
  assert.equal(shared[0]?.points, points(find(items, 'job:j7'), 'capacity'));
});

test('what has happened is at least HIGH without a tier, and stands before what may happen', () => {
  const ids = ['a', 'b', 'c'];
  const jobs = ids.map((id) => job(id, { tier: ASSUMED_TIER, repositoryIds: ['full'] }));
  const workloads = ids.map((id) =>
    workload(id, { tier: ASSUMED_TIER, jobIds: [id], repositoryIds: ['full'], recover: untested() }),
  );
  const full = repository('full', { capacity: capacity({ status: 'EXCEEDED', p95Within: null }) });
  const { items } = assessRisk(facts({ jobs, workloads, repositories: [full] }));
  assert.deepEqual([items[0]?.key, items[0]?.category], ['repository:full', 'HIGH']);
  assert.ok((items[0]?.priority ?? 100) < 50, 'its points alone would be MEDIUM');
  const others = items.filter(({ category, isUrgent }) => category === 'HIGH' && !isUrgent);
  assert.ok(
    others.every((item) => items.indexOf(item) > 0),
    'what has not happened comes after it',
  );
  const order = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'];
  const listed = items.filter(({ isListed }) => isListed).map(({ listedAs }) => order.indexOf(listedAs));
  assert.deepEqual(
    listed,
    listed.toSorted((a, b) => a - b),
  );
});

test('a missed RPO is urgent, but not where a rule says that the machine matters little', () => {
  const late = gap({ status: 'BREACHED', weight: 0, credit: 0 });
  const low = { ...ASSUMED_TIER, tier: 4 as const, weight: 0.25, high: 0.25, basis: 'pattern' as const };
  const { items } = assessRisk(
    facts({
      workloads: [
        workload('unknown', { gap: late, tier: ASSUMED_TIER }),
        workload('minor', { gap: late, tier: low }),
      ],
    }),
  );
  assert.equal(find(items, 'workload:unknown').category, 'HIGH');
  assert.notEqual(find(items, 'workload:minor').category, 'HIGH');
});

test('a machine without a tier that was never backed up comes before one of the first tier that is late', () => {
  const late = gap({ status: 'BREACHED', shareBeyondRpo: 1, ageHours: 90 });
  const never = gap({ status: 'NEVER', weight: 0, credit: 0, lastObservedAt: null, ageHours: null });
  const { items } = assessRisk(
    facts({
      workloads: [
        workload('late', { gap: late, recover: recover({ p: 0.1 }) }),
        workload('never', { gap: never, tier: ASSUMED_TIER, recover: recover({ p: 0.9 }) }),
        workload('new', { gap: { ...never, isNew: true }, tier: ASSUMED_TIER }),
      ],
    }),
  );
  assert.ok(find(items, 'workload:late').score > find(items, 'workload:never').score);
  assert.deepEqual([items[0]?.key, items[0]?.category], ['workload:never', 'CRITICAL']);
  assert.equal(find(items, 'workload:new').isWithoutCopy, false);
});

test('what a machine has of its own is listed beside the repository it shares', () => {
  const { items } = assessRisk(
    facts({
      workloads: [
        workload('w'),
        workload('sick', { integrity: integrity({ newestPointStatus: 'INFECTED' }) }),
      ],
      repositories: [repository('r', { capacity: capacity({ status: 'EXCEEDED' }) })],
    }),
  );
  assert.equal(find(items, 'workload:sick').isListed, true);
  assert.equal(find(items, 'workload:w').isListed, false);
});

test('a job that fails is one risk with the machines it leaves without a restore point', () => {
  const { items } = assessRisk(
    facts({ jobs: [job('j', { gap: failing() })], workloads: [workload('a'), workload('b')] }),
  );
  assert.equal(items[0]?.key, 'job:j');
  assert.deepEqual(items[0]?.affectedWorkloads, ['a', 'b']);
  assert.equal(points(find(items, 'workload:a'), 'gap') > 40, true);
  assert.deepEqual(
    find(items, 'workload:a').sharedCauses.map(({ key }) => key),
    ['job:j'],
  );
  assert.equal(find(items, 'workload:a').isListed, false);
});

test('jobs that failed together are one incident until they run again', () => {
  const jobs = ['a', 'b', 'c'].map((id) => job(id, { gap: failing() }));
  const incident = {
    id: 'i',
    startAt: NOW - DAY,
    endAt: NOW - DAY,
    jobIds: ['a', 'b', 'c', 'd'],
    openJobIds: ['a', 'b', 'c'],
    refs: [{ table: 'health_incident', id: 'i' }],
  };
  const given = { jobs: [...jobs, job('d')], workloads: [] };
  const { items } = assessRisk(facts({ ...given, incidents: [incident] }));
  assert.equal(items[0]?.key, 'incident:i');
  assert.deepEqual(items[0]?.affectedJobs, ['a', 'b', 'c']);
  assert.deepEqual(
    find(items, 'job:a')
      .sharedCauses.filter(({ hazard }) => hazard === 'gap')
      .map(({ key }) => key),
    ['incident:i'],
  );
  const closed = assessRisk(facts({ ...given, incidents: [{ ...incident, openJobIds: [] }] })).items;
  assert.equal(
    closed.some(({ scope }) => scope === 'incident'),
    false,
  );
});

test('an object that its green job leaves out is a risk of its own', () => {
  const { items } = assessRisk(
    facts({
      workloads: [
        workload('w'),
        workload('left', { gap: gap({ status: 'BREACHED', weight: 0, credit: 0 }) }),
      ],
    }),
  );
  const left = find(items, 'workload:left');
  assert.equal(left.contributions[0]?.q, 0.9);
  assert.deepEqual(left.sharedCauses, []);
  assert.equal(left.isListed, true);
  assert.equal(find(items, 'job:j').contributions[0]?.q.toFixed(2), '0.04');
});

test('of two jobs that protect a machine one good one is enough', () => {
  const jobs = [job('bad', { gap: failing() }), job('good')];
  const { items } = assessRisk(facts({ jobs, workloads: [workload('w', { jobIds: ['bad', 'good'] })] }));
  assert.equal(find(items, 'workload:w').contributions[0]?.q.toFixed(2), '0.04');
  const copies = [jobs[0] as (typeof jobs)[0], job('good', { createsPoints: false })];
  const copied = assessRisk(facts({ jobs: copies, workloads: [workload('w', { jobIds: ['bad', 'good'] })] }));
  assert.equal(find(copied.items, 'workload:w').contributions[0]?.q, 0.95);
});

test('a disabled job is left out, and listed as UNPROTECTED where its machines have no other', () => {
  const disabled = job('off', { isEnabled: false });
  const alone = workload('alone', { jobIds: ['off'] });
  const { items, estate } = assessRisk(
    facts({ jobs: [job('j'), disabled], workloads: [workload('w'), alone] }),
  );
  const item = find(items, 'job:off');
  assert.deepEqual(item.affectedWorkloads, ['alone']);
  assert.ok(item.flags.includes('UNPROTECTED') && item.isListed);
  assert.ok(find(items, 'workload:alone').flags.includes('UNPROTECTED'));
  assert.equal(estate.unprotected, 1);
  const both = workload('both', { jobIds: ['off', 'j'] });
  const protectedToo = assessRisk(facts({ jobs: [job('j'), disabled], workloads: [both] }));
  assert.equal(
    protectedToo.items.some(({ key }) => key === 'job:off'),
    false,
  );
  assert.equal(protectedToo.estate.unprotected, 0);
});

test('switching a failing job off does not make its machine greener', () => {
  const on = assessRisk(facts({ jobs: [job('j', { gap: failing() })] }));
  const off = assessRisk(facts({ jobs: [job('j', { gap: failing(), isEnabled: false })] }));
  assert.ok(find(off.items, 'workload:w').score >= find(on.items, 'workload:w').score);
});

test('a deleted job leaves, its machine a month after its last restore point', () => {
  const deleted = [job('j', { isDeleted: true }), job('other')];
  const aged = (hours: number) =>
    assessRisk(facts({ jobs: deleted, workloads: [workload('w', { gap: gap({ ageHours: hours }) })] }));
  assert.equal(
    aged(24).items.some(({ key }) => key === 'job:j'),
    false,
  );
  assert.ok(find(aged(24).items, 'workload:w').flags.includes('UNPROTECTED'));
  assert.deepEqual(aged(31 * 24).estate.left, ['w']);
  assert.equal(aged(31 * 24).estate.workloads, 0);
});

test('a signal that concerns everything is one risk of the estate', () => {
  const signals = [
    signal('MASS_DELETION', { scope: 'estate' }),
    signal('FOUR_EYES_FAILED', { scope: 'estate' }),
  ];
  const { items } = assessRisk(facts({ signals, workloads: [workload('a'), workload('b')] }));
  const estate = find(items, 'estate:s');
  assert.equal(estate.contributions[0]?.q.toFixed(2), '0.37');
  assert.deepEqual(estate.affectedWorkloads, ['a', 'b']);
  assert.deepEqual(
    find(items, 'workload:a').sharedCauses.map(({ key }) => key),
    ['estate:s'],
  );
});

test('a tier that no rule gave is flagged, and the job takes the tier of its machines', () => {
  const jobs = [job('j', { tier: ASSUMED_TIER })];
  const { items } = assessRisk(
    facts({ jobs, workloads: [workload('w'), workload('x', { tier: ASSUMED_TIER })] }),
  );
  assert.ok(find(items, 'workload:x').flags.includes('TIER_ASSUMED'));
  assert.equal(find(items, 'job:j').tier.weight, 1);
});

test('the points of the estate add up to its score, and its category is that of the worst', () => {
  const { estate } = assessRisk(
    facts({ workloads: [workload('w'), workload('x', { recover: untested(), tier: ASSUMED_TIER })] }),
  );
  const sum = Object.values(estate.points).reduce((total, value) => total + value, 0);
  assert.ok(Math.abs(sum - (estate.score ?? Number.NaN)) < 1e-9);
  assert.equal(estate.category, 'MEDIUM');
  assert.equal(estate.notTested, 1);
});

test('all unknown is worse than all good and better than all bad', () => {
  const unknown = assessRisk(facts({ ...nothingKnown(), inputs: [] }));
  const bad = assessRisk(
    facts({
      jobs: [job('j', { gap: failing() })],
      repositories: [repository('r', { capacity: capacity({ status: 'EXCEEDED' }) })],
      workloads: [
        workload('w', {
          integrity: integrity({ newestPointStatus: 'INFECTED' }),
          recover: recover({ p: 0.02, p10: 0, p90: 0.1 }),
        }),
      ],
    }),
  );
  const score = (assessment: RiskAssessment) => find(assessment.items, 'workload:w').score;
  assert.equal(score(unknown).toFixed(2), '56.57');
  assert.ok(score(assessRisk(facts())) < score(unknown));
  assert.ok(score(unknown) < score(bad));
  const flags = find(unknown.items, 'workload:w').flags;
  assert.ok(flags.includes('NOT_ASSESSED') && flags.includes('MISSING_INPUT'));
});

test('whatever evidence is deleted, the score stays between all good and certainly bad', () => {
  const good = assessRisk(facts());
  const keys = ['workload:w', 'job:j', 'repository:r'];
  fc.assert(
    fc.property(fc.array(fc.boolean(), { minLength: 11, maxLength: 11 }), (deleted) => {
      const { items } = assessRisk(without(facts(), deleted));
      for (const key of keys) {
        const item = items.find((each) => each.key === key);
        if (!item) continue;
        assert.ok(item.score >= find(good.items, key).score - 1e-9, key);
        assert.ok(item.score <= 100 * (1 - 0.4 * 0.5 * 0.6 * 0.2), key);
        const sum = item.contributions.reduce((total, each) => total + each.points, 0);
        assert.ok(Math.abs(sum - item.score) < 0.01);
      }
    }),
  );
});

test('the order of jobs, machines and repositories does not matter', () => {
  const ids = ['a', 'b', 'c', 'd'];
  const all = facts({
    jobs: ids.map((id, index) => job(id, { gap: index % 2 ? failing() : gap(), repositoryIds: [id] })),
    repositories: ids.map((id) => repository(id)),
    workloads: ids.map((id) => workload(id, { jobIds: [id, 'a'], repositoryIds: [id] })),
  });
  const turned = { ...all, jobs: all.jobs.toReversed(), workloads: all.workloads.toReversed() };
  const brief = ({ items }: RiskAssessment) =>
    items.map(({ key, score, priority }) => [key, score, priority]);
  assert.deepEqual(brief(assessRisk(turned)), brief(assessRisk(all)));
});

test('twenty thousand machines with evidence of their own are assessed', () => {
  const ids = Array.from({ length: 20_000 }, (_, index) => `${index}`);
  const many = facts({
    jobs: Array.from({ length: 2000 }, (_, index) => job(`j${index}`, { gap: gap({ credit: index % 20 }) })),
    workloads: ids.map((id) =>
      workload(id, { jobIds: [`j${Number(id) % 2000}`], gap: gap({ weight: 0, credit: 0 }) }),
    ),
  });
  const { items, estate } = assessRisk(many);
  assert.equal(estate.workloads, 20_000);
  assert.equal(items.length, 22_001);
});

function find(items: readonly RiskItem[], key: string): RiskItem {
  const item = items.find((each) => each.key === key);
  assert.ok(item, `${key} is among the items`);
  return item;
}

function points({ contributions }: RiskItem, hazard: string): number {
  return contributions.find((each) => each.hazard === hazard)?.points ?? 0;
}

function nothingKnown(): Partial<RiskFacts> {
  return {
    jobs: [job('j', { gap: null })],
    repositories: [repository('r', { capacity: null })],
    workloads: [workload('w', { integrity: null, recover: null })],
  };
}

/** The facts with some of the evidence deleted: rows, parts of rows, and inputs. */
function without(all: RiskFacts, deleted: readonly boolean[]): RiskFacts {
  const [noGap, noInterval, noCapacity, noIntegrity, noRecover, noRow, noJob, noTrials, noVerdict, ...more] =
    deleted;
  const [noInputs, noPlaces] = more;
  const runs = noInterval ? gap({ intervalHours: null, rpoHours: null, shareBeyondRpo: null }) : gap();
  const looked = integrity({ isDataJudged: !noVerdict });
  const tested = recover(noTrials ? { trials: null, p10: null, p90: null } : {});
  return {
    ...all,
    inputs: noInputs ? [] : inputs(),
    jobs: noJob ? [] : [job('j', { gap: noGap ? null : runs })],
    repositories: noRow ? [] : [repository('r', { capacity: noCapacity ? null : capacity() })],
    workloads: [
      workload('w', {
        integrity: noIntegrity ? null : looked,
        recover: noRecover ? null : tested,
        repositoryIds: noPlaces ? [] : ['r'],
      }),
    ],
  };
}
