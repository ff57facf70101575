import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { exposureHazard, type VaultExposure } from '../../../src/analysis/risk/exposure.ts';
import type { OtherProtection, RiskItem, WorkloadEvidence } from '../../../src/analysis/risk/facts.ts';
import type { GapEvidence } from '../../../src/analysis/risk/gap.ts';
import { assessRisk } from '../../../src/analysis/risk/items.ts';
import { capacity, facts, gap, integrity, job, NOW, recover, repository, workload } from './builders.ts';

const ref = { table: 'azure_item', id: 'item' };
const runs = (credit: number, weight: number): GapEvidence => ({
  credit,
  weight,
  lastObservedAt: NOW,
  asOf: NOW,
  intervalHours: 24,
  rpoHours: 24,
  ageHours: 2,
  shareBeyondRpo: null,
  status: 'OK',
  refs: [],
});
const other = (given: Partial<OtherProtection> = {}): OtherProtection => ({
  sourceId: 'azure:v:1',
  workloadId: 'azure/x',
  isWorking: true,
  gaps: [runs(20, 20)],
  troubles: [],
  ...given,
});
const itemOf = (items: readonly RiskItem[], key: string) => {
  const item = items.find((one) => one.key === key);
  assert.ok(item, key);
  return item;
};
const gapOf = (item: RiskItem) => item.contributions.find(({ hazard }) => hazard === 'gap');

test('a machine whose only job here is off is protected while another source makes points of it', () => {
  const off = [job('j', { isEnabled: false })];
  const alone = assessRisk(facts({ jobs: off, workloads: [workload('w', { jobIds: ['j'] })] }));
  assert.ok(itemOf(alone.items, 'workload:w').flags.includes('UNPROTECTED'));
  const joined = assessRisk(
    facts({ jobs: off, workloads: [workload('w', { jobIds: ['j'], others: [other()] })] }),
  );
  assert.ok(!itemOf(joined.items, 'workload:w').flags.includes('UNPROTECTED'));
  const stopped = assessRisk(
    facts({
      jobs: off,
      workloads: [workload('w', { jobIds: ['j'], others: [other({ isWorking: false })] })],
    }),
  );
  assert.ok(itemOf(stopped.items, 'workload:w').flags.includes('UNPROTECTED'));
});

test('what is wrong with the other protection is said with the machine, and moves no number', () => {
  const of = (others?: OtherProtection[]) =>
    itemOf(
      assessRisk(
        facts({
          jobs: [job('j')],
          workloads: [workload('w', { jobIds: ['j'], ...(others && { others }) })],
        }),
      ).items,
      'workload:w',
    );
  const troubles = [{ text: 'protection was stopped and its backups are kept', ref }];
  const joined = of([other({ isWorking: false, gaps: [], troubles })]);
  assert.equal(joined.score, of().score);
  assert.match(
    gapOf(joined)?.reasons.join('\n') ?? '',
    /in another source that protects it protection was stopped/,
  );
  assert.deepEqual(gapOf(joined)?.evidence.at(-1), ref);
});

test('taking another protection away never makes a machine greener', () => {
  const status = fc.constantFrom('OK', 'BREACHED', 'NEVER', 'UNKNOWN' as const);
  const arbitrary = fc.record({
    credit: fc.double({ min: 0, max: 20, noNaN: true }),
    extra: fc.double({ min: 0, max: 10, noNaN: true }),
    status,
    isEnabled: fc.constantFrom(true, false, null),
    isWorking: fc.constantFrom(true, false, null),
    hasTrouble: fc.boolean(),
  });
  fc.assert(
    fc.property(arbitrary, arbitrary, (own, there) => {
      const gap: GapEvidence = { ...runs(0, 0), status: own.status as GapEvidence['status'] };
      const machine: WorkloadEvidence = workload('w', { jobIds: ['j'], gap });
      const jobs = [job('j', { isEnabled: own.isEnabled, gap: runs(own.credit, own.credit + own.extra) })];
      const others = [
        other({
          isWorking: there.isWorking,
          gaps: [runs(there.credit, there.credit + there.extra)],
          troubles: there.hasTrouble ? [{ text: 'it is called unhealthy', ref }] : [],
        }),
      ];
      const alone = itemOf(assessRisk(facts({ jobs, workloads: [machine] })).items, 'workload:w');
      const joined = itemOf(
        assessRisk(facts({ jobs, workloads: [{ ...machine, others }] })).items,
        'workload:w',
      );
      assert.ok(joined.score <= alone.score + 1e-9, `${joined.score} and ${alone.score}`);
    }),
  );
});

test('a job whose machines are listed with another source is judged by its runs alone', () => {
  const { items } = assessRisk(facts({ jobs: [job('j', { workloadsElsewhere: 1 })], workloads: [] }));
  const item = itemOf(items, 'job:j');
  assert.deepEqual(
    item.contributions
      .map(({ hazard }) => hazard)
      .filter((hazard) => hazard === 'integrity' || hazard === 'recover'),
    [],
  );
  const off = assessRisk(
    facts({ jobs: [job('j', { isEnabled: false, workloadsElsewhere: 1 })], workloads: [] }),
  );
  assert.ok(!off.items.some(({ key }) => key === 'job:j'));
});

