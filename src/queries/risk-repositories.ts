import { sql } from 'kysely';
import type { MetricsReader } from '../db/connect.ts';

const NO_RUN = '00000000-0000-0000-0000-000000000000';

/** A repository or scale-out repository with its forecast; times by the clock of the source. */
export type RiskRepositoryRow = {
  repositoryId: string;
  name: string;
  type: string;
  hostId: string | null;
  immutableDays: number | null;
  /** Of a scale-out repository: copies of what comes in are made in object storage. */
  copiesToCapacityTier: boolean | null;
  /** Of a scale-out repository the types of its performance extents. */
  extentTypes: string[];
  extentHosts: (string | null)[];
  /** null: no forecast. */
  quality: string | null;
  concludedAt: Date | null;
  useBytes: number | null;
  capacityBytes: number | null;
  useShare: number | null;
  ageDays: number | null;
  band: { ahead: number; low: number; mid: number; high: number }[] | null;
  full7: number | null;
  full30: number | null;
  full90: number | null;
  sharedVolumeWith: string[] | null;
};

/** What backups go to: repositories that are no extent, and scale-out repositories. Those that are gone are left out. */
export function listRiskRepositories(
  db: MetricsReader,
  { sourceId, capacityRunId }: { sourceId: string; capacityRunId: string | null },
): Promise<RiskRepositoryRow[]> {
  const rows = sql<RiskRepositoryRow>`(
    with place as (
      select repository_id, name, type, host_id, immutable_days, null::boolean as copies, array[]::text[] as extent_types,
             array[]::text[] as extent_hosts
        from repository
       where source_id = ${sourceId} and vanished_at is null and scale_out_repository_id is null
      union all
      select s.scale_out_repository_id, s.name, 'ScaleOut', null,
             case when bool_and(x.immutable_days is not null) then min(x.immutable_days) end, s.copies_to_capacity_tier,
             coalesce(array_agg(x.type) filter (where x.type is not null), array[]::text[]),
             coalesce(array_agg(x.host_id) filter (where x.type is not null), array[]::text[])
        from scale_out_repository s
        left join scale_out_extent e on e.source_id = s.source_id and e.scale_out_repository_id = s.scale_out_repository_id
                                    and e.tier = 'Performance' and e.vanished_at is null
        left join repository x on x.source_id = e.source_id and x.repository_id = e.repository_id
       where s.source_id = ${sourceId} and s.vanished_at is null
       group by s.scale_out_repository_id, s.name, s.copies_to_capacity_tier)
    select p.repository_id as "repositoryId", p.name, p.type, p.host_id as "hostId", p.immutable_days as "immutableDays",
           p.copies as "copiesToCapacityTier", p.extent_types as "extentTypes", p.extent_hosts as "extentHosts",
           f.quality, f.concluded_at as "concludedAt", f.use_bytes as "useBytes", f.capacity_bytes as "capacityBytes",
           f.use_share as "useShare", f.age_days as "ageDays", f.band, f.p_full_7 as "full7", f.p_full_30 as "full30",
           f.p_full_90 as "full90", f.shared_volume_with as "sharedVolumeWith"
      from place p
      left join capacity_forecast f on f.source_id = ${sourceId} and f.run_id = ${capacityRunId ?? NO_RUN}
                                   and f.repository_id = p.repository_id)`;
  return db.selectFrom(rows.as('place')).selectAll().orderBy('repositoryId').limit(100_000).execute();
}
