import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestDatabase } from '../support/database.ts';
import { addEndpoint, addRun, addScore, addSource } from '../support/health-rows.ts';
import { startMcp, toEnvironment } from '../support/mcp-client.ts';
import { addRecovery, addRtoRun } from '../support/recovery-rows.ts';

test('a list that could not be read is said to be unread, never that it holds nothing', async () => {
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  await addSource(db);
  const rto = await addRtoRun(db, { status: 'partial' });
  await addRecovery(db, { run_id: rto, machines: [] });
  await addEndpoint(db, { run_id: rto, endpoint: 'backups', outcome: 'forbidden', rows_fetched: 0 });
  await addEndpoint(db, { run_id: rto, endpoint: 'restorePoints', outcome: 'failed', rows_fetched: 0 });
  const health = await addRun(db, { status: 'partial' });
  await addScore(db, { run_id: health, jobs_enabled: 0 });
  await addEndpoint(db, { run_id: health, endpoint: 'jobs/states', outcome: 'failed', rows_fetched: 0 });
  await using mcp = await startMcp(toEnvironment(database.settings));

  const recovery = await mcp.ask('get_recovery_performance', {});
  assert.match(
    String(recovery.data.summary),
    /NOT READ: restorePoints \(failed\), backups \(forbidden\)\. Whether there is any workload with a restore point is not known/,
  );
  assert.doesNotMatch(recovery.text, /saw no|Tested within|Grades/);
  const { data, text } = await mcp.ask('get_health_status', {});
  assert.match(
    String(data.summary),
    /NOT READ: jobs\/states \(failed\)\. Whether there is any job is not known/,
  );
  assert.match(text, /health: last run, PARTIAL, /);
  assert.equal((data.sources as { run_status: string }[])[0]?.run_status, 'partial');
});
