import { randomBytes } from 'node:crypto';
import pg from 'pg';
import type { DatabaseSettings } from '../../src/config/config.ts';
import { withTarget } from '../../src/db/database.ts';
import { putReader, removeReader } from '../../src/db/readers.ts';
import type { TestDatabase } from './database.ts';

export type Kind = 'metrics' | 'risk';
export const KINDS: readonly Kind[] = ['metrics', 'risk'];

/** A login that sees some tenants, and the settings of an MCP server that has it; gone at the end of the test. */
export type Limited = AsyncDisposable & {
  login: string;
  settings: DatabaseSettings;
  connect: (kind: Kind) => Promise<pg.Client & AsyncDisposable>;
};

export async function limitTo(database: TestDatabase, tenants: string[]): Promise<Limited> {
  const login = `limited_${randomBytes(6).toString('hex')}`;
  const password = randomBytes(12).toString('hex');
  await withTarget(database.settings, (target) =>
    putReader(target, { login, tenants, password: () => password }),
  );
  const { logins, ...rest } = database.settings;
  const settings = { ...rest, logins: { ...logins, reader: { user: login, password } } };
  return {
    login,
    settings,
    connect: (kind) => connectAs(settings, kind, 'reader'),
    [Symbol.asyncDispose]: async () => {
      await withTarget(database.settings, (target) => removeReader(target, login));
    },
  };
}

/** A connection without any of our code in between. */
export async function connectAs(
  { external, metricsName, riskName, logins }: DatabaseSettings,
  kind: Kind,
  role: 'owner' | 'reader',
): Promise<pg.Client & AsyncDisposable> {
  const database = kind === 'metrics' ? metricsName : riskName;
  const { user, password } = logins[role] ?? { user: '', password: '' };
  const { host, port } = external ?? { host: '', port: 0 };
  const client = new pg.Client({ host, port, database, user, password });
  client.on('error', () => {});
  await client.connect();
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() });
}

/** Text that stands in every row of a source and nowhere else. */
export const markOf = (source: string) => `mark-${source}`;

/**
 * A row of each source in every table that has the column source_id, made up from the catalogue: a table that comes later is
 * filled, too. Checks are taken away, rows of several sources (`mixed`) are added where a table can name a second source.
 */
export async function fillEverything(
  owner: pg.Client,
  { sources, mixed }: { sources: readonly string[]; mixed: readonly (readonly [string, string])[] },
): Promise<string[]> {
  const { rows: checks } = await owner.query<{ table: string; name: string }>(
    `select conrelid::regclass::text as table, quote_ident(conname) as name from pg_constraint
      where contype = 'c' and connamespace = 'public'::regnamespace and coninhcount = 0 and conrelid <> 0`,
  );
  for (const { table, name } of checks) await owner.query(`alter table ${table} drop constraint ${name}`);
  const { rows: parents } = await owner.query<{ name: string }>(
    `select oid::regclass::text as name from pg_class where relkind = 'p' and relnamespace = 'public'::regnamespace`,
  );
  for (const { name } of parents)
    await owner.query(`select create_month_partition($1, '2026-03-01')`, [name]);
  const tables = await listColumns(owner);
  for (const [table, columns] of tables) {
    for (const source of sources) await insertRow(owner, table, columns, source, source);
    if (columns.some(({ name }) => name !== 'source_id' && namesSource(name)))
      for (const [own, other] of mixed) await insertRow(owner, table, columns, own, other);
  }
  return [...tables.keys()];
}

type Column = { table: string; name: string; type: string; needed: boolean };
const namesSource = (name: string) => /source_ids?$/.test(name) || name === 'protections';

async function listColumns(owner: pg.Client): Promise<Map<string, Column[]>> {
  const { rows } = await owner.query<Column>(
    `select c.oid::regclass::text as table, a.attname as name, format_type(a.atttypid, null) as type,
            a.attnotnull and a.attgenerated = '' and a.attidentity = '' as needed
       from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
        and a.attgenerated = ''
        and exists (select from pg_attribute s where s.attrelid = c.oid and s.attname = 'source_id')
        and c.relname not in ('source', 'source_tenant', 'hidden_run')
      order by 1, a.attnum`,
  );
  return Map.groupBy(rows, ({ table }) => table);
}

let serial = 0;

async function insertRow(
  owner: pg.Client,
  table: string,
  columns: readonly Column[],
  own: string,
  other: string,
): Promise<void> {
  serial += 1;
  const filled = columns.filter(({ name, type, needed }) => needed || type === 'text' || namesSource(name));
  const values = filled.map((column) => valueOf(column, own, other));
  const names = filled.map(({ name }) => pg.escapeIdentifier(name)).join(', ');
  const places = values.map((_, at) => `$${at + 1}`).join(', ');
  await owner.query(
    `insert into ${table} (${names}) values (${places}) on conflict do nothing`,
    values as unknown[],
  );
}

function valueOf({ name, type }: Column, own: string, other: string): unknown {
  if (name === 'source_id') return own;
  if (name === 'protections')
    return JSON.stringify(own === other ? [] : [{ source_id: other, name: markOf(other) }]);
  if (name.endsWith('source_ids')) return [own, other];
  if (name.endsWith('source_id')) return own === other && name === 'home_source_id' ? null : other;
  const mark = own === other ? `${markOf(own)} ${serial}` : `${markOf(other)} ${serial}`;
  if (type === 'text') return mark;
  if (type === 'text[]') return [mark];
  if (type === 'jsonb' || type === 'json') return JSON.stringify({ text: mark });
  if (type === 'uuid') return `00000000-0000-4000-8000-${String(serial).padStart(12, '0')}`;
  if (type === 'boolean') return true;
  if (type.startsWith('timestamp')) return '2026-03-18T12:00:00Z';
  if (type === 'date') return '2026-03-18';
  if (type === 'interval') return '1 day';
  if (type.endsWith('[]')) return [];
  return serial;
}
