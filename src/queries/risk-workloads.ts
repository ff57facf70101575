import { sql } from 'kysely';
import type { MetricsReader } from '../db/connect.ts';

const NO_RUN = '00000000-0000-0000-0000-000000000000';
const MOST = 2_000_000;

export type RiskWorkloadRow = { workloadId: string; name: string; tags: string[]; firstSeenAt: Date };

/** Workloads that exist. */
export function listRiskWorkloads(db: MetricsReader, sourceId: string): Promise<RiskWorkloadRow[]> {
  return db
    .selectFrom('workload')
    .select(['workload_id as workloadId', 'name', 'tags', 'first_seen_at as firstSeenAt'])
    .where('source_id', '=', sourceId)
    .where('vanished_at', 'is', null)
    .orderBy('workload_id')
    .limit(MOST)
    .execute();
}

/** A backup that holds a workload. */
export type RiskHoldingRow = {
  workloadId: string;
  backupId: string;
  jobId: string | null;
  /** The scale-out repository, where the backup names one of its extents. */
  repositoryId: string | null;
  isCopy: boolean;
  points: number | null;
};

/** Which backups hold which workloads, as known now. */
export function listRiskHoldings(db: MetricsReader, sourceId: string): Promise<RiskHoldingRow[]> {
  const rows = sql<RiskHoldingRow>`(
    select o.workload_id as "workloadId", o.backup_id as "backupId", b.job_id as "jobId",
           coalesce(x.scale_out_repository_id, b.repository_id) as "repositoryId",
           coalesce(b.job_type, j.type, '') ~* 'copy' as "isCopy", max(o.restore_points_count) as points
      from backup_object o
      join backup b on b.source_id = o.source_id and b.backup_id = o.backup_id and b.vanished_at is null
      left join job j on j.source_id = b.source_id and j.job_id = b.job_id
      left join repository x on x.source_id = b.source_id and x.repository_id = b.repository_id
     where o.source_id = ${sourceId} and o.vanished_at is null
     group by o.workload_id, o.backup_id, b.job_id, x.scale_out_repository_id, b.repository_id, b.job_type, j.type)`;
  return db
    .selectFrom(rows.as('holding'))
    .selectAll()
    .orderBy('workloadId')
    .orderBy('isCopy')
    .orderBy('backupId')
    .limit(MOST)
    .execute();
}

export type RecoveryRow = Awaited<ReturnType<typeof listRecovery>>[number];

/** What the rto worker concluded of each workload; times by the clock of the source. */
export function listRecovery(
  db: MetricsReader,
  { sourceId, rtoRunId }: { sourceId: string; rtoRunId: string | null },
) {
  return db
    .selectFrom('workload_recovery')
    .select([
      'workload_id as workloadId',
      'basis',
      'p_mean as p',
      'p_low as p10',
      'p_high as p90',
      'trials',
      'last_test_at as lastTestAt',
      'sla_status as slaStatus',
      'rto_target_minutes as rtoMinutes',
      'rto_target_basis as rtoBasis',
      'rpo_status as rpoStatus',
      'rpo_age_hours as rpoAgeHours',
      'rpo_target_hours as rpoHours',
      'rpo_target_basis as rpoBasis',
      'rpo_breached_share as shareBeyond',
      'newest_point_id as newestPointId',
      'newest_point_at as newestPointAt',
    ])
    .where('source_id', '=', sourceId)
    .where('run_id', '=', rtoRunId ?? NO_RUN)
    .limit(MOST)
    .execute();
}

export type RecoveryPoolRow = {
  lowerBound: number | null;
  trials: number;
  pointsReadAt: Date | null;
  concludedAt: Date;
};

/** What untested workloads inherit, and when restore points were last read to their end. */
export async function getRecoveryPool(
  db: MetricsReader,
  { sourceId, rtoRunId }: { sourceId: string; rtoRunId: string | null },
): Promise<RecoveryPoolRow | undefined> {
  const row = await db
    .selectFrom('recovery_summary')
    .select(['pool', 'points_read_at', 'concluded_at'])
    .where('source_id', '=', sourceId)
    .where('run_id', '=', rtoRunId ?? NO_RUN)
    .executeTakeFirst();
  if (!row) return undefined;
  const pool = row.pool as { lower_bound?: number | null; trials?: number } | null;
  const trials = pool?.trials ?? 0;
  return {
    lowerBound: trials > 0 ? (pool?.lower_bound ?? null) : null,
    trials,
    pointsReadAt: row.points_read_at,
    concludedAt: row.concluded_at,
  };
}

