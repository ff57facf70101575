import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { findEfficiencyAnomalies, searchAnomalies } from '../../../src/analysis/efficiency/anomalies.ts';
import type { BackupFileFact } from '../../../src/analysis/efficiency/files.ts';
import { seededRandom } from '../../../src/analysis/statistics/seeded-random.ts';
import { confirmed, judge, overAverage, suspects } from '../../support/attack-judge.ts';
import { ALL_BENIGN, generateEstate } from '../../support/attack-series.ts';
import { backupFile, DAY } from '../../support/backup-files.ts';

const BEGIN = Date.UTC(2026, 0, 5, 22);
const GIB = 2 ** 30;

interface Night {
  /** Times as much data as usual, and the factor by which they shrink (2 as a rule). */
  volume?: number;
  x?: number;
  given?: Partial<BackupFileFact>;
}

test('much data that do not shrink, in one increment, are suspect, and two normal increments resolve it', () => {
  const found = findEfficiencyAnomalies(machine(40, { 30: { volume: 10, x: 1.02 } }));
  const [suspect, ...others] = found.anomalies;
  assert.deepEqual(others, []);
  assert.equal(suspect?.type, 'ENTROPY_SUSPECT');
  assert.equal(suspect?.backupFileId, 'm-30');
  assert.ok((suspect?.zRatio ?? 0) <= -3.5 && (suspect?.zVolume ?? 0) >= 3.5);
  assert.ok((suspect?.unshrinkableShare ?? 0) > 0.9);
  assert.deepEqual([suspect?.confirmedAt, suspect?.resolvedAt], [nightOf(30), nightOf(32)]);
  assert.equal(suspect?.resolvedBy, 'NORMAL');
});

test('until then it is open, and a longer attack is one suspicion', () => {
  const nights = { 30: { volume: 8, x: 1 }, 31: { volume: 8, x: 1 }, 32: { volume: 8, x: 1 } };
  const [suspect, ...others] = findEfficiencyAnomalies(machine(34, nights)).anomalies;
  assert.deepEqual(others, []);
  assert.deepEqual([suspect?.files, suspect?.lastAt, suspect?.resolvedAt], [3, nightOf(32), null]);
});

test('a rise at the usual reduction, a drop at the usual volume and a collapse are what they are', () => {
  const typesOf = (night: Night) =>
    findEfficiencyAnomalies(machine(40, { 30: night })).anomalies.map(({ type }) => type);
  assert.deepEqual(typesOf({ volume: 6 }), ['VOLUME_SURGE']);
  assert.deepEqual(typesOf({ x: 1.4 }), ['REDUCTION_DROP']);
  assert.deepEqual(typesOf({ volume: 0.05 }), ['VOLUME_COLLAPSE']);
  assert.deepEqual(typesOf({ volume: 1.1, x: 2.02 }), []);
});

test('a bad verdict on the restore point makes a rise suspect by itself', () => {
  const given = { malwareStatus: 'Suspicious' };
  const [found] = findEfficiencyAnomalies(machine(40, { 30: { volume: 6, given } })).anomalies;
  assert.deepEqual([found?.type, found?.malwareStatus], ['ENTROPY_SUSPECT', 'Suspicious']);
  const calm = findEfficiencyAnomalies(machine(40, { 30: { given } }));
  assert.deepEqual(calm.anomalies, []);
});

test('a reduction that stays lower is told once, confirmed by the second file, and becomes the new normal', () => {
  const lower = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [30 + i, { x: 1.4 }]));
  const { anomalies } = findEfficiencyAnomalies(machine(50, lower));
  assert.deepEqual(
    anomalies.map(({ type, confirmedAt, resolvedAt, resolvedBy }) => [
      type,
      confirmedAt,
      resolvedAt,
      resolvedBy,
    ]),
    [['REDUCTION_DROP', nightOf(31), nightOf(36), 'NEW_BASELINE']],
  );
});

test('a reduction that creeps down is compared with how it was, and is suspect once it is far enough', () => {
  const creeping = Object.fromEntries(
    Array.from({ length: 16 }, (_, i) => [30 + i, { volume: 1.5, x: 2 * 0.955 ** (i + 1) }]),
  );
  const types = findEfficiencyAnomalies(machine(46, creeping)).anomalies.map(({ type }) => type);
  assert.deepEqual(types.sort(), ['ENTROPY_SUSPECT', 'REDUCTION_DROP']);
});

