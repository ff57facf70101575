import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createReading, type Reading } from '../../src/reading.ts';
import type { SimulatorOptions } from '../../src/simulator/options.ts';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { listBackupFiles, listBackups } from '../../src/veeam/backups.ts';
import { createVeeamClient, type VeeamOptions } from '../../src/veeam/client.ts';
import { listJobStates } from '../../src/veeam/jobs.ts';
import type { Page } from '../../src/veeam/pages.ts';
import { listRepositoryStates } from '../../src/veeam/repositories.ts';
import { listRestorePoints } from '../../src/veeam/restore-points.ts';
import { getServerTime } from '../../src/veeam/server.ts';
import { listSessions } from '../../src/veeam/sessions.ts';
import { listTaskSessions } from '../../src/veeam/task-sessions.ts';
import { errorOf } from '../support/http-server.ts';
import { createTestClock } from '../support/test-clock.ts';

const NOW = new Date('2026-03-02T09:00:00Z');

async function simulate(options: SimulatorOptions = {}) {
  const simulator = await startSimulator({ seed: 5, days: 30, jobs: 20, now: NOW, speed: 0, ...options });
  return simulator;
}

/** Waits take no time, as the clock is the test's own. */
function clientOf(simulator: Simulator, options: VeeamOptions = {}) {
  const { hostname, port } = new URL(simulator.url);
  const { username, password, ca } = simulator;
  const client = createVeeamClient(
    { server: hostname, port: Number(port), username, password, tls: { mode: 'ca', ca } },
    { clock: createTestClock(NOW.getTime()), ...options },
  );
  return { ...client, [Symbol.asyncDispose]: client.close };
}

async function read<Row extends { id: string }>(reader: (reading: Reading) => AsyncIterable<Page<Row>>) {
  const reading = createReading('test');
  const rows = (await Array.fromAsync(reader(reading))).flatMap(({ items }) => items);
  return { rows, reading, ids: new Set(rows.map(({ id }) => id)) };
}

test('every session of the simulator is read once, in each revision', async () => {
  for (const revision of ['1.3-rev0', '1.3-rev1', '1.3-rev2']) {
    await using simulator = await simulate({ revision });
    await using client = clientOf(simulator);
    assert.equal(await client.revision(), revision);
    const { reading, ids } = await read((one) => listSessions(client, { by: 'CreationTime', reading: one }));
    const known = simulator.truth.estate.sessions;
    assert.equal(ids.size, known);
    assert.deepEqual(
      [reading.complete, reading.rowsFetched, reading.rowsTotal, reading.rowsRejected, reading.duplicates],
      [true, known, known, 0, 0],
    );
  }
});

test('lists of states, backups, files and points are complete in each revision', async () => {
  for (const revision of ['1.3-rev0', '1.3-rev1', '1.3-rev2']) {
    await using simulator = await simulate({ revision, scenario: 'demo', jobs: 60 });
    await using client = clientOf(simulator);
    const backups = await read((one) => listBackups(client, one));
    for (const { reading, rows } of [
      backups,
      await read((one) => listJobStates(client, one)),
      await read((one) => listRepositoryStates(client, one)),
      await read((one) => listRestorePoints(client, { reading: one })),
      await read((one) => listBackupFiles(client, [...backups.ids].slice(0, 8), { reading: one })),
    ]) {
      assert.ok(rows.length > 0);
      assert.deepEqual(
        [reading.complete, reading.rowsFetched, reading.rowsRejected],
        [true, reading.rowsTotal, 0],
      );
    }
  }
});

test('faults that pass change nothing but the number of requests', async () => {
  await using simulator = await simulate();
  await using client = clientOf(simulator, { breaker: { failures: 100 } });
  const calm = await read((one) => listSessions(client, { by: 'EndTime', reading: one }));
  for (const fault of [
    'throttle:probability=0.3,retryAfter=2',
    'error-502:probability=0.3',
    'error-503:probability=0.3',
    'reset:probability=0.2',
    'truncate:probability=0.2',
    'empty-401:probability=0.1',
    'expire-tokens:after=2',
    'lose-refresh:after=3',
  ]) {
    simulator.faults.clear();
    simulator.faults.add(fault);
    const { ids, reading } = await read((one) => listSessions(client, { by: 'EndTime', reading: one }));
    assert.deepEqual([ids.size, reading.complete], [calm.ids.size, true], fault);
  }
});

test('rows on two pages come once, and a head that vanishes takes none of the others along', async () => {
  await using simulator = await simulate();
  await using client = clientOf(simulator);
  simulator.faults.add('duplicate-row:path=/sessions');
  const doubled = await read((one) => listSessions(client, { by: 'CreationTime', reading: one }));
  assert.equal(doubled.ids.size, doubled.rows.length);
  simulator.faults.clear();
  simulator.faults.add('head-deletion:count=60,times=4,path=/sessions');
  const { ids } = await read((one) => listSessions(client, { by: 'CreationTime', reading: one }));
  simulator.faults.clear();
  const left = await read((one) => listSessions(client, { by: 'CreationTime', reading: one }));
  assert.ok(left.ids.size < doubled.ids.size);
  for (const id of left.ids) assert.ok(ids.has(id));
});

test('task sessions of agents that a server cannot give are named, the others come', async () => {
  await using simulator = await simulate({ revision: '1.3-rev1', scenario: 'demo', jobs: 60, days: 10 });
  await using client = clientOf(simulator);
  const whole = await read((one) => listTaskSessions(client, { by: 'EndTime', reading: one }));
  simulator.faults.add('agent-tasks-500');
  const { reading, rows } = await read((one) => listTaskSessions(client, { by: 'EndTime', reading: one }));
  assert.equal(reading.complete, false);
  assert.match(reading.reason ?? '', /AgentBackup answered 500/);
  const agents = whole.rows.filter(({ sessionType }) => /^(Agent|Endpoint)/.test(sessionType ?? '')).length;
  assert.ok(agents > 0);
  assert.equal(rows.length, whole.rows.length - agents);
});

test('a role that may not read an endpoint is forbidden there, and only there', async () => {
  await using simulator = await simulate({ role: 'Viewer' });
  await using client = clientOf(simulator);
  assert.equal((await errorOf(client.get('/api/v1/license'))).code, 'forbidden');
  assert.ok((await read((one) => listJobStates(client, one))).rows.length > 0);
});

test('a clock that is ahead shows in the skew', async () => {
  await using simulator = await simulate({ scenario: 'clock-skew' });
  await using client = clientOf(simulator);
  const { skewMs, zone } = await getServerTime(client);
  assert.ok(Math.abs(skewMs - 25 * 60_000) < 5_000, `${skewMs} ms`);
  assert.equal(zone, 'Europe/Berlin');
});

test('a certificate that was renewed is not accepted by the old pin', async () => {
  await using simulator = await simulate();
  const { hostname, port } = new URL(simulator.url);
  const client = createVeeamClient({
    server: hostname,
    port: Number(port),
    username: simulator.username,
    password: simulator.password,
    tls: { mode: 'pin', fingerprint: simulator.fingerprint },
  });
  await client.revision();
  const old = simulator.fingerprint;
  const renewed = await simulator.renewCertificate();
  const other = createVeeamClient({
    server: hostname,
    port: Number(port),
    username: simulator.username,
    password: simulator.password,
    tls: { mode: 'pin', fingerprint: old },
  });
  const error = await errorOf(other.revision());
  assert.equal(error.code, 'tls');
  assert.ok(error.message.includes(renewed));
  await Promise.all([client.close(), other.close()]);
});
