import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { generate } from 'selfsigned';
import { toAccessLines } from '../../src/cli/doctor-access.ts';
import type { Check } from '../../src/cli/doctor-check.ts';
import { checkDatabase } from '../../src/cli/doctor-database.ts';
import { ENDPOINTS } from '../../src/cli/doctor-endpoints.ts';
import { checkMachine, judgeDisk } from '../../src/cli/doctor-machine.ts';
import { checkTenants } from '../../src/cli/doctor-tenants.ts';
import { checkTls } from '../../src/cli/doctor-tls.ts';
import { checkVeeam } from '../../src/cli/doctor-veeam.ts';
import type { DatabaseSettings, VeeamServerSettings } from '../../src/config/config.ts';
import { openDatabases } from '../../src/db/database.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { configOf, simulate } from '../support/simulated.ts';
import { connectAs, limitTo } from '../support/tenants.ts';
import { type Certificate, createCertificate, startTlsServer } from '../support/tls-server.ts';

const GIB = 2 ** 30;
const NOWHERE = { settings: {} as DatabaseSettings };

/** A server of dr365.toml: its settings have other names than those of the environment. */
function serverOf(simulator: Simulator, name: string): VeeamServerSettings {
  const [server] = configOf(simulator, NOWHERE).veeam;
  assert.ok(server);
  const key = (part: string) => `veeam.servers.${name}.${part}`;
  return {
    ...server,
    sourceId: name,
    name,
    names: {
      server: key('server'),
      port: key('port'),
      username: key('username'),
      password: key('password_file'),
      caFile: key('ca_file'),
      fingerprint: key('fingerprint'),
      apiVersion: key('api_version'),
    },
  };
}

const find = (checks: readonly Check[], name: string): Check => {
  const check = checks.find((one) => one.name === name);
  assert.ok(check, `no check ${name} among ${checks.map((one) => one.name).join(', ')}`);
  return check;
};

test('one server under two names is told, as everything of it would be counted twice', async () => {
  await using one = await simulate({ jobs: 2, days: 2, now: new Date() });
  await using other = await simulate({ jobs: 2, days: 2, now: new Date(), seed: 12 });
  const veeam = [serverOf(one, 'hq'), serverOf(other, 'branch'), serverOf(one, 'hq-by-address')];
  const { checks } = await checkVeeam({ veeam, azure: undefined });
  const twice = find(checks, 'one server twice');
  assert.equal(twice.status, 'FAIL');
  assert.match(twice.message, /^hq and hq-by-address are one backup server/);
  assert.equal(checks.filter(({ name }) => name === 'one server twice').length, 1);
});

test('each of several servers is looked at by itself, and what one may not read is told of that one', async () => {
  await using full = await simulate({ jobs: 3, days: 2, now: new Date() });
  await using viewer = await simulate({ jobs: 3, days: 2, now: new Date(), role: 'Viewer', seed: 12 });
  viewer.faults.add({ name: 'clock-skew', minutes: 20 });
  const gone = { ...serverOf(full, 'gone'), port: 9 };
  const veeam = [serverOf(full, 'hq'), serverOf(viewer, 'branch'), gone];
  const { checks, access } = await checkVeeam({ veeam, azure: undefined });

  assert.equal(find(checks, 'hq: clock').status, 'OK');
  assert.equal(find(checks, 'branch: clock').status, 'WARN');
  assert.equal(find(checks, 'gone: reached').status, 'FAIL');
  assert.match(find(checks, 'gone: reached').message, /veeam\.servers\.gone\.(server|port)/);
  for (const name of ['hq', 'branch'])
    for (const part of ['reached', 'API revision', 'TLS', 'sign-in', 'endpoints'])
      assert.equal(find(checks, `${name}: ${part}`).status, 'OK');
  assert.match(
    String(find(checks, 'branch: /license').remedy),
    /veeam\.servers\.branch\.username.*Administrator/,
  );
  assert.deepEqual(find(checks, 'branch: /license').details?.features, ['health']);

  const rows = (source: string, kind: string) =>
    access.filter((row) => row.source === source && row.access === kind).length;
  assert.equal(rows('hq', 'allowed'), ENDPOINTS.length);
  assert.equal(rows('branch', 'allowed') + rows('branch', 'denied'), ENDPOINTS.length);
  assert.ok(rows('branch', 'denied') > 5);
  assert.equal(access.filter(({ source }) => source === 'gone').length, 0);
  const lines = toAccessLines(access);
  assert.equal(lines.length, ENDPOINTS.length + 1);
  assert.match(
    String(lines.find((line) => line.includes('/license '))),
    /denied on 1 of 2 \(branch\) +health: licence/,
  );
  assert.match(
    String(lines.find((line) => line.includes('/backups '))),
    /allowed on all 2 +capacity, efficiency, rto: /,
  );
});

