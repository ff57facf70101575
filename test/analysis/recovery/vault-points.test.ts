import assert from 'node:assert/strict';
import { test } from 'node:test';
import { vaultImmutability } from '../../../src/analysis/recovery/immutability.ts';
import { type PointBlock, pointsRecord, type RestorePoint } from '../../../src/analysis/recovery/points.ts';

const HOUR_MS = 3_600_000;
const NOW = Date.UTC(2026, 2, 18, 12);

const point = (
  hoursAgo: number,
  blockedBy: PointBlock | null = null,
  expiresAt: number | null = null,
): RestorePoint => ({
  pointId: `p${hoursAgo}`,
  backupId: 'item',
  locationId: 'vault',
  createdAt: NOW - hoursAgo * HOUR_MS,
  type: 'AppConsistent',
  malwareStatus: null,
  isCorrupted: null,
  vanishedAt: null,
  blockedBy,
  expiresAt,
});

test('a point from which no restore can begin at once meets no RPO, and is told', () => {
  const blocks: [PointBlock, RegExp][] = [
    ['ARCHIVED', /1 points in the archive are not counted: hours of rehydration/],
    ['SOFT_DELETED', /1 soft-deleted points are not counted: an undelete/],
    ['NO_COPY', /1 points are listed, but no tier holds them/],
  ];
  for (const [block, reason] of blocks) {
    const alone = pointsRecord({ points: [point(2, block)], rpoHours: 24, now: NOW });
    assert.equal(alone.status, 'NEVER');
    assert.equal(alone.points, 0);
    assert.match(alone.reasons.join('; '), reason);
    const beside = pointsRecord({ points: [point(2, block), point(30)], rpoHours: 24, now: NOW });
    assert.equal(beside.status, 'BREACHED');
    assert.equal(beside.newest?.pointId, 'p30');
    assert.equal(beside.blocked[block], 1);
  }
});

test('blocking a point never makes a record greener', () => {
  const rank = { MET: 3, AT_RISK: 2, BREACHED: 1, NEVER: 0, UNKNOWN: 0 };
  for (let blocked = 0; blocked < 6; blocked += 1) {
    const hours = [3, 9, 15, 21, 27, 33];
    const free = pointsRecord({ points: hours.map((hour) => point(hour)), rpoHours: 12, now: NOW });
    const less = pointsRecord({
      points: hours.map((hour, at) => point(hour, at <= blocked ? 'ARCHIVED' : null)),
      rpoHours: 12,
      now: NOW,
    });
    assert.ok(rank[less.status] <= rank[free.status]);
  }
});

test('a vault holds a point until it expires only if nobody can switch that off', () => {
  const expiresAt = NOW + 240 * HOUR_MS;
  const locked = vaultImmutability(point(2, null, expiresAt), 'Locked', NOW);
  assert.deepEqual([locked.basis, locked.until, locked.isImmutableNow], ['EXPIRY', expiresAt, true]);
  const past = vaultImmutability(point(900, null, NOW - HOUR_MS), 'Locked', NOW);
  assert.equal(past.isImmutableNow, false);
  const unlocked = vaultImmutability(point(2, null, expiresAt), 'Unlocked', NOW);
  assert.deepEqual([unlocked.basis, unlocked.until, unlocked.isImmutableNow], ['UNLOCKED', null, null]);
  assert.equal(vaultImmutability(point(2), 'Locked', NOW).basis, 'UNKNOWN');
  assert.equal(vaultImmutability(point(2), null, NOW).basis, 'UNKNOWN');
  assert.equal(vaultImmutability(point(2), 'Disabled', NOW).basis, 'NONE');
  assert.equal(vaultImmutability(null, 'Locked', NOW).basis, 'NONE');
});
