import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Ended, runDr365, toEnvironment } from '../support/child.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { configOf, simulate } from '../support/simulated.ts';

const PASSWORD = 'correct horse battery';

/** One message of one line, that names variable and remedy, shows no secret, and exit code 2. */
function assertRefused({ code, stdout, stderr }: Ended, ...patterns: RegExp[]): void {
  assert.equal(code, 2, stderr);
  assert.equal(stdout, '');
  for (const pattern of patterns) assert.match(stderr, pattern);
  assert.match(stderr, /^dr365: [^\n]+\n?$/, 'one message');
  assert.doesNotMatch(stderr, new RegExp(`${PASSWORD}|test-(owner|collector|reader)|    at `));
}

async function assertNothingWritten({ metrics }: TestDatabase): Promise<void> {
  for (const table of ['source', 'run', 'session', 'job'] as const) {
    assert.deepEqual(await metrics.db.selectFrom(table).select('source_id').execute(), [], table);
  }
}

test('wrong settings of the VBR server are refused by name, and nothing is written', async () => {
  await using simulator = await simulate({ jobs: 5, days: 3 });
  await using other = await simulate({ jobs: 5, days: 3, seed: 12 });
  await using database = await createTestDatabase();
  const right = toEnvironment(configOf(simulator, database));
  const { VEEAM_PASSWORD: _password, ...withoutPassword } = right;
  const { VEEAM_TLS_FINGERPRINT: _fingerprint, ...systemTrust } = right;
  const health = (env: Record<string, string>) => runDr365(['worker', 'health'], env);

  assertRefused(await health(withoutPassword), /VEEAM_PASSWORD is not set/, /set it too/);
  assertRefused(
    await health({ ...right, VEEAM_PASSWORD: PASSWORD }),
    /refused the sign-in/,
    /VEEAM_USERNAME and VEEAM_PASSWORD/,
  );
  assertRefused(
    await health({ ...right, VEEAM_SERVER: 'no-such-host.invalid' }),
    /no-such-host\.invalid/,
    /VEEAM_SERVER/,
  );
  assertRefused(await health({ ...right, VEEAM_PORT: String(await closedPort()) }), /VEEAM_PORT/);
  assertRefused(
    await health(systemTrust),
    /VEEAM_CA_FILE/,
    /VEEAM_TLS_FINGERPRINT/,
    new RegExp(simulator.fingerprint.slice(0, 20)),
  );
  assertRefused(
    await health({ ...right, VEEAM_TLS_FINGERPRINT: other.fingerprint }),
    /VEEAM_TLS_FINGERPRINT/,
    new RegExp(simulator.fingerprint),
  );
  assertRefused(await health({ ...systemTrust, VEEAM_CA_FILE: other.caFile }), /VEEAM_CA_FILE/);
  assertRefused(await health({ ...right, VEEAM_API_VERSION: '9.9-rev9' }), /VEEAM_API_VERSION=9\.9-rev9/);
  await assertNothingWritten(database);
  assert.equal((await health(right)).code, 0);
});

test('wrong settings of the database are refused by name', async () => {
  await using simulator = await simulate({ jobs: 5, days: 3 });
  await using database = await createTestDatabase();
  const right = toEnvironment(configOf(simulator, database));
  const health = (env: Record<string, string>) => runDr365(['worker', 'health'], env);

  assertRefused(
    await health({ ...right, DB_NAME: 'no_such_metrics' }),
    /no_such_metrics/,
    /DB_NAME/,
    /npm run migrate/,
  );
  assertRefused(await health({ ...right, DB_COLLECTOR_PASSWORD: PASSWORD }), /DB_COLLECTOR_PASSWORD/);
  assertRefused(await health({ ...right, DB_PORT: String(await closedPort()) }), /DB_HOST and DB_PORT/);
  assertRefused(await health({ ...right, DB_HOST: 'no-such-host.invalid' }), /DB_HOST/);
  await assertNothingWritten(database);
});

test('wrong usage says what would be right', async () => {
  const env = { PATH: process.env.PATH ?? '' };
  assertRefused(await runDr365(['worker', 'helth'], env), /"helth"|worker takes one name/, /health/);
  assertRefused(await runDr365(['migrate', 'now'], env), /migrate takes no arguments/);
  const unknown = await runDr365(['frobnicate'], env);
  assert.equal(unknown.code, 2);
  assert.match(unknown.stderr, /no command "frobnicate"/);
});

test('an old Node.js is told in plain words', async () => {
  const old = 'data:text/javascript,Object.defineProperty(process.versions,"node",{value:"20.20.2"})';
  const program = join(import.meta.dirname, '../../src/cli/dr365.mjs');
  const child = spawn(process.execPath, ['--import', old, program, 'mcp'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += String(chunk);
  });
  const code = await new Promise((done) => child.once('close', done));
  assert.equal(code, 2);
  assert.match(stderr, /needs Node\.js 24 or newer, this is 20\.20\.2/);
});

test('a server that answered before and does not now leaves a failed run, and exit code 1', async () => {
  await using database = await createTestDatabase();
  let env: Record<string, string>;
  {
    await using simulator = await simulate({ jobs: 5, days: 3 });
    env = toEnvironment(configOf(simulator, database));
    assert.equal((await runDr365(['worker', 'health'], env)).code, 0);
  }
  const { code, stderr } = await runDr365(['worker', 'health'], env);
  assert.equal(code, 1);
  assert.match(stderr, /the run failed and is on record/);
  const runs = await database.metrics.db
    .selectFrom('run')
    .select(['status', 'error_code'])
    .orderBy('started_at')
    .execute();
  assert.deepEqual(runs, [
    { status: 'succeeded', error_code: null },
    { status: 'failed', error_code: 'unreachable' },
  ]);
});

async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as { port: number };
  await new Promise((done) => server.close(done));
  return port;
}