test('storage that cannot be full has no hazard of being full, which is not the same as not knowing', () => {
  const vault = repository('vault', {
    capacity: { ...capacity(), status: 'NOT_APPLICABLE', p95Within: null, asOf: null },
  });
  const { items } = assessRisk(
    facts({
      jobs: [job('j', { repositoryIds: ['vault'] })],
      repositories: [vault],
      workloads: [workload('w', { jobIds: ['j'], repositoryIds: ['vault'] })],
    }),
  );
  for (const key of ['workload:w', 'job:j'])
    assert.ok(!itemOf(items, key).contributions.some(({ hazard }) => hazard === 'capacity'), key);
  assert.ok(!items.some(({ key }) => key === 'repository:vault'), 'nothing else is known of the vault');
});

const GUARDED: VaultExposure = {
  softDelete: 'AlwaysON',
  softDeleteDays: 14,
  immutability: 'Locked',
  hasSecondPerson: true,
  redundancy: 'GeoRedundant',
  asOf: NOW,
  refs: [{ table: 'azure_vault', id: 'v' }],
};

test('a vault with every guard up is clean; each one that is down, or not known, makes it worse', () => {
  const of = (given: Partial<VaultExposure>) => exposureHazard({ ...GUARDED, ...given }, NOW);
  assert.equal(of({}).q.toFixed(4), '0.0100');
  assert.equal(of({}).basis, 'measured');
  const open = { immutability: 'Disabled' };
  // 1 − 0.99 · 0.9 = 0.109; with soft delete off 1 − 0.99 · 0.9 · 0.7.
  assert.equal(of(open).q.toFixed(4), '0.1090');
  assert.equal(of({ ...open, softDelete: 'Disabled' }).q.toFixed(4), '0.3763');
  assert.equal(of({ ...open, hasSecondPerson: false }).q.toFixed(4), '0.1536');
  // Behind locked immutability soft delete matters a fifth: 1 − 0.99 · (1 − 0.06).
  assert.equal(of({ softDelete: 'Disabled' }).q.toFixed(4), '0.0694');
  const unknown = of({ ...open, softDelete: null });
  assert.ok(unknown.q > of(open).q && unknown.high >= of({ ...open, softDelete: 'Disabled' }).high);
  assert.equal(unknown.basis, 'assumed');
  const nothing = of({ softDelete: null, immutability: null, hasSecondPerson: null, redundancy: null });
  assert.deepEqual([nothing.basis, nothing.q], ['none', 0.15]);
});

test('to know less of a vault, or to have known it longer ago, is never better', () => {
  const setting = fc.record({
    softDelete: fc.constantFrom('Disabled', 'Enabled', 'AlwaysON'),
    immutability: fc.constantFrom('Disabled', 'Unlocked', 'Locked'),
    hasSecondPerson: fc.boolean(),
    redundancy: fc.constantFrom('LocallyRedundant', 'GeoRedundant'),
  });
  fc.assert(
    fc.property(setting, fc.integer({ min: 0, max: 60 }), (given, days) => {
      const known = exposureHazard({ ...GUARDED, ...given }, NOW);
      const later = exposureHazard({ ...GUARDED, ...given }, NOW + days * 86_400_000);
      assert.ok(later.q >= known.q - 1e-12 && later.high >= known.high - 1e-12);
      for (const name of ['softDelete', 'hasSecondPerson', 'redundancy'] as const) {
        const less = exposureHazard({ ...GUARDED, ...given, [name]: null }, NOW);
        assert.ok(less.high >= known.high - 1e-12, name);
        assert.notEqual(less.basis, 'measured');
      }
    }),
  );
});

test('what cannot happen is settled and what nobody can tell is no gap, so a vault without tests is assessed as a server is', () => {
  const untold = { isDataJudged: false, isMalwareJudged: false, newestPointStatus: 'UNKNOWN' as const };
  const of = (isUntellable: boolean, status: 'NOT_APPLICABLE' | 'UNKNOWN') => {
    const place = repository('vault', { capacity: { ...capacity(), status, p95Within: null, asOf: null } });
    const untested = recover({ basis: 'pooled', lastTestAt: null, trials: { passed: 0, total: 0 } });
    const w = workload('w', {
      jobIds: ['j'],
      repositoryIds: ['vault'],
      gap: gap(),
      recover: untested,
      integrity: integrity({ ...untold, isUntellable }),
    });
    const jobs = [job('j', { repositoryIds: ['vault'] })];
    const { items, estate } = assessRisk(facts({ jobs, repositories: [place], workloads: [w] }));
    return { item: itemOf(items, 'workload:w'), job: itemOf(items, 'job:j'), estate };
  };
  const vault = of(true, 'NOT_APPLICABLE');
  // Gap 0.6 and capacity 0.5 of those and recover 0.8.
  assert.equal(vault.item.coverage.toFixed(4), (1.1 / 1.9).toFixed(4));
  for (const { flags } of [vault.item, vault.job])
    assert.ok(!flags.includes('NOT_ASSESSED') && flags.includes('NOT_TESTED'));
  assert.equal(vault.estate.notAssessed, 0);
  const integrityOf = ({ contributions }: RiskItem) =>
    contributions.find(({ hazard }) => hazard === 'integrity');
  assert.deepEqual(
    [integrityOf(vault.item)?.q, integrityOf(vault.item)?.basis],
    [0.15, 'none'],
    'it counts in the score as before',
  );
  assert.match(integrityOf(vault.item)?.reasons.join('\n') ?? '', /its source does not say/);
  // A server that could have been asked and was not.
  const server = of(false, 'UNKNOWN');
  assert.ok(server.item.flags.includes('NOT_ASSESSED'));
  assert.ok(of(false, 'NOT_APPLICABLE').item.flags.includes('NOT_ASSESSED'));
});
