import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadConfig } from '../../src/config/config.ts';
import { ConfigError } from '../../src/errors.ts';

const VEEAM = {
  VEEAM_SERVER: 'vbr01.example.com',
  VEEAM_USERNAME: 'EXAMPLE\\backup',
  VEEAM_PASSWORD: 'hunter2',
};
const problemsOf = (env: Record<string, string>) => {
  try {
    loadConfig(env);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.message;
  }
  return '';
};

test('without settings the embedded database is used and no VBR server', () => {
  const config = loadConfig({});
  assert.deepEqual(config.veeam, []);
  assert.equal(config.database.external, undefined);
  assert.match(config.database.dataDir, /\.dr365$/);
});

test('a complete VBR server has the documented defaults', () => {
  const [veeam] = loadConfig(VEEAM).veeam;
  assert.ok(veeam);
  assert.deepEqual(
    { port: veeam.port, tls: veeam.tls, days: veeam.backfillDays },
    { port: 9419, tls: { mode: 'system' }, days: 90 },
  );
});

test('every wrong variable is named in one message, with what would be right', () => {
  const garbage = {
    VEEAM_SERVER: 'https://vbr01:9419',
    VEEAM_PORT: '99999',
    VEEAM_CA_FILE: '/no/such/file.pem',
    VEEAM_TLS_FINGERPRINT: 'zz',
    VEEAM_API_VERSION: 'v13',
    VEEAM_TIME_ZONE: 'Mars/Olympus',
    VEEAM_BACKFILL_DAYS: '-1',
    VEEAM_REQUEST_BUDGET: 'many',
    DB_HOST: 'a b',
    DB_PORT: 'x',
    DB_TLS: 'maybe',
    DB_CA_FILE: '/no/such/file.pem',
    DB_NAME: 'no;drop',
    DB_RISK_NAME: '1',
    DB_USER: 'a b',
    DB_READER_USER: '"',
    SCHEDULE_HEALTH: 'hourly',
    SCHEDULE_TIME_ZONE: 'here',
    LOG_LEVEL: 'loud',
  };
  const message = problemsOf(garbage);
  for (const name of Object.keys(garbage))
    assert.match(message, new RegExp(`${name}=.* is wrong: it has to be `), name);
});

test('a missing password is named, and no password is ever shown', () => {
  assert.match(problemsOf({ VEEAM_SERVER: 'vbr01', VEEAM_USERNAME: 'u' }), /VEEAM_PASSWORD is not set/);
  assert.match(problemsOf({ VEEAM_SERVER: 'dc:9419' }), /^VEEAM_SERVER=dc:9419 is wrong: .*without a port/);
  assert.match(problemsOf({ DB_HOST: 'db', DB_USER: 'u' }), /DB_PASSWORD is not set/);
  assert.match(problemsOf({ DB_HOST: 'db' }), /DB_USER and DB_PASSWORD are not set/);
  assert.match(problemsOf({ DB_READER_USER: 'r' }), /DB_READER_PASSWORD is not set/);
  assert.doesNotMatch(problemsOf({ ...VEEAM, VEEAM_PORT: 'x' }), /hunter2/);
});

test('only one way to trust the certificate can be set', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dr365-'));
  writeFileSync(join(folder, 'ca.pem'), '');
  const both = { ...VEEAM, VEEAM_CA_FILE: join(folder, 'ca.pem'), VEEAM_TLS_FINGERPRINT: 'ab'.repeat(32) };
  assert.match(problemsOf(both), /VEEAM_CA_FILE and VEEAM_TLS_FINGERPRINT are both set/);
  rmSync(folder, { recursive: true });
});

test('a password can come from a file, as container secrets do', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dr365-'));
  writeFileSync(join(folder, 'secret'), 'from a file\n');
  const { VEEAM_PASSWORD: _, ...rest } = VEEAM;
  const config = loadConfig({ ...rest, VEEAM_PASSWORD_FILE: join(folder, 'secret') });
  assert.equal(config.veeam[0]?.password, 'from a file');
  assert.match(
    problemsOf({ ...rest, VEEAM_PASSWORD_FILE: '/no/such' }),
    /VEEAM_PASSWORD_FILE=\/no\/such cannot be read/,
  );
  rmSync(folder, { recursive: true });
});

test('the reader never falls back to the owner, and the whole is frozen', () => {
  const config = loadConfig({ DB_HOST: 'db', DB_USER: 'boss', DB_PASSWORD: 'p' });
  assert.deepEqual(Object.keys(config.database.logins), ['owner']);
  assert.throws(() => Object.assign(config.database, { dataDir: 'x' }), TypeError);
});

test('two parts cannot share a login: what holds for the reader would hold for the owner', () => {
  const shared = {
    DB_HOST: 'db',
    DB_USER: 'bob',
    DB_PASSWORD: 'p',
    DB_READER_USER: 'bob',
    DB_READER_PASSWORD: 'p',
  };
  assert.match(problemsOf(shared), /DB_READER_USER is the login of the owner too/);
});
