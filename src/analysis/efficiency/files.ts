/** Fulls and increments differ by nature and are never compared with each other. */
export type FileKind = 'FULL' | 'INCREMENT';

/** Why a file says nothing about reduction. */
type ExclusionReason =
  | 'NO_SIZES'
  | 'DATA_SIZE_ZERO'
  | 'STORED_SIZE_ZERO'
  | 'NO_OP_INCREMENT'
  | 'UNKNOWN_KIND';

/** A backup file as its row says. Sizes in bytes, percentages of the data that remains, time in epoch milliseconds. */
export interface BackupFileFact {
  backupFileId: string;
  backupId: string;
  /** The job that owns the backup; null for an orphaned or imported one. */
  jobId: string | null;
  /** The protected item in the file; null if the source does not say, then the backup is the series. */
  objectId: string | null;
  /** Where the backup lies: the scale-out repository, not its extent. */
  repositoryId: string | null;
  /** Path or name; its ending tells full from increment. */
  name: string;
  createdAt: number;
  /** Source data. */
  dataBytes: number | null;
  /** On disk. */
  storedBytes: number | null;
  dedupPercent: number | null;
  compressPercent: number | null;
  gfsPeriods?: readonly string[];
  /** Type of the restore point in the file (Full, Increment, Rollback …), where the name has no telling end. */
  pointType?: string | null;
  /** Bytes read by the run, where known; 0 is an increment in which nothing had changed. */
  readBytes?: number | null;
  /** Verdict on the restore point (Clean, Suspicious, Infected, Informative). */
  malwareStatus?: string | null;
}

/** What a file says about reduction. */
export interface FileReading {
  file: BackupFileFact;
  kind: FileKind | null;
  /** Null: the file counts. */
  excluded: ExclusionReason | null;
  /** dataBytes / storedBytes; null if excluded. Below 1 the file is larger than the data in it. */
  x: number | null;
  /** Sizes and percentages disagree by more than 0.02 of the data: one of them is in another unit than believed. */
  isUnitMismatch: boolean;
}

/** A file that counts, in numbers alone. */
export interface UsableFile {
  file: BackupFileFact;
  kind: FileKind;
  dataBytes: number;
  storedBytes: number;
  x: number;
}

const UNIT_TOLERANCE = 0.02;
const FULL_ENDING = /\.vbk$/i;
const INCREMENT_ENDING = /\.v[ir]b$/i;

/** What a file row says (METHODS 3.3): kind, factor, and whether it may be counted. */
export function readFile(file: BackupFileFact): FileReading {
  const kind = fileKind(file);
  const excluded = exclusion(file, kind);
  const x = excluded === null ? (file.dataBytes as number) / (file.storedBytes as number) : null;
  return { file, kind, excluded, x, isUnitMismatch: x !== null && disagrees(file, 1 / x) };
}

/** Files that count, in time order; each file once, even if it was listed twice. */
export function usableFiles(files: readonly BackupFileFact[]): UsableFile[] {
  const byId = new Map<string, UsableFile>();
  for (const file of files) {
    const usable = toUsable(readFile(file));
    if (usable) byId.set(`${file.backupId}\n${file.backupFileId}`, usable);
  }
  return [...byId.values()].sort(
    (a, b) => a.file.createdAt - b.file.createdAt || (a.file.backupFileId < b.file.backupFileId ? -1 : 1),
  );
}

/**
 * Full or increment, by the ending of the name (.vbk; .vib and .vrb), else by the type of the restore point in it. Null
 * for anything else: log backups and metadata files are no backup of a machine.
 */
export function fileKind({ name, pointType }: Pick<BackupFileFact, 'name' | 'pointType'>): FileKind | null {
  if (FULL_ENDING.test(name)) return 'FULL';
  if (INCREMENT_ENDING.test(name)) return 'INCREMENT';
  if (pointType === 'Full') return 'FULL';
  return pointType === 'Increment' || pointType === 'Rollback' ? 'INCREMENT' : null;
}

/** The protected item's line of files: one object within one backup. */
export function seriesKey({ backupId, objectId }: Pick<BackupFileFact, 'backupId' | 'objectId'>): string {
  return `${backupId}\n${objectId ?? ''}`;
}

function exclusion(file: BackupFileFact, kind: FileKind | null): ExclusionReason | null {
  const { dataBytes, storedBytes, readBytes } = file;
  if (!isSize(dataBytes) || !isSize(storedBytes)) return 'NO_SIZES';
  if (kind === null) return 'UNKNOWN_KIND';
  if (kind === 'INCREMENT' && (dataBytes === 0 || readBytes === 0)) return 'NO_OP_INCREMENT';
  if (dataBytes === 0) return 'DATA_SIZE_ZERO';
  return storedBytes === 0 ? 'STORED_SIZE_ZERO' : null;
}

function toUsable({ file, kind, x }: FileReading): UsableFile | null {
  if (kind === null || x === null) return null;
  return { file, kind, x, dataBytes: file.dataBytes as number, storedBytes: file.storedBytes as number };
}

function isSize(bytes: number | null): bytes is number {
  return bytes !== null && Number.isFinite(bytes) && bytes >= 0;
}

function disagrees({ dedupPercent, compressPercent }: BackupFileFact, remaining: number): boolean {
  if (!dedupPercent || !compressPercent) return false; // 0 is "not measured"
  if (dedupPercent === 100 && compressPercent === 100) return false; // so is 100, where both are
  return Math.abs(remaining - (dedupPercent * compressPercent) / 10_000) > UNIT_TOLERANCE;
}
