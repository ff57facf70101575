import type { EvidenceRef } from '../risk/hazard.ts';

export type RpoStatus = 'MET' | 'AT_RISK' | 'BREACHED' | 'NEVER' | 'UNKNOWN';
export type RtoStatus = 'COMPLIANT' | 'AT_RISK' | 'NON_COMPLIANT' | 'UNPROVEN' | 'UNTESTED' | 'UNKNOWN';
export type TargetBasis = 'workload' | 'tier' | 'policy' | 'default';

export interface RpoEvidence {
  targetHours: number;
  targetBasis: TargetBasis;
  /** As the points were judged when they were read. */
  readStatus: RpoStatus;
  /** Newest usable restore point, epoch milliseconds; null: there is none, or none is known. */
  newestAt: number | null;
  /** When the points were last read, epoch milliseconds; null: never. */
  readAt: number | null;
  /** Share of the last 30 days beyond the target, 0 to 1; null: not known. */
  shareBeyond: number | null;
  refs: readonly EvidenceRef[];
}

export interface RpoCompliance {
  status: RpoStatus;
  ageHours: number | null;
  targetHours: number;
  targetBasis: TargetBasis;
  /** When the target is missed unless a newer point comes, epoch milliseconds; null unless it is met. */
  expires: number | null;
  reasons: readonly string[];
  rows: readonly EvidenceRef[];
}

const HOUR_MS = 3_600_000;
/**
 * RPO against the newest usable point: what the points were judged when they were read, since a tool that says MET and one
 * that says AT_RISK of the same machine would both be doubted. Only their age grows: a point that came since the reading
 * cannot be known, so what was met then and would be missed now is UNKNOWN. How often it was missed before is said beside it.
 */
export function rpoCompliance(evidence: RpoEvidence, now: number): RpoCompliance {
  const { targetHours, targetBasis, newestAt, shareBeyond, refs } = evidence;
  const ageHours = newestAt === null ? null : Math.max(0, (now - newestAt) / HOUR_MS);
  const [status, why] = rpoStatus(evidence, now);
  const isMet = status === 'MET' || status === 'AT_RISK';
  const expires = isMet && newestAt !== null ? newestAt + targetHours * HOUR_MS : null;
  const often = Math.round((shareBeyond ?? 0) * 100);
  const reasons = often > 0 ? [...why, `beyond the target in ${often} % of the last 30 days`] : why;
  return { status, ageHours, targetHours, targetBasis, expires, reasons, rows: refs };
}

function rpoStatus(
  { readStatus, newestAt, readAt, targetHours }: RpoEvidence,
  now: number,
): [RpoStatus, string[]] {
  if (readAt === null) return ['UNKNOWN', ['its restore points were never read']];
  if (readStatus === 'UNKNOWN') return ['UNKNOWN', ['its restore points were read in part']];
  const isMet = readStatus === 'MET' || readStatus === 'AT_RISK';
  if (!isMet) return [readStatus, []];
  if (newestAt !== null && now > newestAt + targetHours * HOUR_MS)
    return ['UNKNOWN', [`${readStatus} when read, past it now`]];
  return [
    readStatus,
    readStatus === 'AT_RISK' ? ['points come further apart than the target, or the next one is overdue'] : [],
  ];
}

export interface RtoEvidence {
  targetMinutes: number;
  targetBasis: TargetBasis;
  /** Probability to meet the target with its 80 % range; null: not known. */
  p: number | null;
  p10: number | null;
  p90: number | null;
  /** Restores and verifications of its own. */
  trials: number;
  /** Epoch milliseconds; null: never tested. */
  lastTestAt: number | null;
  refs: readonly EvidenceRef[];
}

export interface RtoCompliance {
  status: RtoStatus;
  p: number | null;
  targetMinutes: number;
  targetBasis: TargetBasis;
  /** When the last test no longer counts, epoch milliseconds; null unless COMPLIANT. */
  expires: number | null;
  rows: readonly EvidenceRef[];
}

/**
 * RTO by the probability to meet it (METHODS 3.4 R4.3): COMPLIANT if even the low end is 0.8, NON_COMPLIANT if even the
 * high end is below, AT_RISK if the mean reaches it, UNPROVEN between, UNTESTED without a trial of its own. A test proves
 * for `testDays`; after that COMPLIANT is UNPROVEN.
 */
export function rtoCompliance(evidence: RtoEvidence, now: number, testDays = 90): RtoCompliance {
  const { p, targetMinutes, targetBasis, refs, lastTestAt } = evidence;
  const ends = lastTestAt === null ? null : lastTestAt + testDays * 24 * HOUR_MS;
  const byTests = rtoStatus(evidence);
  const isOld = byTests === 'COMPLIANT' && (ends === null || ends <= now);
  const status = isOld ? 'UNPROVEN' : byTests;
  const expires = status === 'COMPLIANT' ? ends : null;
  return { status, p, targetMinutes, targetBasis, expires, rows: refs };
}

function rtoStatus({ p, p10, p90, trials }: RtoEvidence): RtoStatus {
  if (trials <= 0) return 'UNTESTED';
  if (p === null) return 'UNKNOWN';
  if ((p10 ?? 0) >= 0.8) return 'COMPLIANT';
  if ((p90 ?? 1) < 0.8) return 'NON_COMPLIANT';
  return p >= 0.8 ? 'AT_RISK' : 'UNPROVEN';
}
