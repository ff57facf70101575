import { sql } from 'kysely';
import { type BackupFileFact, fileKind } from '../../src/analysis/efficiency/files.ts';
import { type BackupHolding, type BackupOwner, toHolding } from '../../src/analysis/efficiency/holdings.ts';
import type { RetentionPolicy } from '../../src/analysis/efficiency/retention.ts';
import type { Context, Trx } from '../shared/facts.ts';
import type { OwnersFiles } from './files.ts';
import type { Owner, StoredBackup } from './owners.ts';
import type { Workloads } from './workloads.ts';

/** Number and time of some files. */
export type Span = { files: number; oldestAt: number; newestAt: number };

/** What one backup holds, and the spans of its files by machine and by kind. */
export type Held = {
  holding: BackupHolding;
  whole: Span;
  byWorkload: ReadonlyMap<string, Span>;
  byKind: ReadonlyMap<string, Span>;
};

export type Policies = ReadonlyMap<string, RetentionPolicy>;

/** How long each job keeps what it stores, of those whose definition says so. */
export async function readPolicies(trx: Trx, { sourceId }: Context): Promise<Policies> {
  const { rows } = await sql<Row>`
    select job_id, kind, quantity, gfs_weeks, gfs_months, gfs_years from job_retention
     where source_id = ${sourceId} and vanished_at is null and kind is not null and quantity > 0`.execute(
    trx,
  );
  return new Map(rows.map((row) => [row.job_id, toPolicy(row)]));
}

type Row = {
  job_id: string;
  kind: 'DAYS' | 'POINTS';
  quantity: number;
  gfs_weeks: number | null;
  gfs_months: number | null;
  gfs_years: number | null;
};

/**
 * Quarters are in no definition that is read, so what is marked so is never too old. Definitions of some types name no GFS at
 * all: then every mark counts, as nobody can say for how long.
 */
function toPolicy({ kind, quantity, gfs_weeks, gfs_months, gfs_years }: Row): RetentionPolicy {
  const isNamed = gfs_weeks !== null || gfs_months !== null || gfs_years !== null;
  const gfs = {
    weekly: gfs_weeks ?? 0,
    monthly: gfs_months ?? 0,
    quarterly: Number.POSITIVE_INFINITY,
    yearly: gfs_years ?? 0,
  };
  return { unit: kind, quantity, gfs: isNamed ? gfs : null };
}

/** The backups of one owner without their files. One machine's files are its own also where the machine is not known. */
export function toHeld(
  { owner, present }: OwnersFiles,
  workloads: Workloads,
  policies: Policies,
  jobsAreRead: boolean,
): Held[] {
  const byBackup = Map.groupBy(present, ({ backupId }) => backupId);
  return owner.backups.map((backup) => {
    const files = byBackup.get(backup.backupId) ?? [];
    const workloadOf = ({ backupId, objectId }: BackupFileFact) =>
      workloads.ofObject(backupId, objectId)?.id ?? (objectId === null ? null : unknownWorkload(objectId));
    return {
      holding: toHolding(toBackupOwner(owner, backup, policies, jobsAreRead), files, workloadOf),
      whole: toSpan(files),
      byWorkload: spansBy(files, (file) => workloadOf(file) ?? ''),
      byKind: spansBy(files, (file) => fileKind(file) ?? ''),
    };
  });
}

const UNKNOWN = 'object ';
const unknownWorkload = (objectId: string) => `${UNKNOWN}${objectId}`;
/** Whether a workload stands for an object of which is not known what it is. */
export const isUnknownWorkload = (id: string) => id.startsWith(UNKNOWN);

function spansBy(files: readonly BackupFileFact[], of: (file: BackupFileFact) => string): Map<string, Span> {
  return new Map([...Map.groupBy(files, of)].map(([key, own]) => [key, toSpan(own)]));
}

function toSpan(files: readonly BackupFileFact[]): Span {
  const span = {
    files: files.length,
    oldestAt: Number.POSITIVE_INFINITY,
    newestAt: Number.NEGATIVE_INFINITY,
  };
  for (const { createdAt } of files) {
    span.oldestAt = Math.min(span.oldestAt, createdAt);
    span.newestAt = Math.max(span.newestAt, createdAt);
  }
  return span;
}

function toBackupOwner(
  owner: Owner,
  backup: StoredBackup,
  policies: Policies,
  jobsAreRead: boolean,
): BackupOwner {
  const { jobId } = owner;
  return {
    backupId: backup.backupId,
    backupName: backup.name,
    repositoryId: backup.repositoryId,
    jobId,
    jobName: jobId === null ? null : owner.name,
    jobState: jobStateOf(owner, jobsAreRead),
    role: roleOf(backup.jobType ?? owner.jobType),
    retention: jobId === null ? null : (policies.get(jobId) ?? null),
  };
}

function jobStateOf({ jobId, isJobGone, isDisabled }: Owner, jobsAreRead: boolean): BackupOwner['jobState'] {
  if (jobId === null || isJobGone) return 'MISSING';
  if (!jobsAreRead || isDisabled === null) return 'UNKNOWN';
  return isDisabled ? 'DISABLED' : 'ENABLED';
}

function roleOf(jobType: string | null): BackupOwner['role'] {
  if (jobType === null || jobType === 'Unknown') return 'UNKNOWN';
  return /copy|replica/i.test(jobType) ? 'COPY' : 'PRIMARY';
}
