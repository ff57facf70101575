import assert from 'node:assert/strict';
import { test } from 'node:test';
import { efficiencyScenarios } from '../../src/simulator/scenarios/efficiency.ts';
import { SCENARIOS } from '../../src/simulator/scenarios/index.ts';
import type { Sums } from '../../src/simulator/truth/efficiency-files.ts';
import type { JobReduction } from '../../src/simulator/truth/efficiency-jobs.ts';
import { buildTruth } from '../../src/simulator/truth/truth.ts';
import { weekdayOf } from '../../src/simulator/zone.ts';
import { type Client, startWithClient } from './client.ts';
import { bytesOf, factorOf, filesIn, median, readFiles, sum, truthOf, worldOf } from './efficiency-truth.ts';

const GIB = 2 ** 30;
const start = (scenario: string, options = {}): Promise<Client> =>
  startWithClient({ scenario, jobs: 8, days: 60, ...options });

test('only scenarios about storage efficiency have a truth about it', () => {
  for (const name of ['healthy', 'ransomware', 'retention-deletion', 'capacity-linear']) {
    assert.ok(SCENARIOS.some((one) => one.name === name));
    assert.equal(buildTruth(worldOf(name, { days: 10 })).findings.efficiency, undefined, name);
  }
});

test('the truth about each job is the sum of the files that the server lists, to the byte', async () => {
  for (const revision of ['1.3-rev0', '1.3-rev2']) {
    await using client = await start('efficiency-all', { revision });
    const { efficiency } = client.simulator.truth.findings;
    const files = await readFiles(client);
    assert.equal(efficiency?.jobs.length, files.size);
    for (const [backup, rows] of files) {
      const job: JobReduction | undefined = efficiency?.jobs.find(({ backupId }) => backupId === backup.id);
      assert.equal(job?.jobId, backup.jobId ?? null, backup.name);
      for (const [kind, end] of [
        ['full', '.vbk'],
        ['increment', '.vib'],
        ['all', ''],
      ] as const) {
        const own = rows.filter(({ name }) => name.endsWith(end));
        const told: Sums | undefined = job?.[kind];
        assert.equal(told?.files, own.length, backup.name);
        assert.equal(told?.dataBytes, sum(own.map(({ dataSize }) => dataSize)), backup.name);
        assert.equal(told?.storedBytes, sum(own.map(({ backupSize }) => backupSize)), backup.name);
      }
    }
  }
});

test('bytes of each repository are those of the files that lie in it, and of what its state reports', async () => {
  await using client = await start('efficiency-all');
  const repositories = client.simulator.truth.findings.efficiency?.repositories ?? [];
  const states = await client.list('/api/v1/backupInfrastructure/repositories/states');
  const files = await readFiles(client);
  assert.ok(repositories.length > 20);
  for (const one of repositories) {
    const own = [...files].filter(([backup]) => backup.repositoryId === one.id).flatMap(([, rows]) => rows);
    const state = states.find(({ id }) => id === one.id);
    if (!state || one.kind === 'scaleOutRepository' || own.length > 0) {
      assert.equal(one.listedBytes, sum(own.map(({ backupSize }) => backupSize)), one.name);
      assert.equal(one.files, own.length, one.name);
    }
    if (state) assert.equal(one.reportedBytes, Math.round(Number(state.usedSpaceGB) * GIB), one.name);
    if (state && one.usedBytes !== null)
      assert.equal(one.usedBytes, (Number(state.capacityGB) - Number(state.freeGB)) * GIB, one.name);
  }
});

test('the percentages are whole, say what remains, and agree with the bytes', async () => {
  await using client = await start('efficiency-all');
  for (const file of [...(await readFiles(client)).values()].flat()) {
    const { dataSize, backupSize, dedupRatio, compressRatio, name } = file;
    for (const percent of [dedupRatio, compressRatio])
      assert.ok(Number.isInteger(percent) && percent > 0 && percent <= 100, name);
    const identity = (dedupRatio * compressRatio) / 10_000;
    assert.ok(Math.abs(backupSize / dataSize - identity) <= 0.0101, name);
  }
});

