import assert from 'node:assert/strict';
import { test } from 'node:test';
import { groupRepositories, type RepositoryState } from '../../../src/analysis/capacity/grouping.ts';

test('a scale-out repository is the sum of its extents, and its fullest extent is named', () => {
  const [group] = groupRepositories([
    state({ repositoryId: 'a', scaleOutRepositoryId: 'sobr', freeBytes: 100 }),
    state({ repositoryId: 'b', scaleOutRepositoryId: 'sobr', freeBytes: 700, hostId: 'other' }),
  ]);
  // METHODS 3.2: aggregate 60 %, worst 90 %.
  assert.equal(group?.groupId, 'sobr');
  assert.equal(group?.capacityBytes, 2000);
  near(group?.useShare, 0.6);
  assert.equal(group?.worst?.repositoryId, 'a');
  near(group?.worst?.useShare, 0.9);
});

test('only online performance extents that take data are counted', () => {
  const [group] = groupRepositories([
    state({ repositoryId: 'a', scaleOutRepositoryId: 'sobr' }),
    state({ repositoryId: 'b', scaleOutRepositoryId: 'sobr', hostId: 'h2', isOnline: false }),
    state({
      repositoryId: 'c',
      scaleOutRepositoryId: 'sobr',
      hostId: 'h3',
      extentType: 'Capacity',
      capacityBytes: null,
    }),
    state({ repositoryId: 'd', scaleOutRepositoryId: 'sobr', hostId: 'h4', isInMaintenance: true }),
  ]);
  assert.deepEqual(group?.counted, ['a']);
  assert.deepEqual(group?.members, ['a', 'b', 'c', 'd']);
  assert.equal(group?.capacityBytes, 1000);
  assert.deepEqual(group?.reasons, ['OFFLINE_MEMBERS_NOT_COUNTED', 'MAINTENANCE_NOT_COUNTED']);
});

test('repositories that report the same space on one host are one volume', () => {
  const groups = groupRepositories([
    state({ repositoryId: 'a', path: '/backup/a' }),
    state({ repositoryId: 'b', path: '/backup/b' }),
    state({ repositoryId: 'c', path: '/backup/c', freeBytes: 7 }),
  ]);
  assert.deepEqual(
    groups.map(({ kind, members }) => [kind, members]),
    [
      ['SHARED_VOLUME', ['a', 'b']],
      ['REPOSITORY', ['c']],
    ],
  );
  assert.equal(groups[0]?.capacityBytes, 1000);
  assert.deepEqual(groups[0]?.reasons, ['SHARED_VOLUME_COUNTED_ONCE']);
});

test('folders on one drive of one host are one volume, on two hosts they are two', () => {
  const kinds = (hosts: [string, string]) =>
    groupRepositories([
      state({ repositoryId: 'a', path: 'E:\\Backup', hostId: hosts[0], freeBytes: 300 }),
      // Read a moment later, so the free space differs.
      state({ repositoryId: 'b', path: 'e:\\Archive', hostId: hosts[1], freeBytes: 299 }),
    ]).length;
  assert.equal(kinds(['h', 'h']), 1);
  assert.equal(kinds(['h', 'i']), 2);
});

test('repositories without a limit are not one volume because both have none', () => {
  const unlimited = { capacityBytes: null, freeBytes: null, path: null };
  const groups = groupRepositories([
    state({ repositoryId: 'a', ...unlimited }),
    state({ repositoryId: 'b', ...unlimited }),
  ]);
  assert.equal(groups.length, 2);
  assert.equal(groups[0]?.useShare, null);
  assert.deepEqual(groups[0]?.reasons, ['MEMBER_WITHOUT_CAPACITY']);
});

test('a group of which nothing is online is not known, and not empty', () => {
  const [group] = groupRepositories([state({ repositoryId: 'a', isOnline: false })]);
  assert.equal(group?.capacityBytes, null);
  assert.deepEqual(group?.reasons, ['OFFLINE_MEMBERS_NOT_COUNTED', 'NOTHING_COUNTED']);
});

function state(given: Partial<RepositoryState>): RepositoryState {
  return {
    repositoryId: 'r',
    hostId: 'h',
    path: null,
    capacityBytes: 1000,
    freeBytes: 400,
    isOnline: true,
    scaleOutRepositoryId: null,
    extentType: null,
    ...given,
  };
}

function near(actual: number | null | undefined, expected: number): void {
  assert.ok(actual !== null && actual !== undefined && Math.abs(actual - expected) < 1e-9);
}