export type TrialRow = {
  workloadId: string;
  trialId: string;
  class: string;
  outcome: string;
  scanResult: string | null;
  at: Date;
  isExcluded: boolean;
  isGone: boolean;
  /** Whether the restored point is there, or a backup of the machine that is as old as the test. */
  isHeld: boolean;
};

/** Restores and verifications that ended, of all workloads; those that the source no longer lists too. */
export function listTrials(db: MetricsReader, sourceId: string): Promise<TrialRow[]> {
  const rows = sql<TrialRow>`(
    select t.workload_id as "workloadId", t.trial_id as "trialId", t.class, t.outcome, t.scan_result as "scanResult",
           coalesce(t.ended_at, t.started_at) as at, t.excluded is not null as "isExcluded",
           t.vanished_at is not null as "isGone",
           p.restore_point_id is not null and p.vanished_at is null
             or exists (select from backup_object o
                          join backup b on b.source_id = o.source_id and b.backup_id = o.backup_id and b.vanished_at is null
                         where o.source_id = t.source_id and o.workload_id = t.workload_id and o.vanished_at is null
                           and coalesce(o.backup_id = p.backup_id, least(o.first_seen_at, b.oldest_point_at) <= t.started_at)) as "isHeld"
      from restore_trial t
      left join restore_point p on p.source_id = t.source_id and p.restore_point_id = t.restore_point_id
     where t.source_id = ${sourceId} and t.workload_id is not null and t.outcome in ('OK', 'WARNING', 'FAILED')
       and t.class in ('FULL_VM', 'DISK', 'VOLUME', 'INSTANT', 'SUREBACKUP', 'CONTENT_SCAN'))`;
  return db
    .selectFrom(rows.as('trial'))
    .selectAll()
    .orderBy('workloadId')
    .orderBy('at')
    .orderBy('trialId')
    .limit(MOST)
    .execute();
}

export type NewestPointRow = {
  workloadId: string;
  pointId: string;
  createdAt: Date;
  malwareStatus: string | null;
};

/** The newest restore point of each workload that exists, whether it can be used or not. */
export function listNewestPoints(db: MetricsReader, sourceId: string): Promise<NewestPointRow[]> {
  const rows = sql<NewestPointRow>`(
    select w.workload_id as "workloadId", p.restore_point_id as "pointId", p.created_at as "createdAt",
           p.malware_status as "malwareStatus"
      from workload w
      join lateral (select restore_point_id, created_at, malware_status from restore_point p
                     where p.source_id = w.source_id and p.workload_id = w.workload_id and p.vanished_at is null
                     order by created_at desc, array_position(array['Infected', 'Suspicious'], malware_status),
                              restore_point_id limit 1) p on true
     where w.source_id = ${sourceId} and w.vanished_at is null)`;
  return db.selectFrom(rows.as('point')).selectAll().limit(MOST).execute();
}

/** Files that the efficiency worker saw of each job, or of each backup without one. */
export function listJudgedOwners(
  db: MetricsReader,
  { sourceId, efficiencyRunId }: { sourceId: string; efficiencyRunId: string | null },
) {
  return db
    .selectFrom('job_efficiency')
    .select(['owner_id as ownerId', 'files'])
    .where('source_id', '=', sourceId)
    .where('run_id', '=', efficiencyRunId ?? NO_RUN)
    .where('kind', '=', 'ALL')
    .limit(MOST)
    .execute();
}

export type LocationRow = Awaited<ReturnType<typeof listLocations>>[number];

/** The places that hold each workload, by the newest run of the rto worker. */
export function listLocations(
  db: MetricsReader,
  { sourceId, rtoRunId }: { sourceId: string; rtoRunId: string | null },
) {
  return db
    .selectFrom('recovery_location')
    .select([
      'workload_id as workloadId',
      'location_id as locationId',
      'kind',
      'repository_type as type',
      'is_copy as isCopy',
      'points',
      'newest_point_at as newestPointAt',
      'malware_status as malwareStatus',
      'immutable_until as immutableUntil',
      'immutable_basis as immutableBasis',
    ])
    .where('source_id', '=', sourceId)
    .where('run_id', '=', rtoRunId ?? NO_RUN)
    .orderBy('workload_id')
    .orderBy('location_id')
    .limit(MOST)
    .execute();
}
