import { sql } from 'kysely';
import type { BackupFileFact } from '../../src/analysis/efficiency/files.ts';
import type { Context, Trx } from '../shared/facts.ts';
import { type FileNotes, readFileNotes } from './file-notes.ts';
import type { Owner, StoredBackup } from './owners.ts';
import { type PastPlaces, placeOfFile } from './past-places.ts';

const DAY_MS = 86_400_000;
/** Files that retention has deleted since still tell what was usual. */
const PAST_DAYS = 180;
/** Files held at a time, about: whole owners, as their files are judged together. */
const FILES_AT_ONCE = 10000;

export type OwnersFiles = {
  owner: Owner;
  /** Files that exist. */
  present: BackupFileFact[];
  /** Files with a date, also those deleted within the last 180 days. */
  history: BackupFileFact[];
};

type Row = {
  backup_file_id: string;
  backup_id: string;
  name: string;
  data_bytes: number | null;
  stored_bytes: number | null;
  dedup_percent: number | null;
  compress_percent: number | null;
  created_at: Date | null;
  first_seen_at: Date;
  is_gone: boolean;
  object_id: string | null;
  gfs_periods: string | null;
};

/** The files of each owner in turn; only some owners' are held at a time. */
export async function* readFilesByOwner(
  trx: Trx,
  context: Context,
  owners: readonly Owner[],
  past: PastPlaces,
): AsyncGenerator<OwnersFiles> {
  const counts = await countFiles(trx, context);
  const notes = await readFileNotes(trx, context);
  for (const some of inGroups(owners, counts)) {
    const backupIds = some.flatMap(({ backups }) => backups.map(({ backupId }) => backupId));
    const rows = Map.groupBy(await readRows(trx, context, backupIds), ({ backup_id }) => backup_id);
    for (const owner of some) yield toOwnersFiles(owner, rows, notes, past);
  }
}

const since = ({ sourceNow }: Context) => new Date(sourceNow.getTime() - PAST_DAYS * DAY_MS);

async function countFiles(trx: Trx, context: Context): Promise<Map<string, number>> {
  const { rows } = await sql<{ backup_id: string; files: number }>`
    select backup_id, count(*)::int as files from backup_file
     where source_id = ${context.sourceId} and (vanished_at is null or created_at > ${since(context)})
     group by backup_id`.execute(trx);
  return new Map(rows.map(({ backup_id, files }) => [backup_id, files]));
}

function* inGroups(owners: readonly Owner[], counts: ReadonlyMap<string, number>): Generator<Owner[]> {
  let group: Owner[] = [];
  let files = 0;
  for (const owner of owners) {
    const own = owner.backups.reduce((sum, { backupId }) => sum + (counts.get(backupId) ?? 0), 0);
    if (group.length > 0 && files + own > FILES_AT_ONCE) {
      yield group;
      group = [];
      files = 0;
    }
    group.push(owner);
    files += own;
  }
  if (group.length > 0) yield group;
}

async function readRows(trx: Trx, context: Context, backupIds: string[]): Promise<Row[]> {
  const { rows } = await sql<Row>`
    select backup_file_id, backup_id, name, data_bytes, stored_bytes, dedup_percent, compress_percent, created_at,
           first_seen_at, vanished_at is not null as is_gone,
           case when cardinality(object_ids) = 1 then object_ids[1] end as object_id,
           nullif(array_to_string(gfs_periods, ','), '') as gfs_periods
      from backup_file
     where source_id = ${context.sourceId} and backup_id = any(${backupIds})
       and (vanished_at is null or created_at > ${since(context)})
     order by backup_id, created_at, backup_file_id`.execute(trx);
  return rows;
}

function toOwnersFiles(
  owner: Owner,
  rows: ReadonlyMap<string, Row[]>,
  notes: FileNotes,
  past: PastPlaces,
): OwnersFiles {
  const present: BackupFileFact[] = [];
  const history: BackupFileFact[] = [];
  for (const backup of owner.backups) {
    for (const row of rows.get(backup.backupId) ?? []) {
      const file = toFact(row, owner, backup, notes, past);
      if (!row.is_gone) present.push(file);
      if (row.created_at) history.push(file);
    }
  }
  return { owner, present, history };
}

function toFact(
  row: Row,
  { jobId }: Owner,
  backup: StoredBackup,
  { pointType, malwareStatus, unread }: FileNotes,
  past: PastPlaces,
): BackupFileFact {
  const id = row.backup_file_id;
  return {
    backupFileId: id,
    backupId: backup.backupId,
    jobId,
    objectId: row.object_id,
    repositoryId: placeOfFile(row, backup, past),
    name: row.name,
    createdAt: (row.created_at ?? row.first_seen_at).getTime(),
    dataBytes: row.data_bytes,
    storedBytes: row.stored_bytes,
    dedupPercent: row.dedup_percent,
    compressPercent: row.compress_percent,
    gfsPeriods: row.gfs_periods?.split(',') ?? [],
    pointType: pointType.get(id) ?? null,
    readBytes: unread.has(id) ? 0 : null,
    malwareStatus: malwareStatus.get(id) ?? null,
  };
}
