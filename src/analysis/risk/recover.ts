import { betaQuantile } from '../statistics/beta-quantile.ts';
import {
  agedBasis,
  ageOf,
  drift,
  type Estimate,
  type EvidenceRef,
  type Hazard,
  type HazardBasis,
  ordered,
  PRIORS,
  unknownHazard,
} from './hazard.ts';

/** What restores and verifications say about one workload (METHODS 3.4 R4.3). */
export interface RecoverEvidence {
  /** Probability that a restore succeeds within the RTO; null: only the pool is known. */
  p: number | null;
  p10: number | null;
  p90: number | null;
  /** `pooled`: no trial of its own. `assumed`: not even a pool. */
  basis: HazardBasis;
  /** When it was concluded, epoch milliseconds. The trials are already weighted by their age up to then. */
  asOf: number | null;
  lastTestAt: number | null;
  /** Trials weighted by age, half-life 45 days; null where they are not known. */
  trials: { passed: number; total: number } | null;
  /** Lower bound of the pooled success, what an untested workload inherits; null without a pool. */
  poolBound: number | null;
  refs: readonly EvidenceRef[];
}

/**
 * Probability that a restore fails or misses the RTO, 1 − P (METHODS 3.5, hazard recover). Without evidence: the pessimistic
 * end of what other workloads showed, or 0.5 [0.1, 0.9]. An untested workload stays pooled or assumed, whatever its P.
 */
export function recoverHazard(evidence: RecoverEvidence | null, now: number): Hazard {
  if (evidence === null) return unknownHazard('recover', 'nothing is known of restores');
  const prior = recoverPrior(evidence.poolBound);
  if (evidence.p === null || evidence.asOf === null) {
    const basis = evidence.poolBound === null ? 'none' : 'pooled';
    return { ...unknownHazard('recover', 'never tested', prior, basis), evidence: evidence.refs };
  }
  const { ageDays, weight } = ageOf('recover', evidence.asOf, now);
  const measured = { q: 1 - evidence.p, low: 1 - (evidence.p90 ?? 1), high: 1 - (evidence.p10 ?? 0) };
  return {
    hazard: 'recover',
    ...ordered(drift(ordered(measured), prior, weight)),
    basis: agedBasis(evidence.basis, weight),
    asOf: evidence.lastTestAt ?? evidence.asOf,
    ageDays,
    reasons: [reasonOf(evidence)],
    evidence: evidence.refs,
  };
}

/** What is believed of an untested workload: Beta(2π, 2(1 − π)) with π the pool's lower bound, at most 0.8; 0.5 without. */
function recoverPrior(poolBound: number | null): Estimate {
  if (poolBound === null) return PRIORS.recover;
  const { p, p10, p90 } = restoreProbability({ passed: 0, total: 0 }, poolBound);
  return { q: 1 - p, low: 1 - p90, high: 1 - p10 };
}

/** Mean and 80 % range of the success probability after weighted trials (METHODS 3.4 R4.3). */
export function restoreProbability(
  trials: { passed: number; total: number },
  poolBound: number | null,
): { p: number; p10: number; p90: number } {
  // Inside 0 to 1, since a Beta distribution has no parameter 0.
  const belief = poolBound === null ? 0.5 : Math.min(0.8, Math.max(0.02, poolBound));
  const good = 2 * belief + Math.max(0, trials.passed);
  const bad = 2 * (1 - belief) + Math.max(0, trials.total - trials.passed);
  return { p: good / (good + bad), p10: betaQuantile(0.1, good, bad), p90: betaQuantile(0.9, good, bad) };
}

function reasonOf({ p, trials, basis, lastTestAt }: RecoverEvidence): string {
  const success = `a restore is expected to meet the RTO with probability ${Math.round((p ?? 0) * 100)} %`;
  if (basis === 'pooled') return `never tested; by the tests of others ${success}`;
  if (basis !== 'measured') return `never tested; without tests of others ${success}`;
  if (trials === null || lastTestAt === null) return success;
  return `${success}, from tests worth ${Math.round(trials.total * 10) / 10} fresh ones`;
}
