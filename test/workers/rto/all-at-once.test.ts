import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Collecting, WORKERS } from '../../../workers/main.ts';
import { createTestDatabase } from '../../support/database.ts';
import { runAgainst, simulate } from '../../support/simulated.ts';
import { resultsOf, runRto } from './helpers.ts';

test('all collectors may run at the same time, and what several of them read is stored once', async () => {
  await using database = await createTestDatabase();
  await using simulator = await simulate({ scenario: 'demo', jobs: 25 });
  const names = Object.keys(WORKERS) as Collecting[];
  const runs = await Promise.all(names.map((worker) => runAgainst(simulator, database, { worker })));
  assert.deepEqual(
    runs.map(({ status }) => status),
    names.map(() => 'succeeded'),
    JSON.stringify(runs),
  );
  simulator.clock.advance(60_000);
  await runRto(simulator, database);
  const { workloads } = await resultsOf(database);
  assert.ok(workloads.length > 0);
  const points = await database.metrics.db
    .selectFrom('restore_point')
    .select('restore_point_id')
    .where('workload_id', 'is', null)
    .where('vanished_at', 'is', null)
    .execute();
  assert.deepEqual(points, [], 'points that were stored before their objects have their workload now');
});
