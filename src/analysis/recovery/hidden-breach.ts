import type { PointsRecord } from './points.ts';

/** A job that should give the machine new points: not a copy, whose points keep the time of their source. */
export interface ProtectingJob {
  jobId: string;
  name: string;
  /** Its last run that ended well or with warnings; null: none. */
  lastOkStartedAt: number | null;
  lastOkEndedAt: number | null;
  /** Its last run ended well: whoever looks at jobs alone sees green. */
  isGreen: boolean;
}

export interface MissedRun {
  jobId: string;
  name: string;
  lastOkStartedAt: number;
}

/** A point is dated at its snapshot, which may lie a little before the start that the session reports. */
const TOLERANCE_MS = 5 * 60_000;

/**
 * The job that ended well although the machine got no new usable point from it; null if there is none. Together with a
 * breached RPO it is a breach that no list of jobs shows. Of several jobs the one that ran last; a job that did give a point
 * since hides nothing of another.
 */
export function missedByGreenJob(points: PointsRecord, jobs: readonly ProtectingJob[]): MissedRun | null {
  const newestAt = points.newest?.createdAt ?? Number.NEGATIVE_INFINITY;
  if (points.status === 'UNKNOWN') return null;
  let missed: MissedRun | null = null;
  for (const { jobId, name, lastOkStartedAt, lastOkEndedAt, isGreen } of jobs) {
    // While it runs, the point may still come.
    if (!isGreen || lastOkStartedAt === null || lastOkEndedAt === null) continue;
    if (newestAt >= lastOkStartedAt - TOLERANCE_MS) continue;
    if (missed === null || lastOkStartedAt > missed.lastOkStartedAt)
      missed = { jobId, name, lastOkStartedAt };
  }
  return missed;
}

/** The RPO is breached, or there is no point at all, and a green job hides it. */
export function isHiddenBreach(points: PointsRecord, missed: MissedRun | null): boolean {
  return missed !== null && (points.status === 'BREACHED' || points.status === 'NEVER');
}
