import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asReader } from '../../src/db/connect.ts';
import { countJobs, type JobPosition, listDailyScores, listJobHealth } from '../../src/queries/health.ts';
import { getJob } from '../../src/queries/inventory.ts';
import { listJobSessions } from '../../src/queries/sessions.ts';
import { createTestDatabase } from '../support/database.ts';
import {
  addJob,
  addJobs,
  addReason,
  addRun,
  addScore,
  addSession,
  addSource,
  hoursBefore,
  jobHealth,
  RUN_AT,
  SOURCE,
  uuid,
} from '../support/health-rows.ts';

test('jobs come by priority, then by rank, and a page goes on after the last one', async () => {
  await using database = await createTestDatabase();
  const db = database.metrics.db;
  const run_id = uuid(500);
  await addJobs(db, [
    jobHealth({ run_id, job_id: 'low', priority: 'LOW', rank_rate: 0.1 }),
    jobHealth({ run_id, job_id: 'high-good', priority: 'HIGH', rank_rate: 0.9 }),
    jobHealth({ run_id, job_id: 'high-unknown', priority: 'HIGH', rank_rate: null }),
    jobHealth({ run_id, job_id: 'high-bad', priority: 'HIGH', rank_rate: 0.2 }),
    jobHealth({ run_id, job_id: 'critical', priority: 'CRITICAL', rank_rate: 0.95 }),
    jobHealth({ run_id: uuid(501), job_id: 'other-run', priority: 'CRITICAL' }),
  ]);
  const runs = [{ sourceId: SOURCE, runId: run_id }];

  const all = await listJobHealth(asReader(db), { runs, filter: {}, limit: 10 });
  assert.deepEqual(
    all.map(({ jobId }) => jobId),
    ['critical', 'high-bad', 'high-unknown', 'high-good', 'low'],
  );
  const third = all[2] ?? assert.fail();
  const after: JobPosition = [third.priorityRank, third.rank, third.sourceId, third.jobId];
  const rest = await listJobHealth(asReader(db), { runs, filter: { after }, limit: 10 });
  assert.deepEqual(
    rest.map(({ jobId }) => jobId),
    ['high-good', 'low'],
  );
  assert.deepEqual(await countJobs(asReader(db), runs, { after }), [
    { sourceId: SOURCE, status: 'OK', jobs: 2 },
  ]);
});

test('the score of a day is that of its last run, and days are those of the zone', async () => {
  await using database = await createTestDatabase();
  const db = database.metrics.db;
  await addSource(db);
  for (const [finished, score] of [
    ['2024-11-18T22:30:00Z', 71],
    ['2024-11-18T23:30:00Z', 72],
    ['2024-11-19T20:00:00Z', 73],
  ] as const) {
    const run_id = await addRun(db, { finished_at: new Date(finished) });
    await addScore(db, { run_id, overall_score: score, score_low: 70, score_high: 80 });
  }
  const window = { sourceId: SOURCE, from: hoursBefore(RUN_AT, 100), to: RUN_AT };
  const days = async (zone: string) =>
    (await listDailyScores(asReader(db), { ...window, zone })).map(({ day, score }) => [day, score]);

  assert.deepEqual(await days('UTC'), [
    ['2024-11-19', 73],
    ['2024-11-18', 72],
  ]);
  assert.deepEqual(await days('Europe/Berlin'), [
    ['2024-11-19', 73],
    ['2024-11-18', 71],
  ]);
});

test('a job and its sessions are read as they were known', async () => {
  await using database = await createTestDatabase();
  const db = database.metrics.db;
  await addJob(db, { objects_count: 7, known_from: hoursBefore(RUN_AT, 50) });
  const created_at = hoursBefore(RUN_AT, 10);
  const session_id = await addSession(db, {
    created_at,
    ended_at: null,
    state: 'Working',
    result: null,
    known_from: hoursBefore(RUN_AT, 9),
  });
  await db
    .updateTable('job')
    .set({ objects_count: 8, known_from: hoursBefore(RUN_AT, 5) })
    .execute();
  await db
    .updateTable('session')
    .set({
      state: 'Stopped',
      result: 'Failed',
      ended_at: hoursBefore(RUN_AT, 6),
      known_from: hoursBefore(RUN_AT, 5),
    })
    .execute();
  await addReason(db, { session_id, known_from: hoursBefore(RUN_AT, 5) });

  const at = async (hours: number) => {
    const known = { sourceId: SOURCE, jobId: uuid(1), knownAt: hoursBefore(RUN_AT, hours) };
    const job = await getJob(asReader(db), known);
    const sessions = await listJobSessions(asReader(db), {
      ...known,
      from: hoursBefore(RUN_AT, 100),
      limit: 10,
    });
    return [job?.objectsCount, sessions.map(({ state, result, cause }) => [state, result, cause])];
  };
  assert.deepEqual(await at(60), [undefined, []]);
  assert.deepEqual(await at(20), [7, []]);
  assert.deepEqual(await at(8), [7, [['Working', null, null]]]);
  assert.deepEqual(await at(4), [8, [['Stopped', 'Failed', 'CREDENTIALS']]]);
});
