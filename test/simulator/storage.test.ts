import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Client, type Row, startWithClient } from './client.ts';

const GIB = 2 ** 30;

type File = Row & {
  backupSize: number;
  dataSize: number;
  dedupRatio: number;
  compressRatio: number;
  restorePointIds: string[];
  objectId: string;
};
type Backup = Row & { repositoryId: string; jobId: string };
type State = Row & {
  usedSpaceGB: number;
  capacityGB: number;
  freeGB: number;
  scaleOutRepositoryDetails?: { extentType: string };
};

async function readFiles(client: Client): Promise<(File & { repositoryId: string })[]> {
  const backups = (await client.list('/api/v1/backups')) as unknown as Backup[];
  const files: (File & { repositoryId: string })[] = [];
  for (const { id, repositoryId } of backups) {
    const rows = (await client.list(`/api/v1/backups/${id}/backupFiles`)) as unknown as File[];
    files.push(...rows.map((row) => ({ ...row, repositoryId })));
  }
  return files;
}

test('what a repository has in use is the sum of its backup files', async () => {
  await using client = await startWithClient({ jobs: 40 });
  const files = await readFiles(client);
  const states = (await client.list(
    '/api/v1/backupInfrastructure/repositories/states',
  )) as unknown as State[];
  const bytesIn = (ids: string[]) =>
    files
      .filter(({ repositoryId }) => ids.includes(repositoryId))
      .reduce((sum, one) => sum + one.backupSize, 0);

  for (const { id, name, usedSpaceGB } of states.filter((one) => !one.scaleOutRepositoryDetails)) {
    assert.equal(Math.round(usedSpaceGB * GIB), bytesIn([id]), name);
  }
  const [scaleOut] = await client.list('/api/v1/backupInfrastructure/scaleOutRepositories');
  const extents = states.filter(
    ({ scaleOutRepositoryDetails }) => scaleOutRepositoryDetails?.extentType === 'Performance',
  );
  assert.equal(
    extents.reduce((sum, { usedSpaceGB }) => sum + Math.round(usedSpaceGB * GIB), 0),
    bytesIn([scaleOut?.id ?? '']),
  );
  assert.ok(files.length > 500);
});

test('the size of a file is its data times both ratios', async () => {
  await using client = await startWithClient({ jobs: 40 });
  for (const { name, dataSize, backupSize, dedupRatio, compressRatio } of await readFiles(client)) {
    assert.equal(backupSize, Math.floor((dataSize * dedupRatio * compressRatio) / 10_000), name);
    assert.ok(dedupRatio > 50 && dedupRatio <= 100 && compressRatio > 35 && compressRatio <= 100, name);
  }
});

test('files and restore points belong together one to one', async () => {
  await using client = await startWithClient();
  const files = await readFiles(client);
  const points = (await client.list('/api/v1/restorePoints', {
    orderColumn: 'CreationTime',
    orderAsc: true,
  })) as (Row & { backupFileId?: string; type?: string })[];
  const known = new Set(points.map(({ id }) => id));

  assert.equal(points.length, files.length);
  assert.ok(files.every(({ restorePointIds }) => restorePointIds.every((id) => known.has(id))));
  const ids = new Set(files.map(({ id }) => id));
  assert.ok(
    points.every(({ backupFileId, type }) =>
      type === undefined ? backupFileId === undefined : ids.has(backupFileId ?? ''),
    ),
  );
});

test('a run sends what its files hold, and a session the sum of its tasks', async () => {
  await using client = await startWithClient({ revision: '1.3-rev2', days: 6 });
  const files = new Map(
    (await readFiles(client)).flatMap((file) => file.restorePointIds.map((id) => [id, file])),
  );
  const sessions = (await client.list('/api/v1/sessions', {
    typeFilter: 'BackupJob',
    resultFilter: 'Success',
  })) as (Row & { progress: Record<string, number> })[];
  let compared = 0;
  for (const { id, progress } of sessions) {
    const { body } = await client.get(`/api/v1/sessions/${id}/taskSessions`, { limit: 100 });
    const tasks = body.data as (Row & {
      restorePointId: string;
      algorithm: string;
      progress: Record<string, number>;
    })[];
    for (const size of ['readSize', 'transferredSize', 'processedSize']) {
      assert.equal(
        progress[size],
        tasks.reduce((sum, task) => sum + (task.progress[size] ?? 0), 0),
      );
    }
    for (const task of tasks) {
      const file = files.get(task.restorePointId);
      if (!file || task.algorithm === 'Synthetic') continue; // made from what is stored already
      assert.equal(task.progress.transferredSize, file.backupSize);
      assert.equal(task.progress.readSize, file.dataSize);
      compared += 1;
    }
  }
  assert.ok(compared > 50);
});

test('repositories on one volume share its size and what is free', async () => {
  await using client = await startWithClient();
  const states = (await client.list(
    '/api/v1/backupInfrastructure/repositories/states',
  )) as unknown as (State & { hostId: string })[];
  const [a, b] = states.filter(({ name }) => name.startsWith('Shared volume'));

  assert.deepEqual([a?.capacityGB, a?.freeGB, a?.hostId], [b?.capacityGB, b?.freeGB, b?.hostId]);
  assert.ok(
    states.some(({ capacityGB }) => capacityGB === -1),
    'object storage without a limit',
  );
});

test('a full repository is full, and an intended deletion takes files away', async () => {
  await using full = await startWithClient({ scenario: 'repository-full' });
  const cause = full.simulator.truth.injections.find(({ kind }) => kind === 'repository-full')?.cause;
  const states = (await full.list('/api/v1/backupInfrastructure/repositories/states')) as unknown as State[];
  const { capacityGB = 0, freeGB = 1 } = states.find(({ id }) => id === cause?.id) ?? {};
  assert.ok(freeGB / capacityGB < 0.002);

  await using cut = await startWithClient({ scenario: 'retention-deletion', days: 60 });
  const used = () =>
    cut.simulator.world.storage.usedBytes(cut.simulator.clock.now().getTime()).reduce((a, b) => a + b, 0);
  const after = used();
  cut.simulator.clock.advance(-3 * 86_400_000);
  assert.ok(used() > after * 1.1);
});

test('copies keep the time of the point that they copy', async () => {
  await using client = await startWithClient();
  const points = (await client.list('/api/v1/restorePoints')) as (Row & {
    creationTime: string;
    backupId: string;
  })[];
  const copies = (await client.list('/api/v1/backups', { jobTypeFilter: 'BackupCopy' })).map(({ id }) => id);
  const of = (isCopy: boolean) => points.filter(({ backupId }) => copies.includes(backupId) === isCopy);
  const originals = new Set(of(false).map(({ name, creationTime }) => `${name} ${creationTime}`));
  const recent = of(true).filter(({ creationTime }) => Date.parse(creationTime) > Date.parse('2026-03-01'));

  assert.ok(recent.length > 5);
  assert.ok(recent.every(({ name, creationTime }) => originals.has(`${name} ${creationTime}`)));
});