test('a suspicion stays open while the data do not shrink as before, even if that is all that comes', () => {
  const attack = Object.fromEntries(Array.from({ length: 3 }, (_, i) => [30 + i, { volume: 8, x: 1 }]));
  const after = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [33 + i, { x: 1 }]));
  const [suspect] = findEfficiencyAnomalies(machine(63, { ...attack, ...after })).anomalies;
  assert.deepEqual([suspect?.type, suspect?.resolvedAt], ['ENTROPY_SUSPECT', null]);
  const repaired = findEfficiencyAnomalies(machine(63, { ...attack, 33: { x: 1 } })).anomalies[0];
  assert.equal(repaired?.resolvedAt, nightOf(35));
});

test('a drop that all machines of a backup share is a setting, one with a rise on all is not', () => {
  const estate = (volume: number) =>
    Array.from({ length: 4 }, (_, i) => {
      const nights = Array.from({ length: 3 }, (_, night) => [
        30 + night,
        { volume: volume + 0.4 * (i % 2), x: 1.25 },
      ]);
      return machine(33, Object.fromEntries(nights) as Record<string, Night>, `m${i}`, i);
    }).flat();
  const typesOf = (volume: number) => [
    ...new Set(findEfficiencyAnomalies(estate(volume)).anomalies.map(({ type }) => type)),
  ];
  assert.deepEqual(typesOf(1), ['REDUCTION_DROP']);
  assert.deepEqual(typesOf(4), ['ENTROPY_SUSPECT']);
});

test('fulls are compared with fulls, and a full out of turn is none of the increments', () => {
  const full = { volume: 30, x: 1.7, given: { name: 'm.vbk' } };
  const { anomalies, series, tooShort } = findEfficiencyAnomalies(machine(40, { 0: full, 20: full }));
  assert.deepEqual([anomalies, series, tooShort], [[], 2, 1]);
});

test('a move to another repository is a new beginning', () => {
  const files = machine(60, { 30: { volume: 30, given: { name: 'm.vbk' } } }).map((file) =>
    file.createdAt < nightOf(30)
      ? file
      : { ...file, repositoryId: 'other', storedBytes: Math.round((file.storedBytes ?? 0) * 1.5) },
  );
  assert.deepEqual(findEfficiencyAnomalies(files).anomalies, []);
  const unmoved = files.map((file) => ({ ...file, repositoryId: 'repository' }));
  assert.equal(findEfficiencyAnomalies(unmoved).anomalies[0]?.type, 'REDUCTION_DROP');
});

test('a new machine and no-op increments raise nothing', () => {
  assert.deepEqual(findEfficiencyAnomalies(machine(8, { 7: { volume: 50, x: 1 } })).anomalies, []);
  const idle = { given: { dataBytes: 0 } };
  assert.deepEqual(findEfficiencyAnomalies(machine(40, { 20: idle, 21: idle })).anomalies, []);
});

test('an increment after missed nights may hold the change of all of them', () => {
  const files = machine(40, { 33: { volume: 3.5 } }).filter((_, night) => night < 30 || night > 32);
  assert.deepEqual(findEfficiencyAnomalies(files).anomalies, []);
});

test('a night of patches is one event of the fleet, and what is encrypted in it is suspect all the same', () => {
  const fleet = Array.from({ length: 20 }, (_, i) =>
    machine(40, { 30: i === 7 ? { volume: 25, x: 1 } : { volume: 3 + (i % 3) } }, `m${i}`, i),
  );
  const { anomalies, fleetEvents } = findEfficiencyAnomalies(fleet.flat(), 'Europe/Berlin');
  assert.deepEqual(
    anomalies.map(({ type, objectId }) => [type, objectId]),
    [['ENTROPY_SUSPECT', 'm7']],
  );
  const [event, ...more] = fleetEvents;
  assert.deepEqual([more.length, event?.day, event?.machines, event?.ofMachines], [0, '2026-02-04', 19, 20]);
  assert.ok(Math.abs((event?.factor ?? 0) - 4) < 1);
});

