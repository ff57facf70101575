import { sql } from 'kysely';
import { defineCollection } from '../../src/pipeline/collect.ts';
import { advanceWatermark, readWatermark } from '../../src/pipeline/watermarks.ts';
import { listRestorePoints, type VeeamRestorePoint } from '../../src/veeam/restore-points.ts';
import type { VeeamSource } from '../veeam-source.ts';
import { type Context, type FactRow, storeFacts, type Trx } from './facts.ts';
import { lastDailyStart } from './once-a-day.ts';
import { workloadsOfPoints } from './workload-of-point.ts';

type PointRow = FactRow<'restore_point'>;

const MINUTE_MS = 60_000;
const DAY_MS = 1_440 * MINUTE_MS;
/** A point is listed late where its session took long; copies are later still, and found by the daily pass. */
const OVERLAP_MS = 2 * DAY_MS;
/** Nothing is taken as complete nearer to the server's now. */
const SETTLE_MS = 2 * MINUTE_MS;
/** Verdicts on malware change later: what is this young is read again daily. */
const AGAIN_DAYS = 30;
/** A little less than a week, so that weekly does not become every eight days. */
const WHOLE_AFTER_DAYS = 6.5;

/** Watermarks of the passes. */
const AGAIN = 'restorePoints again';
const WHOLE = 'restorePoints whole';

/** How far back a run reads; undefined: everything. */
type Pass = { from: Date | undefined; marks: string[]; seen: Set<string> };

const passes = new WeakMap<Context, Pass>();

/**
 * What can be restored: the new points; once a day those of the last 30 days, as verdicts on malware change; once a week
 * all. What is missing from the time that was read is gone.
 */
export const restorePoints = defineCollection<VeeamSource, VeeamRestorePoint, PointRow>('rto', {
  endpoint: 'restorePoints',
  optional: true,
  extract: async function* (context, since, reading) {
    const pass = await planPass(context, since);
    passes.set(context, pass);
    const { source, sourceNow } = context;
    const settled = new Date(sourceNow.getTime() - SETTLE_MS);
    for await (const { items, readUntil } of listRestorePoints(source.client, {
      since: pass.from,
      reading,
    })) {
      reading.rowsRejected += items.filter(({ creationTime }) => !source.parseTime(creationTime)).length;
      yield { rows: items, readUntil: readUntil && readUntil < settled ? readUntil : readUntil && settled };
    }
    if (reading.complete) yield { rows: [], readUntil: settled };
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
    if (pass) await settlePass(trx, context, pass);
  },
});

async function planPass(context: Context, since: Date | undefined): Promise<Pass> {
  const { db, sourceId, sourceNow, source } = context;
  const read = (stream: string) => readWatermark(db, { sourceId, worker: 'rto', stream });
  const [wholeAt, againAt] = [await read(WHOLE), await read(AGAIN)];
  const seen = new Set<string>();
  const now = sourceNow.getTime();
  if (!since || (wholeAt && wholeAt.getTime() < now - WHOLE_AFTER_DAYS * DAY_MS))
    return { from: undefined, marks: [WHOLE, AGAIN], seen };
  const overlap = new Date(since.getTime() - OVERLAP_MS);
  // A first reading that was cut short goes on where it was.
  if (!wholeAt) return { from: overlap, marks: [WHOLE, AGAIN], seen };
  if (againAt && againAt >= lastDailyStart(sourceNow, source.zone)) return { from: overlap, marks: [], seen };
  const month = new Date(now - AGAIN_DAYS * DAY_MS);
  return { from: month < overlap ? month : overlap, marks: [AGAIN], seen };
}

function toRow(point: VeeamRestorePoint, { source: { parseTime } }: Context): PointRow | null {
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

/** The pass has read everything from its begin on: what it did not see is gone. */
async function settlePass(trx: Trx, context: Context, { from, marks, seen }: Pass): Promise<void> {
  const { sourceId, seenAt, sourceNow, runId } = context;
  // Whether the filter includes its limit is not documented.
  const after = from ? new Date(from.getTime() + MINUTE_MS) : new Date(0);
  await sql`
    update restore_point p set vanished_at = ${seenAt}, known_from = ${seenAt}
     where p.source_id = ${sourceId} and p.vanished_at is null and p.created_at >= ${after}
       and p.first_seen_at <= ${seenAt}
       and not exists (select from unnest(${[...seen]}::text[]) as s(id) where s.id = p.restore_point_id)`.execute(
    trx,
  );
  for (const stream of marks)
    await advanceWatermark(
      trx,
      { sourceId, worker: 'rto', stream },
      { readUntil: sourceNow, sourceNow },
      runId,
    );
}