test('changes have a rhythm and noise, and each machine reduces in its own way', () => {
  const world = worldOf('efficiency-steady');
  const files = ['web', 'office', 'databases', 'files', 'tests'].flatMap((what) =>
    filesIn(world, `Steady ${what}`),
  );
  const spreads: number[] = [];
  const factors: number[] = [];
  for (const own of Map.groupBy(files, ({ place }) => place.index).values()) {
    const increments = own.filter(({ kind }) => kind === 'INCREMENT');
    const weekend = increments.filter(({ created }) => weekdayOf(world.zone.dayOf(created)) >= 5);
    const working = increments.filter((file) => !weekend.includes(file));
    assert.ok(median(weekend.map(bytesOf)) < median(working.map(bytesOf)));
    const logs = working.map((file) => Math.log(bytesOf(file)));
    const middle = sum(logs) / logs.length;
    spreads.push(Math.sqrt(sum(logs.map((value) => (value - middle) ** 2)) / (logs.length - 1)));
    factors.push(median(increments.map(factorOf)));
  }
  assert.equal(spreads.length, 30);
  assert.ok(Math.min(...spreads) > 0.1 && Math.max(...spreads) < 0.42, String(spreads));
  assert.ok(Math.max(...factors) - Math.min(...factors) > 0.4, String(factors));
});

test('the truth moves on with the clock', () => {
  const world = worldOf('efficiency-encryption-burst');
  const later = world.draft.now + 8 * 86_400_000;
  const [before, after] = [truthOf(world), truthOf(world, later)];
  const fulls = (truth: typeof before) => sum(truth.jobs.map(({ full }) => full.files));
  assert.ok(fulls(after) > fulls(before) - 20 && after.jobs.length >= before.jobs.length);
  const open = after.anomalies.find(({ job }) => job.name === 'Burst noticed');
  assert.ok((open?.files.length ?? 0) >= 9);
});

test('what is harmless has no findings, and says what happened', () => {
  for (const [name, kind] of [
    ['migration', 'MIGRATION'],
    ['new-full', 'NEW_FULL'],
    ['patch-day', 'PATCH_DAY'],
    ['month-end', 'MONTH_END'],
    ['steady', 'STEADY'],
  ] as const) {
    const { anomalies, reclaimable, benign, jobs } = truthOf(worldOf(`efficiency-${name}`));
    assert.deepEqual([anomalies, reclaimable, benign.map((one) => one.kind)], [[], [], [kind]], name);
    assert.ok(jobs.every(({ trend }) => trend?.class === 'STABLE'));
  }
});

test('a scenario works on any estate, and another seed gives other bytes', () => {
  for (const { name } of efficiencyScenarios.filter((one) => one.name !== 'efficiency-bench')) {
    for (const options of [
      { jobs: 1, days: 1 },
      { jobs: 1, days: 20, seed: 3 },
      { jobs: 40, days: 35, seed: 9, zone: 'America/New_York' },
    ]) {
      const { jobs, anomalies } = truthOf(worldOf(name, options));
      assert.ok(jobs.length > 0, name);
      assert.ok(anomalies.every(({ files }) => files.length > 0));
    }
  }
  const [one, other] = [1, 2].map((seed) => truthOf(worldOf('efficiency-steady', { seed })).jobs);
  assert.notDeepEqual(one, other);
});

test('a large estate has 500 backups of 400 files and 5,000 machines, and is there at once', async () => {
  await using client = await start('efficiency-bench', { jobs: 1 });
  const jobs = client.simulator.truth.findings.efficiency?.jobs ?? [];
  const bench = jobs.filter(({ name }) => name.startsWith('Bench'));
  assert.equal(bench.length, 500);
  assert.ok(bench.filter(({ all }) => all.files === 400).length > 480);
  assert.ok(bench.every(({ all }) => all.files > 350 && all.files <= 400));
  assert.ok(client.simulator.truth.estate.machines >= 5000);
  const { body } = await client.get('/api/v1/backups', { nameFilter: 'Bench 250' });
  const [backup] = body.data as { id: string }[];
  assert.equal((await client.list(`/api/v1/backups/${backup?.id}/backupFiles`, {}, 150)).length, 400);
});
