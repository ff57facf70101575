import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { capacityHazard } from '../../../src/analysis/risk/capacity.ts';
import { type GapStatus, gapHazard, toleratedMisses } from '../../../src/analysis/risk/gap.ts';
import type { Hazard } from '../../../src/analysis/risk/hazard.ts';
import { integrityHazard } from '../../../src/analysis/risk/integrity.ts';
import { recoverHazard } from '../../../src/analysis/risk/recover.ts';
import { capacity, DAY, failing, gap, HOUR, integrity, NOW, recover, signal, untested } from './builders.ts';

test('without evidence each hazard is its prior', () => {
  assert.deepEqual(range(gapHazard(null, NOW)), ['0.200', '0.026', '0.438']);
  assert.deepEqual(range(capacityHazard(null, NOW)), ['0.250', '0.035', '0.536']);
  assert.deepEqual(range(integrityHazard(null, NOW)), ['0.150', '0.020', '0.500']);
  assert.deepEqual(range(recoverHazard(null, NOW)), ['0.500', '0.100', '0.900']);
});

test('a gap needs all tolerated runs to fail', () => {
  // p = (4 + 20) / (5 + 20), so one miss is 0.04.
  assert.equal(gapHazard(gap(), NOW).q.toFixed(4), '0.0400');
  assert.equal(toleratedMisses(gap({ rpoHours: 72 })), 3);
  // 20 good runs earn 20/21 of the two further ones.
  assert.equal(gapHazard(gap({ rpoHours: 72 }), NOW).q.toFixed(6), (0.04 ** (1 + 40 / 21)).toFixed(6));
  assert.equal(gapHazard(gap({ rpoHours: 72, credit: 0, weight: 0 }), NOW).q, 0.2);
  assert.equal(toleratedMisses(gap({ intervalHours: null })), 1);
});

test('a job without one good run is certain to have a gap, but for a twentieth', () => {
  assert.equal(gapHazard(failing(), NOW).q, 0.95);
  assert.equal(gapHazard(gap({ credit: 10, status: 'BREACHED', ageHours: 60 }), NOW).q, 0.9);
  assert.equal(gapHazard(gap({ credit: 0, weight: 0, lastObservedAt: null, status: 'NEVER' }), NOW).q, 0.9);
});

test('the share of the last 30 days beyond the RPO counts where it says more than the runs', () => {
  assert.equal(gapHazard(gap({ shareBeyondRpo: 0.5 }), NOW).q, 0.5);
  assert.equal(gapHazard(gap({ shareBeyondRpo: 0.01 }), NOW).q.toFixed(2), '0.04');
});

test('an old point is the newest usable one, and newer ones that are infected are named', () => {
  const late = { status: 'BREACHED' as const, ageHours: 66 };
  assert.equal(
    gapHazard(gap(late), NOW).reasons[0],
    'the newest usable restore point was 66 hours old, the RPO is 24',
  );
  const { reasons } = gapHazard(gap({ ...late, isNewerUnusable: true }), NOW);
  assert.equal(reasons[1], 'newer points are infected or suspicious');
});

test('a new job is not late, and nothing of it is called measured', () => {
  const hazard = gapHazard(
    gap({ credit: 0, weight: 0, lastObservedAt: null, status: 'NEVER', isNew: true }),
    NOW,
  );
  assert.equal(hazard.q, 0.2);
  assert.equal(hazard.basis, 'assumed');
});

test('runs begin to age when the next one was due', () => {
  const weekly = gap({ intervalHours: 168, rpoHours: 168, lastObservedAt: NOW - 6 * DAY });
  assert.equal(gapHazard(weekly, NOW).ageDays, 0);
  // Two days overdue: half of 20 runs, p = (4 + 10) / (5 + 10).
  assert.equal(gapHazard(gap({ lastObservedAt: NOW - 3 * DAY }), NOW).q.toFixed(4), '0.0667');
});

test('the range of a gap is that of the Beta distribution of its runs', () => {
  const none = gapHazard(gap({ credit: 0, weight: 0, shareBeyondRpo: 0 }), NOW);
  assert.deepEqual(range(none), ['0.200', '0.026', '0.438']);
});

test('a repository beyond 95 % is 0.95, one without a limit 0.01, one without a forecast the prior', () => {
  assert.equal(capacityHazard(capacity({ status: 'EXCEEDED' }), NOW).q, 0.95);
  assert.equal(capacityHazard(capacity({ status: 'UNBOUNDED', p95Within: null }), NOW).q, 0.01);
  assert.equal(capacityHazard(capacity({ status: 'UNKNOWN', p95Within: null }), NOW).q, 0.25);
  assert.equal(capacityHazard(capacity({ p95Within: 0.8 }), NOW).q, 0.8);
});

test('a full repository is said to be as full as it is', () => {
  const reasonOf = (useShare: number | null) =>
    capacityHazard(capacity({ status: 'EXCEEDED', useShare, p95Within: null }), NOW).reasons[0];
  assert.equal(reasonOf(0.9996), '99.9 % of the capacity is used');
  assert.equal(reasonOf(null), '95 % or more of the capacity is used');
});

test('half of the distance to the prior is gone after one half-life', () => {
  assert.equal(capacityHazard(capacity({ p95Within: 0.85 }), NOW + 3 * DAY).q.toFixed(3), '0.550');
  assert.equal(integrityHazard(integrity(), NOW + 7 * DAY).q.toFixed(3), '0.085');
  assert.equal(recoverHazard(recover({ p: 0.9 }), NOW + 45 * DAY).q.toFixed(3), '0.300');
});

test('after two half-lives a number is assumed rather than measured', () => {
  assert.equal(capacityHazard(capacity(), NOW + 5.9 * DAY).basis, 'measured');
  assert.equal(capacityHazard(capacity(), NOW + 6.1 * DAY).basis, 'assumed');
});

