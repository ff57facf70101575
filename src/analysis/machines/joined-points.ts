import { type PointsRecord, pointsRecord, type RestorePoint, type RpoStatus } from '../recovery/points.ts';

/** The points of one protection of a machine. */
export interface ProtectionPoints {
  points: readonly RestorePoint[];
  isComplete: boolean;
}

type Judged = Pick<PointsRecord, 'status'>;

/** The better first; what is not known is worse than what is known to be met, and better than what is known to be missed. */
const BEST_FIRST: readonly RpoStatus[] = ['MET', 'AT_RISK', 'UNKNOWN', 'BREACHED', 'NEVER'];

/** Each protection of a machine against the RPO, as if there were no other. */
export function judgeAlone(
  protections: readonly ProtectionPoints[],
  { rpoHours, now }: { rpoHours: number; now: number },
): PointsRecord[] {
  return protections.map(({ points, isComplete }) => pointsRecord({ points, rpoHours, now, isComplete }));
}

/**
 * What all protections together say of the RPO. Another protection makes nothing worse: gaps between the points of all of them
 * can look longer than those of the one that keeps the RPO. How much of the last month was beyond the target is told by all
 * points together: one that is new says nothing of the time before it.
 */
export function togetherAtBest<R extends Judged>(together: R, alone: readonly Judged[]): R {
  // A machine without points of one protection, or of one that was not read, is what the others make it.
  const known = alone.filter(({ status }) => status === 'MET' || status === 'AT_RISK');
  const status = [together, ...known]
    .map((one) => one.status)
    .toSorted((a, b) => BEST_FIRST.indexOf(a) - BEST_FIRST.indexOf(b))[0] as RpoStatus;
  return { ...together, status };
}
