import { median } from 'simple-statistics';

/** A state that can be restored. Times are epoch milliseconds. */
export interface RestorePoint {
  pointId: string;
  backupId: string | null;
  /** Repository, or replica, that holds it. */
  locationId: string | null;
  /** Of a copy the time of the point that it was made from. */
  createdAt: number;
  /** Full, Increment, Rollback, …; null: the source does not say. */
  type: string | null;
  /** Clean, Suspicious, Infected, Informative; null: the source does not say. */
  malwareStatus: string | null;
  /** Known to be damaged or incomplete, as a health check says; null: not known. */
  isCorrupted: boolean | null;
  /** When the source no longer had it; null: it is there. */
  vanishedAt: number | null;
  /** What has to happen before a restore from it can begin; null, absent: nothing. */
  blockedBy?: PointBlock | null;
  /** Storage tiers that hold it now, as the source calls them; absent: the source has none. */
  tiers?: readonly string[];
  /** When it expires, unless it is kept longer; null: not said. Absent: the source never says it. */
  expiresAt?: number | null;
}

/**
 * ARCHIVED: copied back from the archive first, which takes hours. SOFT_DELETED: undeleted first. NO_COPY: listed, and no tier
 * holds it any more.
 */
export type PointBlock = 'ARCHIVED' | 'SOFT_DELETED' | 'NO_COPY';

export type RpoStatus = 'MET' | 'AT_RISK' | 'BREACHED' | 'NEVER' | 'UNKNOWN';

interface PointAge {
  newest: RestorePoint | null;
  ageHours: number | null;
  status: RpoStatus;
}

export interface LocationPoints extends PointAge {
  locationId: string | null;
  /** Usable ones. */
  points: number;
  oldestAt: number | null;
}

export interface PointsRecord extends PointAge {
  /** Usable ones in all locations; copies of one state count each. */
  points: number;
  locations: LocationPoints[];
  lastClean: RestorePoint | null;
  /** Hours between two states, median of the last 30 days; null with fewer than 4 states. */
  usualGapHours: number | null;
  /** Share of the last 30 days, as far as states are known, in which the newest was older than the target. */
  breachedShare: number | null;
  unusable: { infected: number; suspicious: number; corrupted: number; inFuture: number };
  /** Points from which no restore can begin at once. */
  blocked: Record<PointBlock, number>;
  reasons: string[];
}

export interface PointsInput {
  /** Also vanished ones, which tell of the past. */
  points: readonly RestorePoint[];
  rpoHours: number;
  now: number;
  /** False: the points of this machine could not be read, so that none known means nothing. */
  isComplete?: boolean;
}

const HOUR_MS = 3_600_000;
const HISTORY_MS = 30 * 24 * HOUR_MS;
/** Further ahead of the clock of the analysis than skew explains. */
const FUTURE_TOLERANCE_MS = 5 * 60_000;
const FEWEST_GAPS = 3;
const NEAR_TARGET = 0.8;
const OVERDUE = 1.25;

/**
 * Age of the newest usable point against the RPO, in each location and in the best of them (METHODS 3.4; contract 8.9).
 * Usable: still there, not damaged, not infected or suspicious, not from the future, and a restore from it can begin at once;
 * a point whose malware status the source does not give is usable, but not clean. BREACHED: older than the target. AT_RISK: within it, but the usual gap
 * between points is longer than the target, or four fifths of the target have passed and the next point is overdue.
 */
export function pointsRecord({ points, rpoHours, now, isComplete = true }: PointsInput): PointsRecord {
  const isInFuture = ({ createdAt }: RestorePoint) => !(createdAt <= now + FUTURE_TOLERANCE_MS);
  const present = points.filter((point) => point.vanishedAt === null || point.vanishedAt > now);
  const usable = present.filter((point) => !isInFuture(point) && isUsablePoint(point));
  const states = points.filter((point) => !isInFuture(point) && isUsablePoint(point));
  const usualGapHours = usualGap(states, now);
  const age = (list: readonly RestorePoint[]) => pointAge(list, rpoHours, usualGapHours, now, isComplete);
  const inFuture = present.filter(isInFuture).length;
  const status = (name: string) => present.filter((point) => malwareOf(point) === name).length;
  const blockedBy = (block: PointBlock) => present.filter((point) => point.blockedBy === block).length;
  const unusable = {
    infected: status('infected'),
    suspicious: status('suspicious'),
    corrupted: present.filter(({ isCorrupted }) => isCorrupted === true).length,
    inFuture,
  };
  const blocked = {
    ARCHIVED: blockedBy('ARCHIVED'),
    SOFT_DELETED: blockedBy('SOFT_DELETED'),
    NO_COPY: blockedBy('NO_COPY'),
  };
  const best = age(usable);
  return {
    ...best,
    points: usable.length,
    locations: byLocation(usable, present, age),
    lastClean: newestOf(usable.filter(isCleanPoint)),
    usualGapHours,
    breachedShare: breachedShare(states, rpoHours, now),
    unusable,
    blocked,
    reasons: [...reasonsOf(best, present, unusable), ...blockReasons(blocked)],
  };
}

export function isUsablePoint(point: RestorePoint): boolean {
  const malware = malwareOf(point);
  const isDamaged = point.isCorrupted === true || malware === 'infected' || malware === 'suspicious';
  return !isDamaged && !point.blockedBy;
}

