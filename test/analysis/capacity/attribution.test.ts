import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { attributeGrowth } from '../../../src/analysis/capacity/attribution.ts';

test('contributions are per job, largest first, and the rest is other data', () => {
  const result = attributeGrowth(
    [
      { backupId: '1', jobId: 'sql', bytesBefore: 100, bytesAfter: 160 },
      { backupId: '2', jobId: 'sql', bytesBefore: 50, bytesAfter: 55 },
      { backupId: '3', jobId: 'files', bytesBefore: 300, bytesAfter: 200 },
      { backupId: '4', jobId: null, bytesBefore: null, bytesAfter: 10 },
    ],
    1000,
    1005,
  );
  assert.deepEqual(
    result.contributions.map(({ jobId, deltaBytes }) => [jobId, deltaBytes]),
    [
      ['files', -100],
      ['sql', 65],
      [null, 10],
    ],
  );
  assert.equal(result.backupDeltaBytes, -25);
  assert.equal(result.otherDeltaBytes, 30);
});

test('whatever the amounts, contributions and remainder add up to the growth', () => {
  const bytes = fc.option(fc.maxSafeNat().map((value) => Math.floor(value / 100)));
  const backup = fc.record({
    backupId: fc.string(),
    jobId: fc.option(fc.constantFrom('a', 'b', 'c')),
    bytesBefore: bytes,
    bytesAfter: bytes,
  });
  fc.assert(
    fc.property(fc.array(backup, { maxLength: 20 }), fc.nat(), fc.nat(), (backups, before, after) => {
      const { contributions, otherDeltaBytes, deltaUsedBytes } = attributeGrowth(backups, before, after);
      const sum = contributions.reduce((total, { deltaBytes }) => total + deltaBytes, 0);
      assert.equal(sum + (otherDeltaBytes ?? Number.NaN), deltaUsedBytes);
    }),
  );
});

test('without a reading at either end the remainder is not known, and not 0', () => {
  const result = attributeGrowth([{ backupId: '1', jobId: 'a', bytesBefore: 1, bytesAfter: 2 }], null, 10);
  assert.equal(result.deltaUsedBytes, null);
  assert.equal(result.otherDeltaBytes, null);
  assert.equal(result.backupDeltaBytes, 1);
});
