import assert from 'node:assert/strict';
import { test } from 'node:test';
import { spaceAt, volumeBytes } from '../../src/simulator/estate/space.ts';
import type { Repository } from '../../src/simulator/estate/types.ts';
import { toSettings } from '../../src/simulator/options.ts';
import { capacityScenarios } from '../../src/simulator/scenarios/capacity.ts';
import { findScenario } from '../../src/simulator/scenarios/index.ts';
import type { CapacityTruth } from '../../src/simulator/truth/capacity.ts';
import { buildTruth } from '../../src/simulator/truth/truth.ts';
import { createWorld, type World } from '../../src/simulator/world.ts';
import { type Client, NOW, type Row, startWithClient } from './client.ts';

const GIB = 2 ** 30;

const worldOf = (scenario: string, options = {}): World =>
  createWorld(
    toSettings({ now: NOW, speed: 0, jobs: 1, days: 60, scenario, ...options }),
    findScenario(scenario),
  );

function truthOf(world: World, day = 0): CapacityTruth[] {
  const { capacity } = buildTruth(world, world.draft.dayAt(day)).findings;
  assert.ok(capacity, 'the truth about capacity');
  return capacity;
}

const of = (truths: CapacityTruth[], regime: string): CapacityTruth => {
  const found = truths.find((one) => one.regime === regime);
  assert.ok(found, regime);
  return found;
};

type State = Row & { capacityGB: number; freeGB: number; usedSpaceGB: number; isOnline: boolean };
type File = { name: string; backupSize: number };

const readStates = async (client: Client) =>
  (await client.list('/api/v1/backupInfrastructure/repositories/states')) as unknown as State[];

/** Sizes of files by the repository whose path they lie under. */
async function readFiles(client: Client): Promise<{ repositoryId: string; file: File }[]> {
  const backups = (await client.list('/api/v1/backups')) as (Row & { repositoryId: string })[];
  const files: { repositoryId: string; file: File }[] = [];
  for (const { id, repositoryId } of backups) {
    const rows = (await client.list(`/api/v1/backups/${id}/backupFiles`)) as unknown as File[];
    files.push(...rows.map((file) => ({ repositoryId, file })));
  }
  return files;
}

test('bytes in use are the files and the other data, to the byte, before and after each event', async () => {
  await using client = await startWithClient({ scenario: 'capacity-all', jobs: 1, days: 60 });
  const { world } = client.simulator;
  for (const hours of [0, 25 * 24 + 1, 31 * 24 + 9, 46 * 24 - 4]) {
    client.simulator.clock.set(new Date(NOW.getTime() + hours * 3_600_000));
    const now = client.simulator.clock.now().getTime();
    const files = await readFiles(client);
    const states = await readStates(client);
    const truths = buildTruth(world, now).findings.capacity ?? [];
    for (const truth of truths) {
      const state = states.find(({ id }) => id === truth.entity.id) as State;
      const label = `${truth.entity.name} after ${hours} hours`;
      assert.equal(state.isOnline, truth.expected !== 'OFFLINE', label);
      if (truth.expected === 'OFFLINE') continue;
      assert.equal(state.usedSpaceGB * GIB, truth.usedBytes, label);
      if (truth.scaleOutRepositoryId === null) {
        const own = files.filter(({ repositoryId }) => repositoryId === truth.entity.id);
        assert.equal(
          own.reduce((sum, { file }) => sum + file.backupSize, 0),
          truth.usedBytes,
          label,
        );
      }
      const { capacityGB, freeGB } = state;
      if (truth.capacityBytes === null) {
        assert.deepEqual([capacityGB, freeGB], [-1, -1]);
        continue;
      }
      assert.equal(capacityGB * GIB, truth.capacityBytes, label);
      assert.equal((capacityGB - freeGB) * GIB, Math.min(truth.useBytes, truth.capacityBytes), label);
    }
    const tiers = truths.filter(({ scaleOutRepositoryId }) => scaleOutRepositoryId !== null);
    assert.equal(
      files
        .filter(({ repositoryId }) => repositoryId === tiers[0]?.scaleOutRepositoryId)
        .reduce((sum, { file }) => sum + file.backupSize, 0),
      tiers.reduce((sum, { usedBytes }) => sum + usedBytes, 0),
      'what leaves the extents is in the bucket',
    );
  }
});

test('bytes by job, and bytes by the day of their release, add up to what is stored', () => {
  const world = worldOf('capacity-all');
  for (const day of [0, 33]) {
    for (const { entity, usedBytes, jobs, releases, keptBytes } of truthOf(world, day)) {
      const sum = (list: { bytes: number }[]) => list.reduce((total, { bytes }) => total + bytes, 0);
      assert.equal(sum(jobs), usedBytes, `${entity.name}, day ${day}`);
      assert.equal(sum(releases) + keptBytes, usedBytes, `${entity.name}, day ${day}`);
    }
  }
});

