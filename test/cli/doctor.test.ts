import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { sql } from 'kysely';
import { parseBusinessContext } from '../../src/business/load.ts';
import { ENDPOINTS } from '../../src/cli/doctor-endpoints.ts';
import { toSchedule } from '../../src/config/config.ts';
import { type Collecting, WORKERS } from '../../workers/main.ts';
import { type Ended, runDr365, toEnvironment } from '../support/child.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { configOf, runAgainst, simulate } from '../support/simulated.ts';

type Check = {
  section: string;
  name: string;
  status: string;
  message: string;
  remedy: string | null;
  details?: Record<string, unknown>;
};
type Report = { ok: boolean; exitCode: number; counts: Record<string, number>; checks: Check[] };

async function doctor(env: Record<string, string>): Promise<Report & { find: (name: string) => Check }> {
  const { code, stdout, stderr } = await runDr365(['doctor', '--json'], env);
  assert.equal(stderr, '');
  const report = JSON.parse(stdout) as Report;
  assert.equal(report.exitCode, code);
  assert.equal(report.ok, code === 0);
  const find = (name: string) => {
    const check = report.checks.find((one) => one.name === name);
    assert.ok(check, `no check ${name} in ${stdout}`);
    return check;
  };
  return { ...report, find };
}

/** A file of its own for each test, gone at its end. */
function configFile(text: string): Disposable & { path: string } {
  const folder = mkdtempSync(join(tmpdir(), 'dr365-doctor-'));
  const path = join(folder, 'dr365.toml');
  writeFileSync(path, text);
  return { path, [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
}

const runsOf = ({ metrics }: TestDatabase) =>
  metrics.db.selectFrom('run').selectAll().orderBy('run_id').execute();

test('a set-up that works is all OK, rule by rule and worker by worker, and nothing is written', async () => {
  await using simulator = await simulate({ jobs: 12, days: 3, now: new Date() });
  await using database = await createTestDatabase();
  for (const worker of Object.keys(WORKERS) as Collecting[])
    await runAgainst(simulator, database, { worker, now: new Date() });
  const jobs = await database.metrics.db.selectFrom('job').select('name').orderBy('name').execute();
  const name = String(jobs[0]?.name);
  using file = configFile(`
    [tiers.1]
    names = [${JSON.stringify(name)}, "no such machine"]
    [tiers.4]
    patterns = ["*"]
    [targets.overrides]
    ${JSON.stringify(name)} = { rpo_hours = 1 }`);
  const env = { ...toEnvironment(configOf(simulator, database)), DR365_CONFIG: file.path };
  const before = await runsOf(database);

  const { find, counts, exitCode } = await doctor(env);
  assert.equal(exitCode, 0);
  assert.equal(counts.FAIL, 0);
  assert.equal(find(`tiers.1.names ${JSON.stringify(name)}`).details?.jobs, 1);
  assert.equal(find('tiers.1.names "no such machine"').status, 'WARN');
  assert.match(String(find('tiers.1.names "no such machine"').message), /matches nothing/);
  const all = find('tiers.4.patterns "*"');
  assert.equal(all.details?.jobs, jobs.length);
  assert.ok(Number(all.details?.workloads) > 0);
  assert.equal(find('all workloads').status, 'OK');
  assert.equal(find(`targets.overrides ${JSON.stringify(name)}`).status, 'OK');
  for (const check of [
    'server',
    'reader',
    'collector',
    'advisor',
    'migrations',
    'reached',
    'TLS',
    'clock',
    'sign-in',
    'API revision',
    'Node.js',
    'reader sees',
  ])
    assert.equal(find(check).status, 'OK', find(check).message);
  assert.match(find('endpoints').message, new RegExp(`^${ENDPOINTS.length} of ${ENDPOINTS.length} `));
  assert.equal(find(`health of ${configOf(simulator, database).veeam[0]?.server}`).status, 'OK');
  assert.deepEqual(await runsOf(database), before);

  const { code, stdout } = await runDr365(['doctor'], env);
  assert.equal(code, 0);
  assert.match(stdout, /^dr365 doctor, .* UTC\n\nthis machine\n {2}OK {4}Node\.js: \d/);
  assert.match(stdout, /\n\nsettings\n {2}OK {4}environment: VBR /);
  assert.match(stdout, /\n {8}\/license +allowed +health: licence\n/);
  assert.match(stdout, /\n {8}-> check its spelling/);
  assert.match(stdout, /\nusable, with warnings: 0 FAIL, \d+ WARN, \d+ OK\n$/);
  assertNoSecrets({ code, stdout, stderr: '', signal: null }, env);
});

test('workloads without a rule are counted and named', async () => {
  await using simulator = await simulate({ jobs: 12, days: 3, now: new Date() });
  await using database = await createTestDatabase();
  await runAgainst(simulator, database, { worker: 'rto', now: new Date() });
  const workloads = await database.metrics.db.selectFrom('workload').select('name').execute();
  using file = configFile(`[tiers.1]\nnames = [${JSON.stringify(String(workloads[0]?.name))}]`);
  const env = { ...toEnvironment(configOf(simulator, database)), DR365_CONFIG: file.path };
  const check = (await doctor(env)).find('no rule');
  assert.equal(check.status, 'WARN');
  assert.equal(check.details?.workloads, workloads.length);
  assert.equal(check.details?.withoutRule, workloads.length - 1);
});

test('a server that is away, or refuses the password or the certificate, is a FAIL with the setting to look at', async () => {
  await using database = await createTestDatabase();
  let env: Record<string, string>;
  {
    await using simulator = await simulate({ jobs: 3, days: 2 });
    await using other = await simulate({ jobs: 3, days: 2, seed: 12 });
    env = toEnvironment(configOf(simulator, database));
    const refused = await doctor({ ...env, VEEAM_PASSWORD: 'correct horse battery' });
    assert.equal(refused.exitCode, 1);
    assert.match(refused.find('sign-in').message, /VEEAM_USERNAME and VEEAM_PASSWORD/);
    assert.equal(refused.find('TLS').status, 'OK');
    const untrusted = await doctor({ ...env, VEEAM_TLS_FINGERPRINT: other.fingerprint });
    assert.equal(untrusted.exitCode, 1);
    assert.match(untrusted.find('TLS').message, /VEEAM_TLS_FINGERPRINT/);
    assertNoSecrets(await runDr365(['doctor'], { ...env, VEEAM_PASSWORD: 'correct horse battery' }), {
      VEEAM_PASSWORD: 'correct horse battery',
    });
  }
  const away = await doctor(env);
  assert.equal(away.exitCode, 1);
  assert.equal(away.find('reached').status, 'FAIL');
  assert.match(away.find('reached').message, /VEEAM_PORT/);
  assert.equal(away.find('reader').status, 'OK', 'the rest is looked at all the same');
});

test('what the account may not read is named with what stays unknown, and a clock that is off', async () => {
  await using simulator = await simulate({ jobs: 5, days: 3, now: new Date(), role: 'Tape Operator' });
  simulator.faults.add({ name: 'clock-skew', minutes: 20 });
  await using database = await createTestDatabase();
  const { checks, find, exitCode } = await doctor(toEnvironment(configOf(simulator, database)));
  const refused = checks.filter(({ details }) => details?.code === 'forbidden');
  assert.ok(refused.length > 0);
  for (const { message, remedy } of refused) {
    assert.match(message, /may not read it; not known without it: /);
    assert.match(
      String(remedy),
      /^give the account of VEEAM_USERNAME a role that may read it: Veeam (Backup Viewer|Restore Operator|Security Administrator|Backup Administrator)/,
    );
  }
  assert.equal(find('endpoints').details?.answered, ENDPOINTS.length - refused.length);
  assert.equal(find('clock').status, 'WARN');
  assert.match(find('clock').message, /ahead of ours/);
  assert.equal(exitCode, checks.some(({ status }) => status === 'FAIL') ? 1 : 0);
});

test('a reader that may write, a schema that is old and a password that is wrong are FAILs', async () => {
  await using database = await createTestDatabase();
  await using simulator = await simulate({ jobs: 3, days: 2 });
  const env = toEnvironment(configOf(simulator, database));
  const owner = await database.as('owner');
  await sql`grant update (name) on job to dr365_reader`.execute(owner.metrics.db);
  await sql`revoke select on run from dr365_advisor`.execute(owner.metrics.db);
  const { find, exitCode } = await doctor(env);
  assert.equal(exitCode, 1);
  assert.match(find('reader').message, /may write 1 metrics table \(job\)/);
  assert.match(String(find('reader').remedy), /npm run migrate/);
  assert.match(find('advisor').message, /may not read 1 metrics table \(run\)/);
  assert.equal(find('collector').status, 'OK');

  const wrong = await doctor({ ...env, DB_COLLECTOR_PASSWORD: 'correct horse battery' });
  assert.match(wrong.find('collector').message, /DB_COLLECTOR_PASSWORD/);

  await sql`delete from kysely_migration where name = (select max(name) from kysely_migration)`.execute(
    owner.metrics.db,
  );
  const old = await doctor(env);
  assert.equal(old.exitCode, 1);
  assert.match(old.find('reader').message, /older than this program.*npm run migrate/);
});

test('a worker whose last run failed, and one that has not run for days, are told with their age', async () => {
  await using database = await createTestDatabase();
  const days = 86_400_000;
  const server = await (async () => {
    await using simulator = await simulate({ jobs: 3, days: 2, now: new Date(Date.now() - 5 * days) });
    const now = new Date(Date.now() - 5 * days);
    await runAgainst(simulator, database, { worker: 'health', now });
    await runAgainst(simulator, database, { worker: 'capacity', now });
    return configOf(simulator, database);
  })();
  const env = toEnvironment(server);
  assert.equal((await runDr365(['worker', 'capacity'], env)).code, 1);
  const { find } = await doctor(env);
  const name = (worker: string) => find(`${worker} of ${server.veeam[0]?.server}`);
  assert.equal(name('health').status, 'WARN');
  assert.match(name('health').message, /concluded 5 days ago/);
  assert.equal(name('capacity').status, 'FAIL');
  assert.match(name('capacity').message, /the last run failed 0 min ago: .*refused/);
});

test('wrong settings are told with the rest of the checks, and the exit code is 2', async () => {
  await using database = await createTestDatabase();
  await using simulator = await simulate({ jobs: 3, days: 2 });
  const env = toEnvironment(configOf(simulator, database));
  using file = configFile('[tiers.1]\nname = ["SQL-01"]');
  const bad = await doctor({ ...env, DR365_CONFIG: file.path });
  assert.equal(bad.exitCode, 2);
  assert.match(
    bad.find('dr365.toml').message,
    /line 2: tiers\.1\.name is not known: did you mean tiers\.1\.names\?/,
  );
  assert.equal(bad.find('sign-in').status, 'OK');
  assert.equal(bad.find('reader').status, 'OK');
  const missing = await doctor({ ...env, DR365_CONFIG: join(file.path, 'none.toml') });
  assert.equal(missing.exitCode, 2);
  assert.match(missing.find('environment').message, /DR365_CONFIG=/);
  const cron = await doctor({ ...env, SCHEDULE_HEALTH: '99 * * * *' });
  assert.equal(cron.exitCode, 2);
  assert.match(cron.find('SCHEDULE_HEALTH').message, /99 \* \* \* \* is no cron expression/);
  const usage = await runDr365(['doctor', '--verbose'], env);
  assert.equal(usage.code, 2);
  assert.match(usage.stderr, /^dr365: doctor takes --json or nothing, "--verbose" was given\n$/);
});

test('without any settings the doctor says what to set, and makes nothing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dr365-doctor-'));
  const dataDir = join(folder, 'none');
  try {
    const { find, exitCode } = await doctor({
      PATH: process.env.PATH ?? '',
      DR365_DATA_DIR: dataDir,
      VEEAM_SERVER: '',
    });
    assert.equal(exitCode, 0);
    assert.match(String(find('VBR').remedy), /VEEAM_SERVER, VEEAM_USERNAME and VEEAM_PASSWORD/);
    assert.match(find('embedded').message, /not made yet/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('the doctor asks for every list that the workers read', async () => {
  await using simulator = await simulate({ jobs: 20, days: 5 });
  await using database = await createTestDatabase();
  for (const worker of Object.keys(WORKERS) as Collecting[])
    await runAgainst(simulator, database, { worker });
  const read = new Set(simulator.requests.list().map(({ path }) => path));
  const known = new Set([
    ...ENDPOINTS.map(({ path }) => path),
    '/api/v1/serverInfo',
    '/api/v1/serverTime',
    '/api/v1/serverCertificate',
  ]);
  const unknown = [...read].filter(
    (path) => path.startsWith('/api/v1/') && !known.has(path) && !/[0-9a-f]{8}-[0-9a-f]{4}-/i.test(path),
  );
  assert.deepEqual(unknown, []);
});

test('the schedule of the file holds where the environment says nothing', () => {
  const context = parseBusinessContext(
    '[schedule]\nhealth = "1 * * * *"\ncapacity = "2 * * * *"',
    'dr365.toml',
  );
  const { health, capacity, rto } = toSchedule({ SCHEDULE_HEALTH: '9 * * * *' }, context.schedule);
  assert.deepEqual([health, capacity, rto], ['9 * * * *', '2 * * * *', '30 23 * * *']);
});

test('the scheduler does not start with a dr365.toml that is wrong', async () => {
  using file = configFile('[schedule]\nhealth = "hourly"');
  const { code, stdout, stderr } = await runDr365(['workers'], {
    PATH: process.env.PATH ?? '',
    DR365_CONFIG: file.path,
  });
  assert.equal(code, 2);
  assert.equal(stdout, '');
  assert.match(stderr, /^dr365: .*dr365\.toml, line 2: schedule\.health = "hourly" is wrong: .*\n$/);
});

function assertNoSecrets({ stdout, stderr }: Ended, env: Record<string, string>): void {
  const secrets = Object.entries(env).filter(([name]) => name.endsWith('_PASSWORD'));
  for (const [, secret] of secrets) assert.ok(!`${stdout}${stderr}`.includes(secret));
}
