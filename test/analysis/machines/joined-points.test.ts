import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { judgeAlone, togetherAtBest } from '../../../src/analysis/machines/joined-points.ts';
import { pointsRecord, type RestorePoint, type RpoStatus } from '../../../src/analysis/recovery/points.ts';

const NOW = Date.UTC(2026, 2, 18, 12);
const HOUR = 3_600_000;
const BEST_FIRST: readonly RpoStatus[] = ['MET', 'AT_RISK', 'UNKNOWN', 'BREACHED', 'NEVER'];

const points = (hours: readonly number[], locationId = 'r'): RestorePoint[] =>
  hours.map((ago, index) => ({
    pointId: `${locationId}-${index}`,
    backupId: null,
    locationId,
    createdAt: NOW - ago * HOUR,
    type: null,
    malwareStatus: null,
    isCorrupted: null,
    vanishedAt: null,
  }));

function together(all: readonly { points: RestorePoint[]; isComplete: boolean }[], rpoHours: number) {
  const union = pointsRecord({
    points: all.flatMap((one) => one.points),
    rpoHours,
    now: NOW,
    isComplete: all[0]?.isComplete ?? true,
  });
  return togetherAtBest(union, judgeAlone(all, { rpoHours, now: NOW }));
}

test('gaps of two protections do not add up to a worse one', () => {
  // Hourly for most of a day here, daily for a month there: half of the gaps of both are longer than four hours.
  const own = { points: points(Array.from({ length: 20 }, (_, index) => index + 1)), isComplete: true };
  const other = {
    points: points(
      Array.from({ length: 30 }, (_, index) => 30 + 24 * index),
      'v',
    ),
    isComplete: true,
  };
  const union = pointsRecord({ points: [...own.points, ...other.points], rpoHours: 4, now: NOW });
  assert.equal(union.status, 'AT_RISK');
  assert.equal(together([own, other], 4).status, 'MET');
});

test('taking a protection away never makes the RPO greener', () => {
  const hours = fc.array(fc.integer({ min: 0, max: 24 * 40 }), { maxLength: 12 });
  const protection = fc.record({ hours, isComplete: fc.boolean() });
  fc.assert(
    fc.property(protection, protection, fc.constantFrom(1, 4, 24, 168), (first, second, rpoHours) => {
      const sides = [first, second].map((one, index) => ({
        points: points(one.hours, String(index)),
        isComplete: one.isComplete,
      }));
      const both = together(sides, rpoHours);
      for (const [index, alone] of judgeAlone(sides, { rpoHours, now: NOW }).entries()) {
        // What was not read is not known, which is no colour.
        if (alone.status === 'UNKNOWN' || !sides[0]?.isComplete) continue;
        assert.ok(
          BEST_FIRST.indexOf(both.status) <= BEST_FIRST.indexOf(alone.status),
          `${both.status} with both, ${alone.status} with ${index} alone`,
        );
        // Of the same days only: the oldest point of all begins the time that is looked at.
        const first = Math.max(
          ...sides.flatMap((side) => side.points.map(({ createdAt }) => NOW - createdAt)),
        );
        const own = Math.max(...(sides[index]?.points ?? []).map(({ createdAt }) => NOW - createdAt));
        if (alone.breachedShare !== null && own === first)
          assert.ok((both.breachedShare ?? 1) <= alone.breachedShare + 1e-12);
      }
    }),
    { numRuns: 500 },
  );
});

test('a protection that began today does not say that the month before it was fine', () => {
  const own = { points: points([300, 400, 500, 600, 700]), isComplete: true };
  const other = { points: points([1], 'v'), isComplete: true };
  const share = together([own, other], 24).breachedShare ?? 0;
  // Of 700 hours those in which the newest point was older than a day: 4 x 76 and the last 275.
  assert.ok(Math.abs(share - (4 * 76 + 275) / 700) < 1e-9, String(share));
});
