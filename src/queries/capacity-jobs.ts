import { sql } from 'kysely';
import type { MetricsReader } from '../db/connect.ts';

type Known = {
  sourceId: string;
  /** What the run behind the answer knew, by our clock. */
  knownAt: Date;
};

export type StoredBackup = {
  backupId: string;
  name: string;
  jobId: string | null;
  jobName: string | null;
  repositoryId: string | null;
  /** Sum of its files at their last reading; null: never read. */
  storedBytes: number | null;
};

/** Backups that existed, with what their files held at the last reading up to `sampledAt`, by the clock of the source. */
export function listStoredBackups(
  db: MetricsReader,
  { sourceId, knownAt, sampledAt }: Known & { sampledAt: Date },
): Promise<StoredBackup[]> {
  const stored = sql<StoredBackup>`(
    select b.backup_id as "backupId", b.name, b.job_id as "jobId", j.name as "jobName", b.repository_id as "repositoryId",
           s.stored_bytes as "storedBytes"
      from backup_each_as_of(${knownAt}) b
      left join job_each_as_of(${knownAt}) j on j.source_id = b.source_id and j.job_id = b.job_id
      left join lateral (select stored_bytes from backup_sample s
                          where s.source_id = b.source_id and s.backup_id = b.backup_id and s.sampled_at <= ${sampledAt}
                          order by s.sampled_at desc limit 1) s on true
     where b.source_id = ${sourceId} and b.vanished_at is null)`;
  return db.selectFrom(stored.as('stored')).selectAll().orderBy('backupId').limit(100_000).execute();
}

export type BackupChain = {
  backupId: string;
  /** Files that retention may release: without those that GFS keeps. */
  points: number;
  /** Median size of an increment; null: the chain has none with a size. */
  incrementBytes: number | null;
};

/** The chains of backups: the files of a backup that hold the same objects. */
export function listBackupChains(
  db: MetricsReader,
  { sourceId, knownAt, backupIds }: Known & { backupIds: readonly string[] },
): Promise<BackupChain[]> {
  const chains = sql<BackupChain>`(
    select f.backup_id as "backupId",
           count(*) filter (where f.kind <> 'OTHER' and cardinality(f.gfs_periods) = 0)::int as points,
           percentile_cont(0.5) within group (order by f.stored_bytes::float8)
             filter (where f.kind = 'INCREMENT' and f.stored_bytes is not null) as "incrementBytes"
      from backup_file_as_of(${knownAt}) f
     where f.source_id = ${sourceId} and f.backup_id = any(${[...backupIds]}::text[]) and f.vanished_at is null
     group by f.backup_id, f.object_ids)`;
  return db.selectFrom(chains.as('chains')).selectAll().orderBy('backupId').limit(100_000).execute();
}
