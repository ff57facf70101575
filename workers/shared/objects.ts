import { sql } from 'kysely';
import { SourceError } from '../../src/errors.ts';
import { upsertRows } from '../../src/pipeline/bulk.ts';
import { defineCollection } from '../../src/pipeline/collect.ts';
import { advanceWatermark } from '../../src/pipeline/watermarks.ts';
import { addReading, createReading, notRead, type Reading } from '../../src/reading.ts';
import { listObjectsOfBackup, type VeeamBackupObject } from '../../src/veeam/backups.ts';
import type { VeeamSource } from '../veeam-source.ts';
import type { Context, FactRow, Trx, VeeamContext } from './facts.ts';
import { inTurn } from './in-turn.ts';
import { lastDailyStart } from './once-a-day.ts';
import { isOutdated, toPlatformObjectId, toWorkloadId } from './workload-id.ts';
import { mapWaitingPoints } from './workload-of-point.ts';

const AT_ONCE = 3;
/** Watermark of a backup: its objects were read. */
const READ = 'backupObjects ';

type BackupDue = { backupId: string; name: string };
export type ObjectRow = FactRow<'backup_object'>;
type BackupRead = {
  backup: BackupDue;
  objects: VeeamBackupObject[];
  reading: Reading;
  failure: string | null;
};
type Row = { backupId: string; objects: ObjectRow[]; isComplete: boolean };

/**
 * The machines in each backup, once a day: only so is it known which backup an object lies in. A backup counts as read when
 * its objects are stored, so a run that was killed goes on with the others.
 */
export const backupObjects = defineCollection<VeeamSource, BackupRead, Row>('rto', {
  endpoint: 'backups/objects',
  optional: true,
  extract: async function* (context, _since, reading) {
    const { due, known } = await listDue(context);
    reading.rowsTotal = 0;
    const failures: string[] = [];
    for await (const one of inTurn(due, AT_ONCE, (backup) => readObjects(context, backup))) {
      addReading(reading, one.reading, one.reading.rowsTotal ?? one.reading.rowsFetched);
      if (one.failure) failures.push(one.failure);
      yield { rows: [one] };
    }
    reading.complete = failures.length === 0;
    reading.reason = describe(due.length, known, failures);
  },
  transform: (backups) =>
    backups.map(({ backup, objects, failure }) => ({
      backupId: backup.backupId,
      objects: toObjectRows(backup.backupId, objects),
      isComplete: failure === null,
    })),
  load: async (trx, rows, context) => {
    const changed = await storeObjects(
      trx,
      context,
      rows.flatMap(({ objects }) => objects),
    );
    for (const row of rows) if (row.isComplete) await settle(trx, context, row);
    // Points that came while the objects could not be read, or before, have waited for them.
    await mapWaitingPoints(
      trx,
      context,
      rows.filter(({ isComplete }) => isComplete).map(({ backupId }) => backupId),
    );
    return changed;
  },
});

async function listDue({
  db,
  sourceId,
  sourceNow,
  source,
}: Context): Promise<{ due: BackupDue[]; known: number }> {
  const { rows } = await sql<{ backup_id: string; name: string; read_at: Date | null }>`
    select b.backup_id, b.name, w.read_until as read_at
      from backup b
      left join watermark w on w.source_id = b.source_id and w.worker = 'rto' and w.stream = ${READ} || b.backup_id
     where b.source_id = ${sourceId} and b.vanished_at is null
     order by b.backup_id`.execute(db);
  const start = lastDailyStart(sourceNow, source.zone);
  const due = rows.filter(({ read_at }) => read_at === null || read_at < start || read_at > sourceNow);
  return {
    due: due.map(({ backup_id, name }) => ({ backupId: backup_id, name })),
    known: rows.length,
  };
}

/** Trouble of one backup: the others can still be read. */
const OF_ONE_BACKUP = new Set(['server-error', 'bad-answer', 'rejected']);

