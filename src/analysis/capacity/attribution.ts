export interface StoredBackup {
  backupId: string;
  /** Null: no job claims it (imported, orphaned). */
  jobId: string | null;
  /** Bytes of its files at the start and at the end of the period; null: it was not there. */
  bytesBefore: number | null;
  bytesAfter: number | null;
}

interface JobContribution {
  /** Null: backups without a job. */
  jobId: string | null;
  backups: number;
  bytesBefore: number;
  bytesAfter: number;
  /** Bytes gained (or freed) in the period. */
  deltaBytes: number;
}

export interface CapacityAttribution {
  /** Growth of the physical use in the period; null: one of the two readings is missing. */
  deltaUsedBytes: number | null;
  /** Largest change first. */
  contributions: JobContribution[];
  /** Sum of the contributions. */
  backupDeltaBytes: number;
  /**
   * Growth that no backup explains: other data on the volume, files being written, what block cloning saves. Contributions
   * and remainder add up to `deltaUsedBytes` exactly. Null where that is not known.
   */
  otherDeltaBytes: number | null;
}

/**
 * Who filled the repository within a period (METHODS 3.2 "Attribution"): growth of stored bytes per job and the remainder.
 * A backup that appeared counts with all its bytes, one that vanished with all of them freed.
 */
export function attributeGrowth(
  backups: readonly StoredBackup[],
  usedBefore: number | null,
  usedAfter: number | null,
): CapacityAttribution {
  const contributions = [...Map.groupBy(backups, ({ jobId }) => jobId)].map(
    ([jobId, own]): JobContribution => {
      const bytesBefore = own.reduce((sum, backup) => sum + (backup.bytesBefore ?? 0), 0);
      const bytesAfter = own.reduce((sum, backup) => sum + (backup.bytesAfter ?? 0), 0);
      return { jobId, backups: own.length, bytesBefore, bytesAfter, deltaBytes: bytesAfter - bytesBefore };
    },
  );
  const backupDeltaBytes = contributions.reduce((sum, { deltaBytes }) => sum + deltaBytes, 0);
  const deltaUsedBytes = usedBefore === null || usedAfter === null ? null : usedAfter - usedBefore;
  return {
    deltaUsedBytes,
    contributions: contributions.toSorted(
      (a, b) =>
        Math.abs(b.deltaBytes) - Math.abs(a.deltaBytes) || ((a.jobId ?? '') < (b.jobId ?? '') ? -1 : 1),
    ),
    backupDeltaBytes,
    otherDeltaBytes: deltaUsedBytes === null ? null : deltaUsedBytes - backupDeltaBytes,
  };
}
