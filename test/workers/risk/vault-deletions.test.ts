import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deletedTogether } from '../../../workers/risk/signals.ts';

const at = (text: string) => ({ at: Date.parse(text) });

test('items that were deleted around midnight were deleted together', () => {
  const night = [at('2026-03-18T00:10:00Z'), at('2026-03-17T23:50:00Z'), at('2026-03-17T23:55:00Z')];
  assert.deepEqual(
    deletedTogether(night, 3).map((one) => new Date(one.at).toISOString()),
    ['2026-03-17T23:50:00.000Z', '2026-03-17T23:55:00.000Z', '2026-03-18T00:10:00.000Z'],
  );
});

test('items that were deleted one by one over days were not, nor are too few', () => {
  const slowly = [at('2026-03-17T23:00:00Z'), at('2026-03-18T12:00:00Z'), at('2026-03-18T23:00:00Z')];
  assert.deepEqual(deletedTogether(slowly, 3), []);
  assert.deepEqual(deletedTogether(slowly.slice(0, 2), 3), []);
  assert.deepEqual(deletedTogether([], 3), []);
  const late = deletedTogether([at('2026-01-01T00:00:00Z'), ...slowly], 2);
  assert.equal(late[0]?.at, slowly[0]?.at);
});
