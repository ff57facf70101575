import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readFile } from '../../../src/analysis/efficiency/files.ts';
import {
  changeRate,
  fastCloneSavingBytes,
  peerReference,
  rateReduction,
  reductionOf,
  reductionScore,
} from '../../../src/analysis/efficiency/reduction.ts';
import { reductionTrend } from '../../../src/analysis/efficiency/trend.ts';
import { backupFile, DAY } from '../../support/backup-files.ts';

const GIB = 2 ** 30;
/** Files of the vendor's OpenAPI examples, as quoted in METHODS 3.3. */
const VENDOR = [
  backupFile({
    name: 'a.vib',
    dataBytes: 1203845162,
    storedBytes: 520585216,
    dedupPercent: 81,
    compressPercent: 53,
  }),
  backupFile({
    name: 'b.vib',
    dataBytes: 1659975722,
    storedBytes: 191586304,
    dedupPercent: 49,
    compressPercent: 23,
  }),
  backupFile({
    name: 'c.vbk',
    dataBytes: 21474916348,
    storedBytes: 8005099520,
    dedupPercent: 73,
    compressPercent: 50,
  }),
];

test('the vendor files have the factors of METHODS 3.3: 2.3125, 8.6644, 2.6827', () => {
  const readings = VENDOR.map(readFile);
  assert.deepEqual(
    readings.map(({ x }) => x?.toFixed(4)),
    ['2.3125', '8.6644', '2.6827'],
  );
  assert.deepEqual(
    readings.map(({ kind }) => kind),
    ['INCREMENT', 'INCREMENT', 'FULL'],
  );
  assert.ok(readings.every(({ isUnitMismatch }) => !isUnitMismatch));
});

test('their sums are those of METHODS 3.3: increments 4.0213, all 2.7920', () => {
  assert.equal(reductionOf(VENDOR, 'INCREMENT').x?.toFixed(4), '4.0213');
  assert.equal(reductionOf(VENDOR, 'ALL').x?.toFixed(4), '2.7920');
  assert.equal(reductionOf(VENDOR, 'FULL').files, 1);
});

test('sums, not a mean of ratios: 1000 to 500 and 10 to 0.1 is 2.02', () => {
  const files = [
    backupFile({ dataBytes: 1000 * GIB, storedBytes: 500 * GIB }),
    backupFile({ dataBytes: 10 * GIB, storedBytes: 0.1 * GIB }),
  ];
  assert.equal(reductionOf(files).x?.toFixed(2), '2.02');
});

test('what says nothing is left out with its reason, and missing is null', () => {
  const reasonOf = (given: Parameters<typeof backupFile>[0]) => readFile(backupFile(given)).excluded;
  assert.equal(reasonOf({ name: 'x.vbk', dataBytes: 0 }), 'DATA_SIZE_ZERO');
  assert.equal(reasonOf({ storedBytes: 0 }), 'STORED_SIZE_ZERO');
  assert.equal(reasonOf({ name: 'x.vib', dataBytes: 0, storedBytes: 4096 }), 'NO_OP_INCREMENT');
  assert.equal(reasonOf({ name: 'x.VRB', readBytes: 0 }), 'NO_OP_INCREMENT');
  assert.equal(reasonOf({ dataBytes: null }), 'NO_SIZES');
  assert.equal(reasonOf({ storedBytes: Number.NaN }), 'NO_SIZES');
  assert.equal(reasonOf({ name: 'x.vlb' }), 'UNKNOWN_KIND');
  assert.equal(readFile(backupFile({ name: 'no-ending', pointType: 'Rollback' })).kind, 'INCREMENT');
  const empty = reductionOf([backupFile({ dataBytes: 0, name: 'x.vbk' })]);
  assert.deepEqual([empty.files, empty.x, empty.reductionPercent], [0, null, null]);
  assert.deepEqual(empty.excluded, { DATA_SIZE_ZERO: 1 });
});

test('percentages read as factors are noticed: the sizes disagree', () => {
  const file = { dataBytes: 100 * GIB, storedBytes: 43 * GIB };
  assert.equal(
    readFile(backupFile({ ...file, dedupPercent: 81, compressPercent: 53 })).isUnitMismatch,
    false,
  );
  assert.equal(readFile(backupFile({ ...file, dedupPercent: 8, compressPercent: 5 })).isUnitMismatch, true);
  assert.equal(readFile(backupFile({ ...file, dedupPercent: 0, compressPercent: 53 })).isUnitMismatch, false);
  assert.equal(
    readFile(backupFile({ ...file, dedupPercent: null, compressPercent: null })).isUnitMismatch,
    false,
  );
});

test('the change rate sets each increment against the full it belongs to', () => {
  const at = (day: number) => day * DAY;
  const files = [
    backupFile({ name: 'a.vbk', createdAt: at(0), dataBytes: 100 * GIB }),
    backupFile({ name: 'b.vib', createdAt: at(1), dataBytes: 4 * GIB }),
    backupFile({ name: 'c.vbk', createdAt: at(2), dataBytes: 200 * GIB }),
    backupFile({ name: 'd.vib', createdAt: at(3), dataBytes: 2 * GIB }),
  ];
  assert.equal(changeRate(files), 6 / 300);
  const reverse = [
    backupFile({ name: 'a.vrb', createdAt: at(0), dataBytes: 5 * GIB }),
    backupFile({ name: 'b.vbk', createdAt: at(1), dataBytes: 100 * GIB }),
  ];
  assert.equal(changeRate(reverse), 0.05);
  assert.equal(changeRate(files.slice(1, 2)), null);
});

