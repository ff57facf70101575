import { sql } from 'kysely';
import type { JobSchedule } from '../../src/analysis/health/schedule.ts';
import type { Context, Trx } from '../shared/facts.ts';

/** A backup that holds a workload. */
type Holding = {
  backupId: string;
  jobId: string | null;
  jobName: string | null;
  repositoryId: string | null;
  /** Its points are copies of those of another backup. */
  isCopy: boolean;
  /** When its job makes points; null: it does not say, or there is none. */
  schedule: JobSchedule | null;
};

export type KnownWorkload = {
  workloadId: string;
  name: string;
  platform: string | null;
  sizeBytes: number | null;
  tags: string[];
  holdings: Holding[];
  /**
   * Points that no machine could be found for may be its own: they have its name, or it has no others in a backup that says
   * it has some.
   */
  hasAmbiguousPoints: boolean;
};

/** Workloads that exist, with the backups that hold them. */
export async function readWorkloads(trx: Trx, { sourceId }: Context): Promise<KnownWorkload[]> {
  const workloads = await trx
    .selectFrom('workload')
    .select(['workload_id', 'name', 'platform', 'size_bytes', 'tags'])
    .where('source_id', '=', sourceId)
    .where('vanished_at', 'is', null)
    .orderBy('workload_id')
    .execute();
  const holdings = Map.groupBy(await readHoldings(trx, sourceId), ({ workload_id }) => workload_id);
  return workloads.map((row) => {
    const own = holdings.get(row.workload_id) ?? [];
    return {
      workloadId: row.workload_id,
      name: row.name,
      platform: row.platform,
      sizeBytes: row.size_bytes,
      tags: row.tags,
      holdings: own.map(toHolding),
      hasAmbiguousPoints: own.some(({ is_ambiguous }) => is_ambiguous),
    };
  });
}

type HoldingRow = {
  workload_id: string;
  backup_id: string;
  job_id: string | null;
  job_name: string | null;
  repository_id: string | null;
  is_copy: boolean;
  schedule: unknown;
  is_ambiguous: boolean;
};

async function readHoldings(trx: Trx, sourceId: string): Promise<HoldingRow[]> {
  const { rows } = await sql<HoldingRow>`
    with unknown as (
      select distinct backup_id, name from restore_point
       where source_id = ${sourceId} and workload_id is null and vanished_at is null),
    known as (
      select distinct backup_id, workload_id from restore_point
       where source_id = ${sourceId} and workload_id is not null and vanished_at is null)
    select o.workload_id, o.backup_id, b.job_id, j.name as job_name, b.repository_id,
           coalesce(b.job_type, j.type, '') ~* 'copy' as is_copy, j.schedule,
           bool_or(u.backup_id is not null) as is_ambiguous
      from backup_object o
      join backup b on b.source_id = o.source_id and b.backup_id = o.backup_id and b.vanished_at is null
      left join job j on j.source_id = b.source_id and j.job_id = b.job_id
      left join known k on k.backup_id = o.backup_id and k.workload_id = o.workload_id
      left join unknown u on u.backup_id = o.backup_id
       and (u.name = o.name or (k.workload_id is null and o.restore_points_count is distinct from 0))
     where o.source_id = ${sourceId} and o.vanished_at is null
     group by o.workload_id, o.backup_id, b.job_id, j.name, b.repository_id, b.job_type, j.type, j.schedule
     order by is_copy, o.backup_id`.execute(trx);
  return rows;
}

const toHolding = (row: HoldingRow): Holding => ({
  backupId: row.backup_id,
  jobId: row.job_id,
  jobName: row.job_name,
  repositoryId: row.repository_id,
  isCopy: row.is_copy,
  schedule: row.schedule as JobSchedule | null,
});