async function readObjects({ source }: VeeamContext, backup: BackupDue): Promise<BackupRead> {
  const reading = createReading(backup.backupId);
  const objects: VeeamBackupObject[] = [];
  try {
    for await (const { items } of listObjectsOfBackup(source.client, backup.backupId, reading))
      objects.push(...items);
    const isWhole = reading.complete && reading.rowsRejected === 0;
    const failure = isWhole ? null : `${backup.name}: ${reading.reason ?? 'incomplete'}`;
    return { backup, objects, reading, failure };
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    // Deleted since the backups were listed: it has no objects.
    if (error.code === 'not-found') return { backup, objects: [], reading, failure: null };
    if (!OF_ONE_BACKUP.has(error.code)) throw error;
    return { backup, objects, reading, failure: `${backup.name}: ${error.code}` };
  }
}

function describe(due: number, known: number, failures: string[]): string {
  return [
    `objects of ${due} of ${known} backups were due: they are read once a day`,
    ...(failures.length > 0 ? [notRead(failures)] : []),
  ].join('; ');
}

/** The API gives an id twice at times: the row that can be restored is the object, another name is one of its own. */
export function toObjectRows(backupId: string, objects: VeeamBackupObject[]): ObjectRow[] {
  const rows = new Map<string, ObjectRow>();
  const ranked = objects.toSorted((a, b) => rank(b) - rank(a));
  for (const object of ranked) {
    const row = toRow(backupId, object);
    const twin = rows.get(row.object_id);
    if (!twin) rows.set(row.object_id, row);
    else if (twin.workload_id !== row.workload_id) {
      const id = `${row.object_id} ${row.name}`;
      rows.set(id, { ...row, object_id: id });
    }
  }
  return [...rows.values()];
}

const rank = ({ name, restorePointsCount = 1 }: VeeamBackupObject) =>
  restorePointsCount - (isOutdated(name) ? 1e9 : 0);

function toRow(backupId: string, object: VeeamBackupObject): ObjectRow {
  return {
    backup_id: backupId,
    object_id: object.id,
    workload_id: toWorkloadId(object),
    name: object.name ?? '',
    platform: object.platformName ?? null,
    type: object.viType ?? object.hvType ?? object.type ?? null,
    platform_object_id: toPlatformObjectId(object),
    path: object.path ?? null,
    size_bytes: object.size !== undefined && object.size > 0 ? Math.round(object.size) : null,
    restore_points_count: count(object.restorePointsCount),
    last_run_failed: object.lastRunFailed ?? null,
  };
}

const count = (value: number | undefined) =>
  value !== undefined && Number.isInteger(value) && value >= 0 ? value : null;

/** Objects as rows of their table; how many of them changed comes back. */
export function storeObjects(
  trx: Trx,
  { sourceId, seenAt }: VeeamContext,
  rows: ObjectRow[],
): Promise<number> {
  const stamp = { source_id: sourceId, first_seen_at: seenAt, vanished_at: null, known_from: seenAt };
  return upsertRows(
    trx,
    'backup_object',
    rows.map((row) => ({ ...row, ...stamp })),
    { key: ['source_id', 'backup_id', 'object_id'], keep: ['first_seen_at'] },
  );
}

/** All objects of a backup are stored: what was not among them is no longer in it. */
async function settle(trx: Trx, context: Context, { backupId, objects }: Row): Promise<void> {
  const { sourceId, seenAt, sourceNow, runId } = context;
  const ids = objects.map(({ object_id }) => object_id);
  await sql`update backup_object set vanished_at = ${seenAt}, known_from = ${seenAt}
    where source_id = ${sourceId} and backup_id = ${backupId} and vanished_at is null
      and object_id <> all(${ids})`.execute(trx);
  const stream = { sourceId, worker: 'rto' as const, stream: READ + backupId };
  await advanceWatermark(trx, stream, { readUntil: sourceNow, sourceNow }, runId);
}
