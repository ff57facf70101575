import { defineCollection } from '../../src/pipeline/collect.ts';
import { listRestorePoints, type VeeamRestorePoint } from '../../src/veeam/restore-points.ts';
import type { VeeamSource } from '../veeam-source.ts';
import { type Context, type FactRow, storeFacts, type VeeamContext } from './facts.ts';
import { type Pass, planPass, readPass, settlePass } from './passes.ts';
import { workloadsOfPoints } from './workload-of-point.ts';

type PointRow = FactRow<'restore_point'>;

const ENDPOINT = 'restorePoints';
const passes = new WeakMap<Context, Pass>();

/**
 * What can be restored: the new points; once a day those of the last 30 days, as verdicts on malware change; once a week
 * all. What is missing from the time that was read is gone.
 */
export const restorePoints = defineCollection<VeeamSource, VeeamRestorePoint, PointRow>('rto', {
  endpoint: ENDPOINT,
  optional: true,
  extract: async function* (context, since, reading) {
    const pass = await planPass(context, ENDPOINT, since);
    passes.set(context, pass);
    const pages = listRestorePoints(context.source.client, { since: pass.from, reading });
    yield* readPass(context, pages, reading);
  },
  transform: (items, context) => items.map((point) => toRow(point, context)).filter((row) => row !== null),
  load: async (trx, rows, context) => {
    for (const row of rows) passes.get(context)?.seen.add(row.restore_point_id);
    const workloads = await workloadsOfPoints(trx, context, rows);
    const mapped = rows.map((row, place) => ({ ...row, workload_id: workloads[place] ?? null }));
    // Kept, as it may have been found in a better way since.
    return storeFacts(trx, 'restore_point', 'restore_point_id', mapped, context, ['workload_id']);
  },
  finish: async (trx, context) => {
    const pass = passes.get(context);
    if (pass) await settlePass(trx, context, { table: 'restore_point', id: 'restore_point_id' }, pass);
  },
});

function toRow(point: VeeamRestorePoint, { source: { parseTime } }: VeeamContext): PointRow | null {
  const createdAt = parseTime(point.creationTime)?.at;
  if (!createdAt) return null;
  return {
    restore_point_id: point.id,
    backup_id: point.backupId ?? null,
    workload_id: null,
    name: point.name ?? '',
    platform: point.platformName ?? null,
    type: point.type ?? null,
    created_at: createdAt,
    session_id: point.sessionId ?? null,
    backup_file_id: point.backupFileId ?? null,
    malware_status: point.malwareStatus ?? null,
    original_bytes: positive(point.originalSize),
    operations: point.allowedOperations ?? [],
    gfs_periods: (point.gfsPeriods ?? []).filter((period) => period.toLowerCase() !== 'none'),
    tag: point.tag || null,
    guest_os: point.guestOsFamily ?? null,
  };
}

/** The API says 0 where it does not know a size. */
const positive = (bytes: number | undefined) => (bytes !== undefined && bytes > 0 ? Math.round(bytes) : null);
