import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { startMcp } from '../support/mcp-client.ts';
import { simulate } from '../support/simulated.ts';

const COMMAND = [join(import.meta.dirname, '../../src/cli/dr365.mjs'), 'recovery-services'];

/** A folder with a configuration of the simulated Azure; the secret is in the environment. */
function configured({ azure, caFile }: Simulator, more = '') {
  assert.ok(azure);
  const root = mkdtempSync(join(tmpdir(), 'dr365-rs-stdio-'));
  const file = join(root, 'my.toml');
  const [vault] = azure.world.vaults;
  assert.ok(vault);
  const lines = [
    '[recovery_services]',
    `tenant_id = "${azure.tenantId}"`,
    `client_id = "${azure.clientId}"`,
    `resource_manager_url = "${azure.url}"`,
    `authority_host = "${azure.url}"`,
    `ca_file = '${caFile}'`,
    'state_dir = "state"',
    more,
    '[recovery_services.vaults.main]',
    `name = "${vault.name}"`,
    `resource_group = "${vault.group}"`,
    `subscription_id = "${vault.subscription}"`,
    'is_default = true',
  ];
  writeFileSync(file, lines.join('\n'));
  const env = { AZURE_CLIENT_SECRET: azure.clientSecret, HOME: root };
  return {
    root,
    file,
    env,
    state: join(root, 'state'),
    [Symbol.dispose]: () => rmSync(root, { recursive: true }),
  };
}

test('a client starts the command, signs in with a secret, and finds the token again after a restart', async () => {
  await using simulator = await simulate({ scenario: 'azure-healthy', azureDays: 20 });
  using folder = configured(simulator);
  const program = [...COMMAND, '--config', folder.file, '--verbose'];
  const signIns = () =>
    simulator.azure?.requests.list().filter(({ path }) => path.endsWith('/oauth2/v2.0/token')).length;
  for (const run of [1, 2]) {
    await using mcp = await startMcp(folder.env, program);
    const { tools } = await mcp.client.listTools();
    assert.ok(
      tools.every(({ annotations }) => annotations?.readOnlyHint || annotations?.openWorldHint === false),
    );
    const { data } = await mcp.ask('recovery_services_get_vault', { vault_name: 'main' });
    assert.equal((data as { data: { vault: { alias: string } } }).data.vault.alias, 'main');
    assert.match(mcp.log(), /my\.toml/);
    assert.equal(signIns(), 1, `run ${run}`);
    const [kept = ''] = readdirSync(folder.state).filter((name) => name.startsWith('token-'));
    assert.equal(statSync(join(folder.state, kept)).mode & 0o777, 0o600);
    const { token } = JSON.parse(readFileSync(join(folder.state, kept), 'utf8')) as { token: string };
    assert.ok(!mcp.log().includes(token) && !mcp.log().includes(folder.env.AZURE_CLIENT_SECRET));
    if (run === 1) continue;
    const { data: cleared } = await mcp.ask('recovery_services_clear_auth_cache');
    assert.equal((cleared as { data: { cleared: number } }).data.cleared, 2);
    assert.deepEqual(
      readdirSync(folder.state).filter((name) => name.startsWith('token-')),
      [],
    );
  }
});

test('a wrong secret is told as such, with what to do, and without the secret', async () => {
  await using simulator = await simulate({ scenario: 'azure-healthy', azureDays: 20 });
  using folder = configured(simulator);
  const env = { ...folder.env, AZURE_CLIENT_SECRET: 'wrong-and-secret' };
  await using mcp = await startMcp(env, [...COMMAND, '--config', folder.file]);
  const said = await mcp.refused('recovery_services_list_vaults');
  assert.match(said, /^auth \(sign-in\): .*AADSTS7000215/);
  assert.match(said, /What to do: .*AZURE_CLIENT_ID/);
  assert.ok(!`${said}${mcp.log()}`.includes('wrong-and-secret'));
});

test('wrong settings and arguments end it with exit code 2, before it answers anything', () => {
  const run = (args: readonly string[], more: Record<string, string> = {}) =>
    spawnSync(process.execPath, [...COMMAND, ...args], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH ?? '', HOME: tmpdir(), ...more },
      input: '',
    });
  // A file that is there and holds no certificate.
  const certificate = { AZURE_TENANT_ID: 't', AZURE_CLIENT_ID: '11111111-1111-1111-1111-111111111111' };
  const cases: [string[], Record<string, string>, RegExp][] = [
    [['--config', '/nowhere/x.toml'], {}, /x\.toml cannot be read/],
    [['--confg', 'x'], {}, /takes --config FILE and --verbose/],
    [[], { ...certificate, AZURE_CLIENT_CERTIFICATE_PATH: import.meta.filename }, /has to be a PEM file/],
  ];
  for (const [args, env, message] of cases) {
    const { status, stderr, stdout } = run(args, env);
    assert.deepEqual([status, stdout], [2, '']);
    assert.match(stderr, message);
  }
});