test('backup by backup gives the same as all at once', () => {
  const { files } = generateEstate({ seed: 5, machines: 30, attacked: 0.5 });
  const search = searchAnomalies();
  for (const part of Map.groupBy(files, ({ objectId }) => objectId).values()) search.add(part);
  assert.deepEqual(search.finish(), findEfficiencyAnomalies(files.toReversed()));
});

test('what comes later opens nothing earlier, and sizes may be in any unit', () => {
  const night = fc.record({
    volume: fc.double({ min: 0.1, max: 20, noNaN: true }),
    x: fc.double({ min: 0.8, max: 4, noNaN: true }),
  });
  const series = fc.dictionary(fc.integer({ min: 12, max: 49 }).map(String), night, { maxKeys: 8 });
  fc.assert(
    fc.property(series, fc.integer({ min: 10, max: 50 }), (nights, length) => {
      const opened = (files: BackupFileFact[]) =>
        findEfficiencyAnomalies(files).anomalies.map(({ type, backupFileId }) => `${type} ${backupFileId}`);
      const files = machine(50, nights);
      const early = new Set(files.slice(0, length).map(({ backupFileId }) => backupFileId));
      const whole = opened(files).filter((one) => early.has(one.split(' ')[1] ?? ''));
      assert.deepEqual(opened(files.slice(0, length)), whole);
      const larger = files.map((file) => ({
        ...file,
        dataBytes: (file.dataBytes ?? 0) * 8,
        storedBytes: (file.storedBytes ?? 0) * 8,
      }));
      assert.deepEqual(opened(larger), opened(files));
    }),
    { numRuns: 60 },
  );
});

test('nine of ten attacks are told within two backups, with at most one false alarm in 1,000 machine months', () => {
  const benign = { ...ALL_BENIGN, newContents: false };
  const seeds = [51, 52, 53, 54, 55, 56];
  const attacked = seeds.map((seed) => generateEstate({ seed, attacked: 0.4, benign }));
  const quiet = seeds.map((seed) => generateEstate({ seed: seed + 250, machines: 200, benign }));
  const { recall } = judge(attacked, confirmed);
  const { falsePer1000 } = judge(quiet, confirmed);
  assert.ok(recall >= 0.9, `recall ${recall}`);
  assert.ok(falsePer1000 <= 1, `false alarms ${falsePer1000}`);
  const plain = judge(quiet, overAverage(2));
  assert.ok(plain.falsePer1000 > 100 * Math.max(1, falsePer1000), `plain rule ${plain.falsePer1000}`);
});

test('suspicions alone tell loud attacks, and confuse few lasting changes of contents with attacks', () => {
  const loud = ['whole', 'spread', 'partial', 'intermittent'] as const;
  const seeds = [61, 62, 63, 64];
  const { recall } = judge(
    seeds.map((seed) => generateEstate({ seed, attacked: 0.4, kinds: loud })),
    suspects,
  );
  const quiet = judge(
    seeds.map((seed) => generateEstate({ seed: seed + 250, machines: 200 })),
    suspects,
  );
  assert.ok(recall >= 0.9, `recall ${recall}`);
  assert.ok(quiet.falsePer1000 <= 2, `false alarms ${quiet.falsePer1000}`);
});

/** Increments of one machine, one a night: 4 GiB of data at half the size with a little noise, unless told otherwise. */
function machine(
  nights: number,
  special: Record<string, Night> = {},
  objectId = 'm',
  seed = 1,
): BackupFileFact[] {
  const random = seededRandom(seed);
  return Array.from({ length: nights }, (_, night) => {
    const { volume = 1, x = 2, given = {} } = special[night] ?? {};
    const dataBytes = Math.round(4 * GIB * volume * Math.exp(0.3 * (random() - 0.5)));
    const storedBytes = Math.round((dataBytes / x) * Math.exp(0.06 * (random() - 0.5)));
    return backupFile({
      backupFileId: `${objectId}-${night}`,
      objectId,
      createdAt: nightOf(night),
      dataBytes,
      storedBytes,
      ...given,
    });
  });
}

function nightOf(night: number): number {
  return BEGIN + night * DAY;
}
