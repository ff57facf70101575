import {
  agedBasis,
  ageOf,
  drift,
  type Estimate,
  type EvidenceRef,
  type Hazard,
  ordered,
  PRIORS,
  unknownHazard,
} from './hazard.ts';

/**
 * EXCEEDED: 95 % of the capacity is used. UNBOUNDED: the repository has no limit. UNKNOWN: no forecast. NOT_APPLICABLE: storage
 * that a provider sells by use, so that the hazard does not exist.
 */
type CapacityStatus = 'EXCEEDED' | 'FORECAST' | 'UNBOUNDED' | 'UNKNOWN' | 'NOT_APPLICABLE';

/** What the forecast of a repository says. */
export interface CapacityEvidence {
  status: CapacityStatus;
  /** Share of the capacity that is used, 0 to 1; null or left out: not known. */
  useShare?: number | null;
  /** Probability that 95 % of the capacity is reached within 30 days or the lead time, whichever is longer. */
  p95Within: number | null;
  /** Its 80 % range, where the forecast gives one. */
  low?: number | null;
  high?: number | null;
  /** When the reading behind the forecast was taken, epoch milliseconds. */
  asOf: number | null;
  /** Less history than a forecast should have: widens the range and is called assumed. */
  isPreliminary?: boolean;
  refs: readonly EvidenceRef[];
}

const FULL: Estimate = { q: 0.95, low: 0.9, high: 0.95 };
const NO_LIMIT: Estimate = { q: 0.01, low: 0.005, high: 0.04 };
/** Past errors that a forecast's probability is worth when it comes without a range of its own. */
const FORECAST_WEIGHT = 10;

/** Probability that the repository cannot take the next backups (METHODS 3.5, hazard capacity). Prior Beta(1, 3). */
export function capacityHazard(evidence: CapacityEvidence | null, now: number): Hazard {
  if (evidence === null) return unknownHazard('capacity', 'the repository is not known');
  const measured = measuredOf(evidence);
  if (measured === null || evidence.asOf === null)
    return { ...unknownHazard('capacity', 'there is no forecast'), evidence: evidence.refs };
  const { ageDays, weight } = ageOf('capacity', evidence.asOf, now);
  const estimate = ordered(drift(measured, PRIORS.capacity, weight));
  return {
    hazard: 'capacity',
    ...estimate,
    basis: evidence.isPreliminary ? 'assumed' : agedBasis('measured', weight),
    asOf: evidence.asOf,
    ageDays,
    reasons: [reasonOf(evidence)],
    evidence: evidence.refs,
    isHappening: evidence.status === 'EXCEEDED',
  };
}

function measuredOf(evidence: CapacityEvidence): Estimate | null {
  if (evidence.status === 'EXCEEDED') return FULL;
  if (evidence.status === 'UNBOUNDED') return NO_LIMIT;
  const p = evidence.p95Within;
  if (evidence.status === 'UNKNOWN' || p === null || !(p >= 0 && p <= 1)) return null;
  const spread = 1.2816 * Math.sqrt((p * (1 - p)) / FORECAST_WEIGHT);
  const given = ordered({ q: p, low: evidence.low ?? p - spread, high: evidence.high ?? p + spread });
  if (!evidence.isPreliminary) return given;
  const { low, high } = PRIORS.capacity;
  return { q: p, low: Math.min(given.low, low), high: Math.max(given.high, high) };
}

function reasonOf({ status, useShare, p95Within, isPreliminary }: CapacityEvidence): string {
  // Rounded down: what is not quite full is not called full.
  const used = Number.isFinite(useShare) ? `${Math.floor((useShare ?? 0) * 1000) / 10} %` : '95 % or more';
  if (status === 'EXCEEDED') return `${used} of the capacity is used`;
  if (status === 'UNBOUNDED') return 'the repository has no limit';
  const history = isPreliminary ? ', from a short history' : '';
  return `95 % of the capacity is reached in time with probability ${Math.round((p95Within ?? 0) * 100)} %${history}`;
}
