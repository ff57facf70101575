import assert from 'node:assert/strict';
import { test } from 'node:test';
import { staleAfterHours, usualHours } from '../../../src/analysis/health/rhythm.ts';

test('a worker is late after 2.2 of its intervals, one that runs daily after 26 hours', () => {
  const limit = (worker: string) => staleAfterHours(usualHours(worker));
  assert.deepEqual(['health', 'capacity', 'risk', 'remediation'].map(limit), [2.2, 2.2, 2.2, 2.2]);
  assert.deepEqual(['efficiency', 'rto'].map(limit), [26, 26]);
  assert.equal(staleAfterHours(6), 2.2 * 6);
  assert.equal(staleAfterHours(12), 26);
  assert.equal(staleAfterHours(168), 170);
});
