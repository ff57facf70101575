import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog } from '../../../src/log.ts';
import { runOnce } from '../../../workers/main.ts';
import { createTestDatabase } from '../../support/database.ts';
import { guid, startFakeVeeam } from '../../support/fake-veeam.ts';
import { configOf, NOW } from '../../support/simulated.ts';

const BACKUP = guid(1);
const DAY_MS = 86_400_000;
const list = (rows: unknown[]) => ({ data: rows, pagination: { total: rows.length, count: rows.length } });
const file = (number: number, dataSize: unknown) => ({
  id: guid(number),
  name: `web-${number}.vib`,
  backupId: BACKUP,
  objectId: guid(11),
  dataSize,
  backupSize: 2 ** 30,
  dedupRatio: 100,
  compressRatio: 50,
  creationTime: `2026-03-${number}T20:00:00`,
});

test('a file whose row cannot be read today is not taken for gone', async () => {
  let now = NOW;
  let files = [file(15, 2 ** 31), file(16, 2 ** 31)];
  await using veeam = await startFakeVeeam({
    '/api/v1/serverTime': () => ({
      serverTime: now.toISOString(),
      timeZone: '(UTC) Coordinated Universal Time',
    }),
    '/api/v1/serverInfo': () => ({ vbrId: guid(99), name: 'vbr' }),
    '/api/v1/backups': () => list([{ id: BACKUP, name: 'Web', repositoryId: guid(3) }]),
    [`/api/v1/backups/${BACKUP}/backupFiles`]: () => list(files),
  });
  await using database = await createTestDatabase();
  const url = `https://localhost:${veeam.settings.port}`;
  const { fingerprint } = veeam.certificate;
  const config = configOf({ ...veeam.settings, url, fingerprint } as never, database);
  const run = () => runOnce('efficiency', config, database, { log: createLog('silent'), clock: () => now });
  await run();
  files = [file(15, 2 ** 31), file(16, { bytes: 2 ** 31 })];
  now = new Date(NOW.getTime() + DAY_MS);
  const summary = await run();
  assert.ok(summary.incomplete.some(({ endpoint }) => endpoint === 'backups/backupFiles'));
  const stored = await database.metrics.db
    .selectFrom('backup_file')
    .select(['backup_file_id', 'vanished_at'])
    .orderBy('backup_file_id')
    .execute();
  assert.deepEqual(
    stored,
    [15, 16].map((number) => ({ backup_file_id: guid(number), vanished_at: null })),
  );
});
