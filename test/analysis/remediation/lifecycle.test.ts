import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RemediationFacts } from '../../../src/analysis/remediation/evidence.ts';
import {
  advancePlans,
  caseKey,
  isOpen,
  type KnownPlan,
  type Lifecycle,
} from '../../../src/analysis/remediation/lifecycle.ts';
import { remediationPlans } from '../../../src/analysis/remediation/order.ts';
import { DAY, facts, failing, gap, HOUR, inputs, job, NOW, workload } from '../risk/builders.ts';
import { failingJob, finding, jobState, remediationFacts } from './builders.ts';

const ID = 'job:j:gap:gap.credentials';

test('trouble opens a plan of version 1', () => {
  const { life, known } = run([], sick());
  assert.deepEqual(eventsOf(life), [`${ID} 1 OPEN`]);
  assert.equal(known[0]?.status, 'OPEN');
});

test('the same trouble a day later writes nothing', () => {
  const first = run([], sick());
  const { life } = run(first.known, sick());
  assert.deepEqual([life.written, life.events], [[], []]);
  assert.deepEqual(
    life.checks.map(({ planId, isPresent }) => [planId, isPresent]),
    [[ID, true]],
  );
});

test('a plan is verified when all its metrics hold, and says what was promised and what came', () => {
  const { known } = run([], sick());
  const { life } = run(known, mended(80 * HOUR));
  assert.deepEqual(eventsOf(life), [`${ID} 1 VERIFIED`]);
  const [event] = life.events;
  assert.ok(event?.metrics.every(({ met }) => met));
  assert.equal(event?.predictedScore, known[0]?.expectedScoreAfter);
  assert.ok((event?.scoreThen ?? 100) < 20);
});

test('a good run or two verify nothing yet', () => {
  const { known } = run([], sick());
  const { life } = run(known, mended(30 * HOUR));
  assert.deepEqual(life.events, []);
  assert.equal(life.checks[0]?.status, 'OPEN');
});

test('a relapse reopens the plan with a new version', () => {
  const opened = run([], sick());
  const verified = run(opened.known, mended(80 * HOUR));
  const { life, known } = run(verified.known, sick());
  assert.deepEqual(eventsOf(life), [`${ID} 2 REOPENED`]);
  assert.deepEqual(
    known.map(({ version, status }) => [version, status]),
    [[2, 'REOPENED']],
  );
});

test('what holds is not reopened because the risk still remembers', () => {
  const opened = run([], sick());
  const verified = run(opened.known, mended(80 * HOUR, { credit: 2, shareBeyondRpo: 0.5 }));
  const { life } = run(verified.known, mended(104 * HOUR, { credit: 3, shareBeyondRpo: 0.5 }));
  assert.deepEqual(life.events, []);
  assert.deepEqual(
    life.checks.map(({ status }) => status),
    ['VERIFIED'],
  );
});

for (const lastSuccessAt of [NOW - 9 * DAY, null])
  test(`nothing is opened, closed or reopened while the input is ${lastSuccessAt === null ? 'missing' : 'stale'}`, () => {
    const stale = inputs({ worker: 'health', lastSuccessAt });
    assert.deepEqual(
      eventsOf(run([], sick(stale)).life).filter((text) => text.startsWith('job')),
      [],
    );
    const { known } = run([], sick());
    const frozen = run(known, mended(80 * HOUR, {}, stale)).life;
    assert.deepEqual(
      eventsOf(frozen).filter((text) => text.startsWith('job')),
      [],
    );
    assert.equal(frozen.checks.find(({ planId }) => planId === ID)?.isFrozen, true);
    const verified = run(known, mended(80 * HOUR)).known;
    assert.deepEqual(
      eventsOf(run(verified, sick(stale)).life).filter((text) => text.startsWith('job')),
      [],
    );
  });

test('five points of the score make a new version, and the old one is superseded by it', () => {
  const { known } = run([], sick());
  const older = known.map((plan) => ({ ...plan, scoreNow: plan.scoreNow - 6 }));
  const { life } = run(older, sick());
  assert.deepEqual(eventsOf(life), [`${ID} 1 SUPERSEDED`, `${ID} 2 OPEN`]);
  assert.deepEqual(life.events[0]?.supersededBy, { planId: ID, version: 2 });
});

test('another cause supersedes the plan by another plan', () => {
  const { known } = run([], sick());
  const { life } = run(known, sick(inputs(), failingJob('j', 'VSS')));
  assert.deepEqual(eventsOf(life), [`${ID} 1 SUPERSEDED`, 'job:j:gap:gap.vss 1 OPEN']);
  assert.deepEqual(life.events[0]?.supersededBy, { planId: 'job:j:gap:gap.vss', version: 1 });
});

test('the plan of a deleted job is withdrawn, but only if the inventory was read whole', () => {
  const { known } = run([], sick());
  const gone = (given = inputs()) =>
    remediationFacts(facts({ inputs: given, jobs: [], workloads: [workload('w', { jobIds: [] })] }));
  assert.deepEqual(eventsOf(run(known, gone()).life), [`${ID} 1 WITHDRAWN`]);
  const partly = inputs({ worker: 'health', missing: ['jobs'] });
  assert.deepEqual(
    eventsOf(run(known, gone(partly)).life).filter((text) => text.startsWith(ID)),
    [],
  );
});

