import { sql } from 'kysely';
import { groupRepositories, type RepositoryState } from '../../src/analysis/capacity/grouping.ts';
import { notMeasurableReason } from '../../src/analysis/efficiency/reduction.ts';
import type { Context, Trx } from '../shared/facts.ts';

/** Where backups lie: a repository, or a scale-out repository, as files do not name its extents. */
export type Place = {
  id: string;
  name: string;
  type: string;
  isScaleOut: boolean;
  /** What it says that its backups take; null: not reported. */
  reportedBytes: number | null;
  capacityBytes: number | null;
  freeBytes: number | null;
  /** Its files are all that Veeam keeps on its volume. */
  isAlone: boolean;
  /** Why the size of its files does not show what they take; null: it does. */
  notMeasurable: string | null;
};

type Row = RepositoryState & {
  name: string;
  type: string;
  scaleOutName: string | null;
  stored: number | null;
};

/** All repositories that exist, by id, with their newest online reading; scale-out repositories in place of their extents. */
export async function readPlaces(trx: Trx, context: Context): Promise<Map<string, Place>> {
  const rows = await readRepositories(trx, context);
  const byId = new Map(rows.map((row) => [row.repositoryId, row]));
  const places = groupRepositories(rows).flatMap((group): Place[] => {
    const members = group.members.flatMap((id) => byId.get(id) ?? []);
    if (group.kind === 'SCALE_OUT') return [toScaleOut(group.groupId, members)];
    return members.map((row) => toRepository(row, members.length === 1));
  });
  return new Map(places.map((place) => [place.id, place]));
}

async function readRepositories(trx: Trx, { sourceId, sourceNow }: Context): Promise<Row[]> {
  const { rows } = await sql<Row>`
    select r.repository_id as "repositoryId", r.name, r.type, r.host_id as "hostId", r.path,
           coalesce(r.is_online, true) as "isOnline", s.capacity_bytes as "capacityBytes", s.free_bytes as "freeBytes",
           s.stored_bytes as stored, coalesce(r.scale_out_repository_id, e.scale_out_repository_id) as "scaleOutRepositoryId",
           coalesce(r.extent_type, e.tier) as "extentType", coalesce(o.name, r.scale_out_name) as "scaleOutName"
      from repository r
      left join lateral (select scale_out_repository_id, tier from scale_out_extent x
                          where x.source_id = r.source_id and x.repository_id = r.repository_id and x.vanished_at is null
                          order by scale_out_repository_id limit 1) e on true
      left join scale_out_repository o on o.source_id = r.source_id
            and o.scale_out_repository_id = coalesce(r.scale_out_repository_id, e.scale_out_repository_id)
      left join lateral (select capacity_bytes, free_bytes, stored_bytes from repository_sample s
                          where s.source_id = r.source_id and s.repository_id = r.repository_id and s.is_online
                            and not s.is_imported and s.sampled_at <= ${sourceNow}
                          order by s.sampled_at desc limit 1) s on true
     where r.source_id = ${sourceId} and r.vanished_at is null
     order by r.repository_id`.execute(trx);
  return rows;
}

function toRepository(row: Row, isAlone: boolean): Place {
  const isLimited = row.capacityBytes !== null && row.capacityBytes > 0;
  return {
    id: row.repositoryId,
    name: row.name,
    type: row.type,
    isScaleOut: false,
    reportedBytes: positive(row.stored),
    capacityBytes: isLimited ? row.capacityBytes : null,
    freeBytes: isLimited ? row.freeBytes : null,
    isAlone,
    notMeasurable: notMeasurableReason(row.type),
  };
}

/** Its performance extents together; with a tier below them its files lie in both, and its volumes say less. */
function toScaleOut(id: string, members: readonly Row[]): Place {
  const extents = members.filter(({ extentType }) => (extentType ?? 'Performance') === 'Performance');
  const reasons = members.flatMap(({ type }) => notMeasurableReason(type) ?? []);
  return {
    id,
    name: members.find(({ scaleOutName }) => scaleOutName !== null)?.scaleOutName ?? id,
    type: 'ScaleOutRepository',
    isScaleOut: true,
    reportedBytes: sumIfAll(members.map(({ stored }) => positive(stored))),
    capacityBytes: sumIfAll(extents.map(({ capacityBytes }) => limit(capacityBytes))),
    freeBytes: sumIfAll(extents.map(({ freeBytes }) => freeBytes)),
    isAlone: extents.length === members.length,
    notMeasurable: reasons[0] ?? null,
  };
}

const positive = (bytes: number | null) => (bytes !== null && bytes >= 0 ? bytes : null);
const limit = (bytes: number | null) => (bytes !== null && bytes > 0 ? bytes : null);

/** null as soon as one is not known. */
function sumIfAll(values: readonly (number | null)[]): number | null {
  return values.length === 0 || values.includes(null)
    ? null
    : values.reduce<number>((total, value) => total + (value ?? 0), 0);
}
