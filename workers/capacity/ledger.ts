import { sql } from 'kysely';
import { localDay } from '../../src/analysis/zoned-time.ts';
import { type BulkRow, insertRows } from '../../src/pipeline/bulk.ts';
import type { Context, Trx } from '../shared/facts.ts';
import type { KnownRepository } from './inventory.ts';
import {
  type Keeping,
  type Release,
  type Retention,
  releaseDates,
  type StoredFile,
} from './release-dates.ts';

type Backup = {
  backup_id: string;
  name: string;
  job_id: string | null;
  job_name: string | null;
  repository_id: string | null;
  has_retention: boolean;
  is_job_gone: boolean;
  kind: Retention['kind'];
  quantity: number | null;
  gfs_weeks: number | null;
  gfs_months: number | null;
  gfs_years: number | null;
};

type Line = {
  basis: string;
  due_on: string | null;
  held_until: string | null;
  files: number;
  stored_bytes: number;
  unsized_files: number;
};

/** Backups whose files are held at a time. */
const AT_ONCE = 50;

/** Writes when the bytes of each backup are released; the lines of a backup add up to what its files report. */
export async function writeLedger(
  trx: Trx,
  context: Context,
  repositories: readonly KnownRepository[],
): Promise<void> {
  const backups = await readBackups(trx, context);
  for (let first = 0; first < backups.length; first += AT_ONCE) {
    const some = backups.slice(first, first + AT_ONCE);
    const files = await readFiles(trx, context, some);
    const rows = some.flatMap((backup) =>
      toRows(backup, files.get(backup.backup_id) ?? [], repositories, context),
    );
    await insertRows(trx, 'space_ledger', rows);
  }
}

async function readBackups(trx: Trx, { sourceId }: Context): Promise<Backup[]> {
  const { rows } = await sql<Backup>`
    select b.backup_id, b.name, b.job_id, coalesce(j.name, b.name) as job_name, b.repository_id,
           r.job_id is not null as has_retention,
           b.job_id is null or coalesce(r.vanished_at, j.vanished_at) is not null as is_job_gone,
           r.kind, r.quantity, r.gfs_weeks, r.gfs_months, r.gfs_years
      from backup b
      left join job_retention r on r.source_id = b.source_id and r.job_id = b.job_id
      left join job j on j.source_id = b.source_id and j.job_id = b.job_id
     where b.source_id = ${sourceId} and b.vanished_at is null
     order by b.backup_id`.execute(trx);
  return rows;
}

async function readFiles(
  trx: Trx,
  { sourceId }: Context,
  backups: Backup[],
): Promise<Map<string, StoredFile[]>> {
  const rows = await trx
    .selectFrom('backup_file')
    .select(['backup_id', 'kind', 'created_at', 'stored_bytes', 'gfs_periods', 'object_ids'])
    .where('source_id', '=', sourceId)
    .where('vanished_at', 'is', null)
    .where(
      'backup_id',
      'in',
      backups.map((backup) => backup.backup_id),
    )
    .execute();
  const files = new Map<string, StoredFile[]>();
  for (const row of rows) {
    const list = files.get(row.backup_id) ?? [];
    files.set(row.backup_id, list);
    list.push({
      kind: row.kind as StoredFile['kind'],
      createdAt: row.created_at?.getTime() ?? null,
      storedBytes: row.stored_bytes,
      gfsPeriods: row.gfs_periods,
      objectIds: row.object_ids,
    });
  }
  return files;
}

function toRows(
  backup: Backup,
  files: StoredFile[],
  repositories: readonly KnownRepository[],
  { sourceId, runId, source }: Context,
): BulkRow<'space_ledger'>[] {
  const keeping: Keeping = {
    retention: toRetention(backup),
    immutableDays: immutableDaysOf(backup.repository_id, repositories),
  };
  return toLines(releaseDates(files, keeping), source.zone).map((line, index) => ({
    source_id: sourceId,
    run_id: runId,
    repository_id: backup.repository_id ?? '',
    backup_id: backup.backup_id,
    line: index + 1,
    backup_name: backup.name,
    job_id: backup.job_id,
    job_name: backup.job_id === null ? null : backup.job_name,
    ...line,
  }));
}

function toRetention({ is_job_gone, has_retention, kind, quantity, ...gfs }: Backup): Keeping['retention'] {
  if (is_job_gone) return 'none';
  if (!has_retention) return null;
  return { kind, quantity, gfsWeeks: gfs.gfs_weeks, gfsMonths: gfs.gfs_months, gfsYears: gfs.gfs_years };
}

/** Of a scale-out repository the least of its performance extents, as files do not name theirs; null: not known. */
function immutableDaysOf(
  repositoryId: string | null,
  repositories: readonly KnownRepository[],
): number | null {
  const own = repositories.filter(
    (one) =>
      one.repositoryId === repositoryId ||
      (one.scaleOutRepositoryId === repositoryId && (one.extentType ?? 'Performance') === 'Performance'),
  );
  const days = own.map(({ immutableDays }) => immutableDays).filter((one) => one !== null);
  return own.length === 0 || days.length < own.length ? null : Math.min(...days);
}

/** Files with the same dates make one line, soonest first. */
function toLines(releases: Release[], zone: string): Line[] {
  const day = (at: number | null) => (at === null ? null : localDay(at, zone));
  const lines = new Map<string, Line>();
  for (const { file, basis, dueAt, heldUntil } of releases) {
    const empty = {
      basis,
      due_on: day(dueAt),
      held_until: day(heldUntil),
      files: 0,
      stored_bytes: 0,
      unsized_files: 0,
    };
    const key = `${basis} ${empty.due_on} ${empty.held_until}`;
    const line = lines.get(key) ?? empty;
    lines.set(key, line);
    line.files += 1;
    line.stored_bytes += file.storedBytes ?? 0;
    line.unsized_files += file.storedBytes === null ? 1 : 0;
  }
  const order = ({ due_on, basis, held_until }: Line) => `${due_on ?? '9999'} ${basis} ${held_until ?? ''}`;
  return [...lines.values()].toSorted((a, b) => (order(a) < order(b) ? -1 : 1));
}
