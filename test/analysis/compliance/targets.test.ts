import assert from 'node:assert/strict';
import { test } from 'node:test';
import { complianceRollup, type WorkloadCompliance } from '../../../src/analysis/compliance/rollup.ts';
import { compliance32110 } from '../../../src/analysis/compliance/rule-32110.ts';
import {
  type RpoEvidence,
  type RtoEvidence,
  rpoCompliance,
  rtoCompliance,
} from '../../../src/analysis/compliance/targets.ts';
import { DAY, HOUR, NOW } from '../risk/builders.ts';

test('a point inside the RPO meets it, until that many hours after it', () => {
  const { status, ageHours, expires } = rpoCompliance(rpo(), NOW);
  assert.deepEqual([status, ageHours, expires], ['MET', 6, NOW + 18 * HOUR]);
});

test('how often it was missed before is said, and changes no verdict', () => {
  const { status, reasons } = rpoCompliance(rpo({ shareBeyond: 0.2 }), NOW);
  assert.deepEqual([status, reasons], ['MET', ['beyond the target in 20 % of the last 30 days']]);
});

test('points are what they were judged when they were read, but for their age', () => {
  for (const readStatus of ['MET', 'AT_RISK', 'BREACHED', 'NEVER', 'UNKNOWN'] as const)
    assert.equal(rpoCompliance(rpo({ readStatus }), NOW).status, readStatus);
  const silent = rpoCompliance(rpo({ newestAt: NOW - 30 * HOUR, readAt: NOW - 20 * HOUR }), NOW);
  assert.deepEqual([silent.status, silent.reasons], ['UNKNOWN', ['MET when read, past it now']]);
  assert.equal(
    rpoCompliance(rpo({ readStatus: 'BREACHED', newestAt: NOW - 50 * HOUR }), NOW).status,
    'BREACHED',
  );
  assert.equal(rpoCompliance(rpo({ readAt: null }), NOW).status, 'UNKNOWN');
});

test('the RTO is judged by the end of the range that speaks against it', () => {
  const status = (p: number, p10: number, p90: number) => rtoCompliance(rto({ p, p10, p90 }), NOW).status;
  assert.equal(status(0.9, 0.8, 0.97), 'COMPLIANT');
  assert.equal(status(0.85, 0.7, 0.95), 'AT_RISK');
  assert.equal(status(0.3, 0.1, 0.6), 'NON_COMPLIANT');
  assert.equal(status(0.7, 0.4, 0.9), 'UNPROVEN');
  assert.equal(rtoCompliance(rto({ trials: 0, p: 0.9, p10: 0.85 }), NOW).status, 'UNTESTED');
});

test('a restore test proves for ninety days', () => {
  const proven = rto({ p: 0.9, p10: 0.85, p90: 0.97 });
  assert.equal(rtoCompliance(proven, NOW).expires, NOW + 80 * DAY);
  assert.equal(rtoCompliance({ ...proven, lastTestAt: NOW - 91 * DAY }, NOW).status, 'UNPROVEN');
});

test('the roll-up counts each tier, those without one, and all', () => {
  const rows = complianceRollup([machine('a', 1), machine('b', null), machine('c', 1)]);
  assert.deepEqual(
    rows.map(({ tier, workloads }) => [tier, workloads]),
    [
      [1, 2],
      [null, 1],
      ['all', 3],
    ],
  );
  const all = rows.at(-1);
  assert.deepEqual(all?.digits.errors, { proven: 0, unproven: 3, broken: 0 });
  assert.deepEqual(all?.rule, { proven: 0, unproven: 3, broken: 0 });
  assert.equal(all?.rpo.MET, 3);
  assert.deepEqual([all?.shareLow, all?.shareHigh, all?.nextExpiry], [0, 1, null]);
});

test('a roll-up of nothing has no share, rather than a perfect one', () => {
  const [all] = complianceRollup([]);
  assert.deepEqual([all?.tier, all?.shareLow, all?.shareHigh], ['all', null, null]);
});

function rpo(given: Partial<RpoEvidence> = {}): RpoEvidence {
  return {
    targetHours: 24,
    targetBasis: 'default',
    newestAt: NOW - 6 * HOUR,
    readAt: NOW - HOUR,
    readStatus: 'MET',
    shareBeyond: 0,
    refs: [],
    ...given,
  };
}

function rto(given: Partial<RtoEvidence> = {}): RtoEvidence {
  return {
    targetMinutes: 30,
    targetBasis: 'tier',
    p: null,
    p10: null,
    p90: null,
    trials: 5,
    lastTestAt: NOW - 10 * DAY,
    refs: [],
    ...given,
  };
}

function machine(id: string, tier: number | null): WorkloadCompliance {
  const rule = compliance32110({ copies: [], verifications: [], census: null }, NOW);
  return { id, tier, rule, rpo: rpoCompliance(rpo(), NOW), rto: rtoCompliance(rto(), NOW) };
}