test('whatever is wrong with a server, its line names the setting and says what to do', async () => {
  await using simulator = await simulate({ jobs: 3, days: 2, now: new Date() });
  const right = serverOf(simulator, 'hq');
  const wrong: [string, Partial<VeeamServerSettings>, RegExp][] = [
    ['sign-in', { password: 'correct horse battery' }, /hq\.username.*hq\.password_file/],
    ['sign-in', { username: 'nobody' }, /hq\.username/],
    ['TLS', { tls: { mode: 'system' } }, /hq\.ca_file.*hq\.fingerprint=/],
    ['TLS', { tls: { mode: 'pin', fingerprint: 'ab'.repeat(32) } }, /hq\.fingerprint/],
    ['settings', { tls: { mode: 'ca', caFile: '/no/such/file.pem' } }, /hq\.ca_file/],
    ['settings', { apiVersion: '9.9-rev9' }, /hq\.api_version/],
    ['API revision', { apiVersion: '1.3-rev2' }, /hq\.api_version/],
    ['reached', { port: 9 }, /hq\.(server|port)/],
    ['reached', { server: 'no-such-host.invalid' }, /hq\.server/],
  ];
  for (const [name, change, setting] of wrong) {
    const { checks } = await checkVeeam({ veeam: [{ ...right, ...change }], azure: undefined });
    const check = find(checks, name);
    assert.equal(check.status, 'FAIL', JSON.stringify(change));
    assert.match(`${check.message} ${check.remedy ?? ''}`, setting);
    assert.doesNotMatch(JSON.stringify(checks), /correct horse battery/);
  }
});

test('a chain is told with who issued it and whichever of its certificates ends first', async () => {
  const authority = await signed('Backup CA', 10);
  const leaf = await signed('localhost', 300, authority);
  const chained = { ...leaf, cert: `${leaf.cert}\n${authority.cert}` };
  await using server = await startTlsServer(() => {}, chained);
  await using simulator = await simulate({ jobs: 1, days: 1 });
  const settings = { ...serverOf(simulator, 'hq'), server: 'localhost', port: server.port };
  const check = await checkTls(settings, new Date());
  assert.equal(check.status, 'WARN');
  assert.match(
    check.message,
    /issued, 2 certificates \(CN=localhost < CN=Backup CA\), valid to [\d-]+, \d days left \(that of CN=Backup CA ends first\)/,
  );
  assert.match(String(check.remedy), /hq\.fingerprint/);
  const { chain } = check.details as { chain: unknown[] };
  assert.equal(chain.length, 2);

  server.setCertificate(await createCertificate('localhost', -3));
  const expired = await checkTls(settings, new Date());
  assert.equal(expired.status, 'WARN');
  assert.match(expired.message, /self-signed, 1 certificate .*, expired on [\d-]+, \d days ago/);
});

/** A certificate of an authority, or of one signed by it. */
async function signed(name: string, days: number, by?: Certificate): Promise<Certificate> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: name }], {
    keySize: 2048,
    algorithm: 'sha256',
    notAfterDate: new Date(Date.now() + 86_400_000 * days),
    extensions: [{ name: 'basicConstraints', cA: by === undefined, critical: true }],
    ...(by ? { ca: { key: by.key, cert: by.cert } } : {}),
  });
  return { key, cert, fingerprint: new X509Certificate(cert).fingerprint256 };
}

test('little free space is a FAIL only where the database lies there', () => {
  const disk = { dataDir: '/data', totalBytes: 100 * GIB, isEmbedded: true };
  assert.equal(judgeDisk({ ...disk, freeBytes: 50 * GIB }).status, 'OK');
  const few = judgeDisk({ ...disk, freeBytes: 5 * GIB });
  assert.equal(few.status, 'WARN');
  assert.match(few.message, /^5\.0 GiB of 100\.0 GiB \(5 %\) are free for DR365_DATA_DIR=\/data/);
  assert.match(String(few.remedy), /free space, or move DR365_DATA_DIR/);
  assert.equal(judgeDisk({ ...disk, freeBytes: GIB / 2 }).status, 'FAIL');
  assert.equal(judgeDisk({ ...disk, freeBytes: GIB / 2, isEmbedded: false }).status, 'WARN');
  assert.equal(judgeDisk({ ...disk, totalBytes: 12 * GIB, freeBytes: 9 * GIB }).status, 'OK');
  const file = checkMachine({ dataDir: import.meta.filename } as DatabaseSettings);
  assert.equal(find(file, 'disk').status, 'FAIL');
  assert.match(String(find(file, 'disk').remedy), /DR365_DATA_DIR/);
  const [node] = checkMachine({ dataDir: '/no/such/folder/yet' } as DatabaseSettings);
  assert.match(String(node?.message), new RegExp(`^${process.versions.node}; 24 or newer`));
});

