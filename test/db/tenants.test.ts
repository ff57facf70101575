import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { migrate, openDatabases } from '../../src/db/database.ts';
import { ensurePartitions } from '../../src/pipeline/partitions.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import {
  connectAs,
  fillEverything,
  KINDS,
  type Kind,
  type Limited,
  limitTo,
  markOf,
} from '../support/tenants.ts';

/** Two sources of the tenant that may be seen, one of another tenant, one of nobody's. */
const OWN = ['a-one', 'a-two'];
const OTHERS = ['b-one', 'loose'];
const TENANTS: Record<string, string | null> = { 'a-one': 'a', 'a-two': 'a', 'b-one': 'b', loose: null };
const FOREIGN = new RegExp(OTHERS.flatMap((source) => [source, markOf(source)]).join('|'));
/** Rows that name two sources: the first pair is all of one tenant. */
const MIXED = [
  ['a-one', 'a-two'],
  ['a-one', 'b-one'],
  ['a-two', 'loose'],
] as const;

let database: TestDatabase;
let limited: Limited;
const filled: Record<Kind, string[]> = { metrics: [], risk: [] };

before(async () => {
  database = await createTestDatabase();
  for (const kind of KINDS) {
    await using owner = await connectAs(database.settings, kind, 'owner');
    for (const [source, tenant] of Object.entries(TENANTS)) {
      const name = markOf(source);
      if (kind === 'metrics')
        await owner.query(`insert into source values ($1, 'veeam', $2, null, now(), $3)`, [
          source,
          name,
          tenant,
        ]);
      else if (tenant) await owner.query('insert into source_tenant values ($1, $2)', [source, tenant]);
    }
    filled[kind] = await fillEverything(owner, { sources: Object.keys(TENANTS), mixed: MIXED });
    await owner.query(`insert into reader_tenant values ('somebody_else', 'b')`);
    await owner.query('analyze');
  }
  limited = await limitTo(database, ['a']);
});

after(async () => {
  await limited?.[Symbol.asyncDispose]();
  await database?.[Symbol.asyncDispose]();
});

/** @returns the error's code, or what came back as text */
async function attempt(client: pg.Client, statement: string): Promise<string> {
  try {
    return JSON.stringify((await client.query(statement)).rows);
  } catch (error) {
    assert.doesNotMatch(String(error), FOREIGN, statement);
    return (error as pg.DatabaseError).code ?? String(error);
  } finally {
    await client.query('rollback');
  }
}

type Relation = { name: string; kind: string; hasSource: boolean; isProtected: boolean; policies: string[] };

async function relationsOf(client: pg.Client): Promise<Relation[]> {
  const { rows } = await client.query<Relation>(
    `select c.oid::regclass::text as name, c.relkind::text as kind, c.relrowsecurity as "isProtected",
            exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'source_id') as "hasSource",
            array(select polname::text from pg_policy where polrelid = c.oid order by 1) as policies
       from pg_class c
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
        and c.relname not like 'kysely%' order by 1`,
  );
  return rows;
}

