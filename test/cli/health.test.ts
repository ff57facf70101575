import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { healthCommand, judgeBeat } from '../../src/cli/health.ts';

const NOW = Date.parse('2026-03-02T12:00:00Z');
const at = (minutesAgo: number) => new Date(NOW - minutesAgo * 60_000).toISOString();
const job = { name: 'health', slotAt: null, startedAt: null, endedAt: null };
const beat = { at: at(0), databaseAt: at(0), jobs: [job] };

test('a scheduler that lives, with a database that answers, is healthy', () => {
  assert.deepEqual(judgeBeat(beat, NOW), []);
  const ran = { ...job, slotAt: at(30), startedAt: at(30), endedAt: at(28) };
  assert.deepEqual(judgeBeat({ ...beat, jobs: [ran] }, NOW), []);
});

test('one that has not moved, or whose database is away, is not', () => {
  assert.match(String(judgeBeat({ ...beat, at: at(5) }, NOW)), /has not moved since/);
  assert.match(String(judgeBeat({ ...beat, databaseAt: at(5) }, NOW)), /database has not answered since/);
  assert.match(String(judgeBeat({ ...beat, databaseAt: null }, NOW)), /database has not answered yet/);
});

test('a slot that came and began nothing is told, once its runs should have begun', () => {
  const missed = { ...job, slotAt: at(30), startedAt: at(90), endedAt: at(85) };
  assert.deepEqual(judgeBeat({ ...beat, jobs: [missed] }, NOW), [`health did not begin at ${at(30)}`]);
  assert.deepEqual(judgeBeat({ ...beat, jobs: [{ ...missed, slotAt: at(2) }] }, NOW), []);
});

test('a slot in which the run before still went on is not missed', () => {
  const long = { ...job, slotAt: at(30), startedAt: at(90), endedAt: at(20) };
  assert.deepEqual(judgeBeat({ ...beat, jobs: [long] }, NOW), []);
  assert.deepEqual(judgeBeat({ ...beat, jobs: [{ ...long, endedAt: at(95) }] }, NOW), []);
});

test('a run that has been going on for more than a day hangs', () => {
  const hanging = { ...job, startedAt: at(25 * 60), endedAt: at(26 * 60) };
  assert.match(String(judgeBeat({ ...beat, jobs: [hanging] }, NOW)), /health has been running since/);
});

test('the command reads what the scheduler wrote, else asks the server', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dr365-health-'));
  const file = join(folder, 'health.json');
  const now = new Date().toISOString();
  writeFileSync(file, JSON.stringify({ at: now, databaseAt: now, jobs: [] }));
  assert.equal(await healthCommand([], { DR365_HEALTH_FILE: file }), 0);
  writeFileSync(file, JSON.stringify({ at: at(0), databaseAt: now, jobs: [] }));
  assert.equal(await healthCommand([], { DR365_HEALTH_FILE: file }), 1);
  rmSync(folder, { recursive: true });

  let status = 200;
  const server = createServer((request, response) => {
    response.writeHead(request.url === '/readyz' ? status : 404).end();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const env = { MCP_HTTP_PORT: String(port) };
  assert.equal(await healthCommand([], env), 0);
  assert.equal(await healthCommand([`http://127.0.0.1:${port}/other`], env), 1);
  assert.equal(await healthCommand([`tcp:127.0.0.1:${port}`], env), 0);
  status = 503;
  assert.equal(await healthCommand([], env), 1);
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
  assert.equal(await healthCommand([], env), 1);
  assert.equal(await healthCommand([`tcp:127.0.0.1:${port}`], env), 1);
});
