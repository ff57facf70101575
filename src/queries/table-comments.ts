import { sql } from 'kysely';
import type { MetricsReader, RiskReader } from '../db/connect.ts';

export type TableComment = { name: string; comment: string | null };

/** Tables with what the schema says of them, by name; partitions and the migrator's own left out. */
export async function listTableComments(db: MetricsReader | RiskReader): Promise<TableComment[]> {
  const tables = sql<TableComment>`(
    select relname::text as name, obj_description(oid, 'pg_class') as comment
      from pg_class
     where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition
       and relname not like 'kysely%')`;
  return (db as MetricsReader).selectFrom(tables.as('one')).selectAll().orderBy('name').limit(500).execute();
}
