import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { capacityHazard } from '../../../src/analysis/risk/capacity.ts';
import { gapHazard } from '../../../src/analysis/risk/gap.ts';
import type { Hazard } from '../../../src/analysis/risk/hazard.ts';
import { assessRisk } from '../../../src/analysis/risk/items.ts';
import {
  assessInput,
  assessInputs,
  type RiskInput,
  underInputs,
} from '../../../src/analysis/risk/staleness.ts';
import { capacity, DAY, facts, failing, gap, HOUR, inputs, NOW, repository, workload } from './builders.ts';

const [HEALTH] = inputs() as [RiskInput];

test('an input is fresh until it has missed a run, and says what it did not read', () => {
  const status = (given: Partial<RiskInput>) => assessInput({ ...HEALTH, ...given }, NOW).status;
  assert.equal(status({}), 'FRESH');
  assert.equal(status({ lastSuccessAt: NOW - 25 * HOUR }), 'FRESH');
  assert.equal(status({ lastSuccessAt: NOW - 27 * HOUR }), 'STALE');
  assert.equal(status({ completeness: 0.9375 }), 'PARTIAL');
  assert.equal(status({ missing: ['/api/v1/malwareDetection/events'] }), 'PARTIAL');
  assert.equal(status({ lastSuccessAt: null }), 'MISSING');
  assert.equal(status({ expectedHours: null, lastSuccessAt: NOW - 27 * HOUR }), 'STALE');
});

test('a worker that is not among the inputs has never brought anything', () => {
  assert.deepEqual(
    assessInputs([HEALTH], 's', NOW).map(({ worker, status }) => [worker, status]),
    [
      ['health', 'FRESH'],
      ['capacity', 'MISSING'],
      ['efficiency', 'MISSING'],
      ['rto', 'MISSING'],
    ],
  );
});

test('a full repository stays full while nobody looks', () => {
  const full = capacity({ status: 'EXCEEDED', asOf: NOW - 10 * DAY });
  const stale = under((now) => capacityHazard(full, now), { lastSuccessAt: NOW - 10 * DAY });
  assert.equal(stale.hazard.q, 0.95);
  assert.ok(stale.hazard.low < 0.2);
  assert.deepEqual(stale.flags, ['STALE_INPUT']);
  assert.match(stale.hazard.reasons.at(-1) ?? '', /240 hours ago/);
});

test('what was well drifts to its prior while nobody looks, with a range that holds both', () => {
  const well = gap({ lastObservedAt: NOW - 10 * DAY, asOf: NOW - 10 * DAY });
  const { hazard } = under((now) => gapHazard(well, now), { lastSuccessAt: NOW - 10 * DAY });
  assert.ok(hazard.q > 0.12);
  assert.ok(hazard.low < 0.02 && hazard.high > 0.3);
  assert.equal(hazard.basis, 'assumed');
});

test('stale, partial or missing inputs never make a hazard greener, nor its range narrower', () => {
  const input = fc.record({
    lastSuccessAt: fc.option(fc.integer({ min: 0, max: 60 }).map((days) => NOW - days * DAY)),
    completeness: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
    missing: fc.constantFrom([], ['/api/v1/jobs']),
  });
  const p = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(input, p, fc.boolean(), fc.nat(40), (given, p95Within, isFailing, days) => {
      const asOf = NOW - days * DAY;
      const read = isFailing ? failing() : gap();
      for (const at of [
        (now: number) => capacityHazard(capacity({ p95Within, asOf }), now),
        (now: number) => gapHazard({ ...read, lastObservedAt: asOf, asOf }, now),
      ]) {
        const fresh = at(NOW);
        const { hazard } = under(at, given);
        assert.ok(hazard.q >= fresh.q - 1e-12);
        assert.ok(hazard.low <= fresh.low + 1e-12 && hazard.high >= fresh.high - 1e-12);
      }
    }),
  );
});

test('the risks name the inputs that were stale, and so does the run', () => {
  const stale = inputs({ worker: 'capacity', lastSuccessAt: NOW - 5 * DAY });
  const { items, inputs: states } = assessRisk(facts({ inputs: stale }));
  assert.ok(items.every(({ flags }) => flags.includes('STALE_INPUT')));
  assert.equal(states.find(({ worker }) => worker === 'capacity')?.status, 'STALE');
  const well = assessRisk(facts()).items;
  for (const item of items) {
    const before = well.find(({ key }) => key === item.key);
    assert.ok(before && item.score >= before.score && item.scoreHigh >= before.scoreHigh);
    assert.ok(item.scoreLow <= before.scoreLow);
  }
});

test('a repository that was full when the collector fell silent is still the worst risk', () => {
  const asOf = NOW - 20 * DAY;
  const { items } = assessRisk(
    facts({
      inputs: inputs({ worker: 'capacity', lastSuccessAt: asOf }),
      repositories: [repository('r', { capacity: capacity({ status: 'EXCEEDED', asOf }) })],
    }),
  );
  assert.equal(items[0]?.key, 'repository:r');
  assert.equal(items[0]?.contributions[0]?.q, 0.95);
});

function under(at: (now: number) => Hazard, given: Partial<RiskInput>) {
  return underInputs(at, NOW, [assessInput({ ...HEALTH, ...given }, NOW)]);
}

test('a machine whose points were overdue stays overdue while nobody reads points, even without a job', () => {
  const overdue = gap({
    weight: 0,
    credit: 0,
    status: 'BREACHED',
    lastObservedAt: null,
    asOf: NOW - 10 * DAY,
  });
  const stale = inputs({ worker: 'rto', lastSuccessAt: NOW - 10 * DAY });
  const { items } = assessRisk(
    facts({ inputs: stale, jobs: [], workloads: [workload('w', { jobIds: [], gap: overdue })] }),
  );
  const found = items.find(({ key }) => key === 'workload:w');
  assert.ok((found?.contributions.find(({ hazard }) => hazard === 'gap')?.q ?? 0) >= 0.9);
  assert.ok(found?.flags.includes('STALE_INPUT'));
});
