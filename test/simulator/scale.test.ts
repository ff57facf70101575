import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { startWithClient } from './client.ts';

/** Bytes that are held once what nobody needs has gone: when that goes by itself depends on how busy the machine is. */
function bytesHeld(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

test('a thousand jobs over ninety days need less than 250 MB', async () => {
  const before = bytesHeld();
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
  const after = bytesHeld();

  assert.ok(estate.sessions > 130_000 && estate.jobs === 1000);
  assert.ok(after - before < 250e6, `${Math.round((after - before) / 1e6)} MB`);
});