test('scores against 2: 1 gives 0, 1.2 gives 33.33, 1.5 gives 66.67, 2 and more 100', () => {
  const scores = [0.9, 1, 1.2, 1.5, 2, 3].map((x) => reductionScore(x, 2).toFixed(2));
  assert.deepEqual(scores, ['0.00', '0.00', '33.33', '66.67', '100.00', '100.00']);
});

test('900 GB at 1.2 against 2 could be 360 GB less, which costs 35.16 a year', () => {
  const rating = rateReduction({ x: 1.2, storedBytes: 900 * GIB }, { x: 2, basis: 'assumed', n: 0 });
  assert.equal(Math.round((rating.potentialBytes ?? 0) / GIB), 360);
  assert.equal(rating.annualCost?.toFixed(2), '35.16');
  const worst = rateReduction({ x: 0.8, storedBytes: 900 * GIB }, { x: 5, basis: 'peers', n: 5 });
  assert.equal((worst.potentialBytes ?? 0) / GIB, 450);
});

test('an appliance that shrinks data itself has no score, with the reason', () => {
  for (const repositoryType of [
    'DellDataDomain',
    'DDBoost',
    'HPStoreOnceIntegration',
    'ExaGrid',
    'QuantumDXi',
  ]) {
    const rating = rateReduction(
      { x: 1, storedBytes: GIB },
      { x: 2, basis: 'assumed', n: 0 },
      { repositoryType },
    );
    assert.deepEqual([rating.score, rating.potentialBytes, rating.annualCost], [null, null, null]);
    assert.match(rating.notMeasurableReason ?? '', new RegExp(repositoryType));
  }
});

test('peers are those of the same platform and kind, at least five, within 1.2 and 5', () => {
  const group = (x: number | null, platform = 'VMware') => ({ platform, kind: 'FULL' as const, x });
  const five = [1.5, 2, 2.5, 3, 3.5].map((x) => group(x));
  assert.deepEqual(peerReference(five, 'VMware', 'FULL'), { x: 3, basis: 'peers', n: 5 });
  assert.equal(peerReference(five.slice(1), 'VMware', 'FULL').basis, 'assumed');
  assert.equal(peerReference([...five.slice(1), group(null)], 'VMware', 'FULL').basis, 'assumed');
  assert.equal(peerReference(five, 'HyperV', 'FULL').x, 2);
  assert.equal(
    peerReference(
      [9, 9, 9, 9, 9].map((x) => group(x)),
      'VMware',
      'FULL',
    ).x,
    5,
  );
  assert.equal(
    peerReference(
      [1, 1, 1, 1, 1].map((x) => group(x)),
      'VMware',
      'FULL',
    ).x,
    1.2,
  );
});

test('block cloning saves what the files are larger than the volume in use', () => {
  assert.equal(fastCloneSavingBytes(200, 300, 170), 70);
  assert.equal(fastCloneSavingBytes(100, 300, 170), null);
  assert.equal(fastCloneSavingBytes(null, 300, 170), null);
});

test('weekly fulls of METHODS 3.3 lose 3.11 % in 30 days, 90 % interval -3.20 to -2.69', () => {
  const factors = [2.1, 2.08, 2.09, 2.05, 2.06, 2.02, 2.03, 1.99, 2.0, 1.96, 1.97, 1.94];
  const trend = reductionTrend(factors.map((x, week) => ({ at: week * 7 * DAY, x })));
  assert.equal(trend.class, 'DEGRADING');
  assert.deepEqual(
    [trend.percentPer30Days, trend.low, trend.high].map((value) => value?.toFixed(2)),
    ['-3.11', '-3.20', '-2.69'],
  );
  const mirrored = reductionTrend(factors.map((x, week) => ({ at: week * 7 * DAY, x: 1 / x })));
  assert.equal(mirrored.class, 'IMPROVING');
});

test('fewer than eight points have no trend, a constant factor is stable', () => {
  const flat = (n: number) => Array.from({ length: n }, (_, day) => ({ at: day * DAY, x: 2 }));
  assert.deepEqual(reductionTrend(flat(7)), {
    class: 'INSUFFICIENT_DATA',
    percentPer30Days: null,
    low: null,
    high: null,
    n: 7,
  });
  assert.equal(reductionTrend(flat(8)).class, 'STABLE');
});

test('the factor of a sum lies between the factors of its parts, in any order and unit', () => {
  const size = fc.integer({ min: 1, max: 2 ** 40 });
  fc.assert(
    fc.property(fc.array(fc.tuple(size, size), { minLength: 1, maxLength: 20 }), size, (pairs, unit) => {
      const files = pairs.map(([dataBytes, storedBytes]) => backupFile({ dataBytes, storedBytes }));
      const x = reductionOf(files).x ?? 0;
      const factors = pairs.map(([dataBytes, storedBytes]) => dataBytes / storedBytes);
      assert.ok(x >= Math.min(...factors) * (1 - 1e-9) && x <= Math.max(...factors) * (1 + 1e-9));
      const scaled = files.map((file) => ({
        ...file,
        dataBytes: (file.dataBytes ?? 0) * unit,
        storedBytes: (file.storedBytes ?? 0) * unit,
      }));
      assert.ok(Math.abs((reductionOf(scaled.toReversed()).x ?? 0) / x - 1) < 1e-9);
    }),
  );
});