test('signals of different kinds add up, and those of one family count once', () => {
  const q = (...kinds: Parameters<typeof signal>[0][]) =>
    integrityHazard(integrity({ signals: kinds.map((kind) => signal(kind)) }), NOW).q.toFixed(3);
  assert.equal(q(), '0.020');
  assert.equal(q('VOLUME_COLLAPSE'), '0.150');
  assert.equal(q('ENTROPY_SUSPECT'), '0.500');
  assert.equal(q('ENTROPY_SUSPECT', 'REDUCTION_DROP', 'ENTROPY_SUSPECT'), '0.500');
  assert.equal(q('MALWARE_INFECTED'), '0.900');
  assert.equal(q('ENTROPY_SUSPECT', 'MALWARE_SUSPICIOUS'), '0.750');
  // 1 - 0.5 * 0.9 * 0.9 * 0.7
  assert.equal(q('ENTROPY_SUSPECT', 'FOUR_EYES_FAILED', 'IMMUTABILITY_WEAKENED', 'MASS_DELETION'), '0.717');
  assert.equal(q('MALWARE_INFECTED', 'ENTROPY_SUSPECT', 'MASS_DELETION'), '0.950');
});

test('the signals are named as reasons, worst first, with their rows', () => {
  const signals = [signal('MASS_DELETION'), signal('ENTROPY_SUSPECT'), signal('ENTROPY_SUSPECT')];
  const { reasons, evidence } = integrityHazard(integrity({ signals }), NOW);
  assert.deepEqual(reasons, [
    'data change and reduce as if encrypted (2 times)',
    'many restore points were deleted at once',
  ]);
  assert.equal(evidence.length, 4);
});

test('a point of unknown status with nothing judged is not clean', () => {
  const hazard = integrityHazard(
    integrity({ isDataJudged: false, isMalwareJudged: false, newestPointStatus: 'UNKNOWN' }),
    NOW,
  );
  assert.equal(hazard.q, 0.15);
  assert.equal(hazard.basis, 'none');
  assert.equal(integrityHazard(integrity({ isMalwareJudged: false }), NOW).q.toFixed(3), '0.085');
});

test('an infected newest point is as bad as an event that says so', () => {
  assert.equal(integrityHazard(integrity({ newestPointStatus: 'INFECTED' }), NOW).q, 0.9);
  assert.equal(integrityHazard(integrity({ newestPointStatus: 'CORRUPTED' }), NOW).q, 0.9);
  assert.equal(integrityHazard(integrity({ newestPointStatus: 'SUSPICIOUS' }), NOW).q, 0.5);
});

test('an untested workload inherits the pessimistic end of what others showed', () => {
  // Pool of 8 out of 10: the lower bound is 0.6016.
  assert.equal(recoverHazard(untested(0.6016), NOW).q.toFixed(4), '0.3984');
  assert.equal(recoverHazard(untested(0.6016), NOW).basis, 'pooled');
  assert.equal(recoverHazard(untested(0.99), NOW).q.toFixed(2), '0.20');
  assert.equal(recoverHazard(untested(), NOW).basis, 'none');
});

const count = fc.double({ min: 0, max: 60, noNaN: true });
const status = fc.constantFrom<GapStatus>('OK', 'LATE', 'BREACHED', 'NEVER');
const gaps = fc
  .record({
    weight: count,
    share: fc.double({ min: 0, max: 1, noNaN: true }),
    status,
    rpoHours: fc.constantFrom(24, 48, 72, 168),
    shareBeyondRpo: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
    ageDays: fc.double({ min: 0, max: 60, noNaN: true }),
  })
  .map(({ share, ageDays, ...given }) =>
    gap({ ...given, credit: given.weight * share, lastObservedAt: NOW - ageDays * DAY, asOf: NOW - HOUR }),
  );

test('more failures never lower a gap, nor either end of its range', () => {
  fc.assert(
    fc.property(gaps, fc.double({ min: 0.01, max: 20, noNaN: true }), (evidence, failures) => {
      const before = gapHazard(evidence, NOW);
      const after = gapHazard({ ...evidence, weight: evidence.weight + failures }, NOW);
      for (const key of ['q', 'high'] as const) assert.ok(after[key] >= before[key] - 1e-9, key);
    }),
  );
});

test('older evidence never moves q away from the prior', () => {
  const p = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(gaps, p, fc.nat(60), fc.nat(60), (evidence, value, days, more) => {
      const early = NOW + days * DAY;
      const late = early + more * DAY;
      const pairs: [Hazard, Hazard, number][] = [
        [gapHazard(evidence, early), gapHazard(evidence, late), 0.2],
        [at(capacity({ p95Within: value }), early), at(capacity({ p95Within: value }), late), 0.25],
        [integrityHazard(integrity(), early), integrityHazard(integrity(), late), 0.15],
        [recoverHazard(recover({ p: value }), early), recoverHazard(recover({ p: value }), late), 0.5],
      ];
      for (const [before, after, prior] of pairs)
        assert.ok(Math.abs(after.q - prior) <= Math.abs(before.q - prior) + 1e-9, before.hazard);
    }),
  );
});

test('q always lies within its range, and the range within 0 to 1', () => {
  fc.assert(
    fc.property(gaps, fc.nat(30), (evidence, days) => {
      const { q, low, high } = gapHazard(evidence, NOW + days * DAY);
      assert.ok(0 <= low && low <= q && q <= high && high <= 1);
    }),
  );
});

function at(evidence: Parameters<typeof capacityHazard>[0], now: number): Hazard {
  return capacityHazard(evidence, now);
}

function range({ q, low, high }: Hazard): string[] {
  return [q, low, high].map((value) => value.toFixed(3));
}
