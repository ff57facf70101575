import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { BackupFileFact } from '../../../src/analysis/efficiency/files.ts';
import {
  type BackupHolding,
  type BackupOwner,
  toHolding,
} from '../../../src/analysis/efficiency/holdings.ts';
import { listReclaimable, type PeerShortfall } from '../../../src/analysis/efficiency/reclaimable.ts';
import { overRetained, type RetentionPolicy } from '../../../src/analysis/efficiency/retention.ts';
import { backupFile, DAY } from '../../support/backup-files.ts';

const GIB = 2 ** 30;
const NO_GFS = { weekly: 0, monthly: 0, yearly: 0 };

test('what no job owns and what a disabled job left is told with its owner, reason and caution', () => {
  const holdings = [
    toHolding(owner({ backupId: 'a', jobId: null, jobState: 'MISSING' }), files(3, 'vm-1')),
    toHolding(
      owner({ backupId: 'b', jobId: 'old', jobName: 'Old job', jobState: 'DISABLED' }),
      files(2, 'vm-2'),
    ),
    toHolding(owner({ backupId: 'c' }), files(4, 'vm-3')),
  ];
  const { items, totalBytes, totalAnnualCost } = listReclaimable(holdings, [], 200);
  assert.deepEqual(
    items.map(({ category, owner: { backupId }, bytes }) => [category, backupId, bytes]),
    [
      ['ORPHANED', 'a', 30 * GIB],
      ['DISABLED_JOB', 'b', 20 * GIB],
    ],
  );
  assert.equal(totalBytes, 50 * GIB);
  assert.ok(Math.abs(totalAnnualCost - (50 / 1024) * 200) < 1e-9);
  assert.ok(items.every(({ reason, caution }) => reason.length > 20 && caution.length > 20));
});

test('jobs that were not read make no backup an orphan', () => {
  const unknown = toHolding(owner({ jobState: 'UNKNOWN' }), files(3, 'vm-1'));
  assert.deepEqual(listReclaimable([unknown]).items, []);
});

test('a workload in two primary jobs is double, and the shorter history is the one to give up', () => {
  const holdings = [
    toHolding(owner({ backupId: 'a', jobId: 'job-a' }), files(10, 'vm-1')),
    toHolding(owner({ backupId: 'b', jobId: 'job-b' }), [...files(4, 'vm-1'), ...files(4, 'vm-2')]),
  ];
  const { items } = listReclaimable(holdings);
  assert.deepEqual(
    items.map(({ category, owner: { jobId }, workloadId, bytes, evidence }) => [
      category,
      jobId,
      workloadId,
      bytes,
      evidence.keptJobId,
    ]),
    [['DOUBLY_PROTECTED', 'job-b', 'vm-1', 40 * GIB, 'job-a']],
  );
});

test('a copy, a second backup of the same job and a disabled job double nothing', () => {
  const first = toHolding(owner({ backupId: 'a', jobId: 'job-a' }), files(5, 'vm-1'));
  const others = [
    owner({ backupId: 'b', jobId: 'copy', role: 'COPY' }),
    owner({ backupId: 'b', jobId: 'job-a' }),
    owner({ backupId: 'b', jobId: 'replica', role: 'UNKNOWN' }),
  ];
  for (const other of others)
    assert.deepEqual(listReclaimable([first, toHolding(other, files(5, 'vm-1'))]).items, []);
  const disabled = toHolding(owner({ backupId: 'b', jobId: 'off', jobState: 'DISABLED' }), files(5, 'vm-1'));
  assert.deepEqual(
    listReclaimable([first, disabled]).items.map(({ category }) => category),
    ['DISABLED_JOB'],
  );
});

test('points beyond the retention are told, what a chain or a GFS mark needs is not', () => {
  const chain = 'FIIIIIIFIIIIIIFII'
    .split('')
    .map((kind, day) =>
      backupFile({ backupFileId: `f${day}`, name: kind === 'F' ? 'm.vbk' : 'm.vib', createdAt: day * DAY }),
    );
  const beyond = (policy: RetentionPolicy, given = chain) => ids(overRetained(given.map(kinded), policy));
  // Seven points are days 10 to 16; day 10 needs the full of day 7.
  assert.deepEqual(beyond({ unit: 'POINTS', quantity: 7, gfs: NO_GFS }), [
    'f0',
    'f1',
    'f2',
    'f3',
    'f4',
    'f5',
    'f6',
  ]);
  assert.deepEqual(beyond({ unit: 'POINTS', quantity: 14, gfs: NO_GFS }), []);
  // Two days and one of grace: days 13 to 16, and day 13 needs day 7.
  assert.equal(beyond({ unit: 'DAYS', quantity: 2, gfs: NO_GFS }).length, 7);
  const marked = chain.map((file) =>
    file.backupFileId === 'f0' ? { ...file, gfsPeriods: ['Weekly'] } : file,
  );
  const weekly = (count: number) => ({
    unit: 'POINTS' as const,
    quantity: 3,
    gfs: { ...NO_GFS, weekly: count },
  });
  assert.ok(!beyond(weekly(4), marked).includes('f0'));
  assert.ok(beyond(weekly(1), marked).includes('f0'));
  assert.ok(!beyond({ unit: 'POINTS', quantity: 3, gfs: null }, marked).includes('f0'));
});