test('whatever is wrong with the databases, the line of the role names the setting', async () => {
  await using database = await createTestDatabase();
  const { settings } = database;
  const { external, logins } = settings;
  assert.ok(external);
  const password = { ...logins, advisor: { user: 'dr365_advisor', password: 'correct horse battery' } };
  const wrong: [string, Partial<DatabaseSettings>, RegExp][] = [
    ['advisor', { logins: password }, /DB_ADVISOR_PASSWORD/],
    ['reader', { external: { ...external, port: 9 } }, /DB_HOST and DB_PORT/],
    ['reader', { external: { ...external, host: 'no-such-host.invalid' } }, /DB_HOST/],
    ['reader', { external: { ...external, tls: 'verify' } }, /DB_TLS=verify/],
    ['reader', { metricsName: 'no_such_database' }, /DB_NAME/],
    ['reader', { riskName: 'no_such_database' }, /DB_RISK_NAME/],
  ];
  for (const [role, change, setting] of wrong) {
    const found = await checkDatabase({ ...noServers(), database: { ...settings, ...change } });
    await found.databases?.close();
    const check = find(found.checks, role);
    assert.equal(check.status, 'FAIL', JSON.stringify(change));
    assert.match(check.message, setting);
    assert.doesNotMatch(JSON.stringify(found.checks), /correct horse battery/);
  }
});

const noServers = () => ({ veeam: [] }) as unknown as Parameters<typeof checkDatabase>[0];

async function addSources(database: TestDatabase, tenants: Record<string, string | null>): Promise<void> {
  for (const [source_id, tenant] of Object.entries(tenants))
    await database.metrics.db
      .insertInto('source')
      .values({ source_id, kind: 'veeam', name: source_id, tenant, first_seen_at: new Date() })
      .execute();
}

test('what the login of the MCP server sees is told, and what does not fit', async () => {
  await using database = await createTestDatabase();
  await addSources(database, { hq: 'contoso', branch: 'fabrikam', lab: null });
  const veeam = ['hq', 'branch'].map((name) => ({ sourceId: name, name, tenant: 'contoso' }));
  const config = { veeam: veeam as VeeamServerSettings[] };

  const all = await checkTenants(await database.as('reader'), config);
  assert.match(find(all, 'reader sees').message, /^dr365_reader sees all 3 sources$/);
  assert.match(find(all, 'tenants').message, /^1 source with another tenant .*: "branch"$/);
  assert.match(String(find(all, 'tenants').remedy), /restart npm run workers/);
  assert.match(find(all, 'tenants of risks').message, /^risks of 2 sources/);

  await using limited = await limitTo(database, ['contoso', 'adatum']);
  const check = async (settings: DatabaseSettings) => {
    const opened = await openDatabases(settings, 'reader', 'dr365 test');
    try {
      return await checkTenants(opened, config);
    } finally {
      await opened.close();
    }
  };
  const some = find(await check(limited.settings), 'reader sees');
  assert.equal(some.status, 'WARN');
  assert.match(
    some.message,
    /sees the sources of adatum, contoso only: 1 source \("hq"\); no source has the tenant adatum$/,
  );
  assert.deepEqual(some.details?.tenants, ['adatum', 'contoso']);

  await using metrics = await connectAs(database.settings, 'metrics', 'owner');
  await metrics.query(`delete from reader_tenant where tenant = 'adatum'`);
  const apart = find(await check(limited.settings), 'reader sees');
  assert.equal(apart.status, 'FAIL');
  assert.match(String(apart.remedy), /dr365 reader add limited_\w+ --tenant contoso/);

  await metrics.query(`alter role ${limited.login} bypassrls`);
  const passing = find(await check(limited.settings), 'reader sees');
  assert.equal(passing.status, 'FAIL');
  assert.match(`${passing.message} ${passing.remedy}`, /passes over row-level security.*DB_READER_USER/);
  await metrics.query(`alter role ${limited.login} nobypassrls`);

  await metrics.query('alter table job disable row level security');
  const bare = find(await check(limited.settings), 'row security');
  assert.equal(bare.status, 'FAIL');
  assert.match(`${bare.message} ${bare.remedy}`, /1 metrics table without it: "job" .*npm run migrate/);
});
