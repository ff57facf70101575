import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { massRestoreBottleneck } from '../../../src/analysis/recovery/bottleneck.ts';
import {
  lowerBound,
  type MassRestoreItem,
  massRestore,
  mostWithin,
} from '../../../src/analysis/recovery/mass.ts';
import type { MassRestoreLimits } from '../../../src/analysis/recovery/simulation.ts';
import { GIB } from '../../../src/analysis/recovery/throughput.ts';
import { isNear } from './builders.ts';

const WORKED: MassRestoreLimits = {
  slots: 2,
  streamGibPerMinute: 10,
  bandwidthGibPerMinute: 15,
  overheadMinutes: 2,
};

const items = (...sizes: number[]): MassRestoreItem[] =>
  sizes.map((gib, index) => ({
    workloadId: `vm-${String(index).padStart(5, '0')}`,
    sizeBytes: gib * GIB,
    priority: null,
    rtoMinutes: null,
  }));
const alike = (n: number, gib = 100) => items(...Array.from({ length: n }, () => gib));

test('identical machines take the worked times', () => {
  for (const [n, minutes] of [
    [1, 12],
    [2, 15.33],
    [3, 27.33],
    [4, 30.67],
    [10, 76.67],
    [20, 153.33],
  ] as const)
    assert.ok(isNear(massRestore(alike(n), WORKED).makespanMinutes, minutes, 2), `${n}`);
});

test('machines of different sizes end as worked out, the largest first', () => {
  const { finishes, boundMinutes, makespanMinutes } = massRestore(items(100, 300, 500, 100, 200), WORKED);
  const ends = finishes.map(({ finishMinutes }) => finishMinutes);
  for (const [index, minutes] of [68, 42, 70, 82.67, 84.67].entries())
    assert.ok(isNear(ends[index], minutes, 2), ends.join());
  assert.ok(isNear(boundMinutes, 82) && isNear(makespanMinutes, 84.67, 2));
});

test('the first priority goes first, and a given order is kept', () => {
  const [small, large] = items(10, 500) as [MassRestoreItem, MassRestoreItem];
  const urgent = [
    { ...large, priority: 2 },
    { ...small, priority: 1 },
  ];
  const first = (order: 'PRIORITY' | 'GIVEN') =>
    massRestore(urgent, { ...WORKED, slots: 1 }, order).finishes[0]?.workloadId;
  assert.equal(first('PRIORITY'), small.workloadId);
  assert.equal(first('GIVEN'), large.workloadId);
});

test('the most machines within the target time are those whose last one is in time', () => {
  assert.equal(mostWithin(alike(50), WORKED, 30), 3);
  assert.equal(mostWithin(alike(50), WORKED, 31), 4);
  assert.equal(mostWithin(alike(50), WORKED, 11), 0);
  assert.equal(mostWithin(alike(3), WORKED, 1000), 3);
});

test('without slots or speed nothing ever comes back', () => {
  for (const nothing of [{ slots: 0 }, { streamGibPerMinute: 0 }, { bandwidthGibPerMinute: 0 }]) {
    const limits = { ...WORKED, ...nothing };
    assert.equal(massRestore(alike(3), limits).makespanMinutes, null);
    assert.equal(mostWithin(alike(3), limits, 1e9), 0);
    assert.equal(massRestoreBottleneck(alike(3), limits), null);
  }
  assert.equal(massRestore([], WORKED).makespanMinutes, 0);
});

test('a machine of unknown size is named, not taken as empty', () => {
  const unknown = { workloadId: 'unknown', sizeBytes: null, priority: 1, rtoMinutes: 30 };
  const { finishes, unknownSizes } = massRestore([unknown, ...alike(1)], WORKED);
  assert.deepEqual(unknownSizes, ['unknown']);
  assert.equal(finishes.length, 1);
});

test('machines later than their own targets are counted', () => {
  const withTarget = alike(4).map((item) => ({ ...item, rtoMinutes: 20 }));
  assert.equal(massRestore(withTarget, WORKED).late, 2);
});

