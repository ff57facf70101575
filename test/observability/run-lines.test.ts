import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog } from '../../src/log.ts';
import { runOnAzure, runOnce } from '../../workers/main.ts';
import { createTestDatabase } from '../support/database.ts';
import { configOf, NOW, simulate } from '../support/simulated.ts';

type Line = { msg: string; worker?: string; source?: string; runId?: string; azure?: string };

/** What is said before the record of a run is opened, and of the connection that several runs share. */
const BEFORE = (line: Line) => line.azure === '/vaults' || line.source === undefined;

test('every line of a run has its worker, source and id, down to each answer of Azure', async () => {
  await using simulator = await simulate({
    jobs: 6,
    days: 5,
    faults: ['forbidden:path=/api/v1/license'],
    azurePort: 0,
    azureVaults: 2,
    azureItems: 6,
    azureDays: 8,
  });
  await using database = await createTestDatabase();
  const lines: Line[] = [];
  const log = createLog('trace', { write: (line: string) => lines.push(JSON.parse(line) as Line) });
  const config = configOf(simulator, database);
  const options = { log, clock: () => NOW, isUnattended: true };
  await Promise.all([
    runOnce('health', config, database, options),
    runOnce('capacity', config, database, options),
    runOnAzure('health', config, database, options),
  ]);
  const stored = await database.metrics.db
    .selectFrom('run')
    .select(['run_id', 'worker', 'source_id'])
    .execute();
  assert.equal(stored.length, 4);
  const of = new Map(stored.map((run) => [run.run_id, run]));
  const ofRuns = lines.filter((line) => !BEFORE(line));
  assert.ok(ofRuns.length > 20, String(ofRuns.length));
  for (const line of ofRuns) {
    const run = of.get(line.runId ?? '');
    assert.ok(run, JSON.stringify(line));
    assert.deepEqual([line.worker, line.source], [run.worker, run.source_id], JSON.stringify(line));
  }
  for (const run of stored)
    assert.ok(
      ofRuns.some(({ runId }) => runId === run.run_id),
      run.worker,
    );
  const unassigned = lines.filter(BEFORE).filter(({ azure }) => azure !== '/vaults');
  assert.deepEqual(unassigned, []);
});
