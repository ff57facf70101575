import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import type { DatabaseSettings } from '../../src/config/config.ts';
import { openDatabases } from '../../src/db/database.ts';
import { openEmbedded } from '../../src/db/embedded.ts';
import { ConfigError } from '../../src/errors.ts';

const settingsOf = (dataDir: string): DatabaseSettings => ({
  metricsName: 'dr365v_metrics',
  riskName: 'dr365v',
  dataDir,
  external: undefined,
  logins: {},
});

test('processes share the embedded server of a folder, and the last one out stops it', async () => {
  using folder = temporaryFolder();
  const first = await openDatabases(settingsOf(folder.path), 'collector', 'test');
  const other = await holdInAnotherProcess(folder.path);
  assert.equal(other.port, first.metrics.connection.port);

  await first.close();
  assert.equal(await answers(other.port), true, 'the other process still uses it');
  await other.end('SIGTERM');
  assert.equal(await answers(other.port), false);
});

test('a server left behind by a killed process is found, and its data are there', async () => {
  using folder = temporaryFolder();
  const killed = await holdInAnotherProcess(folder.path);
  await killed.end('SIGKILL');
  assert.equal(await answers(killed.port), true);

  const server = await openEmbedded(folder.path);
  assert.equal(server.port, killed.port);
  await server.release();
  assert.equal(await answers(killed.port), false, 'the dead process does not count as a user');
});

test('generated passwords can be read by their owner only', async () => {
  using folder = temporaryFolder();
  const databases = await openDatabases(settingsOf(folder.path), 'reader', 'test');
  await databases.close();
  for (const file of ['credentials.json', 'superuser.json']) {
    assert.equal(statSync(join(folder.path, file)).mode & 0o077, 0, file);
  }
});

test('a folder that cannot be used is a wrong setting', async () => {
  using folder = temporaryFolder();
  writeFileSync(join(folder.path, 'a-file'), '');
  await assert.rejects(
    openEmbedded(join(folder.path, 'a-file', 'data')),
    (error) => error instanceof ConfigError && /DR365_DATA_DIR/.test(error.message),
  );
});

function temporaryFolder(): { path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'dr365-embedded-'));
  chmodSync(path, 0o755); // as root the server runs as another account
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

async function holdInAnotherProcess(
  dataDir: string,
): Promise<{ port: number; end: (signal: NodeJS.Signals) => Promise<void> }> {
  const holder = join(import.meta.dirname, '../support/hold-embedded.ts');
  const child = spawn(process.execPath, [holder, dataDir], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<void>((done) => child.once('exit', () => done()));
  for await (const line of createInterface({ input: child.stdout })) {
    const end = async (signal: NodeJS.Signals) => {
      child.kill(signal);
      await ended;
    };
    return { port: Number(line), end };
  }
  throw new Error('the other process ended early');
}

function answers(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = createConnection({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      done(true);
    });
    socket.once('error', () => done(false));
  });
}
