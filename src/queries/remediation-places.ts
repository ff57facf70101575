import { sql } from 'kysely';
import type { MetricsReader } from '../db/connect.ts';
import type { EvidenceRuns } from './remediation-jobs.ts';

const NO_RUN = '00000000-0000-0000-0000-000000000000';

/** What is known of a repository: forecast, growth and what could be freed. */
export type RepositoryEvidenceRow = {
  repositoryId: string;
  kind: string;
  type: string;
  quality: string;
  isOnline: boolean | null;
  useShare: number | null;
  useBytes: number | null;
  capacityBytes: number | null;
  otherBytes: number | null;
  slopeBytesPerDay: number | null;
  purchaseBytes: number | null;
  status80: string | null;
  early80: number | null;
  early90: number | null;
  early100: number | null;
  pFull30: number | null;
  worstExtentShare: number | null;
  immutableDays: number | null;
  taskLimit: number | null;
  hasCapacityTier: boolean | null;
  stepBytes: number | null;
  stepDaysAgo: number | null;
  grownBytes: number | null;
  topJobId: string | null;
  topJobBytes: number | null;
  orphanedBytes: number | null;
  disabledJobBytes: number | null;
  overRetainedBytes: number | null;
  overdueBytes: number | null;
  heldBytes: number | null;
  reductionTrendPercent: number | null;
};

/**
 * Repositories and scale-out repositories with their evidence. Growth, steps and the ledger of space are those of the newest
 * run that read backup files, which `capacity_summary` names.
 */
export function listRepositoryEvidence(
  db: MetricsReader,
  { sourceId, capacityRunId, efficiencyRunId }: EvidenceRuns,
): Promise<RepositoryEvidenceRow[]> {
  const run = capacityRunId ?? NO_RUN;
  const rows = sql<RepositoryEvidenceRow>`(
    with ledger as (
      select ledger_run_id as run_id from capacity_summary where source_id = ${sourceId} and run_id = ${run}),
    grown as (
      select a.repository_id, max(a.delta_bytes) filter (where a.kind = 'TOTAL') as total,
             (array_agg(a.job_id order by a.delta_bytes desc) filter (where a.kind = 'JOB' and a.delta_bytes > 0))[1] as job_id,
             max(a.delta_bytes) filter (where a.kind = 'JOB') as job_bytes
        from capacity_attribution a join ledger l on l.run_id = a.run_id
       where a.source_id = ${sourceId} and a.period_days = 30
       group by a.repository_id),
    step as (
      select distinct on (e.repository_id) e.repository_id, e.bytes, f.made_on - e.local_day as ago
        from capacity_event e
        join capacity_forecast f on f.source_id = e.source_id and f.run_id = e.run_id and f.repository_id = e.repository_id
       where e.source_id = ${sourceId} and e.run_id = ${run} and e.kind = 'LEVEL_SHIFT' and e.bytes > 0
         and e.local_day > f.made_on - 30
       order by e.repository_id, e.bytes desc),
    held as (
      select s.repository_id,
             sum(s.stored_bytes) filter (where s.due_on < f.made_on and (s.held_until is null or s.held_until <= f.made_on))::float8 as overdue,
             sum(s.stored_bytes) filter (where s.held_until > f.made_on)::float8 as held
        from space_ledger s join ledger l on l.run_id = s.run_id
        join capacity_forecast f on f.source_id = s.source_id and f.run_id = ${run} and f.repository_id = s.repository_id
       where s.source_id = ${sourceId}
       group by s.repository_id),
    freed as (
      select repository_id, sum(counted_bytes) filter (where category = 'ORPHANED')::float8 as orphaned,
             sum(counted_bytes) filter (where category = 'DISABLED_JOB')::float8 as disabled,
             sum(counted_bytes) filter (where category = 'OVER_RETAINED')::float8 as retained
        from reclaimable_space
       where source_id = ${sourceId} and run_id = ${efficiencyRunId ?? NO_RUN}
       group by repository_id),
    reduction as (
      select u.repository_id, min(e.trend_percent) as percent
        from job_efficiency e cross join lateral unnest(e.repository_ids) as u(repository_id)
       where e.source_id = ${sourceId} and e.run_id = ${efficiencyRunId ?? NO_RUN} and e.kind = 'ALL' and e.trend = 'DEGRADING'
       group by u.repository_id)
    select f.repository_id as "repositoryId", f.kind, f.type, f.quality, f.is_online as "isOnline", f.use_share as "useShare",
           f.use_bytes as "useBytes", f.capacity_bytes as "capacityBytes", f.other_bytes as "otherBytes",
           f.slope_bytes_per_day as "slopeBytesPerDay", f.purchase_bytes as "purchaseBytes", f.status_80 as "status80",
           f.early_80 as "early80", f.early_90 as "early90", f.early_100 as "early100", f.p_full_30 as "pFull30",
           f.worst_extent_share as "worstExtentShare", r.immutable_days as "immutableDays", r.task_limit as "taskLimit",
           s.capacity_tier as "hasCapacityTier", step.bytes as "stepBytes", step.ago as "stepDaysAgo",
           grown.total as "grownBytes", grown.job_id as "topJobId", grown.job_bytes as "topJobBytes",
           freed.orphaned as "orphanedBytes", freed.disabled as "disabledJobBytes", freed.retained as "overRetainedBytes",
           held.overdue as "overdueBytes", held.held as "heldBytes", reduction.percent as "reductionTrendPercent"
      from capacity_forecast f
      left join repository r on r.source_id = f.source_id and r.repository_id = f.repository_id
      left join scale_out_repository s on s.source_id = f.source_id and s.scale_out_repository_id = f.repository_id
      left join grown on grown.repository_id = f.repository_id
      left join step on step.repository_id = f.repository_id
      left join held on held.repository_id = f.repository_id
      left join freed on freed.repository_id = f.repository_id
      left join reduction on reduction.repository_id = f.repository_id
     where f.source_id = ${sourceId} and f.run_id = ${run} and f.kind <> 'EXTENT')`;
  return db.selectFrom(rows.as('place')).selectAll().orderBy('repositoryId').limit(100_000).execute();
}
