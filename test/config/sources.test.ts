import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadFullConfig } from '../../src/config/sources.ts';
import { ConfigError } from '../../src/errors.ts';

const SECRET = 'correct horse battery';
const ID = '00000000-0000-4000-8000-000000000001';

/** dr365.toml in a folder of its own, with a file of a password beside it. */
function fileOf(toml: string) {
  const folder = mkdtempSync(join(tmpdir(), 'dr365-'));
  writeFileSync(join(folder, 'dr365.toml'), toml);
  writeFileSync(join(folder, 'secret'), `${SECRET}\n`);
  writeFileSync(join(folder, 'ca.pem'), 'pem');
  const load = (env: Record<string, string> = {}, options = {}) =>
    loadFullConfig({ DR365_CONFIG: join(folder, 'dr365.toml'), ...env }, options);
  return { folder, load, [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
}

function messageOf(toml: string, env: Record<string, string> = {}): string {
  using file = fileOf(toml);
  try {
    file.load(env);
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    assert.ok(!error.message.includes(SECRET), 'no secret is shown');
    return error.message;
  }
  return '';
}

const ENV = { VEEAM_SERVER: 'vbr00.lab', VEEAM_USERNAME: 'LAB\\reader', VEEAM_PASSWORD: SECRET };

test('the server of the environment is one of several, and gives what a section leaves out', () => {
  using file = fileOf(`
[veeam]
tenant = "contoso"
[veeam.servers.hq]
server = "vbr01.lab"
[veeam.servers.Branch]
server = "vbr02.lab"
port = 9420
username = "branch"
password_file = "secret"
ca_file = "ca.pem"
time_zone = "Europe/Berlin"
backfill_days = 30
tenant = "fabrikam"
[veeam.servers."vbr03.lab"]
username = "third"
password_env = "THIRD_PASSWORD"
fingerprint = "${'ab'.repeat(32)}"
`);
  const { veeam } = file.load({
    ...ENV,
    VEEAM_PORT: '9500',
    VEEAM_REQUEST_BUDGET: '500',
    THIRD_PASSWORD: 'x',
  });
  const pick = veeam.map(({ sourceId, name, server, port, username, tenant }) => [
    sourceId,
    name,
    server,
    port,
    username,
    tenant,
  ]);
  assert.deepEqual(pick, [
    ['vbr00.lab', 'vbr00.lab', 'vbr00.lab', 9500, 'LAB\\reader', 'contoso'],
    ['hq', 'hq', 'vbr01.lab', 9419, 'LAB\\reader', 'contoso'],
    ['branch', 'Branch', 'vbr02.lab', 9420, 'branch', 'fabrikam'],
    ['vbr03.lab', 'vbr03.lab', 'vbr03.lab', 9419, 'third', 'contoso'],
  ]);
  assert.deepEqual(
    veeam.map(({ password, backfillDays, requestBudget }) => [password, backfillDays, requestBudget]),
    [
      [SECRET, 90, 500],
      [SECRET, 90, 500],
      [SECRET, 30, 500],
      ['x', 90, 500],
    ],
  );
  assert.deepEqual(veeam[2]?.tls, { mode: 'ca', caFile: join(file.folder, 'ca.pem') });
  assert.equal(veeam[3]?.tls.mode, 'pin');
  assert.equal(veeam[2]?.names.fingerprint, 'veeam.servers.Branch.fingerprint');
});

test('a process that reads no source needs none of their secrets', () => {
  using file = fileOf(
    '[veeam.servers.hq]\nserver = "vbr01"\nusername = "u"\npassword_file = "not-there"\n[schedule]\nhealth = "7 * * * *"',
  );
  const config = file.load({}, { withSources: false });
  assert.deepEqual([config.veeam, config.azure, config.schedule.health], [[], undefined, '7 * * * *']);
  assert.throws(() => file.load(), /line 4: veeam\.servers\.hq\.password_file = "not-there" cannot be read/);
});

test('what is wrong with a server is told with its line, and a secret in the file is refused unseen', () => {
  const server = (lines: string) => messageOf(`[veeam.servers.hq]\n${lines}`, ENV);
  assert.match(
    messageOf('[veeam.servers.hq-]\nport = 1', ENV),
    /line 1: veeam\.servers\.hq-\.server is not set/,
  );
  assert.match(server('server = "https://vbr"'), /line 2: veeam\.servers\.hq\.server = .*without https/);
  assert.match(
    server(`server = "a"\npassword = "${SECRET}"`),
    /line 3: .*password is wrong: a secret does not belong here/,
  );
  assert.match(server('server = "a"\nusername = "other"'), /password_file is not set/);
  assert.match(server('server = "a"\npassword_env = "NOPE"'), /password_env = "NOPE": that variable is not/);
  assert.match(server('server = "a"\nca_file = "none.pem"'), /ca_file = "none\.pem" cannot be read/);
  assert.match(
    server(`server = "a"\nca_file = "ca.pem"\nfingerprint = "${'ab'.repeat(32)}"`),
    /fingerprint and ca_file are both set/,
  );
  assert.match(server('server = "a"\ntenant = "a b"'), /tenant = "a b" is wrong: it has to be a label/);
  assert.match(messageOf('[veeam.servers."a b"]\nserver = "a"', ENV), /a name has letters/);
  assert.match(messageOf('[veeam.servers.hq]\nserver = "a"'), /VEEAM_USERNAME: set one of them/);
});

test('one server twice, and two of one name, are refused by both names', () => {
  const twice = '[veeam.servers.hq]\nserver = "vbr01.lab"\n[veeam.servers.other]\nserver = "VBR01.lab."';
  assert.match(
    messageOf(twice, ENV),
    /veeam\.servers\.hq and veeam\.servers\.other are the same backup server/,
  );
  const names = '[veeam.servers.hq]\nserver = "a"\n[veeam.servers.HQ]\nserver = "b"';
  assert.match(
    messageOf(names, ENV),
    /veeam\.servers\.hq and veeam\.servers\.HQ are two servers of one name/,
  );
  assert.match(
    messageOf('[veeam.servers.hq]\nserver = "vbr00.lab"', ENV),
    /VEEAM_SERVER=vbr00\.lab and veeam\.servers\.hq are the same backup server/,
  );
  assert.match(
    messageOf('[veeam.servers."vbr00.lab"]\nserver = "b"', ENV),
    /VEEAM_SERVER=vbr00\.lab and veeam\.servers\."vbr00\.lab" are two servers of one name/,
  );
});

const VAULTS = `[recovery_services]
subscription_id = "${ID}"
resource_group = "rg"
tenant = "contoso"
client_id = "${ID}"
[recovery_services.vaults.west]
name = "kv-west"
tenant = "fabrikam"
[recovery_services.vaults.east]
name = "kv-east"
resource_group = "rg-east"
[recovery_services.vaults.lab]
name = "kv-lab"
collect = false
`;

test('vaults of the file are collected where something says how to sign in', () => {
  using file = fileOf(VAULTS);
  assert.equal(file.load().azure, undefined, 'they are those of the other server alone');
  const { azure } = file.load({ AZURE_ACCESS_TOKEN: 'token' });
  assert.deepEqual(
    azure?.vaults.map(({ vault, resourceGroup, tenant }) => [vault, resourceGroup, tenant]),
    [
      ['kv-west', 'rg', 'fabrikam'],
      ['kv-east', 'rg-east', 'contoso'],
    ],
  );
  assert.deepEqual([azure?.subscriptionIds, azure?.tenant], [[], 'contoso']);
});

test('one vault twice is refused by both names, and one that is nowhere as well', () => {
  const twice = VAULTS.replace('name = "kv-east"\nresource_group = "rg-east"', 'name = "KV-West"');
  assert.match(
    messageOf(twice, { AZURE_ACCESS_TOKEN: 't' }),
    /recovery_services\.vaults\.west and recovery_services\.vaults\.east are the same vault/,
  );
  const nowhere = VAULTS.replace('resource_group = "rg"\n', '');
  assert.match(
    messageOf(nowhere, { AZURE_ACCESS_TOKEN: 't' }),
    /recovery_services\.vaults\.west has no resource_group/,
  );
});