for (const kind of KINDS) {
  test(`every table, partition and view of the ${kind} database shows a limited login rows of its tenants only`, async () => {
    await using client = await limited.connect(kind);
    await using everything = await connectAs(database.settings, kind, 'reader');
    const relations = await relationsOf(client);
    assert.ok(filled[kind].length > (kind === 'metrics' ? 80 : 12), 'tables were filled');
    for (const { name, kind: type, hasSource, isProtected, policies } of relations) {
      const { rows: rights } = await client.query<{ select: boolean }>(
        `select has_table_privilege($1::regclass, 'select') as select`,
        [name],
      );
      if (type === 'm' || type === 'f' || type === 'S') {
        assert.equal(rights[0]?.select, false, `${name} cannot be protected, so it must not be readable`);
        continue;
      }
      if (type !== 'v') {
        assert.ok(isProtected, `${name} has no row-level security: call protect_rows in its migration`);
        assert.deepEqual(policies, ['everybody', 'tenants'], name);
      }
      if (!rights[0]?.select) continue;
      const { rows } = await client.query(`select * from ${name}`);
      assert.doesNotMatch(JSON.stringify(rows), FOREIGN, name);
      const counted = await client.query<{ count: number }>(`select count(*)::int as count from ${name}`);
      assert.equal(counted.rows[0]?.count, rows.length, name);
      if (!hasSource) continue;
      for (const source of OWN)
        assert.ok(
          rows.some((row: { source_id: string }) => row.source_id === source) || name === 'hidden_run',
          `${name}: the rows of ${source} are there`,
        );
      const all = await everything.query(`select from ${name}`);
      assert.ok(name === 'hidden_run' || (all.rowCount ?? 0) > rows.length, `${name}: others have rows`);
    }
  });

  test(`no function of the ${kind} database shows a limited login more`, async () => {
    await using client = await limited.connect(kind);
    const { rows } = await client.query<{
      name: string;
      args: string | null;
      isSet: boolean;
      definer: boolean;
    }>(
      `select p.oid::regproc::text as name, p.proretset as "isSet", p.prosecdef as definer,
              (select string_agg(case when type = 'timestamptz'::regtype then '''2030-01-01'''
                                      else 'null::' || type::regtype end, ', ')
                 from unnest(p.proargtypes::oid[]) as type) as args
         from pg_proc p where p.pronamespace = 'public'::regnamespace and has_function_privilege(p.oid, 'execute')`,
    );
    if (kind === 'metrics') assert.ok(rows.length > 20, 'there are functions to try');
    for (const { name, args, isSet, definer } of rows) {
      // What is not the owner's reads with the rights, and so the policies, of who calls it.
      assert.equal(definer, false, `${name} has the rights of its owner: revoke it from public`);
      if (!isSet) continue;
      const past = await attempt(client, `select * from ${name}(${args ?? ''})`);
      assert.doesNotMatch(past, FOREIGN, name);
      if (name.endsWith('_as_of'))
        assert.match(past, /"source_id":"a-one"/, `${name} gives the rows of the own tenant`);
    }
  });

  test(`statistics, plans and errors of the ${kind} database tell a limited login no value of others`, async () => {
    await using client = await limited.connect(kind);
    const table = kind === 'metrics' ? 'job' : 'risk_item';
    await using owner = await connectAs(database.settings, kind, 'owner');
    const seen = await owner.query(`select from pg_stats where schemaname = 'public'`);
    assert.ok((seen.rowCount ?? 0) > 100, 'there are statistics');
    for (const view of ['pg_stats', 'pg_stats_ext', 'pg_stats_ext_exprs'])
      assert.equal(
        await attempt(
          client,
          `select * from ${view} where schemaname = 'public' and tablename not like 'kysely%'`,
        ),
        '[]',
      );
    const toast = await owner.query<{ name: string }>(
      `select reltoastrelid::regclass::text as name from pg_class where oid = $1::regclass`,
      [table],
    );
    assert.equal(await attempt(client, `select * from ${toast.rows[0]?.name}`), '42501');
    assert.equal(await attempt(client, 'select * from pg_statistic'), '42501');
    assert.equal(await attempt(client, 'select * from pg_statistic_ext_data'), '42501');
    for (const statement of [
      `select 1 / (case when name like '%${markOf('b-one')}%' then 0 else 1 end) from ${table}`,
      `select * from ${table} where 1 / (case when name like '%${markOf('b-one')}%' then 0 else 1 end) = 1`,
      `select * from ${table} where case when source_id not like 'a%' then name::int > 0 else true end`,
      `select * from ${table} where name ~ '${markOf('b-one')}' and length(pg_sleep(0)::text) = 0`,
    ])
      assert.doesNotMatch(await attempt(client, statement), /^22|^[A-Z0-9]{5}$/, statement);
    for (const statement of [
      `explain (analyze, verbose, buffers) select * from ${table} where name > 'a' order by name`,
      `select query_to_xml('select * from ${table}', true, false, '')::text`,
      `select table_to_xml('${table}', true, false, '')::text`,
      `select schema_to_xml('public', true, false, '')::text`,
      `select cursor_to_xml('none', 1, true, false, '')`,
      `select ${table}.*, ${table}.ctid, ${table}.xmin from ${table}`,
      `select to_jsonb(${table}) from ${table} full join (values (1)) as other(n) on true`,
      `select t.* from (select distinct source_id from run) s, lateral (select * from ${table} t where t.source_id >= s.source_id) t`,
      `with recursive r as (select * from ${table} union select * from ${table}) select * from r`,
      `select pg_get_expr(polqual, polrelid) from pg_policy`,
      `select * from pg_stat_activity`,
      `select * from pg_policies`,
    ])
      assert.doesNotMatch(await attempt(client, statement), FOREIGN, statement);
  });

  test(`a limited login of the ${kind} database cannot change what it sees`, async () => {
    await using client = await limited.connect(kind);
    const count = `select count(*)::int as count from run where source_id in ('b-one', 'loose')`;
    const DENIED = /^(42501|25006|42704|0LP01|22023|42809|0A000|42P07)$/;
    const { login } = limited;
    for (const statement of [
      'set role dr365_reader',
      'set role dr365_owner',
      'set role dr365_collector',
      'set role dr365_advisor',
      'set role somebody_else',
      'set role pg_read_all_data',
      'set session authorization dr365_reader',
      `set session authorization 'somebody_else'`,
      `alter role ${login} bypassrls`,
      `alter role ${login} superuser`,
      `grant dr365_reader to ${login}`,
      `grant pg_read_all_data to ${login}`,
      'alter table run disable row level security',
      'alter table run no force row level security',
      'drop policy tenants on run',
      'alter policy tenants on run using (true)',
      'create policy mine on run for select using (true)',
      `insert into reader_tenant values ('${login}', 'b')`,
      `update reader_tenant set tenant = 'b'`,
      `delete from reader_tenant`,
      kind === 'metrics' ? `update source set tenant = 'a'` : `update source_tenant set tenant = 'a'`,
      'create temp table reader_tenant (login text, tenant text)',
      'create schema mine',
      'create function mine() returns integer language sql as $$select 1$$',
      'create view mine as select * from run',
      'create materialized view mine as select * from run',
      'select protect_all_rows()',
      `select protect_rows('run')`,
      `select tenant_rows('run')`,
      'alter function protect_rows(regclass) security definer',
      'copy run to program $$cat$$',
      'create extension dblink',
      'create server mine foreign data wrapper postgres_fdw',
      'create publication mine for all tables',
      'select pg_read_file($$PG_VERSION$$)',
      'lock table run in access exclusive mode',
    ]) {
      await client.query('set default_transaction_read_only = off');
      await client.query('begin read write');
      assert.match(await attempt(client, statement), DENIED, statement);
    }
    // What a session may set changes nothing.
    for (const statement of [
      'set role dr365_tenant_reader',
      'set search_path = pg_temp, pg_catalog, public',
      `set session_user = 'somebody_else'`,
      `select set_config('role', 'dr365_tenant_reader', false)`,
      `select set_config('session_authorization', '${login}', false)`,
      `select set_config('dr365.tenant', 'b', false)`,
      `set application_name = 'somebody_else'`,
      'set plan_cache_mode = force_generic_plan',
      'set enable_indexscan = off',
      'set jit = off',
    ]) {
      await client.query(statement).catch(() => undefined);
      assert.deepEqual((await client.query(count)).rows, [{ count: 0 }], statement);
      assert.doesNotMatch(JSON.stringify((await client.query('select * from run')).rows), FOREIGN, statement);
    }
    await client.query('reset all');
    await client.query('set row_security = off');
    assert.equal(await attempt(client, 'select * from run'), '42501', 'an error, not more rows');
    await client.query('set row_security = on');
    const limits = await client.query('select * from reader_tenant');
    assert.deepEqual(limits.rows, [{ login, tenant: 'a' }], 'nor does it see the limits of others');
    await client.query('prepare asked as select count(*)::int as count from run');
    const [before] = (await client.query('execute asked')).rows;
    await using owner = await connectAs(database.settings, kind, 'owner');
    await owner.query(`delete from reader_tenant where login = $1`, [login]);
    assert.ok((before as { count: number }).count > 0);
    assert.deepEqual((await client.query('execute asked')).rows, [{ count: 0 }], 'at the next statement');
    await owner.query(`insert into reader_tenant values ($1, 'a')`, [login]);
  });
}