test('the bottleneck is named with what one more of it brings', () => {
  const wide = { ...WORKED, bandwidthGibPerMinute: Number.POSITIVE_INFINITY };
  const slots = massRestoreBottleneck(alike(20), wide);
  assert.equal(slots?.limit, 'SLOTS');
  assert.ok(isNear(slots?.relief?.savedMinutes, 120 - 84), JSON.stringify(slots?.relief));
  const bandwidth = massRestoreBottleneck(alike(20), WORKED);
  assert.equal(bandwidth?.limit, 'BANDWIDTH');
  assert.ok(isNear(bandwidth?.relief?.savedMinutes, 153.3333 - 10 * (2 + 200 / 16.5)));
  assert.equal(massRestoreBottleneck(alike(2), wide)?.limit, 'STREAM_RATE');
  assert.equal(massRestoreBottleneck(alike(2, 1), wide)?.limit, 'OVERHEAD');
  assert.equal(massRestoreBottleneck([], wide), null);
});

const limits = fc.record({
  slots: fc.integer({ min: 1, max: 12 }),
  streamGibPerMinute: fc.double({ min: 0.1, max: 50, noNaN: true }),
  bandwidthGibPerMinute: fc.oneof(fc.double({ min: 0.1, max: 100, noNaN: true }), fc.constant(Infinity)),
  overheadMinutes: fc.double({ min: 0, max: 20, noNaN: true }),
});
const sizes = fc.array(fc.double({ min: 0, max: 3000, noNaN: true }), { minLength: 1, maxLength: 40 });

test('no plan beats the bound, and every machine has started before it ends', () => {
  fc.assert(
    fc.property(sizes, limits, (gibs, given) => {
      const { makespanMinutes, finishes } = massRestore(items(...gibs), given);
      const bound = lowerBound(gibs, given) as number;
      assert.ok((makespanMinutes as number) >= bound * (1 - 1e-9) - 1e-9);
      for (const { startMinutes, finishMinutes } of finishes)
        assert.ok((finishMinutes as number) >= (startMinutes as number) + given.overheadMinutes - 1e-6);
    }),
  );
});

test('one machine more at the end never ends the restore sooner', () => {
  fc.assert(
    fc.property(sizes, limits, fc.double({ min: 0, max: 3000, noNaN: true }), (gibs, given, more) => {
      const before = massRestore(items(...gibs), given, 'GIVEN').makespanMinutes as number;
      const after = massRestore(items(...gibs, more), given, 'GIVEN').makespanMinutes as number;
      assert.ok(after >= before * (1 - 1e-9) - 1e-9);
    }),
  );
});

test('identical machines follow the formula (N/k)(o + g/min(v, B/k))', () => {
  fc.assert(
    fc.property(
      limits,
      fc.integer({ min: 1, max: 6 }),
      fc.double({ min: 1, max: 500, noNaN: true }),
      (given, rounds, gib) => {
        const n = rounds * given.slots;
        const rate = Math.min(given.streamGibPerMinute, given.bandwidthGibPerMinute / given.slots);
        const expected = rounds * (given.overheadMinutes + gib / rate);
        const actual = massRestore(alike(n, gib), given).makespanMinutes as number;
        assert.ok(Math.abs(actual - expected) <= 1e-6 * expected, `${actual} ${expected}`);
      },
    ),
  );
});

test('the minutes of the limits add up to the makespan', () => {
  fc.assert(
    fc.property(sizes, limits, (gibs, given) => {
      const { makespanMinutes, limitMinutes } = massRestore(items(...gibs), given);
      const sum = Object.values(limitMinutes).reduce((total, minutes) => total + minutes, 0);
      assert.ok(Math.abs(sum - (makespanMinutes as number)) <= 1e-6 * Math.max(1, sum));
    }),
  );
});

test('five thousand machines are simulated whole', () => {
  const many = items(...Array.from({ length: 5000 }, (_, index) => 10 + ((index * 7919) % 990)));
  const { makespanMinutes, boundMinutes } = massRestore(many, {
    ...WORKED,
    slots: 20,
    bandwidthGibPerMinute: 120,
  });
  assert.ok((makespanMinutes as number) >= (boundMinutes as number));
  assert.ok((makespanMinutes as number) <= 1.1 * (boundMinutes as number) + 200);
});
