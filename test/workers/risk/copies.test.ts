import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WorkloadEvidence } from '../../../src/analysis/risk/facts.ts';
import { ASSUMED_TIER } from '../../../src/analysis/risk/priority.ts';
import type { RiskRepositoryRow } from '../../../src/queries/risk-repositories.ts';
import type { LocationRow } from '../../../src/queries/risk-workloads.ts';
import { copiesOf, mediaKindOf, verificationsOf } from '../../../workers/risk/copies.ts';

const AT = new Date('2026-03-01T00:00:00Z');
const workload: WorkloadEvidence = {
  id: 'w',
  name: 'w',
  tier: ASSUMED_TIER,
  jobIds: [],
  repositoryIds: [],
  gap: null,
  integrity: null,
  recover: null,
};

const repository = (
  repositoryId: string,
  type: string,
  hostId: string | null,
  more: Partial<RiskRepositoryRow> = {},
): RiskRepositoryRow => ({
  repositoryId,
  name: repositoryId,
  type,
  hostId,
  immutableDays: 0,
  copiesToCapacityTier: null,
  extentTypes: [],
  extentHosts: [],
  quality: null,
  concludedAt: null,
  useBytes: null,
  capacityBytes: null,
  useShare: null,
  ageDays: null,
  band: null,
  full7: null,
  full30: null,
  full90: null,
  sharedVolumeWith: null,
  ...more,
});

const location = (locationId: string, more: Partial<LocationRow> = {}): LocationRow => ({
  workloadId: 'w',
  locationId,
  kind: 'REPOSITORY',
  type: null,
  isCopy: false,
  points: 5,
  newestPointAt: AT,
  malwareStatus: null,
  immutableUntil: null,
  immutableBasis: 'NONE',
  ...more,
});

function copies(repositories: RiskRepositoryRow[], locations: LocationRow[]) {
  const places = { repositories: new Map(repositories.map((row) => [row.repositoryId, row])), skewMs: 0 };
  return copiesOf(workload, locations, undefined, places).filter(({ role }) => role === 'COPY');
}

test('types that the source names are a kind of storage, others are not known', () => {
  const kinds = [
    'WinLocal',
    'LinuxHardened',
    'DellDataDomain',
    'AmazonS3',
    'S3Compatible',
    'AzureBlob',
    'Tape',
  ];
  assert.deepEqual(kinds.map(mediaKindOf), [
    'disk',
    'disk',
    'appliance',
    'object storage',
    'object storage',
    'object storage',
    'tape',
  ]);
  assert.equal(mediaKindOf('SomethingNew'), null);
  assert.equal(mediaKindOf(null), null);
});

test('off-site is proven by storage of a provider, and by nothing that may stand next door', () => {
  const all = copies(
    [
      repository('first', 'WinLocal', 'host-1'),
      repository('same host', 'WinLocal', 'host-1'),
      repository('other host', 'LinuxLocal', 'host-2'),
      repository('cloud', 'WasabiCloud', null),
      repository('own s3', 'S3Compatible', null),
    ],
    [
      location('first'),
      location('same host', { isCopy: true }),
      location('other host', { isCopy: true }),
      location('cloud', { isCopy: true }),
      location('own s3', { isCopy: true }),
      location('replica', { kind: 'REPLICA' }),
      location('never heard of', { isCopy: true }),
    ],
  );
  assert.deepEqual(
    all.map(({ isOffsite }) => isOffsite),
    [false, false, null, true, null, null, null],
  );
});

test('repositories on one volume are one place, and extents of two kinds no kind', () => {
  const [a, b, mixed] = copies(
    [
      repository('a', 'WinLocal', 'h', { sharedVolumeWith: ['b'] }),
      repository('b', 'WinLocal', 'h', { sharedVolumeWith: ['a'] }),
      repository('s', 'ScaleOut', null, { extentTypes: ['WinLocal', 'ExaGrid'], extentHosts: ['h', 'i'] }),
    ],
    [location('a'), location('b'), location('s')],
  );
  assert.equal(a?.locationId, b?.locationId);
  assert.equal(mixed?.mediaKind, null);
});

test('what a scale-out repository copies to its capacity tier is known to be made, not to be there', () => {
  const all = copies(
    [repository('s', 'ScaleOut', null, { extentTypes: ['WinLocal'], copiesToCapacityTier: true })],
    [location('s')],
  );
  assert.deepEqual(
    all.map(({ mediaKind, isUsable }) => [mediaKind, isUsable]),
    [
      ['disk', true],
      ['object storage', null],
    ],
  );
});

test('points that are infected, gone or of unknown immutability are not taken for good', () => {
  const [infected, suspicious, empty, unknown, locked] = copies(
    [],
    [
      location('1', { malwareStatus: 'Infected' }),
      location('2', { malwareStatus: 'Suspicious' }),
      location('3', { points: 0 }),
      location('4', { immutableBasis: 'UNKNOWN' }),
      location('5', { immutableBasis: 'ESTIMATED', immutableUntil: AT }),
    ],
  );
  assert.deepEqual([infected?.isUsable, suspicious?.isUsable, empty?.isUsable], [false, null, false]);
  assert.equal(unknown?.isImmutable, null);
  assert.deepEqual([locked?.isImmutable, locked?.immutableUntil], [true, AT.getTime()]);
});

test('a verification with warnings shows nothing, a restore with warnings brought the data back', () => {
  const trial = { workloadId: 'w', scanResult: null, at: AT, isExcluded: false, isGone: false, isHeld: true };
  const found = verificationsOf(
    [
      { ...trial, trialId: 'restore', class: 'FULL_VM', outcome: 'WARNING' },
      { ...trial, trialId: 'surebackup', class: 'SUREBACKUP', outcome: 'WARNING' },
      { ...trial, trialId: 'scan', class: 'CONTENT_SCAN', outcome: 'OK', scanResult: 'Infected' },
      { ...trial, trialId: 'gone', class: 'FULL_VM', outcome: 'FAILED', isGone: true },
    ],
    0,
  );
  assert.deepEqual(
    found.rows.map(({ ref, outcome }) => [ref.id, outcome]),
    [
      ['restore', 'PASSED'],
      ['scan', 'FAILED'],
    ],
  );
  assert.equal(found.lastBrokenAt, AT.getTime(), 'a failure that is no longer listed happened all the same');
});
