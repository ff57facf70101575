import { sql, type Transaction } from 'kysely';
import type { MetricsDB } from '../../src/db/connect.ts';
import { type BulkRow, upsertRows } from '../../src/pipeline/bulk.ts';
import { defineCollection } from '../../src/pipeline/collect.ts';
import { toStorable } from '../../src/pipeline/storable.ts';
import type { AnyCollection, Reading, RunContext } from '../../src/pipeline/worker.ts';
import type { VeeamSource } from '../veeam-source.ts';

type Context = RunContext<VeeamSource>;
type Table = 'job' | 'managed_server' | 'proxy' | 'best_practice' | 'malware_event' | 'authorization_event';
/** What every inventory table has is added here. */
type Row<T extends Table> = Omit<BulkRow<T>, 'source_id' | 'first_seen_at' | 'vanished_at' | 'known_from'>;

type Inventory<T extends Table, Item> = {
  endpoint: string;
  table: T;
  id: Extract<keyof MetricsDB[T], string>;
  list: (context: Context, reading: Reading) => AsyncIterable<{ items: Item[] }>;
  /** null: the row cannot be placed; it counts as rejected. */
  toRow: (item: Item, context: Context) => Row<T> | null;
  optional?: boolean;
  /** The whole list is read each time, so what is not in it is gone at the source. */
  isWhole?: boolean;
};

/**
 * A list of things at the source, by their own ids. Where the whole list is read, what it no longer has is marked as
 * vanished, and what comes back is no longer.
 */
export function inventory<T extends Table, Item>(spec: Inventory<T, Item>): AnyCollection<VeeamSource> {
  const { endpoint, table, id, list, toRow, optional = true, isWhole = true } = spec;
  const seen = new WeakMap<Context, Set<string>>();
  return defineCollection<VeeamSource, Row<T>, Row<T>>('health', {
    endpoint,
    optional,
    extract: async function* (context, _since, reading) {
      const ids = new Set<string>();
      seen.set(context, ids);
      for await (const { items } of list(context, reading)) {
        const rows = items.map((item) => toRow(item, context)).filter((row) => row !== null);
        reading.rowsRejected += items.length - rows.length;
        for (const row of rows) ids.add(String((row as Record<string, unknown>)[id]));
        yield { rows };
      }
    },
    transform: (rows) => rows,
    load: (trx, rows, { sourceId, seenAt }) =>
      upsertRows(trx, table, rows.map((row) => complete(row, sourceId, seenAt)) as unknown as BulkRow<T>[], {
        key: ['source_id', id] as Extract<keyof MetricsDB[T], string>[],
        keep: ['first_seen_at'] as Extract<keyof MetricsDB[T], string>[],
      }),
    ...(isWhole && {
      finish: (trx: Transaction<MetricsDB>, context: Context) =>
        markVanished(trx, table, id, context, seen.get(context) ?? new Set()),
    }),
  });
}

const complete = (row: object, sourceId: string, seenAt: Date) => ({
  source_id: sourceId,
  first_seen_at: seenAt,
  vanished_at: null,
  known_from: seenAt,
  ...row,
});

async function markVanished(
  trx: Transaction<MetricsDB>,
  table: Table,
  id: string,
  { sourceId, seenAt }: Context,
  ids: Set<string>,
): Promise<void> {
  await sql`update ${sql.table(table)} set vanished_at = ${seenAt}, known_from = ${seenAt}
    where source_id = ${sourceId} and vanished_at is null and ${sql.ref(id)} <> all(${[...ids].map(toStorable)})`.execute(
    trx,
  );
}

type SingleTable = 'backup_server' | 'license' | 'config_backup';

type Single<T extends SingleTable, Value> = {
  endpoint: string;
  table: T;
  read: (context: Context, reading: Reading) => Promise<Value>;
  toRow: (value: Value, context: Context) => Omit<BulkRow<T>, 'source_id' | 'known_from'>;
  optional?: boolean;
};

/** Something of which a server has one. */
export function single<T extends SingleTable, Value>({
  endpoint,
  table,
  read,
  toRow,
  optional = true,
}: Single<T, Value>): AnyCollection<VeeamSource> {
  return defineCollection<VeeamSource, Value, Value>('health', {
    endpoint,
    optional,
    extract: async function* (context, _since, reading) {
      yield { rows: [await read(context, reading)] };
    },
    transform: (values) => values,
    load: (trx, values, context) => {
      const { sourceId, seenAt } = context;
      const rows = values.map((value) => ({
        source_id: sourceId,
        known_from: seenAt,
        ...toRow(value, context),
      }));
      return upsertRows(trx, table, rows as unknown as BulkRow<T>[], {
        key: ['source_id'] as Extract<keyof MetricsDB[T], string>[],
      });
    },
  });
}
