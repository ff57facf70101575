import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startWithClient } from './client.ts';

test('a thousand jobs over ninety days need less than 250 MB', async () => {
  const before = process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
  await using client = await startWithClient({ jobs: 1000, days: 90, scenario: 'demo' });
  const { estate } = client.simulator.truth;
  for (let skip = 0; skip < 20_000; skip += 1000) {
    const { status } = await client.get('/api/v1/sessions', {
      skip,
      limit: 1000,
      orderColumn: 'EndTime',
      orderAsc: true,
      typeFilter: 'BackupJob',
    });
    assert.equal(status, 200);
  }
  await client.list('/api/v1/restorePoints', { createdAfterFilter: '2026-03-01T00:00:00Z' });
  const after = process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;

  assert.ok(estate.sessions > 130_000 && estate.jobs === 1000);
  assert.ok(after - before < 250e6, `${Math.round((after - before) / 1e6)} MB`);
});
