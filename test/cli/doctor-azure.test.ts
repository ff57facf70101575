import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VAULT_READS } from '../../src/cli/doctor-azure-reads.ts';
import type { Config } from '../../src/config/config.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { type Collecting, WORKERS } from '../../workers/main.ts';
import { runDr365, toEnvironment } from '../support/child.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { configOf, runOnSimulatedAzure, simulate } from '../support/simulated.ts';

const SMALL = { jobs: 3, days: 2, azurePort: 0, azureVaults: 2, azureItems: 10, azureDays: 10 };
const SECTION = 'Azure Backup';

type Check = {
  section: string;
  name: string;
  status: string;
  message: string;
  remedy: string | null;
  details?: Record<string, unknown>;
};
type Report = { exitCode: number; checks: Check[] };

const azureOnly = (simulator: Simulator, database: TestDatabase, changes: Partial<Config> = {}) =>
  toEnvironment({ ...configOf(simulator, database), veeam: [], ...changes });

async function doctor(env: Record<string, string>) {
  const { code, stdout, stderr } = await runDr365(['doctor', '--json'], env);
  assert.equal(stderr, '');
  const { checks, exitCode } = JSON.parse(stdout) as Report;
  assert.equal(exitCode, code);
  const own = checks.filter(({ section }) => section === SECTION);
  const find = (name: string | RegExp): Check => {
    const found = own.find((check) =>
      typeof name === 'string' ? check.name === name : name.test(check.name),
    );
    assert.ok(found, `no check ${name} among ${own.map((check) => check.name).join(', ')}`);
    return found;
  };
  return { checks, own, find, exitCode, stdout };
}

