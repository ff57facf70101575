import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Kysely, sql } from 'kysely';
import { pino } from 'pino';
import type { MetricsDB } from '../../../src/db/connect.ts';
import { createStore } from '../../../src/mcp/store.ts';
import { createTestDatabase, type TestDatabase, testServer } from '../../support/database.ts';
import { addEstate } from '../../support/health-rows.ts';
import { toEnvironment } from '../../support/mcp-client.ts';
import { startHttpMcp } from '../../support/mcp-http.ts';
import { asAdmin } from '../../support/postgres.ts';

const ATTACKS = [
  'commit; create table loot (a integer)',
  "'; commit; create table loot (a integer); --",
  'set role dr365_collector',
  'set session authorization dr365_collector',
  "copy (select 1) to program 'touch /tmp/dr365-loot'",
  "copy loot from program 'id'",
  'create extension dblink',
  "select lo_import('/etc/passwd')",
  "select pg_read_file('/etc/passwd')",
  "select set_config('default_transaction_read_only', 'off', false); create table loot (a integer)",
  "do $$ begin execute 'create table loot (a integer)'; end $$",
  'delete from run',
  'drop table run cascade',
  "alter role dr365_reader with superuser password 'x'",
  'vacuum full',
];

/** What an attack could have left behind: relations, columns, rights, the reader's powers, and how many rows there are. */
async function pictureOf({ as }: TestDatabase): Promise<unknown> {
  const owner = await as('owner');
  const { rows } = await sql`
    select (select json_agg(c order by c.oid) from (select oid, relname, relowner, relacl, relkind from pg_class
             where relnamespace = 'public'::regnamespace) c) as relations,
           (select count(*) from pg_attribute) as columns,
           (select row_to_json(r) from (select rolsuper, rolcreatedb, rolcreaterole, rolbypassrls, rolconfig
             from pg_roles where rolname = 'dr365_reader') r) as reader,
           (select count(*) from pg_auth_members where member = 'dr365_reader'::regrole) as memberships,
           (select json_agg(extname order by extname) from pg_extension) as extensions,
           (select count(*) from pg_largeobject_metadata) as large_objects,
           (select count(*) from run) as runs`.execute(owner.metrics.db);
  return rows;
}

test('statements of an attacker change nothing, even where the server would run them', async () => {
  await using database = await createTestDatabase();
  await addEstate(database.metrics.db);
  const before = await pictureOf(database);
  const store = createStore(database.settings, pino({ level: 'silent' }));
  try {
    for (const attack of ATTACKS) {
      const run = store.read((db) => sql.raw(attack).execute(db as unknown as Kysely<MetricsDB>));
      await assert.rejects(run, () => true, attack);
    }
    assert.equal(await store.read(async () => 'answers again'), 'answers again');
  } finally {
    await store.close();
  }
  assert.deepEqual(await pictureOf(database), before);
});

test('a statement that sleeps is ended by the database itself', async () => {
  await using database = await createTestDatabase();
  const reader = await database.as('reader');
  await sql`set statement_timeout = '50ms'`.execute(reader.metrics.db); // it may be made shorter, to try it at all
  await assert.rejects(sql`select pg_sleep(60)`.execute(reader.metrics.db), { code: '57014' });
});

test('arguments of an attacker are names that do not exist, and change nothing', async () => {
  await using database = await createTestDatabase();
  await addEstate(database.metrics.db);
  const before = await pictureOf(database);
  await using server = await startHttpMcp({
    ...toEnvironment(database.settings),
    MCP_HTTP_RATE_PER_MINUTE: '100000',
  });
  await using client = await server.connect();
  const { tools } = await client.listTools();
  assert.ok(tools.length >= 6);
  const password = database.settings.logins.reader?.password ?? assert.fail();
  for (const tool of tools) {
    for (const attack of ATTACKS.slice(0, 5)) {
      for (const [name, shape] of Object.entries(tool.inputSchema.properties ?? {})) {
        if ((shape as { type?: string }).type !== 'string') continue;
        const { content } = await client.callTool({ name: tool.name, arguments: { [name]: attack } });
        const said = JSON.stringify(content);
        assert.doesNotMatch(
          said,
          /syntax error|node_modules|postgres(ql)?:\/\/|root:x:0|pg_catalog|\.ts:\d+/,
          said,
        );
        assert.ok(!said.includes(password), said);
      }
    }
  }
  assert.ok(
    server.log().every(({ msg }) => msg !== 'tool failed'),
    'no argument led to an error that nobody foresaw',
  );
  assert.deepEqual(await pictureOf(database), before);
});

test('logins that could change anything are refused, each with what they could do', async () => {
  await using database = await createTestDatabase();
  const { settings } = database;
  const suffix = settings.metricsName.slice(-8);
  const cases: [string, RegExp][] = [
    ['createrole', /may make roles or databases/],
    ['in role pg_write_all_data', /may write to tables/],
    ['in role pg_read_server_files', /may read or write files of the server/],
  ];
  const roleOf = (index: number) => `unsafe_${suffix}_${index}`;
  await asAdmin(testServer(), async (admin) => {
    for (const [index, [option]] of cases.entries()) {
      await admin.query(`create role ${roleOf(index)} login password 'x' ${option}`);
      await admin.query(`grant dr365_reader to ${roleOf(index)}`);
      await admin.query(
        `grant connect on database ${settings.metricsName}, ${settings.riskName} to ${roleOf(index)}`,
      );
    }
  });
  try {
    for (const [index, [, reason]] of cases.entries()) {
      const login = { user: roleOf(index), password: 'x' };
      const unsafe = { ...settings, logins: { ...settings.logins, reader: login } };
      const store = createStore(unsafe, pino({ level: 'silent' }));
      await assert.rejects(
        store.read(async () => {}),
        reason,
      );
      await store.close();
    }
  } finally {
    await asAdmin(testServer(), async (admin) => {
      for (const index of cases.keys()) {
        await admin.query(
          `revoke all on database ${settings.metricsName}, ${settings.riskName} from ${roleOf(index)}`,
        );
        await admin.query(`drop role ${roleOf(index)}`);
      }
    });
  }
});
