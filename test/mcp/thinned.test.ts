import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toRetention } from '../../src/business/retention.ts';
import { createLog } from '../../src/log.ts';
import { maintain } from '../../workers/maintenance/maintenance.ts';
import { createTestDatabase } from '../support/database.ts';
import { addJobs, addRun, addScore, addServer, addSource, failingJob, uuid } from '../support/health-rows.ts';
import { startMcp, toEnvironment } from '../support/mcp-client.ts';
import { daysAgo, weekOf } from '../support/old-runs.ts';

const TOOL = 'get_health_status';
type Source = { run_id: string | null; thinned_at?: string; stale: boolean; last_success_at: string | null };

test('answers about a kept run are the same after thinning; about a thinned one they name the run they rest on', async () => {
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  await addSource(db, { first_seen_at: daysAgo(400) });
  await addServer(db, { known_from: daysAgo(400) });
  const runs: { at: Date; id: string }[] = [];
  for (let days = 130; days >= 85; days -= 0.5) {
    const at = daysAgo(days);
    const id = await addRun(db, { finished_at: at });
    await addScore(db, { run_id: id, concluded_at: at, overall_score: 72 + runs.length / 10 });
    await addJobs(db, [
      failingJob({ run_id: id, job_id: uuid(1), job_name: 'SQL Nightly', failure_streak: runs.length }),
    ]);
    runs.push({ at, id });
  }
  await using mcp = await startMcp(toEnvironment(database.settings));
  const lastOfWeek = runs.findLast(({ at }) => weekOf(at) === weekOf(daysAgo(110)));
  const before = runs.find(({ at }) => weekOf(at) === weekOf(daysAgo(103)));
  assert.ok(lastOfWeek && before && weekOf(before.at) === weekOf(lastOfWeek.at) + 1);
  const kept = { as_of: new Date(lastOfWeek.at.getTime() + 60_000).toISOString(), detail: 'detailed' };
  const thinned = { as_of: new Date(before.at.getTime() + 60_000).toISOString() };
  const early = { as_of: daysAgo(131).toISOString() };
  const answer = await mcp.ask(TOOL, kept);
  const [own] = (await mcp.ask(TOOL, thinned)).data.sources as Source[];
  assert.equal(own?.run_id, before.id);

  const options = { retention: toRetention(), clock: () => new Date(), log: createLog('silent'), pauseMs: 0 };
  assert.equal((await maintain('metrics', database, options)).status, 'succeeded');

  assert.deepEqual({ ...(await mcp.ask(TOOL, kept)).data, sources: [] }, { ...answer.data, sources: [] });
  const [same] = (await mcp.ask(TOOL, kept)).data.sources as Source[];
  assert.equal(same?.run_id, lastOfWeek.id);
  assert.equal(same?.thinned_at, undefined);
  const { data, text } = await mcp.ask(TOOL, thinned);
  const [other] = data.sources as Source[];
  assert.equal(other?.run_id, lastOfWeek.id);
  assert.equal(other?.thinned_at, before.at.toISOString());
  assert.equal(other?.stale, false, 'the worker was not late');
  assert.match(
    text,
    new RegExp(`THINNED: of so long ago one run a day or week is kept; this rests on run ${lastOfWeek.id}`),
  );

  const { data: none } = await mcp.ask(TOOL, early);
  assert.match(String(none.summary), /its history starts at 20\d\d-\d\d-\d\dT/);
});
