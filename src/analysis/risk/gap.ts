import { betaQuantile } from '../statistics/beta-quantile.ts';
import { recencyWeight } from '../statistics/recency-weight.ts';
import { wilson } from '../statistics/wilson.ts';
import {
  agedBasis,
  atLeast,
  DAY_MS,
  drift,
  type Estimate,
  type EvidenceRef,
  HALF_LIFE_DAYS,
  type Hazard,
  ordered,
  PRIORS,
  unknownHazard,
} from './hazard.ts';

export type GapStatus = 'OK' | 'LATE' | 'BREACHED' | 'NEVER' | 'UNKNOWN';

/** What is known about the runs of a job, or about the new restore points of one workload. */
export interface GapEvidence {
  /** Recency-weighted credits of the finished runs, Σwy (METHODS 3.0 P4, half-life 14 days). */
  credit: number;
  /** Their weights, Σw; 0 without a finished run. */
  weight: number;
  /** End of the last finished run, epoch milliseconds. */
  lastObservedAt: number | null;
  /** When the source was last read, epoch milliseconds. */
  asOf: number | null;
  /** Usual hours between two runs. */
  intervalHours: number | null;
  rpoHours: number | null;
  /** Age of the newest usable point or run when it was read. */
  ageHours: number | null;
  /** Share of the last 30 days in which the newest point was older than the RPO, 0 to 1. */
  shareBeyondRpo: number | null;
  status: GapStatus;
  /** Whether there are newer points that are infected or suspicious, and so not counted. */
  isNewerUnusable?: boolean;
  /** Known for less than 24 hours: it is not late yet, and nothing is measured. */
  isNew?: boolean;
  refs: readonly EvidenceRef[];
}

const MOST = 0.95;
const HOUR_MS = 3_600_000;
/** Belief before the first run: 4 of 5 go well. */
const PRIOR_GOOD = 4;
const PRIOR_RUNS = 5;
const OVERDUE: Estimate = { q: 0.9, low: 0.8, high: MOST };

/**
 * Probability that no usable restore point lies inside the RPO (METHODS 3.5, hazard gap): all m = max(1, ⌊RPO / interval⌋)
 * tolerated runs fail, (1 − p)^m with p = (4 + Σwy) / (5 + Σw), or the share of the last 30 days that was beyond the RPO,
 * whichever is more; at least 0.9 if BREACHED or NEVER, at most 0.95. Range: 10 % and 90 % of the Beta distribution of p.
 *
 * The tolerance beyond one run is earned by good runs s, as (m − 1) · s / (s + 1): otherwise a first failure would take a job
 * of which nothing was known from 0.2 down to 0.04, by being a run at all.
 *
 * Age counts from when the next run was due, not from the last one: a weekly job has told all it can the day before its
 * next run. At m = 1 the drift is that of effective counts; beyond, plain, since p alone would drift to 0.2^m, which
 * counts the tolerance of a job of which nothing is known any more.
 */
export function gapHazard(
  evidence: GapEvidence | null,
  now: number,
  estimateRuns: typeof failingRuns = failingRuns,
): Hazard {
  if (evidence === null) return unknownHazard('gap', 'no run of it is known');
  const runs = Math.max(0, evidence.weight);
  const isOverdue = !evidence.isNew && (evidence.status === 'BREACHED' || evidence.status === 'NEVER');
  if (runs === 0 && !isOverdue && evidence.shareBeyondRpo === null) {
    const hazard = unknownHazard(
      'gap',
      'no finished run yet',
      PRIORS.gap,
      evidence.isNew ? 'assumed' : 'none',
    );
    return { ...hazard, evidence: evidence.refs };
  }
  const { ageDays, weight } = ageOfRuns(evidence, now);
  const tolerated = toleratedMisses(evidence);
  const runWeight = tolerated === 1 ? (weight * (PRIOR_RUNS + runs)) / (PRIOR_RUNS + weight * runs) : weight;
  let estimate = drift(runs > 0 ? estimateRuns(evidence, tolerated) : PRIORS.gap, PRIORS.gap, runWeight);
  const beyond = shareBeyond(evidence);
  // A small share is a lower bound beside the runs, and as such has nowhere to drift.
  if (beyond)
    estimate = atLeast(estimate, beyond.q > PRIORS.gap.q ? drift(beyond, PRIORS.gap, weight) : beyond);
  if (isOverdue) estimate = atLeast(estimate, drift(OVERDUE, PRIORS.gap, weight));
  return {
    hazard: 'gap',
    ...ordered({ q: Math.min(MOST, estimate.q), low: estimate.low, high: Math.min(MOST, estimate.high) }),
    basis: evidence.isNew ? 'assumed' : agedBasis('measured', weight),
    asOf: observedAt(evidence),
    ageDays,
    reasons: reasonsOf(evidence, tolerated),
    evidence: evidence.refs,
    isHappening: isOverdue,
    hasNoCopy: isOverdue && evidence.status === 'NEVER',
  };
}

