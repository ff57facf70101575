import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { distributeSecrets } from '../../src/cli/secrets.ts';
import { readSettingsFolders } from '../../src/cli/settings-folder.ts';

const ROLES = ['DB_PASSWORD', 'DB_COLLECTOR_PASSWORD', 'DB_ADVISOR_PASSWORD', 'DB_READER_PASSWORD'];

/** What the service sees: the project, the files that `.env` names, and the volumes. */
function makeFolders(env?: string) {
  const root = mkdtempSync(join(tmpdir(), 'dr365-secrets-'));
  const folders = {
    project: join(root, 'project'),
    given: join(root, 'given'),
    kept: join(root, 'out/kept'),
    out: join(root, 'out'),
  };
  for (const folder of [folders.project, folders.given]) mkdirSync(folder, { recursive: true });
  const setEnv = (text: string) => writeFileSync(join(folders.project, '.env'), text);
  if (env !== undefined) setEnv(env);
  return {
    folders,
    setEnv,
    distribute: () => distributeSecrets(folders),
    names: (container: string) => readdirSync(join(folders.out, container)).sort(),
    read: (container: string, name: string) => readFileSync(join(folders.out, container, name), 'utf8'),
    path: (container: string, name: string) => join(folders.out, container, name),
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  };
}

test('without .env each role gets a password of its own, which nobody else sees', () => {
  using made = makeFolders();
  made.distribute();
  assert.deepEqual(made.names('migrate'), [...ROLES].sort());
  assert.deepEqual(made.names('postgres'), ['DB_PASSWORD']);
  assert.deepEqual(made.names('collectors'), ['DB_COLLECTOR_PASSWORD']);
  assert.deepEqual(made.names('advisor'), ['DB_ADVISOR_PASSWORD']);
  assert.deepEqual(made.names('mcp'), ['DB_READER_PASSWORD', 'MCP_HTTP_TOKEN']);
  const passwords = ROLES.map((name) => made.read('migrate', name));
  assert.equal(new Set([...passwords, made.read('mcp', 'MCP_HTTP_TOKEN')]).size, 5);
  for (const one of passwords) assert.match(one, /^[\w-]{43}$/);
  assert.equal(made.read('postgres', 'DB_PASSWORD'), passwords[0]);
  assert.equal(made.read('mcp', 'DB_READER_PASSWORD'), made.read('migrate', 'DB_READER_PASSWORD'));
});

test('each file can be read by its owner alone', () => {
  using made = makeFolders('VEEAM_PASSWORD=x\n');
  made.distribute();
  for (const container of ['kept', 'postgres', 'migrate', 'collectors', 'advisor', 'mcp'])
    for (const name of made.names(container))
      assert.equal(statSync(made.path(container, name)).mode & 0o777, 0o400, `${container}/${name}`);
});

test('a second time nothing changes, and no file is written again', () => {
  using made = makeFolders('VEEAM_PASSWORD=x\n');
  made.distribute();
  const before = made.names('collectors').map((name) => statSync(made.path('collectors', name)).mtimeMs);
  const password = made.read('migrate', 'DB_PASSWORD');
  assert.deepEqual(made.distribute(), ['nothing has changed']);
  assert.equal(made.read('migrate', 'DB_PASSWORD'), password);
  const after = made.names('collectors').map((name) => statSync(made.path('collectors', name)).mtimeMs);
  assert.deepEqual(after, before);
});

test('what .env says is the password, and stays so when it is taken out of there', () => {
  using made = makeFolders();
  made.distribute();
  made.setEnv('DB_READER_PASSWORD=given by hand\nMCP_HTTP_TOKEN=one-token-of-mine\n');
  made.distribute();
  assert.equal(made.read('mcp', 'DB_READER_PASSWORD'), 'given by hand');
  assert.equal(made.read('migrate', 'DB_READER_PASSWORD'), 'given by hand');
  assert.equal(made.read('mcp', 'MCP_HTTP_TOKEN'), 'one-token-of-mine');
  made.setEnv('');
  made.distribute();
  assert.equal(made.read('mcp', 'DB_READER_PASSWORD'), 'given by hand');
});