test('a month that begins later is protected like the others, also by its own name', async () => {
  const times = [new Date('2026-07-02T00:00:00Z')];
  for (const table of ['session', 'task_session', 'repository_sample'] as const) {
    await ensurePartitions(database.metrics.db, table, times);
    await using client = await limited.connect('metrics');
    const found = (await relationsOf(client)).find(({ name }) => name === `${table}_2026_07`);
    assert.deepEqual(found?.policies, ['everybody', 'tenants']);
    assert.ok(found?.isProtected);
  }
  const { db } = database.metrics;
  for (const source_id of ['a-one', 'b-one', 'loose'])
    await db
      .insertInto('session')
      .values({
        source_id,
        session_id: `july-${source_id}`,
        created_at: times[0] as Date,
        name: markOf(source_id),
        session_type: 'BackupJob',
        state: 'Stopped',
        known_from: times[0] as Date,
      })
      .execute();
  await using client = await limited.connect('metrics');
  const { rows } = await client.query('select session_id from session_2026_07');
  assert.deepEqual(rows, [{ session_id: 'july-a-one' }]);
});

test('rows of an own source that name another tenant are not shown, those within the tenant are', async () => {
  await using client = await limited.connect('metrics');
  const pairs = await client.query('select source_id, other_source_id from workload_match order by 1, 2');
  assert.deepEqual(pairs.rows, [
    { source_id: 'a-one', other_source_id: 'a-one' },
    { source_id: 'a-one', other_source_id: 'a-two' },
    { source_id: 'a-two', other_source_id: 'a-two' },
  ]);
  const joined = await client.query(
    `select source_id, home_source_id from workload_recovery where protections <> '[]'`,
  );
  assert.deepEqual(joined.rows, [{ source_id: 'a-one', home_source_id: 'a-two' }]);
});

