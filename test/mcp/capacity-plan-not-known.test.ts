import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addCapacityRun, addSpace, addSummary, TIB } from '../support/capacity-rows.ts';
import { createTestDatabase } from '../support/database.ts';
import { addServer, addSource, uuid } from '../support/health-rows.ts';
import { startMcp, toEnvironment } from '../support/mcp-client.ts';

test('a plan for what grows nobody knows how has days that are not known, not no days', async () => {
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  await addSource(db);
  await addServer(db);
  const run_id = await addCapacityRun(db);
  const repository = { repository_id: uuid(801), name: 'New Store' };
  await addSpace(db, run_id, repository, { days: 2, capacityBytes: 20 * TIB, usedBytes: () => 5 * TIB });
  await addSummary(db, { run_id, repositories: 1 });
  await using mcp = await startMcp(toEnvironment(database.settings));

  const what_if = { kind: 'more_space', repository: 'New Store', add_tb: 5 };
  const { data, text } = await mcp.ask('get_capacity_forecast', { what_if, as_of: '2024-11-20T10:30:00Z' });
  assert.match(String(data.summary), /80 % is reached on a day that is not known/);
  assert.doesNotMatch(text, /no likely day|NO_DATE/);
  const { repositories } = data.what_if as { repositories: { change: { becomes: string }[] }[] };
  assert.ok(repositories[0]?.change.every(({ becomes }) => becomes === 'NOT_KNOWN'));
  assert.equal(repositories[0]?.change.length, 3);
});