test('an item that is not backed up any more does not grow old, and three points stay', () => {
  const old = Array.from({ length: 5 }, (_, day) => backupFile({ name: 'm.vbk', createdAt: day * 30 * DAY }));
  assert.equal(overRetained(old.map(kinded), { unit: 'DAYS', quantity: 14, gfs: NO_GFS }).length, 2);
  const one = [backupFile({ name: 'm.vbk', createdAt: 0 })];
  assert.deepEqual(overRetained(one.map(kinded), { unit: 'DAYS', quantity: 14, gfs: NO_GFS }), []);
});

test('each byte counts for the first category, and the rest is shown as overlap', () => {
  const retention: RetentionPolicy = { unit: 'POINTS', quantity: 3, gfs: NO_GFS };
  const shortfall: PeerShortfall = {
    backupId: 'a',
    kind: 'FULL',
    share: 0.4,
    x: 1.2,
    xRef: 2,
    refBasis: 'assumed',
  };
  const enabled = toHolding(owner({ backupId: 'a', retention }), files(5, 'vm-1'));
  const { items, totalBytes, byCategory } = listReclaimable([enabled], [shortfall]);
  assert.deepEqual(
    items.map(({ category, bytes, grossBytes }) => [category, bytes / GIB, grossBytes / GIB]),
    [
      ['OVER_RETAINED', 20, 20],
      ['BELOW_PEERS', 12, 20],
    ],
  );
  assert.equal(totalBytes, 32 * GIB);
  assert.equal(byCategory.BELOW_PEERS.grossBytes, 20 * GIB);
  const orphan = { ...enabled, owner: owner({ backupId: 'a', retention, jobState: 'MISSING' }) };
  const claimed = listReclaimable([orphan], [shortfall]);
  assert.equal(claimed.totalBytes, 50 * GIB);
  assert.deepEqual(
    claimed.items.map(({ category, bytes, overlapBytes }) => [category, bytes / GIB, overlapBytes / GIB]),
    [
      ['ORPHANED', 50, 0],
      ['OVER_RETAINED', 0, 20],
      ['BELOW_PEERS', 0, 20],
    ],
  );
});

test('the total never exceeds what is stored, and a file that is listed twice counts once', () => {
  const state = fc.constantFrom<BackupOwner['jobState']>('ENABLED', 'DISABLED', 'MISSING', 'UNKNOWN');
  const backup = fc.record({
    state,
    copies: fc.boolean(),
    points: fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 12 }),
  });
  fc.assert(
    fc.property(
      fc.array(backup, { maxLength: 6 }),
      fc.double({ min: 0, max: 0.5, noNaN: true }),
      (backups, share) => {
        const holdings: BackupHolding[] = backups.map(({ state: jobState, copies, points }, i) => {
          const given = owner({
            backupId: `b${i}`,
            jobId: `j${i % 4}`,
            jobState,
            role: copies ? 'COPY' : 'PRIMARY',
            retention: { unit: 'POINTS', quantity: 2, gfs: NO_GFS },
          });
          const list = points.flatMap((machine, day) => files(1, `vm-${machine}`, day));
          return toHolding(given, [...list, ...list]);
        });
        const stored = backups.reduce((sum, { points }) => sum + points.length * 10 * GIB, 0);
        const shortfalls = backups.map((_, i) => ({
          backupId: `b${i}`,
          kind: 'FULL' as const,
          share,
          x: 1,
          xRef: 2,
          refBasis: 'peers' as const,
        }));
        const { totalBytes, items } = listReclaimable(holdings, shortfalls);
        assert.ok(totalBytes <= stored);
        assert.ok(items.every(({ bytes, grossBytes }) => bytes >= 0 && bytes <= grossBytes));
      },
    ),
  );
});

/** Fulls of 10 GiB, one a day, the last of them on the same day whatever their number. */
function files(count: number, objectId: string, day = 0): BackupFileFact[] {
  return Array.from({ length: count }, (_, i) =>
    backupFile({
      name: 'm.vbk',
      objectId,
      createdAt: (day - i) * DAY,
      dataBytes: 12 * GIB,
      storedBytes: 10 * GIB,
    }),
  );
}

function owner(given: Partial<BackupOwner> = {}): BackupOwner {
  return {
    backupId: 'backup',
    backupName: 'Backup',
    repositoryId: 'repository',
    jobId: 'job',
    jobName: 'Job',
    jobState: 'ENABLED',
    role: 'PRIMARY',
    retention: null,
    ...given,
  };
}

function kinded(file: BackupFileFact) {
  return { ...file, kind: file.name.endsWith('.vbk') ? ('FULL' as const) : ('INCREMENT' as const) };
}

function ids(list: readonly BackupFileFact[]): string[] {
  return list.map(({ backupFileId }) => backupFileId).sort();
}