test('runs that are hidden from limited readers are hidden with all that was concluded in them', async () => {
  await using owner = await connectAs(database.settings, 'risk', 'owner');
  await using client = await limited.connect('risk');
  for (const name of filled.risk) {
    const { rows: rights } = await client.query<{ may: boolean }>(
      `select has_table_privilege($1::regclass, 'select') as may`,
      [name],
    );
    if (!rights[0]?.may) continue;
    const { rows } = await client.query<{ run_id?: string }>(
      `select * from ${name} where source_id = 'a-two'`,
    );
    const [run] = rows;
    if (!run?.run_id) continue;
    await owner.query('insert into hidden_run values ($1, $2)', ['a-two', run.run_id]);
    const left = await client.query(`select * from ${name} where run_id = $1`, [run.run_id]);
    assert.deepEqual(left.rows, [], name);
    await using all = await connectAs(database.settings, 'risk', 'reader');
    const still = await all.query(`select from ${name} where run_id = $1`, [run.run_id]);
    assert.equal(still.rowCount, 1, `${name}: unlimited readers see it as before`);
  }
  await owner.query('truncate hidden_run');
});

test('a login of two tenants sees both, and one whose tenant has no source sees nothing', async () => {
  await using both = await limitTo(database, ['a', 'b']);
  await using none = await limitTo(database, ['nobody']);
  for (const [reader, expected] of [
    [both, ['a-one', 'a-two', 'b-one']],
    [none, []],
  ] as const) {
    await using client = await reader.connect('metrics');
    const { rows } = await client.query<{ source_id: string }>('select source_id from source order by 1');
    assert.deepEqual(
      rows.map(({ source_id }) => source_id),
      expected,
    );
  }
});

test('collector and advisor write for all sources as before', async () => {
  const advisor = await database.as('advisor');
  const { rows } = await database.metrics.pool.query(`update run set rows_loaded = 7 returning source_id`);
  assert.deepEqual(new Set(rows.map(({ source_id }) => source_id)), new Set(Object.keys(TENANTS)));
  const all = await advisor.risk.pool.query('update run set rows_loaded = 7 returning source_id');
  assert.equal(all.rowCount, Object.keys(TENANTS).length);
});

test('migrating again with the limited login set for the MCP server does not lift its limits', async () => {
  await migrate(limited.settings);
  const databases = await openDatabases(limited.settings, 'reader', 'dr365 test');
  try {
    const rows = await databases.metrics.db.selectFrom('source').select('source_id').execute();
    assert.deepEqual(new Set(rows.map(({ source_id }) => source_id)), new Set(OWN));
  } finally {
    await databases.close();
  }
});