test('a password may come from a file that .env names', () => {
  using made = makeFolders(
    'VEEAM_PASSWORD_FILE=/etc/vbr-password\nDB_PASSWORD_FILE=./owner\nVEEAM_CA_FILE=/etc/vbr.pem\n',
  );
  writeFileSync(join(made.folders.given, 'VEEAM_PASSWORD_FILE'), 'from a file\n');
  writeFileSync(join(made.folders.given, 'DB_PASSWORD_FILE'), 'of the owner\n');
  writeFileSync(join(made.folders.given, 'VEEAM_CA_FILE'), '-----BEGIN CERTIFICATE-----\n');
  made.distribute();
  assert.equal(made.read('collectors', 'VEEAM_PASSWORD'), 'from a file');
  assert.equal(made.read('postgres', 'DB_PASSWORD'), 'of the owner');
  assert.equal(made.read('collectors', 'VEEAM_CA_FILE.pem'), '-----BEGIN CERTIFICATE-----\n');
});

test('a file that is missing ends it with a line that says what Docker did', () => {
  using made = makeFolders('VEEAM_PASSWORD_FILE=/etc/vbr-password\n');
  mkdirSync(join(made.folders.given, 'VEEAM_PASSWORD_FILE'));
  assert.throws(() => made.distribute(), {
    name: 'ConfigError',
    message: /^VEEAM_PASSWORD_FILE=\/etc\/vbr-password is no file: Docker makes a folder .*remove the folder/,
  });
});

test('the collectors get what .env says of sources, also passwords that dr365.toml names, and nothing of other parts', () => {
  using made = makeFolders(
    'VEEAM_SERVER=vbr\nVEEAM_PASSWORD="with \'quotes\' # and more"\nVBR_TWO_PASSWORD=two\nDB_PASSWORD=a\nMCP_HTTP_TOKEN=b\nCOMPOSE_PROJECT_NAME=c\nDR365_CONFIG=\n',
  );
  writeFileSync(join(made.folders.project, 'dr365.toml'), '[tiers.1]\n');
  made.distribute();
  assert.deepEqual(made.names('collectors'), [
    'DB_COLLECTOR_PASSWORD',
    'VBR_TWO_PASSWORD',
    'VEEAM_PASSWORD',
    'VEEAM_SERVER',
    'dr365.toml',
  ]);
  assert.equal(made.read('collectors', 'VEEAM_PASSWORD'), "with 'quotes' # and more");
  assert.deepEqual(made.names('advisor'), ['DB_ADVISOR_PASSWORD', 'dr365.toml']);
});

test('files that dr365.toml names are handed on beside it, and only such files', () => {
  using made = makeFolders('');
  const toml = join(made.folders.project, 'dr365.toml');
  mkdirSync(join(made.folders.project, 'vbr'));
  writeFileSync(join(made.folders.project, 'vbr/two'), 'the password\n');
  writeFileSync(toml, '[veeam.servers.two]\nserver = "vbr2"\npassword_file = "./vbr/two"\n');
  made.distribute();
  assert.equal(made.read('collectors', 'vbr/two'), 'the password\n');
  assert.deepEqual(made.names('advisor'), ['DB_ADVISOR_PASSWORD', 'dr365.toml']);
  assert.deepEqual(made.distribute(), ['nothing has changed']);
  for (const path of ['/etc/two', '../two', 'missing']) {
    writeFileSync(toml, `[veeam.servers.two]\npassword_file = "${path}"\n`);
    assert.throws(() => made.distribute(), {
      name: 'ConfigError',
      message: /^dr365\.toml: veeam\.servers\.two\.password_file = /,
    });
  }
  writeFileSync(toml, 'this is no toml');
  made.distribute();
  assert.equal(made.read('collectors', 'dr365.toml'), 'this is no toml');
});

