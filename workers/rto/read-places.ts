import { sql } from 'kysely';
import type { VaultImmutability } from '../../src/analysis/recovery/immutability.ts';
import type { Context, Trx } from '../shared/facts.ts';

/** A repository or scale-out repository that holds backups. */
export type Place = {
  id: string;
  name: string;
  type: string | null;
  /** Days that new points cannot be deleted; 0: not immutable; null: not known. */
  immutableDays: number | null;
  /** Of a vault: whether its points are kept until they expire. Absent: it is no vault. */
  vault?: VaultImmutability;
};

/** Repositories by their id; a scale-out repository is as immutable as the least of its performance extents. */
export async function readPlaces(trx: Trx, context: Context): Promise<Map<string, Place>> {
  const { sourceId } = context;
  const { rows } = await sql<Place>`
    select repository_id as id, name, type, immutable_days as "immutableDays"
      from repository where source_id = ${sourceId}
     union all
    select coalesce(s.scale_out_repository_id, r.scale_out_repository_id), max(coalesce(s.name, r.scale_out_name)),
           'ScaleOut', case when bool_and(r.immutable_days is not null) then min(r.immutable_days) end
      from (select x.*, e.scale_out_repository_id as extent_of
              from repository x
              left join scale_out_extent e on e.source_id = x.source_id and e.repository_id = x.repository_id
                                          and e.tier = 'Performance' and e.vanished_at is null
             where x.source_id = ${sourceId} and x.vanished_at is null) r
      left join scale_out_repository s on s.source_id = r.source_id
       and s.scale_out_repository_id = coalesce(r.extent_of, r.scale_out_repository_id)
     where coalesce(r.extent_of, r.scale_out_repository_id) is not null
       and coalesce(r.extent_type, 'Performance') = 'Performance'
     group by 1
     union all
    select repository_id, max(repository_name), null, null
      from backup b
     where source_id = ${sourceId} and repository_id is not null
       and not exists (select from repository k where k.source_id = b.source_id and k.repository_id = b.repository_id)
       and not exists (select from repository k where k.source_id = b.source_id and k.scale_out_repository_id = b.repository_id)
       and not exists (select from scale_out_extent k where k.source_id = b.source_id and k.scale_out_repository_id = b.repository_id)
     group by 1`.execute(trx);
  const vault = context.source.kind === 'azure' ? { vault: await readImmutability(trx, context) } : {};
  return new Map(rows.map((row) => [row.id, { ...row, ...vault }]));
}

async function readImmutability(trx: Trx, { sourceId }: Context): Promise<VaultImmutability> {
  const row = await trx
    .selectFrom('azure_vault')
    .select('immutability')
    .where('source_id', '=', sourceId)
    .executeTakeFirst();
  const state = row?.immutability;
  return state === 'Disabled' || state === 'Unlocked' || state === 'Locked' ? state : null;
}

export type Slots = {
  /** Restores at a time; null: nothing says. */
  count: number | null;
  basis: 'CONFIGURED' | 'LIMITS' | 'PROXIES' | 'REPOSITORIES' | 'ASSUMED' | 'NOT_SAID';
};

/** Restores that go on side by side where nothing says how many: one proxy with its least setting. */
const ASSUMED_SLOTS = 2;

/**
 * Each restore takes a task of a proxy and one of a repository: the fewer of both, over all that work now, is the limit. Azure
 * Backup has neither, and says no limit.
 */
export async function readSlots(trx: Trx, context: Context, configured: number | null): Promise<Slots> {
  const { sourceId, source } = context;
  if (configured !== null) return { count: configured, basis: 'CONFIGURED' };
  if (source.kind === 'azure') return { count: null, basis: 'NOT_SAID' };
  const { rows } = await sql<{ proxies: number | null; repositories: number | null }>`
    select (select sum(l.task_limit)
              from proxy_limit l
              left join proxy p on p.source_id = l.source_id and p.proxy_id = l.proxy_id
             where l.source_id = ${sourceId} and l.vanished_at is null and p.is_disabled is not true
               and p.is_online is not false) as proxies,
           (select case when bool_and(task_limit is not null) then sum(task_limit) end
              from repository r
             where source_id = ${sourceId} and vanished_at is null and coalesce(extent_type, 'Performance') = 'Performance'
               and is_online is not false
               and exists (select from backup b where b.source_id = r.source_id and b.vanished_at is null
                              and b.repository_id in (r.repository_id, r.scale_out_repository_id))) as repositories`.execute(
    trx,
  );
  const { proxies = null, repositories = null } = rows[0] ?? {};
  if (proxies !== null && repositories !== null)
    return { count: Math.min(proxies, repositories), basis: 'LIMITS' };
  if (proxies !== null) return { count: proxies, basis: 'PROXIES' };
  if (repositories !== null) return { count: repositories, basis: 'REPOSITORIES' };
  return { count: ASSUMED_SLOTS, basis: 'ASSUMED' };
}
