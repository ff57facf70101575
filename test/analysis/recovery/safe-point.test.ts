import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RestorePoint } from '../../../src/analysis/recovery/points.ts';
import { lastSafePoint, withoutSafePoint } from '../../../src/analysis/recovery/safe-point.ts';
import { assessTrials, type RestoreTrial } from '../../../src/analysis/recovery/trial.ts';
import { DAY, HOUR, NOW } from '../builders.ts';
import { point, trial } from './builders.ts';

/** A full point nine days ago and an increment each day since: p0 is of today, p9 the full one. */
const chain = (given: (index: number) => Partial<RestorePoint> = () => ({})): RestorePoint[] =>
  Array.from({ length: 10 }, (_, index) =>
    point({
      pointId: `p${index}`,
      createdAt: NOW - index * DAY - 4 * HOUR,
      type: index === 9 ? 'Full' : 'Increment',
      ...given(index),
    }),
  );

const safe = (points: RestorePoint[], ...trials: RestoreTrial[]) => {
  const found = lastSafePoint(points, assessTrials(trials, NOW), NOW);
  return found === null
    ? null
    : [found.point.pointId, found.proof.kind, found.proof.scope, found.proof.cleanBy];
};
const sureBackup = (pointId: string | null, given: Partial<RestoreTrial> = {}) =>
  trial({ class: 'SUREBACKUP', restorePointId: pointId, startedAt: NOW - HOUR, ...given });

test('the point that was verified is safe, not a newer one that was not', () => {
  assert.deepEqual(safe(chain(), sureBackup('p3')), ['p3', 'SUREBACKUP', 'POINT', 'SOURCE']);
  assert.deepEqual(safe(chain(), sureBackup('p3'), trial({ restorePointId: 'p3' })), [
    'p3',
    'RESTORE',
    'POINT',
    'SOURCE',
  ]);
});

test('without a success nothing is proven', () => {
  assert.equal(safe(chain()), null);
  assert.equal(safe(chain(), sureBackup('p3', { outcome: 'FAILED' })), null);
  assert.equal(safe(chain(), sureBackup('p3', { outcome: 'WARNING' })), null);
  assert.equal(safe(chain(), trial({ class: 'FLR', restorePointId: 'p3' })), null);
  assert.equal(safe(chain(), sureBackup('not listed')), null);
});

test('if the verified point is gone, an earlier one of its chain is safe by the same proof', () => {
  const gone = chain((index) => (index <= 3 ? { vanishedAt: NOW - HOUR / 2 } : {}));
  assert.deepEqual(safe(gone, sureBackup('p3')), ['p4', 'SUREBACKUP', 'CHAIN', 'SOURCE']);
});

test('a point that is not clean proves nothing of those before it, though it came back', () => {
  for (const malwareStatus of ['Infected', 'Suspicious', null]) {
    const dirty = chain((index) => (index <= 3 ? { malwareStatus } : {}));
    assert.equal(safe(dirty, sureBackup('p3')), null, `${malwareStatus}`);
    assert.equal(safe(dirty, sureBackup('p3'), sureBackup('p6'))?.[0], 'p6', `${malwareStatus}`);
  }
});

test('a proof ends at the full point and at other backups', () => {
  const twoChains = chain((index) => ({
    ...(index === 5 ? { type: 'Full' } : {}),
    ...(index <= 5 && index >= 3 ? { vanishedAt: NOW - HOUR / 2 } : {}),
  }));
  assert.equal(safe(twoChains, sureBackup('p3')), null);
  const otherBackup = chain((index) => (index <= 3 ? { vanishedAt: NOW - HOUR / 2 } : { backupId: 'other' }));
  assert.equal(safe(otherBackup, sureBackup('p3')), null);
  const reverse = chain((index) =>
    index === 0 ? { type: 'Full' } : { type: 'Rollback', vanishedAt: index === 3 ? NOW - HOUR / 2 : null },
  );
  assert.equal(safe(reverse, sureBackup('p3')), null);
});

test('a failure on the same point takes the older proof away, an older failure does not', () => {
  const early = { startedAt: NOW - 3 * HOUR };
  assert.equal(safe(chain(), sureBackup('p3', early), sureBackup('p3', { outcome: 'FAILED' })), null);
  assert.deepEqual(
    safe(chain(), sureBackup('p3', { ...early, outcome: 'FAILED' }), sureBackup('p3'))?.[0],
    'p3',
  );
});

test('a content scan makes a point without a status clean, and one that found something makes it not clean', () => {
  const unknown = chain(() => ({ malwareStatus: null }));
  const scan = (given: Partial<RestoreTrial> = {}) => sureBackup('p3', { class: 'CONTENT_SCAN', ...given });
  assert.equal(safe(unknown, sureBackup('p3')), null);
  assert.deepEqual(safe(unknown, scan()), ['p3', 'CONTENT_SCAN', 'POINT', 'CONTENT_SCAN']);
  assert.deepEqual(safe(unknown, scan(), sureBackup('p3')), ['p3', 'SUREBACKUP', 'POINT', 'CONTENT_SCAN']);
  const found = scan({ outcome: 'FAILED', startedAt: NOW - 3 * HOUR });
  assert.equal(safe(chain(), found, sureBackup('p3')), null);
  assert.equal(safe(chain().slice(3, 4), found, sureBackup('p3')), null);
  assert.deepEqual(safe(chain(), found, scan(), sureBackup('p3'))?.[0], 'p3');
});

test('an infected or vanished point is never safe, whatever was verified', () => {
  assert.equal(safe([point({ pointId: 'a', malwareStatus: 'Infected' })], sureBackup('a')), null);
  assert.equal(safe([point({ pointId: 'a', vanishedAt: NOW - HOUR })], sureBackup('a')), null);
});

test('a SureBackup without a point took the newest of its time, and that is said; a restore may have taken any', () => {
  const since = { startedAt: NOW - 2 * DAY };
  assert.deepEqual(safe(chain(), sureBackup(null, since)), ['p2', 'SUREBACKUP', 'ASSUMED_NEWEST', 'SOURCE']);
  assert.equal(safe(chain(), trial({ ...since })), null);
  const createdAt = chain()[4]?.createdAt ?? null;
  assert.deepEqual(safe(chain(), trial({ pointCreatedAt: createdAt })), ['p4', 'RESTORE', 'POINT', 'SOURCE']);
});

test('why there is no safe point is said', () => {
  const why = (points: RestorePoint[], ...trials: RestoreTrial[]) =>
    withoutSafePoint(points, assessTrials(trials, NOW));
  assert.match(why([]), /no restore point/);
  assert.match(why(chain()), /no restore, SureBackup or content scan/);
  assert.match(
    why(
      chain(() => ({ malwareStatus: null })),
      sureBackup('p3'),
    ),
    /none of its points clean/,
  );
});
