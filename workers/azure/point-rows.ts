import type { AzureRecoveryPoint } from '../../src/azure/recovery-points.ts';
import { isRestorable } from '../../src/azure/recovery-points.ts';
import type { BulkRow } from '../../src/pipeline/bulk.ts';
import type { FactRow } from '../shared/facts.ts';
import type { ItemState } from './points-due.ts';

type AzurePointRow = Omit<
  BulkRow<'azure_point'>,
  'source_id' | 'first_seen_at' | 'vanished_at' | 'known_from'
>;
/** A recovery point as the table of all sources has it, and what only Azure says of it. */
export type PointRows = { point: FactRow<'restore_point'>; azure: AzurePointRow };

const PLATFORM = 'AzureBackup';

/** null: it does not say when it was made, and has no place then. */
export function toPointRows(
  point: AzureRecoveryPoint,
  item: Pick<ItemState, 'item_id' | 'name' | 'workload_id'>,
): PointRows | null {
  const createdAt = timeOf(point);
  if (!createdAt) return null;
  const id = `${item.item_id}/${point.name}`;
  const bytes = sizeOf(point);
  return {
    point: {
      restore_point_id: id,
      backup_id: item.item_id,
      workload_id: item.workload_id,
      name: item.name,
      platform: PLATFORM,
      // Of a database which part of its chain it is, of others how consistent.
      type: point.type ?? point.recoveryPointType ?? null,
      created_at: createdAt,
      session_id: null,
      backup_file_id: null,
      malware_status: null,
      original_bytes: bytes,
      operations: [],
      gfs_periods: [],
      tag: null,
      guest_os: point.osType ?? null,
    },
    azure: {
      restore_point_id: id,
      item_id: item.item_id,
      tiers: (point.recoveryPointTierDetails ?? []).map(
        ({ type, status }) => `${type ?? 'Unknown'}:${status ?? 'Unknown'}`,
      ),
      is_restorable: isRestorable(point),
      expires_at: point.recoveryPointProperties?.expiryTime ?? null,
      is_soft_deleted: point.recoveryPointProperties?.isSoftDeleted ?? null,
      is_encrypted: point.isSourceVMEncrypted ?? null,
      archive_ready: point.archiveReadiness?.isReadyForMove ?? null,
      size_bytes: bytes,
    },
  };
}

/** Whether it says when it was made. That of logs does so only once there are some. */
export const hasPlace = (point: AzureRecoveryPoint): boolean =>
  timeOf(point) !== null || point.timeRanges !== undefined || /PointInTime/i.test(point.objectType ?? '');

/** Logs can be restored to any moment of some ranges: the newest of them counts. */
function timeOf({ recoveryPointTime, timeRanges }: AzureRecoveryPoint): Date | null {
  const ends = (timeRanges ?? []).flatMap(({ endTime }) => endTime ?? []);
  return ends.reduce<Date | null>(
    (latest, end) => (latest && latest >= end ? latest : end),
    recoveryPointTime,
  );
}

/** File shares say how large they are; of others Azure tells no size. */
function sizeOf({ recoveryPointSizeInGB: gib }: AzureRecoveryPoint): number | null {
  return gib !== undefined && gib > 0 ? Math.round(gib * 2 ** 30) : null;
}
