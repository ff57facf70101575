import { recencyWeight } from '../statistics/recency-weight.ts';

/** What can go wrong within the next 30 days (METHODS 3.5). */
export const HAZARDS = ['gap', 'capacity', 'integrity', 'recover'] as const;
export type HazardName = (typeof HAZARDS)[number];

/** Seen here, borrowed from similar things, mostly a default, or nothing but the default. */
export type HazardBasis = 'measured' | 'pooled' | 'assumed' | 'none';

/** A row that a number rests on. */
export interface EvidenceRef {
  table: string;
  id: string;
}

/** Probability that the hazard happens within 30 days, with its 80 % range. */
export interface Estimate {
  q: number;
  low: number;
  high: number;
}

export interface Hazard extends Estimate {
  hazard: HazardName;
  basis: HazardBasis;
  /** Epoch milliseconds of the newest observation behind it; null without any. */
  asOf: number | null;
  /** Days by which the evidence has aged; null without any. */
  ageDays: number | null;
  /** Our own sentences; no text of the source is in them. */
  reasons: readonly string[];
  evidence: readonly EvidenceRef[];
  /** It is there now: the RPO is missed, the repository is full, malware was found. */
  isHappening?: boolean;
  /** There is not one usable restore point, and one was due: nothing at all could be brought back. */
  hasNoCopy?: boolean;
  /** No source of this kind can say it: the number is what is believed, and nothing that should have been looked at is missing. */
  isUntellable?: boolean;
}

export const DAY_MS = 86_400_000;

/** Days after which half of the evidence is gone. */
export const HALF_LIFE_DAYS: Readonly<Record<HazardName, number>> = {
  gap: 2,
  capacity: 3,
  integrity: 7,
  recover: 45,
};

/** What is believed without any evidence; `recover` has a better one where other workloads were tested. */
export const PRIORS: Readonly<Record<HazardName, Estimate>> = {
  gap: { q: 0.2, low: 0.026, high: 0.438 },
  capacity: { q: 0.25, low: 0.035, high: 0.536 },
  integrity: { q: 0.15, low: 0.02, high: 0.5 },
  recover: { q: 0.5, low: 0.1, high: 0.9 },
};

/** Below this share of evidence left the number is mostly the prior and no longer called measured. */
const MEASURED_FROM = 0.25;

/** The hazard of which nothing is known. */
export function unknownHazard(
  hazard: HazardName,
  reason: string,
  prior: Estimate = PRIORS[hazard],
  basis: HazardBasis = 'none',
): Hazard {
  return { hazard, ...prior, basis, asOf: null, ageDays: null, reasons: [reason], evidence: [] };
}

/** Evidence drawn to the prior: `weight` 1 is the evidence, 0 the prior. Both ends of the range move along. */
export function drift(measured: Estimate, prior: Estimate, weight: number): Estimate {
  // From the evidence, so that weight 1 is exactly that.
  const between = (from: number, to: number) => from + (to - from) * (1 - weight);
  return {
    q: between(measured.q, prior.q),
    low: between(measured.low, prior.low),
    high: between(measured.high, prior.high),
  };
}

/** The larger of each number: the estimate when either may be true. */
export function atLeast(a: Estimate, b: Estimate): Estimate {
  return { q: Math.max(a.q, b.q), low: Math.max(a.low, b.low), high: Math.max(a.high, b.high) };
}

/** Age in days of evidence last confirmed at `asOf` (0 for a clock ahead), and the share of it that is left. */
export function ageOf(hazard: HazardName, asOf: number, now: number): { ageDays: number; weight: number } {
  const ageDays = Math.max(0, (now - asOf) / DAY_MS);
  return { ageDays, weight: recencyWeight(ageDays, HALF_LIFE_DAYS[hazard]) };
}

/** Basis after ageing: with less than a quarter of the evidence left (two half-lives) a number is assumed. */
export function agedBasis(basis: HazardBasis, weight: number): HazardBasis {
  return basis === 'measured' && weight < MEASURED_FROM ? 'assumed' : basis;
}

/** Puts range and value into order and into 0 to 1. */
export function ordered({ q, low, high }: Estimate): Estimate {
  const inside = (value: number) => Math.min(1, Math.max(0, value));
  return { q: inside(q), low: inside(Math.min(low, q)), high: inside(Math.max(high, q)) };
}

/** The hazard with the largest q, then the widest upper end: of several repositories or members the worst counts. */
export function worstHazard(hazards: readonly Hazard[]): Hazard | undefined {
  let worst: Hazard | undefined;
  for (const hazard of hazards) {
    if (!worst || hazard.q > worst.q || (hazard.q === worst.q && hazard.high > worst.high)) worst = hazard;
  }
  return worst;
}

/** The hazard with the smallest q: of several jobs that protect one workload the best is enough. */
export function bestHazard(hazards: readonly Hazard[]): Hazard | undefined {
  let best: Hazard | undefined;
  for (const hazard of hazards) {
    if (!best || hazard.q < best.q || (hazard.q === best.q && hazard.high < best.high)) best = hazard;
  }
  return best;
}
