import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { runDr365, startDr365, toEnvironment } from '../support/child.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { configOf, simulate } from '../support/simulated.ts';

/** One slot, which is past. */
const ONE_SLOT = '0 4 1 1 *';
const SCHEDULES = Object.fromEntries(
  ['HEALTH', 'CAPACITY', 'EFFICIENCY', 'RTO'].map((name) => [`SCHEDULE_${name}`, ONE_SLOT]),
);

/** dr365.toml that names simulated servers, and the environment with the passwords of all. */
function configured(servers: Readonly<Record<string, Simulator>>, database: TestDatabase) {
  const folder = mkdtempSync(join(tmpdir(), 'dr365-'));
  const sections = Object.entries(servers).map(([name, simulator]) => {
    const { hostname, port } = new URL(simulator.url);
    return `[veeam.servers.${name}]
server = "${hostname}"
port = ${port}
username = ${JSON.stringify(simulator.username)}
password_env = "${name.toUpperCase()}_PASSWORD"
fingerprint = "${simulator.fingerprint}"
tenant = "${name}"
`;
  });
  writeFileSync(join(folder, 'dr365.toml'), sections.join('\n'));
  const [first] = Object.values(servers);
  const env = {
    ...toEnvironment({ ...configOf(first as Simulator, database), veeam: [] }),
    DR365_CONFIG: join(folder, 'dr365.toml'),
    ...SCHEDULES,
    ...Object.fromEntries(
      Object.entries(servers).map(([name, { password }]) => [`${name.toUpperCase()}_PASSWORD`, password]),
    ),
  };
  return { env, [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
}

const runsOf = ({ metrics: { db } }: TestDatabase) =>
  db
    .selectFrom('run')
    .select(['source_id', 'worker', 'status', 'error_code', 'error_message'])
    .orderBy('started_at')
    .execute();

const small = (seed: number, faults: string[] = []) => simulate({ jobs: 3, days: 3, seed, faults });

test('servers of the file are each a source, by the name of their section, and one that is down holds back no other', async () => {
  await using hq = await small(1);
  await using lab = await small(2);
  await using database = await createTestDatabase();
  using both = configured({ hq, lab }, database);
  const { code, stdout, stderr } = await runDr365(['worker', 'capacity'], {
    ...both.env,
    LAB_PASSWORD: 'wrong',
  });
  assert.equal(code, 2, stderr);
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { sourceId: string; status: string });
  assert.deepEqual(
    lines.map(({ sourceId, status }) => [sourceId, status]),
    [
      ['hq', 'succeeded'],
      ['lab', 'failed'],
    ],
  );
  assert.match(stderr, /veeam\.servers\.lab\.username and veeam\.servers\.lab\.password_env/);
  const sources = await database.metrics.db.selectFrom('source').select(['source_id', 'name']).execute();
  assert.deepEqual(sources, [{ source_id: 'hq', name: 'hq' }]);
});

test('a server that hangs holds back no other, is stopped at the deadline and read again after the start', async () => {
  await using hanging = await small(1, ['slow:ms=60000,path=/api/v1/backupInfrastructure']);
  await using hq = await small(2);
  await using lab = await small(3);
  await using database = await createTestDatabase();
  using all = configured({ hanging, hq, lab }, database);
  const env = { ...all.env, WORKERS_STOP_SECONDS: '1' };
  const { child, ended } = startDr365(['workers', '--only=capacity'], env);
  const isDone = async (ids: string[]) => {
    const runs = (await runsOf(database)).filter(({ status }) => status === 'succeeded');
    return ids.every((id) => runs.some(({ source_id }) => source_id === id));
  };
  while (!(await isDone(['hq', 'lab']))) {
    assert.equal(child.exitCode, null);
    await sleep(50);
  }
  while (!(await runsOf(database)).some(({ source_id }) => source_id === 'hanging')) await sleep(50);
  child.kill('SIGTERM');
  const { code, stderr } = await ended;
  assert.equal(code, 0, stderr);
  const [stopped] = (await runsOf(database)).filter(({ source_id }) => source_id === 'hanging');
  assert.deepEqual([stopped?.status, stopped?.error_code], ['failed', 'stopped']);
  assert.match(stopped?.error_message ?? '', /told to stop \(SIGTERM\).* after 1 s/);

  hanging.faults.clear();
  const again = startDr365(['workers', '--only=capacity'], env);
  while (!(await isDone(['hanging']))) {
    assert.equal(again.child.exitCode, null);
    await sleep(50);
  }
  again.child.kill('SIGTERM');
  assert.equal((await again.ended).code, 0);
  const runs = await runsOf(database);
  assert.deepEqual(
    Object.fromEntries([...Map.groupBy(runs, (run) => run.source_id)].map(([id, own]) => [id, own.length])),
    { hanging: 2, hq: 1, lab: 1 },
  );

  const { stdout, ...status } = await runDr365(['status', '--json'], env);
  assert.equal(status.code, 0, status.stderr);
  const { workers, databases } = JSON.parse(stdout) as {
    workers: { worker: string; next_slot_at: string; sources: { source_id: string; state: string }[] }[];
    databases: { bytes: number }[];
  };
  const capacity = workers.find(({ worker }) => worker === 'capacity');
  assert.deepEqual(
    capacity?.sources.map(({ source_id, state }) => [source_id, state]),
    [
      ['hanging', 'fresh'],
      ['hq', 'fresh'],
      ['lab', 'fresh'],
    ],
  );
  assert.match(capacity?.next_slot_at ?? '', /-01-01T04:00:00/);
  assert.ok(databases.length === 2 && databases.every(({ bytes }) => bytes > 0));
  const text = await runDr365(['status'], env);
  assert.match(text.stdout, /capacity: next \d{4}-01-01 04:00 UTC/);
});

test('a second signal ends the process at once', async () => {
  await using hanging = await small(1, ['slow:ms=60000,path=/api/v1/backupInfrastructure']);
  await using database = await createTestDatabase();
  using one = configured({ hanging }, database);
  const { child, ended } = startDr365(['workers', '--only', 'capacity'], one.env);
  while ((await runsOf(database)).length === 0) {
    assert.equal(child.exitCode, null);
    await sleep(50);
  }
  child.kill('SIGTERM');
  await sleep(300);
  child.kill('SIGTERM');
  assert.equal((await ended).code, 143);
  assert.deepEqual(
    (await runsOf(database)).map(({ status }) => status),
    ['running'],
  );
});

test('workers that are not there are refused by name, with all that are', async () => {
  const env = { PATH: process.env.PATH ?? '' };
  for (const args of [
    ['--only', 'health,capcity'],
    ['--only=capcity'],
    ['capcity'],
    ['--only'],
    ['--onyl'],
  ]) {
    const { code, stderr } = await runDr365(['workers', ...args], env);
    assert.equal(code, 2, stderr);
    assert.match(
      stderr,
      /^dr365: workers takes names[^\n]*health, capacity, efficiency, rto, risk, remediation\n$/,
    );
  }
});
