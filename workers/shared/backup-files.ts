import { sql } from 'kysely';
import { SourceError } from '../../src/errors.ts';
import { defineCollection } from '../../src/pipeline/collect.ts';
import { advanceWatermark } from '../../src/pipeline/watermarks.ts';
import type { Reading } from '../../src/pipeline/worker.ts';
import { addReading, createReading, notRead } from '../../src/reading.ts';
import { listBackupFiles, type VeeamBackupFile } from '../../src/veeam/backups.ts';
import type { VeeamSource } from '../veeam-source.ts';
import { type BackupToRead, listBackupsToRead, READ, WHOLE } from './backups-to-read.ts';
import { type Context, type FactRow, storeFacts, type Trx, type VeeamContext } from './facts.ts';
import { inTurn } from './in-turn.ts';

const DAY_MS = 86_400_000;
/** Files of a run that was going on when they were read last have grown since. */
const OVERLAP_MS = 2 * DAY_MS;
const AT_ONCE = 3;

/** A file, or the word that all files of a backup have come. */
type Item = { file: VeeamBackupFile; backupId: string } | { done: BackupToRead; fileIds: string[] };
type Row = { file: FactRow<'backup_file'> } | { done: BackupToRead; fileIds: string[] };

/**
 * The files of each backup, once a day: the API lists them backup by backup only. Backups whose files fit one page are
 * read whole, as that costs the same one request; of larger ones the new files, and all of them weekly. A backup counts
 * as read when all of its files are stored, so a run that was killed goes on with the others.
 */
export const backupFiles = defineCollection<VeeamSource, Item, Row>('capacity', {
  endpoint: 'backups/backupFiles',
  optional: true,
  extract: async function* (context, _since, reading) {
    const { due, known } = await listBackupsToRead(context);
    reading.rowsTotal = 0;
    const failures: string[] = [];
    for await (const one of inTurn(due, AT_ONCE, (backup) => readFiles(context, backup))) {
      addReading(reading, one.reading, one.reading.rowsTotal ?? one.reading.rowsFetched);
      if (one.failure) failures.push(one.failure);
      const { backup, files } = one;
      const items: Item[] = files.map((file) => ({ file, backupId: backup.backupId }));
      if (!one.failure) {
        // A row that could not be read is there all the same: nothing may be taken for gone then.
        const isWhole = backup.isWhole && one.reading.rowsRejected === 0;
        items.push({ done: { ...backup, isWhole }, fileIds: files.map(({ id }) => id) });
      }
      yield { rows: items };
    }
    reading.complete = failures.length === 0;
    reading.reason = describe(due, known, failures);
  },
  transform: (items, { source }) =>
    items.map((item) => ('done' in item ? item : { file: toFile(item.file, item.backupId, source) })),
  load: async (trx, rows, context) => {
    const files = rows.flatMap((row) => ('file' in row ? [row.file] : []));
    const changed = await storeFacts(trx, 'backup_file', 'backup_file_id', files, context);
    const done = rows.flatMap((row) => ('done' in row ? [row] : []));
    for (const { done: backup, fileIds } of done) await settle(trx, context, backup, fileIds);
    await sampleBackups(
      trx,
      context,
      done.map((row) => row.done),
    );
    return changed;
  },
});

type FilesRead = { backup: BackupToRead; files: VeeamBackupFile[]; reading: Reading; failure: string | null };

/** Trouble of one backup: the others can still be read. */
const OF_ONE_BACKUP = new Set(['server-error', 'bad-answer', 'rejected']);

async function readFiles({ source }: VeeamContext, backup: BackupToRead): Promise<FilesRead> {
  const reading = createReading(backup.backupId);
  const files: VeeamBackupFile[] = [];
  const since = backup.isWhole || !backup.readAt ? undefined : new Date(backup.readAt.getTime() - OVERLAP_MS);
  try {
    for await (const { items } of listBackupFiles(source.client, [backup.backupId], { since, reading }))
      files.push(...items);
    // Away since the backups were listed, for good or for a moment: that it has no files is not what it said.
    const isAway = reading.complete && reading.pages === 0;
    const isRead = reading.complete && !isAway;
    const failure = isRead
      ? null
      : `${backup.name}: ${isAway ? 'not there (404)' : (reading.reason ?? 'incomplete')}`;
    return { backup, files, reading, failure };
  } catch (error) {
    if (!(error instanceof SourceError && OF_ONE_BACKUP.has(error.code))) throw error;
    return { backup, files, reading, failure: `${backup.name}: ${error.code}` };
  }
}

