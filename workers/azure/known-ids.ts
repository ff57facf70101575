import { sql } from 'kysely';
import type { RunContext } from '../../src/pipeline/worker.ts';
import type { AzureSource } from './source.ts';

/** Ids of what was there when the list was read last. */
export async function knownIds(
  { db, sourceId }: RunContext<AzureSource>,
  table: 'azure_policy' | 'azure_item',
  id: 'policy_id' | 'item_id',
): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select ${sql.ref(id)} as id from ${sql.table(table)} where source_id = ${sourceId} and vanished_at is null`.execute(
    db,
  );
  return rows.map((row) => row.id);
}
