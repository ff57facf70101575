import assert from 'node:assert/strict';
import { test } from 'node:test';
import pg from 'pg';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { addEstate, addSession, RUN_AT } from '../support/health-rows.ts';

type Kind = 'metrics' | 'risk';
const KINDS: Kind[] = ['metrics', 'risk'];

/** A connection of the reader's own, as anybody with its password could open one: nothing of our code in between. */
async function connectAsReader({ settings }: TestDatabase, kind: Kind): Promise<pg.Client> {
  const { host, port } = settings.external ?? assert.fail('an external server');
  const login = settings.logins.reader ?? assert.fail('a login of the reader');
  const database = kind === 'metrics' ? settings.metricsName : settings.riskName;
  const client = new pg.Client({ host, port, database, ...login });
  client.on('error', () => {});
  await client.connect();
  return client;
}

/** Runs a statement in a session that has switched off what a session may switch off. @returns the error's code */
async function attempt(client: pg.Client, statement: string): Promise<string> {
  await client.query('rollback');
  await client.query('set default_transaction_read_only = off');
  await client.query('begin read write');
  try {
    await client.query(statement);
    await client.query('commit');
    return 'nothing refused it';
  } catch (error) {
    return (error as pg.DatabaseError).code ?? String(error);
  } finally {
    await client.query('rollback');
  }
}

/** Not permitted, or must be owner. */
const DENIED = '42501';

async function relationsOf(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select quote_ident(relname) as name from pg_class
      where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm') order by 1`,
  );
  return rows.map(({ name }) => name);
}

for (const kind of KINDS) {
  test(`the reader can change no row of any table or view of the ${kind} database`, async () => {
    await using database = await createTestDatabase();
    if (kind === 'metrics') {
      await addEstate(database.metrics.db);
      await addSession(database.metrics.db, { created_at: RUN_AT }); // a partition
    }
    const reader = await connectAsReader(database, kind);
    try {
      const relations = await relationsOf(reader);
      assert.ok(relations.length > 3, 'there are tables to try');
      for (const relation of relations) {
        const { rows } = await reader.query<{ name: string }>(
          // What the database makes itself is refused for that alone, before anybody asks for rights.
          `select quote_ident(attname) as name from pg_attribute
            where attrelid = $1::regclass and attnum > 0 and attidentity = '' and attgenerated = '' limit 1`,
          [relation],
        );
        const column = rows[0]?.name ?? assert.fail(relation);
        for (const statement of [
          `insert into ${relation} default values`,
          `update ${relation} set ${column} = ${column}`,
          `delete from ${relation}`,
          `truncate ${relation}`,
          `drop table ${relation}`,
          `alter table ${relation} add column added integer`,
          `create index on ${relation} (${column})`,
          `lock table ${relation} in access exclusive mode`,
          `comment on column ${relation}.${column} is 'changed'`,
          `select * from ${relation} for update`,
        ]) {
          assert.equal(await attempt(reader, statement), DENIED, statement);
        }
        // Granting what one does not have is a warning in Postgres, not an error: it must grant nothing.
        await attempt(reader, `grant all on ${relation} to dr365_reader`);
        const rights = await reader.query(
          `select has_table_privilege($1::regclass, 'insert, update, delete, truncate, trigger') as can_write`,
          [relation],
        );
        assert.deepEqual(rights.rows, [{ can_write: false }], relation);
      }
    } finally {
      await reader.end();
    }
  });

  test(`the reader of the ${kind} database can make nothing and become nobody`, async () => {
    await using database = await createTestDatabase();
    const reader = await connectAsReader(database, kind);
    try {
      const before = await relationsOf(reader);
      for (const statement of [
        'create table loot (a integer)',
        'create temp table loot (a integer)',
        'create view loot as select 1',
        'create schema loot',
        'create sequence loot',
        'create function loot() returns integer language sql as $$select 1$$',
        'create extension plpython3u',
        'create role loot superuser',
        'create database loot',
        'set role dr365_owner',
        'set role dr365_collector',
        'set role dr365_advisor',
        'set role postgres',
        'set session authorization dr365_owner',
        'alter role dr365_reader superuser',
        'alter role dr365_reader createdb',
        "alter role dr365_owner password 'x'",
        'grant dr365_owner to dr365_reader',
        'grant dr365_collector to dr365_reader',
        'alter database postgres set work_mem = 1',
        'alter system set fsync = off',
        "copy (select 1) to program 'id'",
        "copy (select 1) to '/tmp/dr365-loot'",
        "create temp table a as select pg_read_file('/etc/passwd')",
        "select pg_read_file('/etc/passwd')",
        "select pg_ls_dir('/')",
        "select lo_import('/etc/passwd')",
        'select lo_create(0)',
        "select lo_from_bytea(0, 'loot')",
        'select pg_advisory_lock(1)',
        'select pg_try_advisory_xact_lock(1)',
        "select pg_notify('loot', '')",
        "select pg_logical_emit_message(false, 'loot', 'x')",
        'select pg_reload_conf()',
        'select rolpassword from pg_authid',
        'set session_replication_role = replica',
      ]) {
        const code = await attempt(reader, statement);
        // Outside a transaction block only: refused before rights are looked at, tried again below.
        assert.ok([DENIED, '25001'].includes(code), `${statement}: ${code}`);
      }
      for (const statement of ['create database loot', 'alter system set fsync = off']) {
        await assert.rejects(reader.query(statement), { code: DENIED }, statement);
      }
      assert.deepEqual(await relationsOf(reader), before);
    } finally {
      await reader.end();
    }
  });

  test(`a session of the reader of the ${kind} database is read-only and its statements end`, async () => {
    await using database = await createTestDatabase();
    const reader = await connectAsReader(database, kind);
    try {
      const settings = await reader.query(
        `select current_setting('default_transaction_read_only') as read_only, current_setting('statement_timeout') as timeout`,
      );
      assert.deepEqual(settings.rows, [{ read_only: 'on', timeout: '15s' }]);
      await assert.rejects(reader.query('commit; create table loot (a integer)'), { code: '25006' });
      await assert.rejects(reader.query("alter role dr365_reader password 'x'"), { code: '25006' });
      assert.deepEqual(await relationsOf(reader).then((names) => names.includes('loot')), false);
    } finally {
      await reader.end();
    }
  });
}

test('the functions that make tables and keep the past are not for the reader', async () => {
  await using database = await createTestDatabase();
  const reader = await connectAsReader(database, 'metrics');
  try {
    const statement = `select create_month_partition('session'::regclass, '2024-01-01')`;
    assert.equal(await attempt(reader, statement), DENIED);
    assert.notEqual(await attempt(reader, 'select keep_past()'), 'nothing refused it');
  } finally {
    await reader.end();
  }
});
