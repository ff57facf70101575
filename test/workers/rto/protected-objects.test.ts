import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readProtectedObjects } from '../../../workers/rto/protected-objects.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { runAgainst, simulate } from '../../support/simulated.ts';
import { DAY_MS, resultsOf, runRto } from './helpers.ts';

type Component = { score: number; low: number; high: number; known: boolean };

async function componentOf({ metrics: { db } }: TestDatabase): Promise<Component> {
  const row = await db
    .selectFrom('health_score')
    .select('components')
    .orderBy('concluded_at', 'desc')
    .limit(1)
    .executeTakeFirstOrThrow();
  return (row.components as Record<string, Component>).protected_objects as Component;
}

test('the health score knows how many machines are protected from the newest conclusion of the rto worker', async () => {
  await using simulator = await simulate({ scenario: 'recovery-rpo-hidden', jobs: 6 });
  await using database = await createTestDatabase();
  await runAgainst(simulator, database, { now: simulator.clock.now() });
  assert.equal((await componentOf(database)).known, false, 'before the rto worker has run');

  simulator.clock.advance(60_000);
  await runRto(simulator, database);
  await runAgainst(simulator, database, { now: simulator.clock.now() });
  const { workloads } = await resultsOf(database);
  const component = await componentOf(database);
  const breached = workloads.filter(({ rpo_status }) => ['BREACHED', 'NEVER'].includes(rpo_status));
  assert.ok(breached.length >= 2, 'two machines were dropped from their job');
  assert.equal(component.known, true);
  const share = (100 * (workloads.length - breached.length)) / workloads.length;
  assert.ok(
    component.score <= share + 1e-9 && component.score > share - 20,
    `${component.score} of ${share}`,
  );
});

test('a conclusion of the day before yesterday says nothing about now', async () => {
  await using simulator = await simulate({ jobs: 5, days: 20 });
  await using database = await createTestDatabase();
  const sourceId = '127.0.0.1';
  await runRto(simulator, database);
  const { db } = database.metrics;
  const now = simulator.clock.now();
  assert.ok(await readProtectedObjects(db, sourceId, now));
  assert.equal(await readProtectedObjects(db, sourceId, new Date(now.getTime() + 2 * DAY_MS)), null);
});