function describe(due: BackupToRead[], known: number, failures: string[]): string {
  const partly = due.filter(({ isWhole }) => !isWhole).length;
  return [
    `files of ${due.length} of ${known} backups were due: they are read once a day`,
    ...(partly > 0 ? [`of ${partly} large ones the new files only, deleted ones are noticed weekly`] : []),
    ...(failures.length > 0 ? [notRead(failures)] : []),
  ].join('; ');
}

const KINDS: [RegExp, string][] = [
  [/\.vbk$/i, 'FULL'],
  [/\.v(ib|rb)$/i, 'INCREMENT'],
];

function toFile(file: VeeamBackupFile, backupId: string, { parseTime }: VeeamSource): FactRow<'backup_file'> {
  const name = file.name ?? file.id;
  return {
    backup_file_id: file.id,
    backup_id: backupId,
    name,
    kind: KINDS.find(([extension]) => extension.test(name))?.[1] ?? 'OTHER',
    data_bytes: bytes(file.dataSize),
    stored_bytes: bytes(file.backupSize),
    dedup_percent: file.dedupRatio ?? null,
    compress_percent: file.compressRatio ?? null,
    created_at: parseTime(file.creationTime)?.at ?? null,
    created_text: file.creationTime ?? null,
    gfs_periods: (file.gfsPeriods ?? []).filter((period) => period.toLowerCase() !== 'none'),
    object_ids: file.objectIds,
    restore_point_count: file.restorePointIds?.length ?? 0,
    severity: file.severity ?? null,
  };
}

const bytes = (size: number | undefined) =>
  size !== undefined && size >= 0 && Number.isSafeInteger(Math.round(size)) ? Math.round(size) : null;

/** All files of a backup are stored: what was not among them is gone. */
async function settle(
  trx: Trx,
  context: Context,
  { backupId, isWhole }: BackupToRead,
  fileIds: string[],
): Promise<void> {
  const { sourceId, seenAt, sourceNow, runId } = context;
  const stream = (kind: string) => ({ sourceId, worker: 'capacity' as const, stream: `${kind}${backupId}` });
  await advanceWatermark(trx, stream(READ), { readUntil: sourceNow, sourceNow }, runId);
  if (!isWhole) return;
  await advanceWatermark(trx, stream(WHOLE), { readUntil: sourceNow, sourceNow }, runId);
  await sql`update backup_file set vanished_at = ${seenAt}, known_from = ${seenAt}
    where source_id = ${sourceId} and backup_id = ${backupId} and vanished_at is null
      and backup_file_id <> all(${fileIds})`.execute(trx);
}

/** What the backups hold now, for growth over time. */
async function sampleBackups(
  trx: Trx,
  { sourceId, sourceNow }: VeeamContext,
  backups: BackupToRead[],
): Promise<void> {
  if (backups.length === 0) return;
  const whole = backups.filter(({ isWhole }) => isWhole).map(({ backupId }) => backupId);
  await sql`
    insert into backup_sample (source_id, backup_id, sampled_at, repository_id, job_id, files, stored_bytes, data_bytes,
                               unsized_files, is_whole)
    select b.source_id, b.backup_id, ${sourceNow}, b.repository_id, b.job_id, count(f.backup_file_id),
           coalesce(sum(f.stored_bytes), 0), coalesce(sum(f.data_bytes), 0),
           count(f.backup_file_id) filter (where f.stored_bytes is null), b.backup_id = any(${whole})
      from backup b
      left join backup_file f on f.source_id = b.source_id and f.backup_id = b.backup_id and f.vanished_at is null
     where b.source_id = ${sourceId} and b.backup_id = any(${backups.map(({ backupId }) => backupId)})
     group by b.source_id, b.backup_id
        on conflict (source_id, backup_id, sampled_at) do nothing`.execute(trx);
}
