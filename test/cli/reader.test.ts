import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import pg from 'pg';
import { loadConfig } from '../../src/config/config.ts';
import { openDatabases } from '../../src/db/database.ts';
import { runDr365 } from '../support/child.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

function environmentOf({ settings }: TestDatabase, dataDir: string): Record<string, string> {
  const { external, metricsName, riskName, logins } = settings;
  return {
    PATH: process.env.PATH ?? '',
    DR365_DATA_DIR: dataDir,
    DB_HOST: external?.host ?? '',
    DB_PORT: String(external?.port ?? ''),
    DB_NAME: metricsName,
    DB_RISK_NAME: riskName,
    DB_USER: logins.owner?.user ?? '',
    DB_PASSWORD: logins.owner?.password ?? '',
  };
}

test('a limited login is made, changed, listed, told by the doctor and removed', async () => {
  await using database = await createTestDatabase();
  const dataDir = mkdtempSync(join(tmpdir(), 'dr365-reader-'));
  const login = `reader_${randomBytes(5).toString('hex')}`;
  const env = environmentOf(database, dataDir);
  try {
    await database.metrics.db
      .insertInto('source')
      .values({ source_id: 'hq', kind: 'veeam', name: 'hq', tenant: 'contoso', first_seen_at: new Date() })
      .execute();
    const made = await runDr365(['reader', 'add', login, '--tenant', 'contoso,fabrikam'], env);
    assert.equal(made.code, 0, made.stderr);
    assert.match(made.stdout, /contoso: 1 source\n {2}fabrikam: no source has this tenant yet/);
    const file = join(dataDir, 'readers', `${login}.password`);
    assert.match(made.stdout, new RegExp(`DB_READER_USER=${login} DB_READER_PASSWORD_FILE=${file}`));
    assert.equal(statSync(file).mode & 0o777, 0o600);
    const password = readFileSync(file, 'utf8').trim();
    assert.ok(!made.stdout.includes(password), 'the password is in its file only');

    const changed = await runDr365(['reader', 'add', login, '--tenant', 'contoso'], env);
    assert.match(changed.stdout, /^changed /);
    const listed = await runDr365(['reader', 'list'], env);
    assert.match(listed.stdout, new RegExp(`^${login}: contoso$`, 'm'));

    const { DB_USER, DB_PASSWORD, ...alone } = env;
    assert.ok(DB_USER && DB_PASSWORD);
    const server = { ...alone, DB_READER_USER: login, DB_READER_PASSWORD_FILE: file };
    const { stdout } = await runDr365(['doctor', '--json'], server);
    const { checks } = JSON.parse(stdout) as { checks: { name: string; status: string; message: string }[] };
    const sees = checks.find(({ name }) => name === 'reader sees');
    assert.equal(sees?.status, 'OK', stdout);
    assert.match(sees?.message ?? '', /sees the sources of contoso only: 1 source \("hq"\)/);
    assert.equal(checks.find(({ name }) => name === 'reader')?.status, 'OK', stdout);

    const removed = await runDr365(['reader', 'remove', login], env);
    assert.equal(removed.stdout, `removed ${login}\n`);
    const client = new pg.Client({
      host: env.DB_HOST ?? '',
      port: Number(env.DB_PORT),
      database: env.DB_NAME ?? '',
      user: login,
      password,
    });
    await assert.rejects(client.connect(), /authentication failed|does not exist/);
  } finally {
    rmSync(dataDir, { recursive: true });
  }
});

test('names that cannot be used, and roles of others, are refused with what to do', async () => {
  await using database = await createTestDatabase();
  const dataDir = mkdtempSync(join(tmpdir(), 'dr365-reader-'));
  const env = environmentOf(database, dataDir);
  try {
    for (const [args, message] of [
      [['add', 'someone'], /usage: dr365 reader add LOGIN --tenant/],
      [
        ['add', 'dr365_reader', '--tenant', 'a'],
        /did not make: choose another name|is a member of|is a login of/,
      ],
      [['add', 'postgres', '--tenant', 'a'], /did not make: choose another name/],
      [['add', 'Robert"; drop', '--tenant', 'a'], /cannot be a login/],
      [['add', 'someone', '--tenant', 'a b'], /cannot be a tenant/],
      [['remove', 'postgres'], /there is no limited login "postgres"/],
      [['wash'], /usage: /],
    ] as const) {
      const { code, stderr } = await runDr365(['reader', ...args], env);
      assert.equal(code, 2, stderr);
      assert.match(stderr, message);
    }
  } finally {
    rmSync(dataDir, { recursive: true });
  }
});

test('at the embedded server, too, who reads as a limited login sees its tenants only', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'dr365-reader-'));
  const env = { PATH: process.env.PATH ?? '', DR365_DATA_DIR: dataDir, DR365_CONFIG: '' };
  const settings = loadConfig(env).database;
  const databases = await openDatabases(settings, 'collector', 'test');
  try {
    for (const tenant of ['contoso', 'fabrikam'])
      await databases.metrics.db
        .insertInto('source')
        .values({ source_id: tenant, kind: 'veeam', name: tenant, tenant, first_seen_at: new Date() })
        .execute();
    const made = await runDr365(['reader', 'add', 'reader_contoso', '--tenant', 'contoso'], env);
    assert.equal(made.code, 0, made.stderr);
    const DB_READER_PASSWORD_FILE = join(dataDir, 'readers', 'reader_contoso.password');
    const limited = { ...env, DB_READER_USER: 'reader_contoso', DB_READER_PASSWORD_FILE };
    const { stdout } = await runDr365(['status', '--json'], limited);
    const { workers } = JSON.parse(stdout) as { workers: { sources: { name: string }[] }[] };
    assert.deepEqual(
      [...new Set(workers.flatMap(({ sources }) => sources.map(({ name }) => name)))],
      ['contoso'],
    );
    const wrong = await runDr365(['status'], {
      ...env,
      DB_READER_USER: 'reader_contoso',
      DB_READER_PASSWORD: 'x',
    });
    assert.notEqual(wrong.code, 0, 'never as another login instead');
    assert.match(wrong.stderr, /reader_contoso/);
  } finally {
    await databases.close();
    rmSync(dataDir, { recursive: true });
  }
});
