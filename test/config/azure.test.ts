import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { AZURE_SCOPE, AZURE_VARIABLES } from '../../src/config/azure.ts';
import { loadConfig } from '../../src/config/config.ts';
import { ConfigError } from '../../src/errors.ts';
import { runDr365 } from '../support/child.ts';

const ID = '11111111-2222-3333-4444-555555555555';
const SECRET = 'S3cret~that-nobody may see';
const APPLICATION = { AZURE_TENANT_ID: 'example.com', AZURE_CLIENT_ID: ID, AZURE_CLIENT_SECRET: SECRET };
const RIGHT = { AZURE_SUBSCRIPTION_ID: ID, ...APPLICATION };

/** What is wrong, one problem a line; empty: nothing. */
function problemsOf(env: Record<string, string>): string[] {
  try {
    loadConfig(env);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    assert.ok(!error.message.includes(SECRET), error.message);
    return error.message.replace('wrong settings:\n', '').split('\n');
  }
  return [];
}

/** A folder of its own for a test, gone at its end. */
function folder(): Disposable & { file: (name: string, text: string) => string } {
  const path = mkdtempSync(join(tmpdir(), 'dr365-config-'));
  const file = (name: string, text: string) => {
    writeFileSync(join(path, name), text);
    return join(path, name);
  };
  return { file, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

/** A value that no variable of that name may have. */
const WRONG: Record<string, string> = {
  AZURE_SUBSCRIPTION_ID: 'production',
  AZURE_RESOURCE_GROUP: 'rg/backup',
  AZURE_VAULT_NAME: 'rsv_one',
  AZURE_CREDENTIAL: 'password',
  AZURE_TENANT_ID: 'https://login.microsoftonline.com/x',
  AZURE_CLIENT_ID: 'dr365',
  AZURE_CLIENT_CERTIFICATE_PATH: '/no/such/file.pem',
  AZURE_FEDERATED_TOKEN_FILE: '/no/such/token',
  AZURE_CLOUD: 'germany',
  AZURE_RESOURCE_MANAGER_URL: 'management.azure.com',
  AZURE_AUTHORITY_HOST: 'http://login.microsoftonline.com',
  AZURE_CA_FILE: '/no/such/ca.pem',
  AZURE_RESOURCE_GRAPH: 'yes',
  AZURE_TIME_ZONE: 'W. Europe Standard Time',
  AZURE_BACKFILL_DAYS: '0',
  AZURE_REQUEST_BUDGET: 'many',
};
/** Anything but nothing is right for these. */
const FREE = ['AZURE_CLIENT_SECRET', 'AZURE_CLIENT_CERTIFICATE_PASSWORD', 'AZURE_ACCESS_TOKEN'];

test('without a subscription Azure Backup is off, whatever other tools have set', () => {
  assert.equal(loadConfig({}).azure, undefined);
  const others = Object.fromEntries(
    Object.keys(AZURE_VARIABLES)
      .filter((name) => !AZURE_SCOPE.includes(name))
      .map((name) => [name, WRONG[name] ?? SECRET]),
  );
  assert.equal(loadConfig(others).azure, undefined);
  assert.equal(loadConfig({ ...others, AZURE_SUBSCRIPTION_ID: ' ' }).azure, undefined);
});

test('a group or a vault without its subscription is a mistake, not silence', () => {
  assert.deepEqual(problemsOf({ AZURE_RESOURCE_GROUP: 'rg', AZURE_VAULT_NAME: 'rsv' }), [
    'AZURE_SUBSCRIPTION_ID is not set, but AZURE_RESOURCE_GROUP and AZURE_VAULT_NAME are: set it too',
  ]);
});

test('a subscription and an application are enough, the rest has the documented defaults', () => {
  assert.deepEqual(loadConfig(RIGHT).azure, {
    azure: {
      cloud: undefined,
      resourceManagerUrl: undefined,
      authorityHost: undefined,
      credential: { mode: 'client-secret', tenantId: 'example.com', clientId: ID, clientSecret: SECRET },
    },
    subscriptionIds: [ID],
    resourceGroups: [],
    vaultNames: [],
    vaults: [],
    tenant: undefined,
    usesResourceGraph: false,
    timeZone: 'UTC',
    backfillDays: 90,
    requestBudget: 20_000,
  });
  assert.deepEqual(loadConfig(RIGHT).veeam, []);
});

test('lists are separated by commas, each name once', () => {
  const other = ID.replace('1111', 'ABCD');
  const azure = loadConfig({
    ...RIGHT,
    AZURE_SUBSCRIPTION_ID: `${ID}, ${other},${ID}`,
    AZURE_RESOURCE_GROUP: 'rg-a,rg-b ,',
    AZURE_VAULT_NAME: 'rsv-1',
  }).azure;
  assert.deepEqual(azure?.subscriptionIds, [ID, other.toLowerCase()]);
  assert.deepEqual(azure?.resourceGroups, ['rg-a', 'rg-b']);
  assert.deepEqual(azure?.vaultNames, ['rsv-1']);
});

test('every wrong variable is named in one message, with what would be right', () => {
  assert.deepEqual(
    Object.keys(AZURE_VARIABLES).toSorted(),
    [...Object.keys(WRONG), ...FREE].toSorted(),
    'a new variable needs a wrong value here',
  );
  const lines = problemsOf(WRONG);
  for (const [name, value] of Object.entries(WRONG)) {
    const own = lines.filter((line) => line.trim().startsWith(`${name}=${value} is wrong: it has to be `));
    assert.equal(own.length, 1, `${name}: ${lines.join('\n')}`);
  }
  assert.equal(lines.length, Object.keys(WRONG).length, lines.join('\n'));
  for (const [name, value] of Object.entries(WRONG)) {
    const [first = '', ...more] = problemsOf({ ...RIGHT, [name]: value });
    assert.match(first, new RegExp(`^${name}=`));
    assert.deepEqual(more, [], 'nothing else is wrong');
  }
});

test('a list that names nothing is refused', () => {
  for (const name of AZURE_SCOPE)
    assert.match(String(problemsOf({ ...RIGHT, [name]: ' , ' })), new RegExp(`^${name}=, is wrong`));
});

test('each way to sign in says which settings it is missing', () => {
  using files = folder();
  const pem = files.file('app.pem', 'PEM');
  const token = files.file('token', 'jwt');
  const cases: [Record<string, string>, string[]][] = [
    [{ AZURE_CREDENTIAL: 'client-secret' }, ['AZURE_TENANT_ID', 'AZURE_CLIENT_ID', 'AZURE_CLIENT_SECRET']],
    [{ AZURE_CLIENT_SECRET: SECRET }, ['AZURE_TENANT_ID', 'AZURE_CLIENT_ID']],
    [
      { AZURE_CREDENTIAL: 'certificate', AZURE_CLIENT_ID: ID },
      ['AZURE_TENANT_ID', 'AZURE_CLIENT_CERTIFICATE_PATH'],
    ],
    [{ AZURE_CLIENT_CERTIFICATE_PATH: pem, AZURE_TENANT_ID: 'example.com' }, ['AZURE_CLIENT_ID']],
    [{ AZURE_FEDERATED_TOKEN_FILE: token, AZURE_CLIENT_ID: ID }, ['AZURE_TENANT_ID']],
    [{ AZURE_CREDENTIAL: 'static' }, ['AZURE_ACCESS_TOKEN']],
    [{ AZURE_CREDENTIAL: 'managed-identity' }, []],
    [{ AZURE_CREDENTIAL: 'azure-cli' }, []],
  ];
  for (const [env, missing] of cases) {
    const lines = problemsOf({ AZURE_SUBSCRIPTION_ID: ID, ...env });
    assert.deepEqual(
      lines.map((line) =>
        line.trim().replace(/ is not set, but signing in to Azure with [\w-]+ needs it: set it$/, ''),
      ),
      missing,
    );
  }
});

test('without any way to sign in the message names the usual ones', () => {
  const [line = '', ...more] = problemsOf({
    AZURE_SUBSCRIPTION_ID: ID,
    AZURE_CA_FILE: '/no/such/ca.pem',
  }).map((one) => one.trim());
  assert.match(line, /^AZURE_CA_FILE=/);
  assert.match(
    String(more[0]),
    /nothing says how to sign in: .*AZURE_CLIENT_SECRET, or AZURE_CREDENTIAL to managed-/,
  );
});

test('two ways to sign in contradict each other until AZURE_CREDENTIAL chooses', () => {
  const both = { ...RIGHT, AZURE_ACCESS_TOKEN: 'another secret' };
  assert.deepEqual(problemsOf(both), [
    'AZURE_CLIENT_SECRET and AZURE_ACCESS_TOKEN are both set: set AZURE_CREDENTIAL to client-secret or static',
  ]);
  const chosen = loadConfig({ ...both, AZURE_CREDENTIAL: 'static' }).azure;
  assert.deepEqual(chosen?.azure.credential, { mode: 'static', token: 'another secret' });
});

test('secrets may come from files, and one that cannot be read is named by its file', () => {
  using files = folder();
  const { AZURE_CLIENT_SECRET: _secret, ...rest } = RIGHT;
  const found = loadConfig({ ...rest, AZURE_CLIENT_SECRET_FILE: files.file('secret', `${SECRET}\n`) }).azure;
  assert.equal(
    found?.azure.credential.mode === 'client-secret' && found.azure.credential.clientSecret,
    SECRET,
  );
  const token = loadConfig({
    AZURE_SUBSCRIPTION_ID: ID,
    AZURE_ACCESS_TOKEN_FILE: files.file('token', 'a token'),
  });
  assert.deepEqual(token.azure?.azure.credential, { mode: 'static', token: 'a token' });
  const lines = problemsOf({ ...rest, AZURE_CLIENT_SECRET_FILE: '/no/such/secret' });
  assert.match(String(lines[0]), /AZURE_CLIENT_SECRET_FILE=\/no\/such\/secret cannot be read/);
  assert.equal(lines.length, 1, lines.join('\n'));
});

test('a command with wrong settings of Azure ends with exit code 2 and one message, without the secret', async () => {
  const env = { PATH: process.env.PATH ?? '', ...RIGHT, AZURE_BACKFILL_DAYS: 'all', AZURE_CLIENT_ID: 'x' };
  for (const args of [['worker', 'health'], ['workers'], ['mcp']]) {
    const { code, stdout, stderr } = await runDr365(args, env);
    assert.equal(code, 2, args.join(' '));
    assert.equal(stdout, '');
    assert.match(
      stderr,
      /^dr365: wrong settings:\n {2}AZURE_CLIENT_ID=x is wrong.*\n {2}AZURE_BACKFILL_DAYS=all .*\n$/,
    );
    assert.ok(!stderr.includes(SECRET));
  }
});

const ROOT = join(import.meta.dirname, '../..');
/** They are of use on a cluster, and with the simulator; secrets and files go another way than through the environment. */
const NOT_COMPOSE = [
  'AZURE_FEDERATED_TOKEN_FILE',
  'AZURE_ACCESS_TOKEN',
  'AZURE_CLIENT_SECRET',
  'AZURE_CLIENT_CERTIFICATE_PATH',
  'AZURE_CLIENT_CERTIFICATE_PASSWORD',
  'AZURE_CA_FILE',
];

test('every variable is in .env.example, and with compose the collectors get them and nobody else', () => {
  const example = readFileSync(join(ROOT, '.env.example'), 'utf8');
  for (const name of Object.keys(AZURE_VARIABLES)) assert.match(example, new RegExp(`^${name}=$`, 'm'));
  const compose = readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8');
  const services = compose.split(/^ {2}(?=\w[\w-]*:$)/m);
  const getting = services.filter((text) => text.includes('AZURE_SUBSCRIPTION_ID:'));
  assert.deepEqual(
    getting.map((text) => text.split(':', 1)[0]),
    ['collectors', 'demo-history'],
  );
  const others = services.filter((text) => !getting.includes(text)).slice(1);
  for (const text of others) assert.doesNotMatch(text, /^ +AZURE_\w+: /m);
  for (const name of Object.keys(AZURE_VARIABLES).filter((one) => !NOT_COMPOSE.includes(one)))
    assert.ok(String(getting[0]).includes(`${name}: \${${name}:-}`), name);
});