/** Runs in a row that may fail before the RPO is missed; 1 where interval or RPO are not known. */
export function toleratedMisses({ rpoHours, intervalHours }: GapEvidence): number {
  if (rpoHours === null || intervalHours === null || !(intervalHours > 0)) return 1;
  return Math.max(1, Math.floor(rpoHours / intervalHours));
}

/** `failingRuns` that works out the same counts once: the workloads of a job share its runs. */
export function rememberedRuns(): typeof failingRuns {
  const known = new Map<string, Estimate>();
  return (evidence, tolerated) => {
    const key = `${evidence.credit} ${evidence.weight} ${tolerated}`;
    const estimate = known.get(key) ?? failingRuns(evidence, tolerated);
    known.set(key, estimate);
    return estimate;
  };
}

function ageOfRuns(evidence: GapEvidence, now: number): { ageDays: number | null; weight: number } {
  const at = observedAt(evidence);
  if (at === null) return { ageDays: null, weight: 1 };
  // What was never run has no run to grow old: it is as new as the last look at it.
  const dueMs = evidence.lastObservedAt === null ? 0 : Math.max(0, evidence.intervalHours ?? 0) * HOUR_MS;
  // A job that stopped is known to have stopped: its lateness is as new as the last look, too.
  const isKnownLate = evidence.status === 'BREACHED' || evidence.status === 'NEVER';
  const from = isKnownLate ? Math.max(at + dueMs, evidence.asOf ?? at) : at + dueMs;
  const ageDays = Math.max(0, (now - from) / DAY_MS);
  return { ageDays, weight: recencyWeight(ageDays, HALF_LIFE_DAYS.gap) };
}

function observedAt({ lastObservedAt, asOf }: GapEvidence): number | null {
  return lastObservedAt ?? asOf;
}

function failingRuns(
  { credit, weight }: Pick<GapEvidence, 'credit' | 'weight'>,
  tolerated: number,
): Estimate {
  const seen = Math.min(weight, Math.max(0, credit));
  const good = PRIOR_GOOD + seen;
  const bad = PRIOR_RUNS + weight - good;
  const misses = 1 + ((tolerated - 1) * seen) / (seen + 1);
  return ordered({
    q: (bad / (good + bad)) ** misses,
    low: (1 - betaQuantile(0.9, good, bad)) ** misses,
    high: (1 - betaQuantile(0.1, good, bad)) ** misses,
  });
}

/** The share of 30 days, with the uncertainty of as many looks as there were RPO windows. */
function shareBeyond({ shareBeyondRpo, rpoHours }: GapEvidence): Estimate | null {
  if (shareBeyondRpo === null) return null;
  const windows = Math.min(30, Math.max(1, 720 / Math.max(1, rpoHours ?? 24)));
  const { low, high } = wilson(shareBeyondRpo * windows, windows);
  // Nothing beyond the RPO is no evidence against the runs, which have their own upper end.
  return { q: shareBeyondRpo, low, high: shareBeyondRpo > 0 ? high : 0 };
}

function reasonsOf(evidence: GapEvidence, tolerated: number): string[] {
  const reasons: string[] = [];
  if (evidence.isNew) reasons.push('known for less than 24 hours');
  if (evidence.status === 'NEVER') reasons.push('there was never a usable restore point');
  if (evidence.status === 'BREACHED' || evidence.status === 'LATE')
    reasons.push(
      evidence.ageHours === null || evidence.rpoHours === null
        ? 'the newest usable restore point is older than the RPO'
        : `the newest usable restore point was ${round(evidence.ageHours)} hours old, the RPO is ${round(evidence.rpoHours)}`,
    );
  if (evidence.isNewerUnusable)
    reasons.push(`${evidence.status === 'NEVER' ? 'its' : 'newer'} points are infected or suspicious`);
  if ((evidence.shareBeyondRpo ?? 0) > 0)
    reasons.push(`${round((evidence.shareBeyondRpo ?? 0) * 100)} % of the last 30 days were beyond the RPO`);
  if (evidence.weight > 0)
    reasons.push(
      `${round((evidence.credit / evidence.weight) * 100)} % of recent runs were good, ${tolerated} in a row may fail`,
    );
  return reasons;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
