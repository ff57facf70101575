import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readSettingsFolders } from '../../src/cli/settings-folder.ts';
import { loadConfig } from '../../src/config/config.ts';
import { writeSettings } from '../../src/simulator/settings-files.ts';
import { startSimulator } from '../../src/simulator/simulator.ts';

const SMALL = { jobs: 2, days: 2, azurePort: 0, azureVaults: 1, azureItems: 1, azureDays: 8 };

test('a simulator for clients elsewhere has its name in addresses, certificate and settings', async () => {
  await using simulator = await startSimulator({ ...SMALL, host: 'localhost' });
  assert.equal(new URL(simulator.url).hostname, 'localhost');
  assert.equal(new URL(simulator.azure?.url ?? '').hostname, 'localhost');
  assert.ok(new X509Certificate(simulator.ca).checkHost('localhost'));

  const folder = mkdtempSync(join(tmpdir(), 'dr365-settings-'));
  try {
    writeSettings(folder, simulator);
    for (const name of readdirSync(folder)) assert.equal(statSync(join(folder, name)).mode & 0o077, 0, name);
    const env: Record<string, string | undefined> = { DR365_DEMO_DIR: folder };
    readSettingsFolders(env);
    assert.equal(readFileSync(env.AZURE_CA_FILE ?? '', 'utf8'), simulator.ca);
    const { veeam, azure } = loadConfig(env);
    assert.equal(veeam[0]?.server, 'localhost');
    assert.equal(veeam[0]?.password, simulator.password);
    assert.deepEqual(veeam[0]?.tls, { mode: 'pin', fingerprint: simulator.fingerprint });
    assert.deepEqual(azure?.subscriptionIds, simulator.azure?.subscriptions);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('a name that is none, and an address of another machine, are refused in words', async () => {
  await assert.rejects(startSimulator({ ...SMALL, host: 'a b' }), { message: /^host has to be a host name/ });
  await assert.rejects(startSimulator({ ...SMALL, host: '203.0.113.77' }), {
    name: 'ConfigError',
    message: '203.0.113.77 is no address of this machine',
  });
});
