import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { type Ended, startDr365, toEnvironment } from '../support/child.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { configOf, simulate } from '../support/simulated.ts';

/** One that is past, and no other for long: everything of a test happens in it. */
const ONE_SLOT = '0 4 1 1 *';
const VAULTS = 49;

type Replica = {
  child: ReturnType<typeof startDr365>['child'];
  ended: Promise<Ended>;
  finished: () => string[];
};

/** A process that collects from all vaults and the backup server; its runs are told from its log. */
function startReplica(env: Record<string, string>): Replica {
  const { child, ended } = startDr365(['workers', '--only', 'capacity'], { ...env, LOG_LEVEL: 'info' });
  let log = '';
  child.stderr?.on('data', (chunk) => {
    log += String(chunk);
  });
  const finished = () =>
    log
      .split('\n')
      .filter((line) => line.startsWith('{') && line.endsWith('}'))
      .map((line) => JSON.parse(line) as { msg: string; source: string; status: string })
      .filter(({ msg, status }) => msg === 'run finished' && status !== 'failed')
      .map(({ source }) => source);
  return { child, ended, finished };
}

const estate = () =>
  simulate({ jobs: 2, days: 2, azurePort: 0, azureVaults: VAULTS, azureItems: VAULTS, azureDays: 8 });

const settings = (simulator: Simulator, database: TestDatabase, cron = ONE_SLOT) => ({
  ...toEnvironment(configOf(simulator, database)),
  SCHEDULE_CAPACITY: cron,
});

const runsOf = ({ metrics: { db } }: TestDatabase) =>
  db.selectFrom('run').select(['source_id', 'status', 'started_at']).orderBy('started_at').execute();

async function untilDone(database: TestDatabase, replicas: readonly Replica[], count: number): Promise<void> {
  for (;;) {
    const done = (await runsOf(database)).filter(({ status }) => status === 'succeeded');
    if (new Set(done.map(({ source_id }) => source_id)).size >= count) return;
    assert.ok(replicas.some(({ child }) => child.exitCode === null && child.signalCode === null));
    await sleep(200);
  }
}

/** How often each vault was asked for itself, which every run does once. */
function pollsOf({ azure }: Simulator): Map<string, number> {
  const asked = (azure?.requests.list() ?? []).filter(({ path }) => /\/vaults\/[^/]+$/.test(path));
  return new Map([...Map.groupBy(asked, ({ path }) => path)].map(([path, { length }]) => [path, length]));
}

async function stopAll(replicas: readonly Replica[]): Promise<void> {
  for (const { child } of replicas) child.kill('SIGTERM');
  for (const { ended } of replicas) {
    const { code, signal, stderr } = await ended;
    assert.ok(code === 0 || signal === 'SIGKILL', stderr);
    assert.doesNotMatch(stderr, /^\(node:/m, 'no warning of Node.js');
  }
}

for (const count of [2, 4])
  test(`${count} processes share ${VAULTS + 1} sources: each is read once in a slot, and each process has a part`, async () => {
    await using simulator = await estate();
    await using database = await createTestDatabase();
    const env = settings(simulator, database);
    const replicas = Array.from({ length: count }, () => startReplica(env));
    await untilDone(database, replicas, VAULTS + 1);
    await sleep(2_000); // for a process that would do what is done
    await stopAll(replicas);
    const runs = await runsOf(database);
    assert.deepEqual(
      runs.filter(({ status }) => status !== 'succeeded'),
      [],
    );
    assert.equal(runs.length, VAULTS + 1);
    assert.equal(new Set(runs.map(({ source_id }) => source_id)).size, VAULTS + 1);
    assert.deepEqual([...new Set(pollsOf(simulator).values())], [1], 'no vault was asked twice');
    const parts = replicas.map(({ finished }) => finished().length);
    assert.equal(
      parts.reduce((a, b) => a + b),
      VAULTS + 1,
    );
    assert.ok(
      parts.every((part) => part > 0),
      `each did something: ${parts.join(', ')}`,
    );
  });

test('two processes of advisors conclude once from what was collected', async () => {
  await using simulator = await simulate({ jobs: 3, days: 3 });
  await using database = await createTestDatabase();
  const env = { ...toEnvironment(configOf(simulator, database)), LOG_LEVEL: 'info' };
  for (const worker of ['capacity', 'health'])
    assert.equal((await startDr365(['worker', worker], env).ended).code, 0);
  const replicas = [1, 2].map(() => startDr365(['workers', '--only', 'risk,remediation'], env));
  const advisor = await database.as('advisor');
  const runs = () =>
    advisor.risk.db.selectFrom('run').select(['worker', 'status']).orderBy('worker').execute();
  while (!(await runs()).some(({ worker, status }) => worker === 'remediation' && status !== 'running')) {
    assert.ok(replicas.every(({ child }) => child.exitCode === null));
    await sleep(100);
  }
  await sleep(3_000); // for the other one
  for (const { child } of replicas) child.kill('SIGTERM');
  for (const { ended } of replicas) assert.equal((await ended).code, 0);
  assert.deepEqual(
    (await runs()).map(({ worker }) => worker),
    ['remediation', 'risk'],
  );
});

test('what a process had when it was killed is done by another one in the same slot', async () => {
  await using simulator = await estate();
  await using database = await createTestDatabase();
  simulator.azure?.faults.add('slow:ms=400');
  const env = settings(simulator, database);
  const replicas = [startReplica(env), startReplica(env)];
  const [victim, other] = replicas;
  assert.ok(victim && other);
  // Both are at work then.
  while (victim.finished().length < 3 || other.finished().length < 3) {
    assert.equal(victim.child.exitCode ?? other.child.exitCode, null);
    await sleep(50);
  }
  victim.child.kill('SIGKILL');
  await victim.ended;
  const left = (await runsOf(database)).filter(({ status }) => status === 'running');
  assert.ok(left.length > 0, 'it was killed in the middle of its runs');
  simulator.azure?.faults.clear();
  await untilDone(database, [other], VAULTS + 1);
  await stopAll([other]);
  const runs = await runsOf(database);
  const abandoned = runs.filter(({ status }) => status === 'abandoned');
  assert.ok(abandoned.length > 0);
  const again = new Set(abandoned.map(({ source_id }) => source_id));
  for (const [sourceId, own] of Map.groupBy(runs, ({ source_id }) => source_id))
    assert.deepEqual(
      own.map(({ status }) => status),
      again.has(sourceId) ? ['abandoned', 'succeeded'] : ['succeeded'],
      sourceId,
    );
  assert.equal(runs.length, VAULTS + 1 + again.size);
});

test('in slot after slot no source is read twice in one, whichever process was first', async () => {
  await using simulator = await simulate({
    jobs: 2,
    days: 2,
    azurePort: 0,
    azureVaults: 6,
    azureItems: 6,
    azureDays: 8,
  });
  await using database = await createTestDatabase();
  const env = settings(simulator, database, '*/15 * * * * *');
  const replicas = [startReplica(env), startReplica(env)];
  const slotsOf = (runs: Awaited<ReturnType<typeof runsOf>>) =>
    runs.map(({ source_id, started_at }) => `${source_id} ${Math.floor(started_at.getTime() / 15_000)}`);
  for (;;) {
    const runs = await runsOf(database);
    if (runs.filter(({ source_id }) => source_id === runs[0]?.source_id).length >= 3) break;
    await sleep(500);
  }
  await stopAll(replicas);
  const slots = slotsOf(await runsOf(database));
  assert.equal(new Set(slots).size, slots.length, String(slots));
});