test('a day on which the truth says that a threshold is reached is the first on which it is', () => {
  const world = worldOf('capacity-all');
  let checked = 0;
  for (const truth of truthOf(world)) {
    for (const { share, inDays } of truth.thresholds) {
      if (inDays === null || inDays === 0) continue;
      const repository = world.estate.repositories.find(({ id }) => id === truth.entity.id) as Repository;
      const shareAfter = (days: number) => {
        const at = world.draft.dayAt(days);
        const { capacityBytes } = spaceAt(repository, at);
        return volumeBytes(world.estate, world.storage.usedBytes(at), repository.volume, at) / capacityBytes;
      };
      assert.ok(shareAfter(inDays) >= share, truth.entity.name);
      assert.ok(shareAfter(inDays - 1) < share, truth.entity.name);
      checked += 1;
      break;
    }
  }
  assert.ok(checked >= 8, `${checked} repositories fill`);
});

test('each regime is what its name says, whatever the seed', () => {
  for (const seed of [1, 2]) {
    const world = worldOf('capacity-all', { seed, days: 90 });
    const truths = truthOf(world, 70);
    const expected = Object.fromEntries(truths.map(({ regime, expected: wanted }) => [regime, wanted]));
    assert.deepEqual(
      expected,
      {
        linear: 'FILLS',
        accelerating: 'FILLS',
        saturating: 'NOT_WITHIN_HORIZON',
        sawtooth: 'FILLS',
        'gfs-plateau': 'NOT_WITHIN_HORIZON',
        'mass-deletion': 'FILLS',
        'migration-source': 'NOT_WITHIN_HORIZON',
        migration: 'FILLS',
        expansion: 'FILLS',
        'sobr-extent': 'NOT_WITHIN_HORIZON',
        'sobr-capacity-tier': 'FILLS',
        'immutability-floor': 'FILLS',
        'unlimited-bucket': 'UNBOUNDED',
        'shared-volume': 'FILLS',
        'offline-week': 'FILLS',
        'sudden-fill': 'EXCEEDED',
      },
      `seed ${seed}`,
    );
    assert.equal(of(truthOf(world, 33), 'offline-week').expected, 'OFFLINE');
    const shared = truths.filter(({ regime }) => regime === 'shared-volume');
    assert.equal(new Set(shared.map(({ useBytes }) => useBytes)).size, 1);
    assert.deepEqual(shared[0]?.volume, shared[1]?.volume);
  }
});

test('what a migration takes from one repository it brings to the other, and nobody can foresee it', () => {
  const world = worldOf('capacity-migration');
  const [before, after] = [truthOf(world), truthOf(world, 26)];
  const step = (regime: string) => of(before, regime).events.map(({ kind, bytes }) => [kind, bytes]);
  const [[kind, bytes] = []] = step('migration');
  assert.equal(kind, 'LEVEL_SHIFT');
  assert.ok(Number(bytes) > 0);
  assert.deepEqual(step('migration-source'), [['LEVEL_SHIFT', -Number(bytes)]]);
  assert.ok(of(before, 'migration').thresholds.every(({ isForeseeable }) => !isForeseeable));
  assert.ok(of(after, 'migration').thresholds.every(({ isForeseeable }) => isForeseeable));
});

test('a cut of retention frees nothing that is immutable', () => {
  const world = worldOf('capacity-immutability-floor', { days: 90 });
  const [before, after] = [of(truthOf(world, 19), 'immutability-floor'), truthOf(world, 20)];
  const { immutable, usedBytes, releases } = of(after, 'immutability-floor');
  const [cut] = before.events;
  assert.equal(cut?.day, '2026-03-24');
  assert.ok((cut?.bytes ?? 0) < -0.2 * before.usedBytes, 'something is freed');
  assert.equal(immutable?.days, 30);
  assert.equal(usedBytes, immutable?.bytes, 'what is left is what cannot be deleted');
  assert.ok(releases.every((one) => one.day > '2026-03-24'));
});

test('a server that does not answer for a week says so by 503 and goes on afterwards', async () => {
  await using client = await startWithClient({ scenario: 'capacity-gaps', jobs: 1 });
  const { world, clock } = client.simulator;
  const status = async (day: number) => {
    clock.set(new Date(world.draft.dayAt(day)));
    const { status: token } = await client.send('POST', '/api/oauth2/token');
    return token;
  };
  assert.notEqual(await status(29), 503);
  assert.equal(await status(30), 503);
  assert.equal(await status(36), 503);
  assert.notEqual(await status(37), 503);
  assert.deepEqual(of(truthOf(world, 40), 'gaps').events, []);
});

test('while a repository is offline its job fails, and neither is a finding before or long after', () => {
  const world = worldOf('capacity-offline-week');
  const kinds = (day: number) =>
    buildTruth(world, world.draft.dayAt(day))
      .findings.health.map(({ kind }) => kind)
      .sort();
  assert.deepEqual(kinds(0), []);
  assert.deepEqual(kinds(35), ['JOB_FAILING', 'JOB_STALE']);
  assert.ok(!kinds(60).includes('JOB_FAILING'));
});

test('only scenarios about capacity have truth about it, for every length of history', () => {
  assert.equal(buildTruth(worldOf('demo', { jobs: 10 })).findings.capacity, undefined);
  for (const { name } of capacityScenarios.slice(0, -1)) {
    for (const [days, zone] of [
      [1, 'UTC'],
      [400, 'America/New_York'],
    ] as const) {
      const truths = truthOf(worldOf(name, { days, zone }), 10);
      assert.ok(truths.length > 0, name);
      for (const { useBytes, capacityBytes } of truths)
        assert.ok(capacityBytes === null || capacityBytes > useBytes, `${name}, ${days} days`);
    }
  }
});
