import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RiskFacts } from '../../../src/analysis/risk/facts.ts';
import { HAZARDS, unknownHazard } from '../../../src/analysis/risk/hazard.ts';
import { riskItem } from '../../../src/analysis/risk/item.ts';
import { assessRisk } from '../../../src/analysis/risk/items.ts';
import { SEVERITIES } from '../../../src/analysis/risk/score.ts';
import { applyChanges, type RiskChange, riskWhatIf, withHazard } from '../../../src/analysis/risk/what-if.ts';
import {
  capacity,
  DAY,
  facts,
  failing,
  gap,
  inputs,
  integrity,
  job,
  NOW,
  repository,
  signal,
  TIER_1,
  untested,
  workload,
} from './builders.ts';

test('five passed restore tests take an untested machine from 0.5 to one in seven', () => {
  const { change, q } = ask(facts({ workloads: [workload('w', { recover: untested() })] }), {
    kind: 'pass_restore_test',
    workloadId: 'w',
    passes: 5,
  });
  assert.equal(q('before', 'recover'), '0.500');
  assert.equal(q('after', 'recover'), '0.143');
  assert.ok(change.delta > 27 && change.delta < 29);
  assert.equal(change.after?.flags.includes('NOT_TESTED'), false);
});

test('a passed SureBackup counts as a trial of each machine in it', () => {
  const workloads = ['w', 'x', 'y'].map((id) => workload(id, { recover: untested() }));
  const { changed } = riskWhatIf(facts({ workloads }), [
    { kind: 'pass_surebackup', workloadIds: ['w', 'x'] },
  ]);
  assert.deepEqual(
    changed.map(({ key }) => key),
    ['workload:w', 'workload:x'],
  );
});

test('an expanded repository helps everything on it, and is asked with what the forecast says', () => {
  const full = facts({ repositories: [repository('r', { capacity: capacity({ status: 'EXCEEDED' }) })] });
  const { changed } = riskWhatIf(full, [{ kind: 'expand_repository', repositoryId: 'r', p95Within: 0.1 }]);
  assert.deepEqual(changed.map(({ key }) => key).sort(), ['job:j', 'repository:r', 'workload:w']);
  assert.equal(changed.find(({ key }) => key === 'repository:r')?.after?.contributions[0]?.q, 0.1);
});

test('a fixed job has good runs only, and its incident is over for it', () => {
  const incident = { id: 'i', startAt: 0, endAt: NOW, jobIds: ['j'], openJobIds: ['j'], refs: [] };
  const failed = facts({ jobs: [job('j', { gap: failing() })], incidents: [incident] });
  const { q, changed } = ask(failed, { kind: 'fix_job', jobId: 'j' });
  assert.equal(q('before', 'gap'), '0.950');
  assert.equal(q('after', 'gap'), '0.083');
  assert.equal(changed.find(({ key }) => key === 'incident:i')?.after, null);
});

test('a clean point closes what was suspected', () => {
  const signals = [signal('ENTROPY_SUSPECT')];
  const sick = integrity({ newestPointStatus: 'INFECTED', signals });
  const { q } = ask(facts({ workloads: [workload('w', { integrity: sick })] }), {
    kind: 'clean_point',
    workloadId: 'w',
  });
  assert.equal(q('before', 'integrity'), '0.950');
  assert.equal(q('after', 'integrity'), '0.020');
});

test('immutability, detection, an enabled job, another repository and a fresh input each help', () => {
  const weak = repository('r', {
    capacity: capacity({ status: 'EXCEEDED', asOf: NOW - 9 * DAY }),
    signals: [signal('IMMUTABILITY_WEAKENED', { scope: 'repository' })],
  });
  const old = gap({ lastObservedAt: NOW - 9 * DAY, asOf: NOW - 9 * DAY });
  const all = facts({
    inputs: inputs({ worker: 'health', lastSuccessAt: NOW - 9 * DAY }),
    jobs: [job('j', { gap: old }), job('off', { isEnabled: false })],
    repositories: [weak, repository('empty')],
    workloads: [workload('w'), workload('alone', { jobIds: ['off'] })],
    signals: [signal('MALWARE_DETECTION_WEAKENED', { scope: 'estate' })],
  });
  const changes: RiskChange[] = [
    { kind: 'enable_immutability', repositoryId: 'r' },
    { kind: 'clear_signal', signal: 'MALWARE_DETECTION_WEAKENED' },
    { kind: 'enable_job', jobId: 'off' },
    { kind: 'move_job', jobId: 'j', repositoryId: 'empty' },
    { kind: 'refresh_input', worker: 'health' },
  ];
  for (const change of changes) {
    const { estateDelta } = riskWhatIf(all, [change]);
    assert.ok((estateDelta ?? 0) > 0.01, change.kind);
  }
  assert.ok((riskWhatIf(all, changes).estateDelta ?? 0) > 20);
});

test('the answer is that of the scorer on the changed facts', () => {
  const all = facts({ jobs: [job('j', { gap: failing() })] });
  const changes: RiskChange[] = [{ kind: 'fix_job', jobId: 'j' }];
  assert.deepEqual(riskWhatIf(all, changes).after, assessRisk(applyChanges(all, changes)));
});

test('nothing changed is nothing gained', () => {
  const { changed, estateDelta } = riskWhatIf(facts(), []);
  assert.deepEqual(changed, []);
  assert.equal(estateDelta, 0);
});

test('a change of something unknown is refused by name', () => {
  assert.throws(() => riskWhatIf(facts(), [{ kind: 'fix_job', jobId: 'none' }]), /no job none/);
  assert.throws(() => riskWhatIf(facts(), [{ kind: 'expand_repository', repositoryId: 'none' }]), RangeError);
  assert.throws(
    () => riskWhatIf(facts(), [{ kind: 'pass_surebackup', workloadIds: ['none'] }]),
    /no workload/,
  );
});

test('one hazard set to a target gives the score of the method', () => {
  // E of METHODS 3.6: capacity .8 to .05 takes 44.02 to 9.03.
  const q = { gap: 0.02, capacity: 0.8, integrity: 0.02, recover: 0.06 };
  const judged = HAZARDS.map((hazard) => ({
    hazard: { ...unknownHazard(hazard, ''), q: q[hazard], basis: 'measured' as const },
    flags: [],
    of: null,
  }));
  const item = riskItem({ scope: 'job', id: 'e', name: 'e', tier: TIER_1, judged, severities: SEVERITIES });
  assert.equal(item.score.toFixed(2), '44.02');
  const expanded = withHazard(item, 'capacity', { q: 0.05 });
  assert.equal(expanded.score.toFixed(2), '9.03');
  assert.equal(expanded.delta.toFixed(2), '34.99');
});

/** The one change, and what it does to the machine "w". */
function ask(all: RiskFacts, change: RiskChange) {
  const { changed } = riskWhatIf(all, [change]);
  const item = changed.find(({ key }) => key === 'workload:w');
  assert.ok(item);
  const q = (when: 'before' | 'after', hazard: string) =>
    item[when]?.contributions.find((each) => each.hazard === hazard)?.q.toFixed(3);
  return { change: item, changed, q };
}