/** Clean as the source says so; no status is no proof. */
export function isCleanPoint(point: RestorePoint): boolean {
  return isUsablePoint(point) && malwareOf(point) === 'clean';
}

/** Newest by creation; of equal ones, as copies are, that of the lower id. */
export function newestOf(points: readonly RestorePoint[]): RestorePoint | null {
  let newest: RestorePoint | null = null;
  for (const point of points) {
    if (newest === null || point.createdAt > newest.createdAt) newest = point;
    else if (point.createdAt === newest.createdAt && point.pointId < newest.pointId) newest = point;
  }
  return newest;
}

function pointAge(
  usable: readonly RestorePoint[],
  rpoHours: number,
  usualGapHours: number | null,
  now: number,
  isComplete: boolean,
): PointAge {
  const newest = newestOf(usable);
  if (newest === null) return { newest, ageHours: null, status: isComplete ? 'NEVER' : 'UNKNOWN' };
  const ageHours = Math.max(0, now - newest.createdAt) / HOUR_MS;
  // A list that was not read to its end may lack a newer point, but not make this one newer.
  if (ageHours > rpoHours) return { newest, ageHours, status: isComplete ? 'BREACHED' : 'UNKNOWN' };
  const isGapTooLong = usualGapHours !== null && usualGapHours > rpoHours * 1.05;
  const isOverdue = usualGapHours === null || ageHours > OVERDUE * usualGapHours;
  const isAtRisk = isGapTooLong || (ageHours > NEAR_TARGET * rpoHours && isOverdue);
  return { newest, ageHours, status: isAtRisk ? 'AT_RISK' : 'MET' };
}

function byLocation(
  usable: readonly RestorePoint[],
  present: readonly RestorePoint[],
  age: (points: readonly RestorePoint[]) => PointAge,
): LocationPoints[] {
  const ids = [...new Set(present.map(({ locationId }) => locationId))];
  return ids.toSorted(compareIds).map((locationId) => {
    const here = usable.filter((point) => point.locationId === locationId);
    const oldestAt = here.length === 0 ? null : Math.min(...here.map(({ createdAt }) => createdAt));
    return { locationId, points: here.length, oldestAt, ...age(here) };
  });
}

/** Distinct states: a copy is no further backup. */
function stateTimes(points: readonly RestorePoint[]): number[] {
  return [...new Set(points.map(({ createdAt }) => createdAt))].toSorted((a, b) => a - b);
}

function usualGap(states: readonly RestorePoint[], now: number): number | null {
  const times = stateTimes(states).filter((time) => time >= now - HISTORY_MS);
  const gaps = times.slice(1).map((time, index) => (time - (times[index] as number)) / HOUR_MS);
  return gaps.length < FEWEST_GAPS ? null : median(gaps);
}

function breachedShare(states: readonly RestorePoint[], rpoHours: number, now: number): number | null {
  const times = stateTimes(states);
  const first = times[0];
  if (first === undefined) return null;
  const from = Math.max(first, now - HISTORY_MS);
  const length = now - from;
  if (length <= 0) return 0;
  let breached = 0;
  for (const [index, time] of times.entries()) {
    const until = times[index + 1] ?? now;
    const breachedFrom = Math.max(from, time + rpoHours * HOUR_MS);
    breached += Math.max(0, Math.min(now, until) - breachedFrom);
  }
  return Math.min(1, breached / length);
}

function reasonsOf(
  { newest, status }: PointAge,
  present: readonly RestorePoint[],
  { infected, suspicious, corrupted, inFuture }: PointsRecord['unusable'],
): string[] {
  const reasons: string[] = [];
  if (status === 'UNKNOWN') reasons.push('its restore points were not read completely');
  if (newest === null && present.length > 0) reasons.push(`none of its ${present.length} points is usable`);
  if (infected > 0) reasons.push(`${infected} infected points are not counted`);
  if (suspicious > 0) reasons.push(`${suspicious} suspicious points are not counted`);
  if (corrupted > 0) reasons.push(`${corrupted} damaged points are not counted`);
  if (inFuture > 0) reasons.push(`${inFuture} points from the future are not counted: the clocks disagree`);
  if (newest !== null && newest.malwareStatus === null)
    reasons.push('the source gives no malware status for its newest point');
  return reasons;
}

function blockReasons({ ARCHIVED, SOFT_DELETED, NO_COPY }: PointsRecord['blocked']): string[] {
  const reasons: string[] = [];
  if (ARCHIVED > 0)
    reasons.push(
      `${ARCHIVED} points in the archive are not counted: hours of rehydration come before a restore`,
    );
  if (SOFT_DELETED > 0)
    reasons.push(`${SOFT_DELETED} soft-deleted points are not counted: an undelete comes before a restore`);
  if (NO_COPY > 0) reasons.push(`${NO_COPY} points are listed, but no tier holds them any more`);
  return reasons;
}

function malwareOf({ malwareStatus }: RestorePoint): string | null {
  return malwareStatus?.toLowerCase() ?? null;
}

function compareIds(a: string | null, b: string | null): number {
  return (a ?? '') < (b ?? '') ? -1 : 1;
}
