import assert from 'node:assert/strict';
import { test } from 'node:test';
import { massRestore } from '../../../src/analysis/recovery/mass.ts';
import { toMassRow } from '../../../workers/rto/result-rows.ts';

const LIMITS = {
  slots: 2,
  streamGibPerMinute: 10,
  bandwidthGibPerMinute: Number.POSITIVE_INFINITY,
  overheadMinutes: 2,
};
const ESTATE = {
  slots: 2,
  throughput: { gibPerMinute: 10, overheadMinutes: 2 },
  bandwidth: { gibPerMinute: null },
} as never;

const machine = (workloadId: string, gib: number | null, rtoMinutes: number | null = 30) => ({
  workloadId,
  sizeBytes: gib === null ? null : gib * 2 ** 30,
  priority: 1,
  rtoMinutes,
});

function rowOf(...items: ReturnType<typeof machine>[]) {
  const restore = massRestore(items, LIMITS);
  const { minutes, bound_minutes, within_target, detail } = toMassRow(
    { scenario: 'TIER:1', machines: items.length, restore, bottleneck: null },
    ESTATE,
  );
  return [minutes, bound_minutes, within_target, detail.unknown_sizes];
}

test('machines of which no size is known are not back in 0 minutes', () => {
  assert.deepEqual(rowOf(machine('a', null)), [null, null, null, 1]);
});

test('in time are only machines that are all known, too late are some already where one is', () => {
  assert.deepEqual(rowOf(machine('a', 100)), [12, 12, true, 0]);
  assert.deepEqual(rowOf(machine('a', 100), machine('b', null)), [12, 12, null, 1]);
  assert.deepEqual(rowOf(machine('a', 100, 10), machine('b', null)), [12, 12, false, 1]);
});