test('a login of its own for the MCP server does not share the password of the role', () => {
  using made = makeFolders('DB_READER_USER=msp_a\n');
  made.distribute();
  assert.notEqual(made.read('mcp', 'DB_READER_PASSWORD'), made.read('migrate', 'DB_READER_PASSWORD'));
  assert.equal(made.read('mcp', 'DB_READER_PASSWORD'), made.read('migrate', 'MCP_READER_PASSWORD'));
  made.setEnv('DB_READER_USER=msp_a\nDB_READER_PASSWORD=of msp_a\n');
  made.distribute();
  assert.equal(made.read('mcp', 'DB_READER_PASSWORD'), 'of msp_a');
  assert.notEqual(made.read('migrate', 'DB_READER_PASSWORD'), 'of msp_a');
});

test('what is taken out of .env is taken away from the container', () => {
  using made = makeFolders('VEEAM_PASSWORD=x\n');
  made.distribute();
  made.setEnv('');
  made.distribute();
  assert.deepEqual(made.names('collectors'), ['DB_COLLECTOR_PASSWORD']);
});

test('with a file of tokens there is no token that was made up', () => {
  using made = makeFolders('MCP_HTTP_TOKEN_FILE=/etc/tokens\n');
  made.distribute();
  assert.deepEqual(made.names('mcp'), ['DB_READER_PASSWORD']);
});

test('nothing that is printed holds a secret', () => {
  using made = makeFolders('VEEAM_PASSWORD=hush-hush\n');
  const printed = made.distribute().join('\n');
  assert.match(printed, /DB_PASSWORD: made up/);
  for (const secret of ['hush-hush', ...ROLES.map((name) => made.read('migrate', name))])
    assert.ok(!printed.includes(secret));
});

test('a container takes its settings from its folder, and its environment comes first', () => {
  using made = makeFolders('VEEAM_SERVER=vbr\nVEEAM_PASSWORD=secret\nVEEAM_CA_FILE=/x\n');
  writeFileSync(join(made.folders.given, 'VEEAM_CA_FILE'), 'pem');
  writeFileSync(join(made.folders.project, 'dr365.toml'), '');
  made.distribute();
  const folder = join(made.folders.out, 'collectors');
  const env: Record<string, string | undefined> = {
    DR365_SETTINGS_DIR: folder,
    VEEAM_SERVER: 'other',
    VEEAM_PASSWORD: '',
  };
  readSettingsFolders(env);
  assert.equal(env.VEEAM_SERVER, 'other');
  assert.equal(env.VEEAM_PASSWORD, 'secret');
  assert.equal(env.VEEAM_CA_FILE, join(folder, 'VEEAM_CA_FILE.pem'));
  assert.equal(env.DR365_CONFIG, join(folder, 'dr365.toml'));
});

test('the settings of a demo count only where nothing says what to read', () => {
  using made = makeFolders();
  const demo = join(made.folders.out, 'demo');
  mkdirSync(demo, { recursive: true });
  writeFileSync(join(demo, 'VEEAM_SERVER'), 'simulator');
  const read = (env: Record<string, string | undefined>) => {
    const all: Record<string, string | undefined> = { DR365_DEMO_DIR: demo, ...env };
    readSettingsFolders(all);
    return all;
  };
  assert.equal(read({}).VEEAM_SERVER, 'simulator');
  assert.match(String(read({}).DR365_CONFIG), /demo\.toml$/);
  assert.equal(read({ VEEAM_SERVER: 'vbr' }).VEEAM_SERVER, 'vbr');
  assert.equal(read({ AZURE_SUBSCRIPTION_ID: 'x' }).VEEAM_SERVER, undefined);
  const toml = join(made.folders.project, 'dr365.toml');
  writeFileSync(toml, '[veeam.servers.one]\n');
  assert.equal(read({ DR365_CONFIG: toml }).VEEAM_SERVER, undefined);
  writeFileSync(toml, '[tiers.1]\n');
  assert.equal(read({ DR365_CONFIG: toml }).VEEAM_SERVER, 'simulator');
});
