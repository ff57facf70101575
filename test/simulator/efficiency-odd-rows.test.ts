import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Client, startWithClient } from './client.ts';
import { readFiles, truthOf, worldOf } from './efficiency-truth.ts';

const start = (): Promise<Client> => startWithClient({ scenario: 'efficiency-odd-rows', jobs: 4, days: 60 });

async function pathOf(client: Client, name: string): Promise<string> {
  const [{ id } = { id: '' }] = await client.list('/api/v1/backups', { nameFilter: name });
  return `/api/v1/backups/${id}/backupFiles`;
}

test('rows without usable sizes are counted by what is wrong with them', async () => {
  await using client = await start();
  client.simulator.faults.clear();
  const { jobs = [], repositories = [] } = client.simulator.truth.findings.efficiency ?? {};
  const { all } = jobs.find(({ name }) => name === 'Odd rows') ?? assert.fail('the job');
  const rows = [...(await readFiles(client))].find(([{ name }]) => name === 'Odd rows')?.[1] ?? [];
  const wrong = {
    NO_SIZES: rows.filter(({ dataSize }) => dataSize === null || dataSize === undefined).length,
    NO_DATA: rows.filter(({ dataSize, backupSize }) => dataSize === 0 && backupSize > 0).length,
    NOTHING_STORED: rows.filter(({ dataSize, backupSize }) => dataSize > 0 && backupSize === 0).length,
    NOTHING_CHANGED: rows.filter(({ dataSize, backupSize }) => dataSize === 0 && backupSize === 0).length,
    NEGATIVE: rows.filter(({ dataSize }) => dataSize < 0).length,
  };
  assert.deepEqual(all.excluded, wrong);
  assert.ok(Object.values(wrong).every((count) => count > 5));
  assert.ok(rows.some((row) => !('dataSize' in row)) && rows.some(({ dataSize }) => dataSize === null));
  const kibibytes = rows.filter(({ dataSize, backupSize }) => dataSize > 100 * backupSize && backupSize > 0);
  assert.ok(all.mismatched > 5 && all.mismatched === kibibytes.length);
  assert.ok(rows.some(({ dedupRatio, dataSize }) => dedupRatio === 0 && dataSize > 0));
  const store = repositories.find(({ name }) => name === 'Odd store');
  assert.ok(
    (store?.listedBytes ?? 0) < (store?.reportedBytes ?? 0),
    'what has no size is there all the same',
  );
});

test('files that vanish while pages are read shift those behind them, once', async () => {
  await using client = await start();
  const path = await pathOf(client, 'Odd rows');
  const page = async (skip: number) => (await client.get(path, { skip, limit: 500 })).body;
  const [first, second] = [await page(0), await page(500)] as {
    pagination: { total: number };
    data: { id: string }[];
  }[];
  assert.equal((first?.pagination.total ?? 0) - (second?.pagination.total ?? 0), 3);
  const all = (await client.list(path)).map(({ id }) => id);
  assert.equal(all.length, first?.pagination.total);
  assert.equal(second?.data[0]?.id, all[503]);
});

test('a backup that is away for a moment answers 404 once', async () => {
  await using client = await start();
  const path = await pathOf(client, 'Odd moment');
  assert.equal((await client.get(path)).status, 404);
  assert.equal(
    (await client.list(path)).length,
    truthOf(client.simulator.world).jobs.find(({ name }) => name === 'Odd moment')?.all.files,
  );
});

test('odd rows change no sum of the estate', () => {
  const world = worldOf('efficiency-odd-rows');
  const used = world.storage.usedBytes(world.draft.now);
  for (const { id, reportedBytes } of truthOf(world).repositories) {
    const index = world.estate.repositories.findIndex((one) => one.id === id);
    if (reportedBytes !== null && !world.estate.repositories[index]?.extent)
      assert.equal(reportedBytes, used[index]);
  }
});
