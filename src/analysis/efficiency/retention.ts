import type { BackupFileFact, FileKind } from './files.ts';

/** What a job is told to keep. GFS counts are weeks, months, quarters and years; 0 is "none". */
export interface RetentionPolicy {
  unit: 'POINTS' | 'DAYS';
  quantity: number;
  /** Null: not known, then every file with a GFS mark is kept. */
  gfs: { weekly: number; monthly: number; quarterly?: number; yearly: number } | null;
}

/** What retention looks at in a file. */
export type RetainedFile = Pick<BackupFileFact, 'backupFileId' | 'createdAt' | 'gfsPeriods'> & {
  kind: FileKind | null;
};

const DAY_MS = 86_400_000;
/** Points that are always kept, however old: retention by days leaves so many. */
const LEAST_POINTS = 3;
/** Retention runs with the job: a point is not over-retained on the day it is due. */
const GRACE_DAYS = 1;
const GFS_DAYS = { Weekly: 7, Monthly: 31, Quarterly: 92, Yearly: 366 } as const;

/**
 * Files of one protected item that its retention policy no longer asks for. Kept are the newest points, everything back to
 * the full that the oldest of them needs, and GFS marks that have not run out. Age is counted from the item's newest
 * file: what is not backed up any more does not grow old. Log backups and other files are none of its business.
 */
export function overRetained<F extends RetainedFile>(files: readonly F[], policy: RetentionPolicy): F[] {
  const points = files.filter(({ kind }) => kind !== null).sort((a, b) => b.createdAt - a.createdAt);
  const newest = points[0];
  if (!newest || !(policy.quantity > 0)) return [];
  const beyond = points.slice(neededPoints(points, policy));
  return beyond.filter((file) => !isHeldByGfs(file, newest.createdAt, policy.gfs));
}

function neededPoints(newestFirst: readonly RetainedFile[], { unit, quantity }: RetentionPolicy): number {
  const edge = (newestFirst[0]?.createdAt ?? 0) - (quantity + GRACE_DAYS) * DAY_MS;
  const inTime = newestFirst.findLastIndex(({ createdAt }) => createdAt >= edge) + 1;
  const asked = unit === 'POINTS' ? quantity : Math.max(inTime, LEAST_POINTS);
  const oldest = Math.min(asked, newestFirst.length) - 1;
  const full = newestFirst.findIndex(({ kind }, i) => i >= oldest && kind === 'FULL');
  return Math.max(oldest, full) + 1;
}

function isHeldByGfs(file: RetainedFile, newestAt: number, gfs: RetentionPolicy['gfs']): boolean {
  const marks = (file.gfsPeriods ?? []).filter((period) => period !== 'None');
  if (gfs === null) return marks.length > 0;
  const quantities = {
    Weekly: gfs.weekly,
    Monthly: gfs.monthly,
    Quarterly: gfs.quarterly ?? 0,
    Yearly: gfs.yearly,
  };
  const ageDays = (newestAt - file.createdAt) / DAY_MS;
  return marks.some((mark) => {
    const period = mark as keyof typeof GFS_DAYS;
    const days = GFS_DAYS[period];
    // A mark that is not known here is kept: its policy cannot be told.
    return days === undefined || ageDays <= days * quantities[period] + GRACE_DAYS;
  });
}
