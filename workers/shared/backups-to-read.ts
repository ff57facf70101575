import { sql } from 'kysely';
import type { Context } from './facts.ts';
import { lastDailyStart } from './once-a-day.ts';

/** Names of the watermarks of a backup: its files were read, and they were read whole. */
export const READ = 'backupFiles ';
export const WHOLE = 'backupFiles whole ';

const DAY_MS = 86_400_000;
/** Files that come with one request. */
const ONE_PAGE = 500;
/** A little less than a week, so that weekly does not become every eight days. */
const WHOLE_AFTER_DAYS = 6.5;

export type BackupToRead = {
  backupId: string;
  name: string;
  /** When its files were read last; null: never. */
  readAt: Date | null;
  isWhole: boolean;
};

/** Backups whose files have not been read since the last 06:00 of the server, and how many backups there are. */
export async function listBackupsToRead({
  db,
  sourceId,
  sourceNow,
  source,
}: Context): Promise<{ due: BackupToRead[]; known: number }> {
  const { rows } = await sql<{
    backup_id: string;
    name: string;
    files: number;
    read_at: Date | null;
    whole_at: Date | null;
  }>`
    select b.backup_id, b.name, r.read_until as read_at, w.read_until as whole_at,
           (select count(*) from backup_file f
             where f.source_id = b.source_id and f.backup_id = b.backup_id and f.vanished_at is null) as files
      from backup b
      left join watermark r on r.source_id = b.source_id and r.worker = 'capacity' and r.stream = ${READ} || b.backup_id
      left join watermark w on w.source_id = b.source_id and w.worker = 'capacity' and w.stream = ${WHOLE} || b.backup_id
     where b.source_id = ${sourceId} and b.vanished_at is null
     order by b.backup_id`.execute(db);
  const start = lastDailyStart(sourceNow, source.zone);
  const wholeBefore = sourceNow.getTime() - WHOLE_AFTER_DAYS * DAY_MS;
  const due = rows
    .filter(({ read_at }) => read_at === null || read_at < start || read_at > sourceNow)
    .map((row) => ({
      backupId: row.backup_id,
      name: row.name,
      // Of a time to come, when the clock was wrong, nothing follows.
      readAt: row.read_at && row.read_at > sourceNow ? null : row.read_at,
      isWhole:
        row.files <= ONE_PAGE ||
        row.whole_at === null ||
        row.whole_at.getTime() < wholeBefore ||
        row.whole_at > sourceNow,
    }));
  return { due, known: rows.length };
}
