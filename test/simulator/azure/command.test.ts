import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { ConfigError } from '../../../src/errors.ts';
import { runSimulator } from '../../../src/simulator/main.ts';
import { reachable, sourceFiles } from '../../support/imports.ts';

const MODULE = new URL('../../../src/simulator/main.ts', import.meta.url).href;

async function firstLine(...argv: string[]): Promise<Record<string, unknown>> {
  const code = `const { runSimulator } = await import(${JSON.stringify(MODULE)}); process.exitCode = await runSimulator(process.argv.slice(1));`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code, '--', '--jobs', '5', ...argv]);
  let out = '';
  child.stdout.setEncoding('utf8');
  for await (const chunk of child.stdout) {
    out += String(chunk);
    if (out.includes('\n')) break;
  }
  const line = JSON.parse(out) as Record<string, unknown>;
  const { caFile } = (line.azure ?? line.veeam) as { caFile: string };
  assert.ok(existsSync(caFile));
  child.kill('SIGTERM');
  assert.deepEqual(await once(child, 'exit'), [0, null]);
  return line;
}

test('an Azure half that is asked for is in the line that the command prints', async () => {
  const { azure } = await firstLine('--azure-port', '0', '--azure-vaults', '3', '--azure-items', '10');
  const { url, tenantId, clientId, clientSecret, token, subscriptions } = azure as Record<string, string>;
  assert.match(String(url), /^https:\/\/127\.0\.0\.1:\d+$/);
  for (const id of [tenantId, clientId]) assert.match(String(id), /^[0-9a-f-]{36}$/);
  assert.ok(clientSecret && token);
  assert.equal(subscriptions?.length, 2);
});

test('scenarios about Azure have one without being asked, the others have none', async () => {
  const named = await firstLine('--scenario', 'azure-rpo-breach');
  assert.deepEqual([named.scenario, named.azure === null], ['azure-rpo-breach', false]);
  assert.equal((await firstLine('--scenario', 'silent-job')).azure, null);
});

test('wrong options of the Azure half are explained', async () => {
  for (const argv of [
    ['--azure-port', '70000'],
    ['--azure-port', '0', '--azure-vaults', '0'],
    ['--azure-port', '0', '--azure-items', '1.5'],
    ['--azure-port', '0', '--azure-days', '1000'],
    ['--azure-port', '0', '--azure-fault', 'nope'],
    ['--scenario', 'azure-nope'],
  ])
    await assert.rejects(runSimulator(argv), ConfigError, argv.join(' '));
});

test('the simulator reads nothing of the client that it is there to try', () => {
  for (const file of sourceFiles('src/simulator')) {
    const { files } = reachable(file);
    assert.deepEqual(
      [...files.keys()].filter((path) => path.startsWith('src/azure/')),
      [],
      file,
    );
  }
});
