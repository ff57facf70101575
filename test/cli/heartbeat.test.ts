import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Beat, createHeartbeat } from '../../src/cli/heartbeat.ts';

const read = async (file: string): Promise<Beat> => {
  while (!existsSync(file)) await sleep(5);
  return JSON.parse(readFileSync(file, 'utf8')) as Beat;
};

test('starts and ends of jobs are seen, also of one that failed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dr365-beat-'));
  const file = join(folder, 'beat.json');
  const failing = { name: 'health', run: () => Promise.reject(new Error('the source is down')) };
  const beat = createHeartbeat(file, [failing, { name: 'rto', run: async () => 7 }], []);
  const [health, rto] = beat.jobs;
  await assert.rejects(async () => health?.run(), /the source is down/);
  assert.equal(await rto?.run(), 7);
  beat.start(() => ({ health: new Date(), rto: null }));
  const { at, databaseAt, jobs } = await read(file);
  beat.stop();
  rmSync(folder, { recursive: true });
  assert.ok(at && databaseAt);
  for (const one of jobs) assert.ok(one.startedAt && one.endedAt && one.endedAt >= one.startedAt, one.name);
});

test('where nobody will look nothing is written', () => {
  const beat = createHeartbeat(undefined, [{ name: 'health', run: async () => {} }], []);
  beat.start(() => {
    throw new Error('asked');
  });
  beat.stop();
});
