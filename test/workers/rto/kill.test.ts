import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { seededRandom } from '../../../src/analysis/statistics/seeded-random.ts';
import { runDr365, startDr365, toEnvironment } from '../../support/child.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { configOf, simulate } from '../../support/simulated.ts';

const KILLS = 6;
const FACTS = [
  'workload',
  'backup_object',
  'restore_point',
  'replica',
  'replica_point',
  'restore_mount',
  'restore_trial',
  'proxy_limit',
  'session',
];
const RESULTS = ['workload_recovery', 'recovery_location', 'mass_restore'];
/** What a run says about itself, not about the source. */
const OF_THE_RUN = ['run_id', 'known_from', 'first_seen_at'];

test(`a run that is killed at ${KILLS} random moments ends with the tables of an undisturbed one`, async () => {
  // Each answer takes a little, so that a kill finds the worker at work.
  await using simulator = await simulate({ scenario: 'demo', days: 60, jobs: 40, faults: ['slow:ms=40'] });
  await using disturbed = await createTestDatabase();
  await using undisturbed = await createTestDatabase();
  const random = seededRandom(2026);
  const env = toEnvironment(configOf(simulator, disturbed));
  let killed = 0;
  for (let turn = 0; turn < KILLS; turn += 1) {
    const { child, ended } = startDr365(['worker', 'rto'], env);
    await sleep(600 + random() * 1_800);
    child.kill('SIGKILL');
    if ((await ended).signal === 'SIGKILL') killed += 1;
  }
  assert.ok(killed >= KILLS / 2, `${killed} kills found the worker at work`);

  const last = await runDr365(['worker', 'rto'], env);
  assert.equal(last.code, 0, last.stderr);
  const clean = await runDr365(['worker', 'rto'], toEnvironment(configOf(simulator, undisturbed)));
  assert.equal(clean.code, 0, clean.stderr);
  for (const table of FACTS)
    assert.deepEqual(await contents(disturbed, table), await contents(undisturbed, table), table);
  for (const table of RESULTS)
    assert.deepEqual(await contents(disturbed, table, true), await contents(undisturbed, table), table);
});

/** Rows as JSON in a fixed order, without what a run says about itself; of results those of the newest run. */
async function contents({ metrics }: TestDatabase, table: string, newest = false): Promise<unknown[]> {
  const ofRun = newest
    ? sql`where run_id = (select run_id from recovery_summary order by (select started_at from run r where r.run_id = recovery_summary.run_id) desc limit 1)`
    : sql``;
  const { rows } = await sql<{ row: unknown }>`
    select (to_jsonb(t) - ${OF_THE_RUN}::text[]) as row from ${sql.table(table)} t ${ofRun} order by 1`.execute(
    metrics.db,
  );
  return rows.map(({ row }) => row);
}
