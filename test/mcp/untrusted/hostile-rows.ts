import pg from 'pg';
import type { DatabaseSettings } from '../../../src/config/config.ts';
import { testServer } from '../../support/database.ts';
import { asAdmin, newSuffix, toSettings } from '../../support/postgres.ts';

/**
 * Copies of both databases in which each mark is followed by a text: as if a server had sent it wherever it sent the mark.
 * Nothing may be connected to the databases meanwhile.
 */
export async function copyWithTexts(
  settings: DatabaseSettings,
  textOf: ReadonlyMap<string, string>,
): Promise<{ settings: DatabaseSettings }> {
  const server = testServer();
  const suffix = newSuffix();
  const copied = toSettings(server, suffix);
  const pairs = [
    [settings.metricsName, copied.metricsName],
    [settings.riskName, copied.riskName],
  ] as const;
  await asAdmin(server, async (client) => {
    await client.query('select pg_advisory_lock(365)');
    for (const [from, to] of pairs) {
      await client.query(`create database ${to} template ${from}`);
      await client.query(`grant connect on database ${to} to dr365_collector, dr365_advisor, dr365_reader`);
      await client.query(`revoke all on database ${to} from public`);
    }
  });
  for (const [, name] of pairs) await putTexts(name, textOf);
  return { settings: copied };
}

async function putTexts(database: string, textOf: ReadonlyMap<string, string>): Promise<void> {
  const client = new pg.Client({ ...testServer(), database });
  await client.connect();
  try {
    // Ids may hold names, and are changed in one table before the other.
    await client.query(`set session_replication_role = replica`);
    await client.query(`create temp table hostile (mark text primary key, text text not null)`);
    await client.query(`insert into hostile select * from unnest($1::text[], $2::text[])`, [
      [...textOf.keys()],
      [...textOf.values()],
    ]);
    await client.query(FUNCTIONS);
    const { rows } = await client.query<{ name: string; sets: string; finds: string }>(COLUMNS);
    for (const { name, sets, finds } of rows)
      await client.query(`update only ${name} set ${sets} where ${finds}`);
  } finally {
    await client.end();
  }
}

const FUNCTIONS = `
  create function pg_temp.hostile_text(given text, is_json boolean) returns text language plpgsql as $$
  declare one record;
  begin
    for one in select mark, text from hostile where mark in (select (regexp_matches(given, 'zq[jmn][a-z]{3}zq', 'g'))[1]) loop
      given := replace(given, one.mark, one.mark || ' ' ||
        case when is_json then substr(to_json(one.text)::text, 2, length(to_json(one.text)::text) - 2) else one.text end);
    end loop;
    return given;
  end $$`;

/** One statement per table, over all its columns that can hold text. */
const COLUMNS = `
  select quote_ident(c.table_name) as name,
    string_agg(format(case
      when c.data_type = 'ARRAY' then '%1$I = array(select pg_temp.hostile_text(e, false) from unnest(%1$I) with ordinality as u(e, n) order by n)'
      when c.data_type = 'text' then '%1$I = pg_temp.hostile_text(%1$I, false)'
      else '%1$I = pg_temp.hostile_text(%1$I::text, true)::%2$s' end, c.column_name, c.data_type), ', ') as sets,
    string_agg(format('%1$I::text ~ ''zq[jmn][a-z]{3}zq''', c.column_name), ' or ') as finds
  from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
  where c.table_schema = 'public' and t.table_type = 'BASE TABLE' and c.is_generated = 'NEVER'
    and (c.data_type in ('text', 'json', 'jsonb') or c.udt_name = '_text')
  group by c.table_name`;