test('with Azure alone all is OK, nobody asks for a backup server, and nothing is changed', async () => {
  await using simulator = await simulate({ ...SMALL, now: new Date() });
  await using database = await createTestDatabase();
  const env = azureOnly(simulator, database);
  const { own, checks, find, exitCode, stdout } = await doctor(env);
  assert.equal(exitCode, 0, stdout);
  assert.deepEqual(
    own.filter(({ status }) => status !== 'OK'),
    [],
  );
  assert.match(find('sign-in').message, /^static: 127\.0\.0\.1 accepts the token$/);
  for (const name of simulator.azure?.world.vaults.map((vault) => vault.name) ?? [])
    assert.equal(find(`vault ${name}`).message, `${VAULT_READS.length} of ${VAULT_READS.length} can be read`);
  for (const id of simulator.azure?.subscriptions ?? [])
    assert.match(find(`subscription ${id}`).message, /^1 vault \("rsv-/);
  assert.match(find('clock').message, /its clock is \d+ s /);
  assert.match(find('throttle').message, /^11\d\d\d reads left of this hour$/);
  assert.match(find('virtual machines').message, /in 2 subscriptions/);
  assert.deepEqual(
    checks.filter(({ section }) => section === 'backup server'),
    [],
  );
  assert.ok(!own.some(({ name }) => name === 'Resource Graph'));
  const methods = new Set(simulator.azure?.requests.list().map(({ method }) => method));
  assert.deepEqual([...methods], ['GET']);
  const text = await runDr365(['doctor'], env);
  assert.match(text.stdout, /OK {4}environment: Azure Backup in 2 subscriptions, database /);
  assert.match(text.stdout, /\nAzure Backup\n {2}OK {4}sign-in: /);
  for (const secret of [env.AZURE_ACCESS_TOKEN ?? '', env.DB_READER_PASSWORD ?? ''])
    assert.ok(!`${text.stdout}${stdout}`.includes(secret));
});

test('without a subscription there is no section of Azure, whatever else is set', async () => {
  const { own, checks } = await doctor({
    PATH: process.env.PATH ?? '',
    DR365_DATA_DIR: '/no/such/folder',
    AZURE_TENANT_ID: 'not/ours',
    AZURE_CLIENT_SECRET: 'x',
  });
  assert.deepEqual(own, []);
  assert.match(
    String(checks.find(({ name }) => name === 'environment')?.message),
    /no VBR server, no Azure Backup/,
  );
});

test('an application signs in by its secret; a wrong one is a FAIL that names the settings, not the secret', async () => {
  await using simulator = await simulate(SMALL);
  await using database = await createTestDatabase();
  const { url = '', tenantId = '', clientId = '', clientSecret = '' } = simulator.azure ?? {};
  const { AZURE_ACCESS_TOKEN: _token, ...rest } = azureOnly(simulator, database);
  const env = {
    ...rest,
    AZURE_AUTHORITY_HOST: url,
    AZURE_TENANT_ID: tenantId,
    AZURE_CLIENT_ID: clientId,
    AZURE_CLIENT_SECRET: clientSecret,
  };
  const right = await doctor(env);
  assert.equal(right.exitCode, 0);
  assert.match(right.find('sign-in').message, /^client-secret: signs in at https:\/\/127\.0\.0\.1/);
  const wrong = await doctor({ ...env, AZURE_CLIENT_SECRET: 'S3cret-and-wrong' });
  assert.equal(wrong.exitCode, 1);
  assert.equal(wrong.own.length, 1, 'once, not for each subscription');
  assert.match(wrong.find('sign-in').message, /AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET/);
  assert.ok(!wrong.stdout.includes('S3cret-and-wrong'));
  assert.equal(
    wrong.checks.find(({ name }) => name === 'reader')?.status,
    'OK',
    'the rest is looked at all the same',
  );
});

test('an address where nothing answers and a certificate that is not trusted are told as such', async () => {
  await using simulator = await simulate(SMALL);
  await using database = await createTestDatabase();
  const env = azureOnly(simulator, database);
  const { AZURE_CA_FILE: _file, ...untrusted } = env;
  const tls = await doctor(untrusted);
  assert.equal(tls.find('TLS').status, 'FAIL');
  assert.match(tls.find('TLS').message, /AZURE_CA_FILE/);
  const away = await doctor({ ...env, AZURE_RESOURCE_MANAGER_URL: 'https://127.0.0.1:1' });
  assert.equal(away.find('reached').status, 'FAIL');
  assert.match(away.find('reached').message, /AZURE_RESOURCE_MANAGER_URL/);
  assert.equal(away.exitCode, 1);
});

test('what the account may not read is told vault by vault, with what stays unknown and the role that is missing', async () => {
  await using simulator = await simulate({ ...SMALL, azureVaults: 3, scenario: 'azure-forbidden-vault' });
  await using database = await createTestDatabase();
  const [first, , last] = simulator.azure?.world.vaults.map((vault) => vault.name) ?? [];
  for (const { endpoint } of VAULT_READS.filter((read) => !read.isNeeded)) {
    const path = endpoint === 'recoveryPoints' ? '/recoveryPoints' : `/vaults/${first}/${endpoint}`;
    simulator.azure?.faults.add(`forbidden:path=${path}`);
  }
  simulator.azure?.faults.add('forbidden:path=/Microsoft.Compute/virtualMachines');
  const { find, own, exitCode } = await doctor(azureOnly(simulator, database));
  assert.equal(exitCode, 1);
  assert.equal(find(`vault ${last}`).status, 'FAIL');
  assert.match(find(`vault ${last}`).message, /may not be read at all/);
  const needed = VAULT_READS.filter((read) => read.isNeeded).length;
  assert.equal(find(`vault ${first}`).status, 'WARN', 'not in order while some of it cannot be read');
  assert.match(
    find(`vault ${first}`).message,
    new RegExp(`^${needed} of ${VAULT_READS.length} can be read: the rest of it is not known`),
  );
  for (const { endpoint, gives } of VAULT_READS.filter((read) => !read.isNeeded)) {
    const check = find(`vault ${first}, ${endpoint}`);
    assert.deepEqual(
      [check.status, check.message],
      ['WARN', `may not be read; not known without it: ${gives}`],
    );
    assert.match(String(check.remedy), /the role Backup Reader/);
  }
  const machines = own.filter(({ name }) => name.startsWith('virtual machines of '));
  assert.equal(machines.length, 2, 'one for each subscription');
  assert.match(String(machines[0]?.remedy), /the role Reader/);
});

test('a subscription that may not be listed, and a vault that is nowhere, are FAILs of their own', async () => {
  await using simulator = await simulate(SMALL);
  await using database = await createTestDatabase();
  const [first, second] = simulator.azure?.subscriptions ?? [];
  simulator.azure?.faults.add(`forbidden:path=/subscriptions/${second}/providers`);
  const env = azureOnly(simulator, database);
  const { find, exitCode } = await doctor({ ...env, AZURE_VAULT_NAME: 'rsv-westeurope-01,rsv-gone' });
  assert.equal(exitCode, 1);
  assert.equal(find(`subscription ${first}`).status, 'OK');
  assert.match(String(find(`subscription ${second}`).remedy), /Backup Reader/);
  assert.match(find('vault rsv-gone').message, /not seen/);
  const none = await doctor({
    ...env,
    AZURE_RESOURCE_GROUP: 'rg-none',
    AZURE_SUBSCRIPTION_ID: String(first),
  });
  assert.equal(none.exitCode, 1);
});

test('a clock that is off, and little that Azure still takes, are WARNs', async () => {
  await using simulator = await simulate({ ...SMALL, now: new Date(Date.now() - 3_600_000) });
  await using database = await createTestDatabase();
  const { find, exitCode } = await doctor(azureOnly(simulator, database));
  assert.equal(exitCode, 0);
  assert.equal(find('clock').status, 'WARN');
  assert.match(find('clock').message, /its clock is 3\d\d\d s behind ours/);
});

test('Resource Graph is asked where it is on, and its silence about items is told', async () => {
  await using simulator = await simulate(SMALL);
  await using database = await createTestDatabase();
  const env = { ...azureOnly(simulator, database), AZURE_RESOURCE_GRAPH: 'on' };
  assert.match((await doctor(env)).find('Resource Graph').message, /^shows 20 protected items$/);
  simulator.azure?.faults.add('forbidden:path=/Microsoft.ResourceGraph/');
  const refused = await doctor(env);
  assert.equal(refused.find('Resource Graph').status, 'WARN');
  assert.match(String(refused.find('Resource Graph').remedy), /AZURE_RESOURCE_GRAPH=off/);
});

test('the doctor asks for every list that the workers read', async () => {
  await using simulator = await simulate(SMALL);
  await using database = await createTestDatabase();
  for (const worker of Object.keys(WORKERS) as Collecting[])
    await runOnSimulatedAzure(simulator, database, { worker });
  const rows = await database.metrics.db.selectFrom('run_endpoint').select('endpoint').distinct().execute();
  const known = new Set([...VAULT_READS.map(({ endpoint }) => endpoint), 'virtualMachines']);
  const unknown = rows.map(({ endpoint }) => endpoint.split(' ')[0] ?? '').filter((one) => !known.has(one));
  assert.deepEqual(unknown, []);
});
