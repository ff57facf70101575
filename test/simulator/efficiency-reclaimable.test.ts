import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildTruth } from '../../src/simulator/truth/truth.ts';
import { type Client, type Row, startWithClient } from './client.ts';
import { filesIn, readFiles, sum, truthOf, worldOf } from './efficiency-truth.ts';

const start = (scenario: string): Promise<Client> => startWithClient({ scenario, jobs: 8, days: 60 });

test('backups without a job are listed without one, and the server knows no such job', async () => {
  await using client = await start('efficiency-orphaned');
  const { reclaimable = [] } = client.simulator.truth.findings.efficiency ?? {};
  const files = await readFiles(client);
  const orphaned = [...files].filter(([{ jobId }]) => jobId === undefined);
  assert.deepEqual(
    orphaned.map(([{ name }]) => name),
    ['Orphan retired ERP', 'Orphan branch import'],
  );
  for (const [{ id, name }, rows] of orphaned) {
    const item = reclaimable.find(({ owner }) => owner.backupId === id);
    assert.deepEqual([item?.category, item?.owner.jobId], ['ORPHANED', null]);
    assert.deepEqual(
      [item?.files, item?.bytes],
      [rows.length, sum(rows.map(({ backupSize }) => backupSize))],
    );
    for (const path of ['/api/v1/jobs', '/api/v1/jobs/states'])
      assert.deepEqual(await client.list(path, { nameFilter: name }), [], path);
  }
  assert.equal(reclaimable.length, 2);
  const sessions = (await client.list('/api/v1/sessions', { typeFilter: 'BackupJob' })) as Row[];
  const named = (what: string) => sessions.filter(({ name }) => name.startsWith(what)).length;
  assert.ok(named('Orphan retired ERP') > 20, 'runs of the time when there was a job');
  assert.equal(named('Orphan branch import'), 0);
});

test('what a disabled job has stored stays as it is, and is all of its backup', async () => {
  await using client = await start('efficiency-disabled-job');
  const { clock, truth, world } = client.simulator;
  const [item] = truth.findings.efficiency?.reclaimable ?? [];
  assert.deepEqual([item?.category, item?.owner.name], ['DISABLED_JOB', 'Disabled project']);
  const [state] = await client.list('/api/v1/jobs/states', { nameFilter: 'Disabled project' });
  assert.equal(state?.status, 'Disabled');
  const later = buildTruth(world, clock.now().getTime() + 15 * 86_400_000).findings.efficiency;
  assert.equal(later?.reclaimable[0]?.bytes, item?.bytes);
});

test('a machine in two jobs is doubly protected, a copy of it is not', async () => {
  await using client = await start('efficiency-double-protection');
  const { reclaimable = [] } = client.simulator.truth.findings.efficiency ?? {};
  const [item] = reclaimable;
  assert.deepEqual(
    [reclaimable.length, item?.category, item?.owner.name],
    [1, 'DOUBLY_PROTECTED', 'Double again'],
  );
  const objects = (await client.list('/api/v1/backupObjects', {
    nameFilter: item?.machine?.name ?? '',
  })) as (Row & {
    objectId: string;
  })[];
  assert.deepEqual([objects.length, new Set(objects.map(({ objectId }) => objectId)).size], [3, 1]);
  const files = (await client.list(`/api/v1/backups/${item?.owner.backupId}/backupFiles`)) as (Row & {
    objectId: string;
    backupSize: number;
  })[];
  const own = files.filter(({ objectId }) => objectId === item?.machine?.backupObjectId);
  assert.deepEqual([item?.files, item?.bytes], [own.length, sum(own.map(({ backupSize }) => backupSize))]);
  const [kept] = await client.list('/api/v1/jobs/states', { idFilter: item?.machine?.keptBy.jobId ?? '' });
  assert.ok(kept);
});

test('what is kept too long is what the same job would not have if it kept to its settings', async () => {
  const world = worldOf('efficiency-over-retained');
  const { reclaimable } = truthOf(world);
  const [item] = reclaimable;
  assert.deepEqual([reclaimable.length, item?.owner.name], [1, 'Retained too long']);
  const files = (name: string) => filesIn(world, name);
  const left = files('Retained too long').length - (item?.files ?? 0);
  assert.equal(
    left / 3,
    files('Retained control').length / 4,
    'as many for each machine as in a job that keeps to it',
  );
  const beyond = files('Retained too long')
    .toSorted((a, b) => a.created - b.created)
    .slice(0, item?.files);
  assert.equal(item?.bytes, sum(beyond.map(({ listed }) => listed.backupSize ?? 0)));
  const [low = 0, high = 0] = item?.between ?? [];
  assert.ok(low <= (item?.bytes ?? 0) && (item?.bytes ?? 0) <= high);

  await using client = await start('efficiency-over-retained');
  const jobs = (await client.list('/api/v1/jobs', { nameFilter: 'Retained*' })) as (Row & {
    storage: { retentionPolicy: { quantity: number }; gfsPolicy?: { isEnabled: boolean } };
  })[];
  assert.deepEqual(
    jobs.map(({ storage }) => [storage.retentionPolicy.quantity, storage.gfsPolicy?.isEnabled ?? false]),
    [
      [14, false],
      [14, true],
      [14, false],
    ],
  );
});

test('one job reduces far less than its peers', () => {
  const { reclaimable, jobs } = truthOf(worldOf('efficiency-below-peers'));
  const [item] = reclaimable;
  const own = jobs.find(({ name }) => name === item?.owner.name);
  const peers = jobs.filter(({ name, platform }) => name !== item?.owner.name && platform === own?.platform);
  assert.deepEqual([reclaimable.length, item?.category], [1, 'BELOW_PEERS']);
  assert.ok((own?.all.factor ?? 9) < 1.4 && peers.every(({ all }) => (all.factor ?? 0) > 1.9));
  const share = (item?.bytes ?? 0) / (own?.all.storedBytes ?? 1);
  assert.ok(share > 0.4 && share <= 0.5, String(share));
});

test('files on an appliance say nothing, and those that share blocks more than the disk holds', async () => {
  const names: Record<string, string[]> = {
    '1.3-rev0': ['DDBoost', 'HPStoreOnceIntegration', 'LinuxLocal'],
    '1.3-rev2': ['DellDataDomain', 'HPEStoreOnce', 'LinuxLocal'],
  };
  for (const [revision, types] of Object.entries(names)) {
    await using client = await startWithClient({ scenario: 'efficiency-appliance', jobs: 8, revision });
    const { repositories = [], jobs = [] } = client.simulator.truth.findings.efficiency ?? {};
    const states = await client.list('/api/v1/backupInfrastructure/repositories/states');
    const ours = repositories.filter(({ name }) => /^(Efficiency|Fast clone)/.test(name));
    assert.deepEqual(
      ours.map(({ id }) => states.find((one) => one.id === id)?.type),
      types,
    );
    assert.deepEqual(
      ours.map(({ isMeasurable, factor, sharedBytes }) => [
        isMeasurable,
        factor === 1,
        (sharedBytes ?? 0) > 0,
      ]),
      [
        [false, true, true],
        [false, true, true],
        [true, false, true],
      ],
    );
    const onAppliances = jobs.filter(({ isMeasurable }) => !isMeasurable).map(({ name }) => name);
    assert.deepEqual(onAppliances.slice(-2), ['Appliance files', 'Appliance mail']);
  }
});
