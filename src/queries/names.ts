import { sql } from 'kysely';
import type { MetricsReader } from '../db/connect.ts';

export type NamedKind = 'job' | 'workload' | 'repository';
export type Named = { sourceId: string; id: string; name: string };

/** More than anybody has. */
const MOST_NAMES = 200_000;

/** Names of what is there now, of some sources or of all. */
export function listNames(
  db: MetricsReader,
  kind: NamedKind,
  sourceIds: readonly string[] | undefined,
): Promise<Named[]> {
  const names = sql<Named>`(${sql.join(TABLES[kind].map(namesOf), sql` union all `)})`;
  return db
    .selectFrom(names.as('named'))
    .selectAll()
    .$if(sourceIds !== undefined, (query) => query.where('sourceId', 'in', [...(sourceIds ?? []), '']))
    .orderBy('sourceId')
    .orderBy('id')
    .limit(MOST_NAMES)
    .execute();
}

const TABLES: Record<NamedKind, [table: string, id: string][]> = {
  job: [['job', 'job_id']],
  workload: [['workload', 'workload_id']],
  repository: [
    ['repository', 'repository_id'],
    ['scale_out_repository', 'scale_out_repository_id'],
  ],
};

const namesOf = ([table, id]: [string, string]) => sql`
  select source_id as "sourceId", ${sql.ref(id)} as id, name from ${sql.table(table)} where vanished_at is null`;
