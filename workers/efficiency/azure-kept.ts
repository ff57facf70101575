import { sql } from 'kysely';
import {
  type KeptPoint,
  longestRetentionDays,
  type PartRetention,
  pointsBeyondPolicy,
} from '../../src/analysis/efficiency/kept-points.ts';
import type { BulkRow } from '../../src/pipeline/bulk.ts';
import { WHOLE } from '../azure/points-due.ts';
import type { Context, Trx } from '../shared/facts.ts';

type ItemRow = Omit<BulkRow<'reclaimable_space'>, 'source_id' | 'run_id'>;

/** A protected item with what is kept of it. */
export type KeptItem = {
  itemId: string;
  name: string;
  workloadId: string | null;
  repositoryId: string | null;
  isStopped: boolean;
  state: string | null;
  isSoftDeleted: boolean;
  deletedForGoodAt: Date | null;
  lastBackupAt: Date | null;
  retention: PartRetention[] | null;
  /** Copies that some tier holds; null: its points have never been read. */
  points: KeptPoints | null;
};

type KeptPoints = {
  count: number;
  oldestAt: Date | null;
  newestAt: Date | null;
  /** Those that may be kept without need: expired, or without an expiry. */
  suspects: KeptPoint[];
};

const NONE: KeptPoints = { count: 0, oldestAt: null, newestAt: null, suspects: [] };

export async function readKeptItems(trx: Trx, context: Context): Promise<KeptItem[]> {
  const { sourceId } = context;
  const { rows } = await sql<Omit<KeptItem, 'points'>>`
    select i.item_id as "itemId", coalesce(j.name, i.name) as name, o.workload_id as "workloadId",
           b.repository_id as "repositoryId", coalesce(j.is_disabled, false) as "isStopped", i.protection_state as state,
           coalesce(i.is_soft_deleted, false) as "isSoftDeleted", i.deleted_for_good_at as "deletedForGoodAt",
           i.last_backup_at as "lastBackupAt", y.retention
      from azure_item i
      left join job j on j.source_id = i.source_id and j.job_id = i.item_id
      left join backup b on b.source_id = i.source_id and b.backup_id = i.item_id
      left join backup_object o on o.source_id = i.source_id and o.backup_id = i.item_id and o.object_id = i.item_id
      left join azure_policy y on y.source_id = i.source_id and y.policy_id = i.policy_id and y.vanished_at is null
     where i.source_id = ${sourceId} and i.vanished_at is null
     order by i.item_id`.execute(trx);
  const read = await readWholeItems(trx, sourceId);
  const points = await readKeptPoints(trx, context);
  return rows.map((row) => ({
    ...row,
    points: read.has(row.itemId) ? (points.get(row.itemId) ?? NONE) : null,
  }));
}

/** Items whose points were read in full at some time. */
async function readWholeItems(trx: Trx, sourceId: string): Promise<Set<string>> {
  const { rows } = await sql<{ stream: string }>`
    select stream from watermark
     where source_id = ${sourceId} and worker = 'rto' and starts_with(stream, ${WHOLE}) and read_until > 'epoch'`.execute(
    trx,
  );
  return new Set(rows.map(({ stream }) => stream.slice(WHOLE.length)));
}

async function readKeptPoints(trx: Trx, { sourceId, sourceNow }: Context): Promise<Map<string, KeptPoints>> {
  const { rows } = await sql<KeptPoints & { backup_id: string }>`
    select p.backup_id, count(*)::integer as count, min(p.created_at) as "oldestAt", max(p.created_at) as "newestAt",
           coalesce(jsonb_agg(jsonb_build_object('createdAt', round(extract(epoch from p.created_at) * 1000),
                                                 'expiresAt', round(extract(epoch from a.expires_at) * 1000)))
                      filter (where a.expires_at is null or a.expires_at < ${sourceNow}), '[]') as suspects
      from restore_point p
      left join azure_point a on a.source_id = p.source_id and a.restore_point_id = p.restore_point_id
     where p.source_id = ${sourceId} and p.vanished_at is null
       and (a.tiers is null or a.tiers = '{}' or array_to_string(a.tiers, ' ') ~ ':(Valid|Rehydrated)( |$)')
     group by p.backup_id`.execute(trx);
  return new Map(rows.map(({ backup_id, ...points }) => [backup_id, points]));
}

/** What could be had back, without bytes: Azure tells those of the whole vault alone. */
export const toKeptRows = (items: readonly KeptItem[], now: number): ItemRow[] =>
  items.flatMap((item) => toRow(item, now) ?? []);

const NO_BYTES = 'Azure Backup tells no bytes of a single item';

function toRow(item: KeptItem, now: number): ItemRow | null {
  const { points } = item;
  if (item.isSoftDeleted) {
    const until = item.deletedForGoodAt
      ? ` until ${dayOf(item.deletedForGoodAt)}`
      : ', for how long is not known';
    return build(item, 'ORPHANED', points, {
      reason: `deleted, and kept by soft delete${until}: ${countOf(points)}; ${NO_BYTES}`,
      caution:
        'It goes by itself then; until then an undelete brings it back, which is what soft delete is for.',
    });
  }
  if (item.isStopped) {
    if (points?.count === 0) return null;
    const since = item.lastBackupAt ? `no backup since ${dayOf(item.lastBackupAt)}` : 'no backup is known';
    return build(item, 'DISABLED_JOB', points, {
      reason: `${item.state ?? 'protection is off'}, ${since}, and its data are kept: ${countOf(points)}; ${NO_BYTES}`,
      caution:
        'Nothing of it expires any more. Ask its owner whether the copies are wanted before they are deleted.',
    });
  }
  const beyond = toPoints(
    pointsBeyondPolicy(points?.suspects ?? [], longestRetentionDays(item.retention ?? []), now),
  );
  if (beyond.count === 0) return null;
  return build(item, 'OVER_RETAINED', beyond, {
    reason: `${countOf(beyond)} of ${points?.count ?? 0} kept longer than its policy says; ${NO_BYTES}`,
    caution: 'A copy made by hand, a hold or an older policy may be why they are kept.',
  });
}

function build(
  { itemId, name, workloadId, repositoryId }: KeptItem,
  category: 'ORPHANED' | 'DISABLED_JOB' | 'OVER_RETAINED',
  points: KeptItem['points'],
  texts: { reason: string; caution: string },
): ItemRow {
  return {
    item_id: `${category} ${itemId}`,
    category,
    owner_id: itemId,
    owner_name: name,
    backup_id: itemId,
    workload_id: workloadId,
    workload_name: workloadId === null ? null : name,
    repository_id: repositoryId,
    files: 0,
    bytes: null,
    counted_bytes: 0,
    annual_cost: null,
    oldest_at: points?.oldestAt ?? null,
    newest_at: points?.newestAt ?? null,
    ...texts,
  };
}

function toPoints(points: readonly KeptPoint[]): KeptPoints {
  const times = points.map(({ createdAt }) => createdAt);
  const at = (pick: (a: number, b: number) => number) =>
    times.length === 0 ? null : new Date(times.reduce((a, b) => pick(a, b)));
  return { count: points.length, oldestAt: at(Math.min), newestAt: at(Math.max), suspects: [] };
}

const dayOf = (at: Date) => at.toISOString().slice(0, 10);
const countOf = (points: KeptItem['points']) =>
  points === null ? 'how many points is not known' : `${points.count} point${points.count === 1 ? '' : 's'}`;
