import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asReader } from '../../src/db/connect.ts';
import { ensurePartitions } from '../../src/pipeline/partitions.ts';
import { listJobsOfFailedObject, listReasonUses } from '../../src/queries/failure.ts';
import { createTestDatabase } from '../support/database.ts';
import {
  addReason,
  addSession,
  addSource,
  hoursBefore,
  RUN_AT,
  SOURCE,
  uuid,
} from '../support/health-rows.ts';

const daysBefore = (days: number) => hoursBefore(RUN_AT, days * 24);
const known = { sourceId: SOURCE, knownAt: RUN_AT };

test('failures that were all read at once are counted once each, however long ago they were', async () => {
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  await addSource(db);
  // A first run reads 90 days and knows all reasons at the same moment; 14 days are where the look for a session parts.
  for (const days of [91, 60, 20, 14, 13, 0.5]) {
    const session_id = await addSession(db, { created_at: daysBefore(days), result: 'Failed' });
    await addReason(db, { session_id, fingerprint: 'f7', known_from: RUN_AT });
  }
  const uses = await listReasonUses(asReader(db), { ...known, fingerprint: 'f7', since: daysBefore(90) });
  assert.deepEqual(uses, [{ jobId: uuid(1), sessions: 5, firstAt: daysBefore(60), lastAt: daysBefore(0.5) }]);
});

test('the job of an object that failed is found by the session, also one that began weeks before', async () => {
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  await addSource(db);
  for (const [job, began, failed] of [
    [1, 1, 1],
    [2, 40, 20],
  ] as const) {
    const session_id = await addSession(db, { job_id: uuid(job), created_at: daysBefore(began) });
    await ensurePartitions(db, 'task_session', [daysBefore(failed)]);
    await db
      .insertInto('task_session')
      .values({
        source_id: SOURCE,
        session_id,
        task_session_id: uuid(100 + job),
        created_at: daysBefore(failed),
        object_name: 'SQL01',
        session_type: 'BackupJob',
        type: 'Backup',
        result: 'Failed',
        known_from: daysBefore(failed),
      })
      .execute();
  }
  const jobs = await listJobsOfFailedObject(asReader(db), { ...known, name: 'sql01', since: daysBefore(30) });
  assert.deepEqual(jobs, [uuid(1), uuid(2)]);
});
