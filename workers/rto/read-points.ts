import { sql } from 'kysely';
import type { PointBlock, RestorePoint } from '../../src/analysis/recovery/points.ts';
import type { Context, Trx } from '../shared/facts.ts';

/** Vanished points tell how often the newest one was too old. */
const PAST_DAYS = 32;

/** Restore points of some workloads: all that are there, and those that were within the last month. */
export async function readPoints(
  trx: Trx,
  context: Context,
  workloadIds: string[],
): Promise<Map<string, RestorePoint[]>> {
  const { sourceId, sourceNow, seenAt } = context;
  // That a point is gone is stamped by our clock: what is gone by now has to be so by that of the source, too.
  const aheadMs = sourceNow.getTime() - seenAt.getTime();
  const since = new Date(sourceNow.getTime() - PAST_DAYS * 86_400_000);
  const azure = context.source.kind === 'azure' ? await readAzure(trx, context, workloadIds) : undefined;
  const { rows } = await sql<Row>`
    select p.workload_id, p.restore_point_id, p.backup_id, b.repository_id, p.type, p.malware_status,
           extract(epoch from p.created_at)::double precision * 1000 as created_at,
           extract(epoch from least(p.vanished_at, b.vanished_at))::double precision * 1000 as vanished_at
      from restore_point p
      left join backup b on b.source_id = p.source_id and b.backup_id = p.backup_id
     where p.source_id = ${sourceId} and p.workload_id = any(${workloadIds})
       and (p.vanished_at is null or p.created_at >= ${since})`.execute(trx);
  const points = new Map<string, RestorePoint[]>();
  for (const row of rows) {
    const own = points.get(row.workload_id);
    const point = { ...toPoint(row, aheadMs), ...azure?.get(row.restore_point_id) };
    if (own) own.push(point);
    else points.set(row.workload_id, [point]);
  }
  return points;
}

type Row = {
  workload_id: string;
  restore_point_id: string;
  backup_id: string | null;
  repository_id: string | null;
  /** Milliseconds, as a date for each of very many rows would take long. */
  created_at: number;
  type: string | null;
  malware_status: string | null;
  vanished_at: number | null;
};

const toPoint = (row: Row, aheadMs: number): RestorePoint => ({
  pointId: row.restore_point_id,
  backupId: row.backup_id,
  locationId: row.repository_id,
  createdAt: Math.round(row.created_at),
  type: row.type,
  malwareStatus: row.malware_status,
  // The API does not say which points a health check found damaged.
  isCorrupted: null,
  vanishedAt: row.vanished_at === null ? null : Math.round(row.vanished_at) + aheadMs,
});

type AzureFacts = Required<Pick<RestorePoint, 'blockedBy' | 'tiers' | 'expiresAt'>>;
type AzureRow = {
  restore_point_id: string;
  tiers: string[];
  is_restorable: boolean | null;
  is_soft_deleted: boolean | null;
  expires_at: Date | null;
};

/** What only Azure says of points: in which tiers they are, and until when. */
async function readAzure(
  trx: Trx,
  { sourceId }: Context,
  workloadIds: string[],
): Promise<Map<string, AzureFacts>> {
  const { rows } = await sql<AzureRow>`
    select a.restore_point_id, a.tiers, a.is_restorable, a.expires_at,
           coalesce(a.is_soft_deleted, false) or coalesce(i.is_soft_deleted, false) as is_soft_deleted
      from restore_point p
      join azure_point a on a.source_id = p.source_id and a.restore_point_id = p.restore_point_id
      left join azure_item i on i.source_id = a.source_id and i.item_id = a.item_id
     where p.source_id = ${sourceId} and p.workload_id = any(${workloadIds})`.execute(trx);
  return new Map(rows.map((row) => [row.restore_point_id, toAzureFacts(row)]));
}

const HELD = /:(Valid|Rehydrated)$/;

function toAzureFacts({ tiers, is_restorable, is_soft_deleted, expires_at }: AzureRow): AzureFacts {
  const block = (): PointBlock | null => {
    if (is_soft_deleted) return 'SOFT_DELETED';
    // A point that does not say its tiers is taken as others are that have none.
    if (is_restorable !== false) return null;
    return tiers.includes('ArchivedRP:Valid') ? 'ARCHIVED' : 'NO_COPY';
  };
  return {
    blockedBy: block(),
    tiers: tiers.filter((tier) => HELD.test(tier)).map((tier) => tier.replace(HELD, '')),
    expiresAt: expires_at?.getTime() ?? null,
  };
}

/** A replica that takes over for a workload, with its newest point that can be used. */
export type ReplicaState = {
  workloadId: string;
  replicaId: string;
  name: string;
  type: string | null;
  points: number;
  newestId: string | null;
  newestAt: Date | null;
  oldestAt: Date | null;
  malwareStatus: string | null;
};

export async function readReplicas(
  trx: Trx,
  { sourceId, sourceNow }: Context,
): Promise<Map<string, ReplicaState[]>> {
  const { rows } = await sql<ReplicaState>`
    select r.workload_id as "workloadId", r.replica_id as "replicaId", r.name, r.type, coalesce(p.points, 0) as points,
           p.newest_id as "newestId", p.newest_at as "newestAt", p.oldest_at as "oldestAt",
           p.malware_status as "malwareStatus"
      from replica r
      left join lateral (
        select count(*) as points, (array_agg(replica_point_id order by created_at desc, replica_point_id))[1] as newest_id,
               max(created_at) as newest_at, min(created_at) as oldest_at,
               (array_agg(malware_status order by created_at desc, replica_point_id))[1] as malware_status
          from replica_point
         where source_id = r.source_id and replica_id = r.replica_id and vanished_at is null
           and created_at <= ${sourceNow}::timestamptz + interval '5 minutes'
           and coalesce(malware_status, '') not in ('Infected', 'Suspicious')) p on true
     where r.source_id = ${sourceId} and r.vanished_at is null and r.workload_id is not null
     order by r.workload_id, r.replica_id`.execute(trx);
  return Map.groupBy(rows, ({ workloadId }) => workloadId);
}
