import { sql } from 'kysely';
import type { Context, Trx } from '../shared/facts.ts';

export type StoredBackup = {
  backupId: string;
  name: string;
  platform: string | null;
  jobType: string | null;
  repositoryId: string | null;
};

/** Who answers for backups: their job, or the backup itself where it has none. */
export type Owner = {
  ownerId: string;
  kind: 'JOB' | 'BACKUP';
  name: string;
  jobId: string | null;
  /** null: the list of jobs does not have it, or does not say. */
  isDisabled: boolean | null;
  /** It was known and is no longer there. */
  isJobGone: boolean;
  jobType: string | null;
  /** null: several, or not known. */
  platform: string | null;
  backups: StoredBackup[];
};

type Row = {
  backup_id: string;
  name: string;
  platform_name: string | null;
  job_type: string | null;
  repository_id: string | null;
  job_id: string | null;
  job_name: string | null;
  type_of_job: string | null;
  is_disabled: boolean | null;
  is_job_gone: boolean;
};

/** The owners of all backups that exist, in a fixed order. */
export async function readOwners(trx: Trx, { sourceId }: Context): Promise<Owner[]> {
  const { rows } = await sql<Row>`
    select b.backup_id, b.name, b.platform_name, b.job_type, b.repository_id, b.job_id, j.name as job_name,
           j.type as type_of_job, j.is_disabled,
           b.job_id is not null and coalesce(j.vanished_at, r.vanished_at) is not null as is_job_gone
      from backup b
      left join job j on j.source_id = b.source_id and j.job_id = b.job_id
      left join job_retention r on r.source_id = b.source_id and r.job_id = b.job_id
     where b.source_id = ${sourceId} and b.vanished_at is null
     order by coalesce(b.job_id, b.backup_id), b.backup_id`.execute(trx);
  return [...Map.groupBy(rows, (row) => row.job_id ?? row.backup_id)].map(([id, own]) => toOwner(id, own));
}

function toOwner(ownerId: string, rows: Row[]): Owner {
  const [first] = rows as [Row];
  const platforms = new Set(rows.map(({ platform_name }) => platform_name));
  return {
    ownerId,
    kind: first.job_id === null ? 'BACKUP' : 'JOB',
    // Where the list of jobs has not been read, the backup has the name of its job.
    name: first.job_name ?? first.name,
    jobId: first.job_id,
    isDisabled: first.is_job_gone ? null : first.is_disabled,
    isJobGone: first.is_job_gone,
    jobType: first.type_of_job ?? first.job_type,
    platform: platforms.size === 1 ? first.platform_name : null,
    backups: rows.map((row) => ({
      backupId: row.backup_id,
      name: row.name,
      platform: row.platform_name,
      jobType: row.job_type,
      repositoryId: row.repository_id,
    })),
  };
}
