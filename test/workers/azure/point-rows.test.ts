import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AzureRecoveryPoint } from '../../../src/azure/recovery-points.ts';
import { toPointRows } from '../../../workers/azure/point-rows.ts';

const item = { item_id: 'container/item', name: 'erp-01', workload_id: 'azure/erp-01' };
const AT = new Date('2026-03-17T02:00:00Z');
const point = (change: Partial<AzureRecoveryPoint>) =>
  toPointRows({ name: '636482643132986882', recoveryPointTime: AT, ...change } as AzureRecoveryPoint, item);

test('the id of a point is unique in its item only, and more than a number holds', () => {
  const rows = point({});
  assert.equal(rows?.point.restore_point_id, 'container/item/636482643132986882');
  assert.equal(rows.point.backup_id, 'container/item');
  assert.deepEqual([rows.azure.tiers, rows.azure.is_restorable, rows.azure.expires_at], [[], null, null]);
});

test('tiers are kept as they are said, and tell whether a restore can begin at once', () => {
  const tiers = (...list: [type: string, status: string][]) =>
    point({ recoveryPointTierDetails: list.map(([type, status]) => ({ type, status })) })?.azure;
  const both = tiers(['InstantRP', 'Deleted'], ['HardenedRP', 'Valid']);
  assert.deepEqual(both?.tiers, ['InstantRP:Deleted', 'HardenedRP:Valid']);
  assert.equal(both.is_restorable, true);
  assert.equal(tiers(['HardenedRP', 'Deleted'], ['ArchivedRP', 'Valid'])?.is_restorable, false);
  assert.equal(tiers(['ArchivedRP', 'Rehydrated'])?.is_restorable, true);
  assert.equal(tiers(['InstantRP', 'Deleted'])?.is_restorable, false);
});

test('logs count up to the end of their newest range', () => {
  const end = (day: number) => new Date(Date.UTC(2026, 2, day));
  const range = (day: number) => ({ startTime: end(day - 1), endTime: end(day) });
  const rows = point({ recoveryPointTime: null, type: 'Log', timeRanges: [range(12), range(16), range(14)] });
  assert.deepEqual(rows?.point.created_at, end(16));
  assert.equal(rows.point.type, 'Log');
});

test('a point without a time has no place, and one of a file share has a size', () => {
  assert.equal(point({ recoveryPointTime: null }), null);
  assert.equal(point({ recoveryPointSizeInGB: 3 })?.azure.size_bytes, 3 * 2 ** 30);
  assert.equal(point({ recoveryPointSizeInGB: 0 })?.azure.size_bytes, null);
});
