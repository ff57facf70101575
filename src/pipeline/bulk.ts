import { type Insertable, type RawBuilder, sql, type Transaction } from 'kysely';
import type { MetricsDB, RiskDB } from '../db/connect.ts';
import type { JsonValue } from '../db/metrics-schema.ts';

import { toJson, toStorable } from './storable.ts';

type Table = Extract<keyof MetricsDB, string>;
type RiskTable = Extract<keyof RiskDB, string>;
type Columns<T extends Table> = Extract<keyof MetricsDB[T], string>[];

/** A row to store. JSON columns take any value: it is serialised here. */
export type BulkRow<T extends Table> = Row<MetricsDB[T]>;
export type RiskRow<T extends RiskTable> = Row<RiskDB[T]>;
type Row<Columns> = {
  [C in keyof Insertable<Columns>]: JsonValue extends Insertable<Columns>[C]
    ? unknown
    : Insertable<Columns>[C];
};

export type UpsertOptions<T extends Table> = {
  /** The source's own id of a row. */
  key: Columns<T>;
  /** Columns that keep the value of the first insert. */
  keep?: Columns<T>;
};

/** Set when we learnt it, so it says nothing about whether the row changed. */
const STAMP = 'known_from';

/**
 * Stores many rows in one statement, whatever their number: new ones are inserted, changed ones updated (a trigger keeps
 * what was known before), equal ones left alone.
 * @returns rows inserted or changed
 */
export async function upsertRows<T extends Table>(
  trx: Transaction<MetricsDB>,
  table: T,
  rows: BulkRow<T>[],
  { key, keep = [] }: UpsertOptions<T>,
): Promise<number> {
  const distinct = lastOfEachKey(rows as Record<string, unknown>[], key);
  if (distinct.length === 0) return 0;
  const columns = Object.keys(distinct[0] ?? {});
  const updated = columns.filter(
    (column) => !key.includes(column as never) && !keep.includes(column as never),
  );
  const compared = updated.filter((column) => column !== STAMP);
  const t = sql.table(table);
  const conflict =
    compared.length === 0
      ? sql`do nothing`
      : sql`do update set ${list(updated.map((c) => sql`${sql.ref(c)} = excluded.${sql.ref(c)}`))}
            where (${list(compared.map((c) => sql`${t}.${sql.ref(c)}`))})
              is distinct from (${list(compared.map((c) => sql`excluded.${sql.ref(c)}`))})`;
  const source = await unnest(trx, table, columns, distinct);
  const result = await sql`insert into ${t} (${list(columns.map((c) => sql.ref(c)))}) ${source}
    on conflict (${list(key.map((c) => sql.ref(c)))}) ${conflict}`.execute(trx);
  return Number(result.numAffectedRows ?? 0);
}

/** Stores rows that are written once. @returns their number */
export async function insertRows<T extends Table>(
  trx: Transaction<MetricsDB>,
  table: T,
  rows: BulkRow<T>[],
): Promise<number> {
  return insertInto(trx, table, rows as Record<string, unknown>[]);
}

/** The same in the risk database. */
export async function insertRiskRows<T extends RiskTable>(
  trx: Transaction<RiskDB>,
  table: T,
  rows: RiskRow<T>[],
): Promise<number> {
  return insertInto(trx, table, rows as Record<string, unknown>[]);
}

async function insertInto(trx: AnyDatabase, table: string, rows: Record<string, unknown>[]): Promise<number> {
  if (rows.length === 0) return 0;
  const columns = Object.keys(rows[0] ?? {});
  const source = await unnest(trx, table, columns, rows);
  await sql`insert into ${sql.table(table)} (${list(columns.map((c) => sql.ref(c)))}) ${source}`.execute(trx);
  return rows.length;
}

type AnyDatabase = Transaction<MetricsDB> | Transaction<RiskDB>;

/** One parameter per column, each an array: the statement is the same for one row and for ten thousand. */
async function unnest(
  trx: AnyDatabase,
  table: string,
  columns: string[],
  rows: Record<string, unknown>[],
): Promise<RawBuilder<unknown>> {
  const types = await columnTypes(trx, table);
  const arrays = columns.map((column) => {
    const type = types.get(column);
    if (!type) throw new Error(`table ${table} has no column ${column}`);
    const values = rows.map((row) => toParameter(row[column], type));
    return sql`${values}::${sql.raw(type.endsWith('[]') ? 'jsonb[]' : `${type}[]`)}`;
  });
  const fields = columns.map((column) =>
    types.get(column)?.endsWith('[]')
      ? sql`array(select jsonb_array_elements_text(u.${sql.ref(column)}))`
      : sql`u.${sql.ref(column)}`,
  );
  return sql`select ${list(fields)} from unnest(${list(arrays)}) as u(${list(columns.map((c) => sql.ref(c)))})`;
}

/**
 * Arrays go as JSON, since an array of arrays would be flattened by unnest. What the database cannot hold must not cost the
 * whole batch: texts lose what is no text, numbers that do not fit are not known.
 */
function toParameter(value: unknown, type: string): unknown {
  if (value === undefined || value === null) return null;
  if (type === 'jsonb' || type.endsWith('[]')) return toJson(value);
  if (type === 'integer')
    return Number.isInteger(value) && Math.abs(value as number) < 2 ** 31 ? value : null;
  if (type === 'bigint') return Number.isSafeInteger(value) ? value : null;
  return typeof value === 'string' ? toStorable(value) : value;
}

const list = (parts: RawBuilder<unknown>[]) => sql.join(parts, sql`, `);

function lastOfEachKey(rows: Record<string, unknown>[], key: string[]): Record<string, unknown>[] {
  const byKey = new Map(rows.map((row) => [key.map((column) => keyText(row[column])).join('\u0000'), row]));
  return byKey.size === rows.length ? rows : [...byKey.values()];
}

const keyText = (value: unknown) => (value instanceof Date ? value.getTime() : String(value));

const typesOf = new Map<string, Map<string, string>>();

/** Column types of a table, read once per process: all databases that it uses have the same schema. */
async function columnTypes(trx: AnyDatabase, table: string): Promise<Map<string, string>> {
  const known = typesOf.get(table);
  if (known) return known;
  const { rows } = await sql<{ name: string; type: string }>`
    select attname as name, format_type(atttypid, atttypmod) as type
      from pg_attribute where attrelid = ${table}::regclass and attnum > 0 and not attisdropped`.execute(trx);
  const types = new Map(rows.map(({ name, type }) => [name, type]));
  typesOf.set(table, types);
  return types;
}
