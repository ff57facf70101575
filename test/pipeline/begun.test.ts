import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { listDone } from '../../src/pipeline/begun.ts';
import { runStore } from '../../src/pipeline/runs.ts';
import { createTestDatabase } from '../support/database.ts';

const SLOT = new Date('2026-03-01T12:45:00Z');
const after = (minutes: number) => new Date(SLOT.getTime() + minutes * 60_000);

type Run = { minutes: number; status: string; error?: string; worker?: string };

test('a source is done with if a run of the slot has ended by itself; what was cut off is tried three times', async () => {
  await using database = await createTestDatabase();
  const { db } = database.metrics;
  const cases: Record<string, { runs: Run[]; isDone: boolean }> = {
    'never read': { runs: [], isDone: false },
    'read before': { runs: [{ minutes: -1, status: 'succeeded' }], isDone: false },
    read: { runs: [{ minutes: 1, status: 'succeeded' }], isDone: true },
    'read in part': { runs: [{ minutes: 1, status: 'partial' }], isDone: true },
    'at the very slot': { runs: [{ minutes: 0, status: 'succeeded' }], isDone: true },
    failed: { runs: [{ minutes: 1, status: 'failed', error: 'unreachable' }], isDone: true },
    stopped: { runs: [{ minutes: 1, status: 'failed', error: 'stopped' }], isDone: false },
    'stopped by the database': { runs: [{ minutes: 1, status: 'failed', error: '57P01' }], isDone: false },
    'without room': { runs: [{ minutes: 1, status: 'failed', error: '53100' }], isDone: false },
    'without room three times': {
      runs: [1, 2, 3].map((minutes) => ({ minutes, status: 'failed', error: '53100' })),
      isDone: true,
    },
    'of a bug': { runs: [{ minutes: 1, status: 'failed', error: 'internal' }], isDone: true },
    'of a dead process': { runs: [{ minutes: 1, status: 'running' }], isDone: false },
    'cut off twice': { runs: [1, 2].map((minutes) => ({ minutes, status: 'abandoned' })), isDone: false },
    'cut off three times': {
      runs: [1, 2, 3].map((minutes) => ({ minutes, status: 'abandoned' })),
      isDone: true,
    },
    'by another worker': { runs: [{ minutes: 1, status: 'succeeded', worker: 'capacity' }], isDone: false },
    'a clock that was ahead': { runs: [{ minutes: 70, status: 'succeeded' }], isDone: false },
    'a clock that is a little ahead': { runs: [{ minutes: 12, status: 'succeeded' }], isDone: true },
  };
  for (const [sourceId, { runs }] of Object.entries(cases))
    for (const { minutes, status, error = null, worker = 'health' } of runs)
      await db
        .insertInto('run')
        .values({
          source_id: sourceId,
          run_id: randomUUID(),
          worker,
          status,
          started_at: after(minutes),
          finished_at: ['running', 'abandoned'].includes(status) ? null : after(minutes + 1),
          error_code: error,
          program_version: 'test',
        })
        .execute();
  const done = await listDone(runStore(db), 'health', Object.keys(cases), { slot: SLOT, now: after(10) });
  assert.deepEqual(
    [...done].sort(),
    Object.keys(cases)
      .filter((name) => cases[name]?.isDone)
      .sort(),
  );
});
