import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestDatabase } from '../support/database.ts';
import { addEstate } from '../support/health-rows.ts';
import { startMcp, toEnvironment } from '../support/mcp-client.ts';

const AS_OF = '2026-11-20T10:30:00.000Z';

test('the estate is answered with its score, its worst jobs and what could not be read', async () => {
  await using database = await createTestDatabase();
  await addEstate(database.metrics.db);
  await using mcp = await startMcp(toEnvironment(database.settings));

  const { data } = await mcp.ask('get_health_status', { as_of: AS_OF });

  assert.equal((data.overall_health as { score: number }).score, 78.3);
  assert.deepEqual(
    (data.jobs as { job_name: string }[]).map((job) => job.job_name),
    ['SQL Nightly', 'Exchange Täglich'],
  );
});
