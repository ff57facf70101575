import type { RepositoryState } from '../../src/analysis/capacity/grouping.ts';
import type { Context, Trx } from '../shared/facts.ts';

export type KnownRepository = RepositoryState & {
  name: string;
  type: string;
  hasLimit: boolean | null;
  isSampled: boolean;
  /** Days; 0: not immutable; null: not known. */
  immutableDays: number | null;
};

export type ScaleOut = { id: string; name: string };

/** The state of an extent in which it holds data but takes none. */
const TAKES_NOTHING = new Set(['Maintenance', 'Sealed', 'Evacuate']);

/** Repositories that exist, with the sample of this run. */
export async function readRepositories(
  trx: Trx,
  { sourceId, sourceNow }: Context,
): Promise<KnownRepository[]> {
  const rows = await trx
    .selectFrom('repository as r')
    .leftJoin('repository_sample as s', (join) =>
      join
        .onRef('s.source_id', '=', 'r.source_id')
        .onRef('s.repository_id', '=', 'r.repository_id')
        .on('s.sampled_at', '=', sourceNow),
    )
    .leftJoinLateral(
      (eb) =>
        eb
          .selectFrom('scale_out_extent')
          .select(['scale_out_repository_id', 'status', 'tier'])
          .whereRef('source_id', '=', 'r.source_id')
          .whereRef('repository_id', '=', 'r.repository_id')
          .where('vanished_at', 'is', null)
          .orderBy('scale_out_repository_id')
          .limit(1)
          .as('e'),
      (join) => join.onTrue(),
    )
    .select([
      'r.repository_id',
      'r.name',
      'r.type',
      'r.host_id',
      'r.path',
      'r.has_limit',
      'r.immutable_days',
      'r.scale_out_repository_id',
      'r.extent_type',
      's.capacity_bytes',
      's.free_bytes',
      's.is_online',
      's.reason',
      'e.scale_out_repository_id as extent_of',
      'e.status',
      'e.tier',
    ])
    .where('r.source_id', '=', sourceId)
    .where('r.vanished_at', 'is', null)
    .orderBy('r.repository_id')
    .execute();
  return rows.map((row) => ({
    repositoryId: row.repository_id,
    name: row.name,
    type: row.type,
    hostId: row.host_id,
    path: row.path,
    capacityBytes: row.capacity_bytes,
    // A soft limit that is exceeded has no space left; grouping knows no less than none.
    freeBytes: row.free_bytes !== null && row.free_bytes < 0 && row.reason === null ? 0 : row.free_bytes,
    isOnline: row.is_online !== false,
    isSampled: row.is_online !== null,
    // Where the state of a repository does not say that it is an extent, the scale-out repository does.
    scaleOutRepositoryId: row.scale_out_repository_id ?? row.extent_of,
    extentType: row.extent_type ?? row.tier,
    isInMaintenance: row.status?.some((one) => TAKES_NOTHING.has(one)) ?? false,
    hasLimit: row.has_limit,
    immutableDays: row.immutable_days,
  }));
}

export async function readScaleOuts(trx: Trx, { sourceId }: Context): Promise<ScaleOut[]> {
  const rows = await trx
    .selectFrom('scale_out_repository')
    .select(['scale_out_repository_id as id', 'name'])
    .where('source_id', '=', sourceId)
    .where('vanished_at', 'is', null)
    .orderBy('scale_out_repository_id')
    .execute();
  return rows;
}