test('of what is gone nothing is verified: a deleted job is not a job that protects again', () => {
  const off = { jobs: [job('j', { isEnabled: false })], workloads: [workload('w')] };
  const states = { jobs: [jobState('j', { isDisabled: true })] };
  const { known } = run([], remediationFacts(facts(off), states));
  const [plan] = known.filter(({ verify }) => verify.some(({ metric }) => metric === 'unprotected'));
  assert.ok(plan);
  const gone = remediationFacts(facts({ jobs: [job('other')], workloads: [] }));
  assert.ok(eventsOf(run([plan], gone).life).includes(`${plan.planId} 1 WITHDRAWN`));
  const partly = inputs({ worker: 'health', missing: ['jobs'] });
  const unsure = remediationFacts(facts({ inputs: partly, jobs: [job('other')], workloads: [] }));
  assert.ok(!eventsOf(run([plan], unsure).life).some((text) => text.includes('VERIFIED')));
});

test('a licence that could not be read is no licence that was mended', () => {
  const estate = (findings: RemediationFacts['estate']['findings'], notRead: string[] = []) => {
    const all = remediationFacts(facts());
    return { ...all, estate: { ...all.estate, findings, notRead } };
  };
  const expired = {
    table: 'health_finding',
    id: 'f',
    asOf: NOW,
    kind: 'LICENSE_EXPIRED',
    severity: 'critical',
    daysLeft: -1,
    ageDays: null,
    entityName: 'Licence',
  } as const;
  const { known } = run([], estate([expired]));
  const [plan] = known.filter(({ itemKey }) => itemKey.startsWith('estate:'));
  assert.ok(plan);
  const told = (given: RemediationFacts) =>
    eventsOf(run([plan], given).life).map((text) => text.split(' ').at(-1));
  assert.deepEqual(told(estate([], ['license'])), []);
  assert.deepEqual(told(estate([])), ['VERIFIED']);
});

test('a risk that ended without what the plan asked for takes the plan with it after two weeks', () => {
  const { known } = run([], sick());
  const calm = remediationFacts(facts(), { jobs: [jobState('j', { lastFailureAt: NOW - HOUR })] });
  const seen = (days: number) => known.map((plan) => ({ ...plan, lastPresentAt: NOW - days * DAY }));
  assert.deepEqual(eventsOf(run(seen(13), calm).life), []);
  assert.deepEqual(eventsOf(run(seen(14), calm).life), [`${ID} 1 WITHDRAWN`]);
});

test('a plan whose metrics hold from the start asks for half the hazard instead of being born verified', () => {
  const risk = facts({ jobs: [job('j', { gap: failing() })] });
  const retries = remediationFacts(risk, { jobs: [jobState('j', { recoveredShare: 0.4 })] });
  const { plans } = remediationPlans(retries);
  for (const { verify } of plans) assert.ok(verify.some(({ met }) => !met));
});

test('every event and check is of a plan that is known or written', () => {
  const { known } = run([], sick());
  const { life } = run(known, sick(inputs(), failingJob('j', 'VSS')));
  const ids = new Set([...known.map(({ planId }) => planId), ...life.written.map(({ plan }) => plan.planId)]);
  for (const { planId } of [...life.events, ...life.checks]) assert.ok(ids.has(planId));
});

function sick(given = inputs(), state = failingJob('j', 'CREDENTIALS')): RemediationFacts {
  return remediationFacts(facts({ inputs: given, jobs: [job('j', { gap: failing() })] }), { jobs: [state] });
}

/** Mended so long ago. */
function mended(ago: number, runs: Parameters<typeof gap>[0] = {}, given = inputs()): RemediationFacts {
  const state = jobState('j', { lastFailureAt: NOW - ago, failureCount: 10 });
  return remediationFacts(facts({ inputs: given, jobs: [job('j', { gap: gap(runs) })] }), { jobs: [state] });
}

/** One run of the lifecycle, and the plans as the next run finds them. */
function run(known: readonly KnownPlan[], all: RemediationFacts): { life: Lifecycle; known: KnownPlan[] } {
  const open = new Map(
    known.filter(({ status }) => isOpen(status)).map((plan) => [caseKey(plan), plan.firstRuleId]),
  );
  const list = remediationPlans(all, (of) => open.get(caseKey(of)));
  const life = advancePlans(known, list, all);
  const next = new Map(known.map((plan) => [plan.planId, plan]));
  for (const { plan, version } of life.written)
    next.set(plan.planId, {
      ...plan,
      version,
      status: 'OPEN',
      firstRuleId: plan.ruleIds[0] ?? '',
      lastPresentAt: NOW,
    });
  for (const { planId, version, status } of life.events) {
    const plan = next.get(planId);
    if (plan?.version === version) next.set(planId, { ...plan, status });
  }
  return { life, known: [...next.values()] };
}

function eventsOf({ events }: Lifecycle): string[] {
  return events.map(({ planId, version, status }) => `${planId} ${version} ${status}`);
}

test('a limit of a vault is not far away because the worker that reads its figures is silent', () => {
  const near = (input = inputs(), findings = [finding('VAULT_LIMIT_NEAR')]): RemediationFacts => ({
    ...remediationFacts(facts({ inputs: input }), { findings }),
    platform: 'azure',
  });
  const { known } = run([], near());
  assert.equal(known.length, 1);
  const silent = inputs({ worker: 'capacity', lastSuccessAt: NOW - 2 * DAY });
  const [plan] = known.map(({ planId }) => planId);
  const about = (given: RemediationFacts) =>
    eventsOf(run(known, given).life).filter((text) => text.startsWith(`${plan} `));
  assert.deepEqual(about(near(silent, [])), []);
  assert.deepEqual(about(near(inputs(), [])), [`${plan} 1 VERIFIED`]);
});
