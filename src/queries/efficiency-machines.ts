import { sql } from 'kysely';
import type { MetricsReader } from '../db/connect.ts';
import type { SourcePair } from './efficiency-filter.ts';

const MOST = 200_000;

type Known = { sourceId: string; knownAt: Date };

/** The machines that backups held, with their names, as known at a moment. */
export function listMachineNames(
  db: MetricsReader,
  { sourceId, knownAt }: Known,
): Promise<(SourcePair & { name: string })[]> {
  const found = sql<SourcePair & { name: string }>`(
    select o.source_id as "sourceId", o.workload_id as id, coalesce(min(w.name), min(o.name)) as name
      from backup_object_each_as_of(${knownAt}) o
      left join workload_each_as_of(${knownAt}) w on w.source_id = o.source_id and w.workload_id = o.workload_id
     where o.source_id = ${sourceId} and o.vanished_at is null
     group by o.source_id, o.workload_id)`;
  return db.selectFrom(found.as('found')).selectAll().orderBy('id').limit(MOST).execute();
}

export type HoldingBackup = SourcePair & { ownerId: string };

/** The backups that held some machines, and the job (or the backup itself) that answers for each. */
export function listBackupsOfMachines(
  db: MetricsReader,
  { sourceId, knownAt, workloadIds }: Known & { workloadIds: readonly string[] },
): Promise<HoldingBackup[]> {
  const found = sql<HoldingBackup>`(
    select distinct b.source_id as "sourceId", b.backup_id as id, coalesce(b.job_id, b.backup_id) as "ownerId"
      from backup_object_as_of(${knownAt}) o
      join backup_as_of(${knownAt}) b on b.source_id = o.source_id and b.backup_id = o.backup_id and b.vanished_at is null
     where o.source_id = ${sourceId} and o.vanished_at is null and o.workload_id = any(${[...workloadIds]}::text[]))`;
  return db.selectFrom(found.as('found')).selectAll().orderBy('id').limit(MOST).execute();
}

/** The backups that lay in some repositories. */
export function listBackupsIn(
  db: MetricsReader,
  { sourceId, knownAt, repositoryIds }: Known & { repositoryIds: readonly string[] },
): Promise<SourcePair[]> {
  const found = sql<SourcePair>`(
    select b.source_id as "sourceId", b.backup_id as id
      from backup_each_as_of(${knownAt}) b
     where b.source_id = ${sourceId} and b.vanished_at is null and b.repository_id = any(${[...repositoryIds]}::text[]))`;
  return db.selectFrom(found.as('found')).selectAll().orderBy('id').limit(MOST).execute();
}

/** The machines of a tier, as a run of the rto worker found them. */
export async function listMachinesOfTier(
  db: MetricsReader,
  { sourceId, runId, tier }: { sourceId: string; runId: string; tier: number },
): Promise<string[]> {
  const rows = await db
    .selectFrom('workload_recovery')
    .select('workload_id as id')
    .where('source_id', '=', sourceId)
    .where('run_id', '=', runId)
    .where('tier', '=', tier)
    .orderBy('workload_id')
    .limit(MOST)
    .execute();
  return rows.map(({ id }) => id);
}
