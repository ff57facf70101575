import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startDr365, toEnvironment } from '../support/child.ts';
import { createTestDatabase, testServer } from '../support/database.ts';
import { configOf, simulate } from '../support/simulated.ts';

/** Stands before the database, and from some moment on passes nothing on, without cutting anything. */
async function startStalling() {
  const { host, port } = testServer();
  const sockets: Socket[] = [];
  let isStalled = false;
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const upstream = connect({ host, port, allowHalfOpen: true });
    sockets.push(client, upstream);
    for (const socket of [client, upstream]) socket.on('error', () => {});
    if (isStalled) return;
    client.pipe(upstream).pipe(client);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: String((server.address() as AddressInfo).port),
    stall: () => {
      isStalled = true;
      for (const socket of sockets) socket.unpipe().pause();
    },
    [Symbol.dispose]: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

test('a process that is told to stop ends also where the database hangs', async () => {
  await using simulator = await simulate({ jobs: 2, days: 2 });
  await using database = await createTestDatabase();
  using proxy = await startStalling();
  const { child, ended } = startDr365(['workers', '--only', 'capacity'], {
    ...toEnvironment(configOf(simulator, database)),
    DB_HOST: '127.0.0.1',
    DB_PORT: proxy.port,
    LOG_LEVEL: 'info',
    WORKERS_STOP_SECONDS: '1',
    SCHEDULE_CAPACITY: '0 4 1 1 *',
  });
  let log = '';
  child.stderr?.on('data', (chunk) => {
    log += String(chunk);
  });
  while (!/"msg":"status"/.test(log)) {
    assert.equal(child.exitCode, null, log);
    await sleep(100);
  }
  proxy.stall();
  child.kill('SIGTERM');
  const { code, stderr } = await ended;
  assert.equal(code, 0);
  assert.match(stderr, /the database did not end its connections|a run did not end when it was told to/);
});
