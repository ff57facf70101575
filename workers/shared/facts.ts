import { sql, type Transaction } from 'kysely';
import type { MetricsDB } from '../../src/db/connect.ts';
import { type BulkRow, upsertRows } from '../../src/pipeline/bulk.ts';
import type { RunContext } from '../../src/pipeline/worker.ts';
import type { SourceFacts } from '../source.ts';
import type { VeeamSource } from '../veeam-source.ts';

/** A run on any kind of source: what conclusions may use. */
export type Context = RunContext<SourceFacts>;
export type VeeamContext = RunContext<VeeamSource>;
export type Trx = Transaction<MetricsDB>;

type FactTable =
  | 'repository'
  | 'scale_out_repository'
  | 'scale_out_extent'
  | 'backup'
  | 'backup_file'
  | 'job_retention'
  | 'workload'
  | 'backup_object'
  | 'restore_point'
  | 'replica'
  | 'replica_point'
  | 'restore_mount'
  | 'proxy_limit'
  | 'restore_trial'
  | 'job'
  | 'azure_policy'
  | 'azure_item'
  | 'azure_container'
  | 'azure_point'
  | 'workload_key';
type Column<T extends FactTable> = keyof MetricsDB[T] & string;
/** What every fact table has is added here. */
export type FactRow<T extends FactTable> = Omit<
  BulkRow<T>,
  'source_id' | 'first_seen_at' | 'vanished_at' | 'known_from'
>;

/** Stores facts by the source's own id. @returns rows inserted or changed */
export function storeFacts<T extends FactTable>(
  trx: Trx,
  table: T,
  id: Column<T>,
  rows: FactRow<T>[],
  { sourceId, seenAt }: Pick<Context, 'sourceId' | 'seenAt'>,
  keep: Column<T>[] = [],
): Promise<number> {
  const stamp = { source_id: sourceId, first_seen_at: seenAt, vanished_at: null, known_from: seenAt };
  return upsertRows(trx, table, rows.map((row) => ({ ...stamp, ...row })) as unknown as BulkRow<T>[], {
    key: ['source_id', id] as never,
    keep: ['first_seen_at', ...keep] as never,
  });
}

/** Marks what a whole list no longer has. @returns the ids that vanished now */
export async function markVanished<T extends FactTable>(
  trx: Trx,
  table: T,
  id: Column<T>,
  { sourceId, seenAt }: Pick<Context, 'sourceId' | 'seenAt'>,
  ids: Iterable<string>,
): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    update ${sql.table(table)} set vanished_at = ${seenAt}, known_from = ${seenAt}
     where source_id = ${sourceId} and vanished_at is null and ${sql.ref(id)} <> all(${[...ids]})
    returning ${sql.ref(id)} as id`.execute(trx);
  return rows.map((row) => row.id);
}

/** A size of the API as bytes: its "GB" are 2^30 bytes. null: not given. */
export function gibToBytes(gib: number | undefined): number | null {
  return gib === undefined || !Number.isFinite(gib) ? null : Math.round(gib * 2 ** 30);
}
