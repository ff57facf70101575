import type { BackupFileFact } from '../../src/analysis/efficiency/files.ts';

export const DAY = 86_400_000;

let count = 0;

/** An increment of machine "object" in backup "backup", 4 GiB of data at half the size, unless told otherwise. */
export function backupFile(given: Partial<BackupFileFact> = {}): BackupFileFact {
  return {
    backupFileId: `file-${String(++count).padStart(7, '0')}`,
    backupId: 'backup',
    jobId: 'job',
    objectId: 'object',
    repositoryId: 'repository',
    name: 'machine.vib',
    createdAt: 0,
    dataBytes: 4 * 2 ** 30,
    storedBytes: 2 * 2 ** 30,
    dedupPercent: null,
    compressPercent: null,
    ...given,
  };
}
