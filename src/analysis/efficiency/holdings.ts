import { type BackupFileFact, type FileKind, fileKind } from './files.ts';
import { overRetained, type RetentionPolicy } from './retention.ts';

/** A backup and who answers for it. */
export interface BackupOwner {
  backupId: string;
  backupName: string;
  repositoryId: string | null;
  jobId: string | null;
  jobName: string | null;
  /** MISSING: no such job any more, or none named. UNKNOWN: the list of jobs was not read. */
  jobState: 'ENABLED' | 'DISABLED' | 'MISSING' | 'UNKNOWN';
  /** Copies and replicas of a backup are meant to be there twice. */
  role: 'PRIMARY' | 'COPY' | 'UNKNOWN';
  /** Null: not known, then nothing is called over-retained. */
  retention: RetentionPolicy | null;
}

/** Bytes of one protected item in one backup. */
export interface ItemHolding {
  /** What is protected, the same across backups; null where a file holds several or the source does not say. */
  workloadId: string | null;
  bytes: number;
  points: number;
  newestAt: number;
  /** Of the bytes, by kind; files of neither kind are in `bytes` alone. */
  bytesByKind: Record<FileKind, number>;
  /** Of these again, beyond retention. */
  overRetainedByKind: Record<FileKind, number>;
  overRetainedFiles: number;
}

/** What one backup holds, small enough to keep for all backups at once. */
export interface BackupHolding {
  owner: BackupOwner;
  items: ItemHolding[];
}

/**
 * Sums up the files of one backup by protected item. Each file is counted once; one without a known size counts 0.
 *
 * @param workloadOf what a file protects, across backups; by default its object id
 */
export function toHolding(
  owner: BackupOwner,
  files: readonly BackupFileFact[],
  workloadOf: (file: BackupFileFact) => string | null = ({ objectId }) => objectId,
): BackupHolding {
  const unique = new Map(files.map((file) => [file.backupFileId, file]));
  const groups = Map.groupBy(unique.values(), workloadOf);
  return { owner, items: [...groups].map(([workloadId, list]) => toItem(workloadId, list, owner.retention)) };
}

function toItem(
  workloadId: string | null,
  files: readonly BackupFileFact[],
  retention: RetentionPolicy | null,
): ItemHolding {
  const known = files.map((file) => ({
    ...file,
    kind: fileKind(file),
    size: Math.max(0, file.storedBytes || 0),
  }));
  // Chains of several machines in one group cannot be told apart, so it cannot be told what they depend on.
  const beyond = retention === null || workloadId === null ? [] : overRetained(known, retention);
  const sumOf = (list: readonly { kind: FileKind | null; size: number }[], kind?: FileKind) =>
    list.reduce((sum, one) => sum + (kind === undefined || one.kind === kind ? one.size : 0), 0);
  const byKind = (list: typeof known) => ({ FULL: sumOf(list, 'FULL'), INCREMENT: sumOf(list, 'INCREMENT') });
  return {
    workloadId,
    bytes: sumOf(known),
    points: known.filter(({ kind }) => kind !== null).length,
    newestAt: known.reduce((latest, { createdAt }) => Math.max(latest, createdAt), Number.NEGATIVE_INFINITY),
    bytesByKind: byKind(known),
    overRetainedByKind: byKind(beyond),
    overRetainedFiles: beyond.length,
  };
}
