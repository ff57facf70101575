import type { Score } from './score.ts';

export type RiskCategory = 'CRITICAL' | 'HIGH' | 'MEDIUM' | 'LOW';

export type RiskFlag =
  /** Less than half of what matters was measured: LOW is not given. */
  | 'NOT_ASSESSED'
  | 'TIER_ASSUMED'
  | 'STALE_INPUT'
  | 'PARTIAL_INPUT'
  | 'MISSING_INPUT'
  /** No enabled job protects it any more. */
  | 'UNPROTECTED'
  | 'NEW'
  /** No restore test that still counts. */
  | 'NOT_TESTED'
  /** Its part in something larger is listed there: see `sharedCauses`. */
  | 'SHARED_CAUSE';

/** How much the business would miss it. */
export interface TierEvidence {
  tier: 1 | 2 | 3 | 4 | null;
  weight: number;
  /** Range of the weight; as wide as it gets where no rule matched. */
  low: number;
  high: number;
  /** The rule that matched; null without one. */
  rule: string | null;
  basis: 'explicit' | 'pattern' | 'assumed';
}

/** METHODS 3.5: no rule, so between the lowest and the highest. */
export const ASSUMED_TIER: TierEvidence = {
  tier: null,
  weight: 0.6,
  low: 0.25,
  high: 1,
  rule: null,
  basis: 'assumed',
};

export interface Priority {
  /** tier weight · (score + ½ (scoreHigh − score)): the doubt counts half. */
  priority: number;
  /** With both ends of the score and of the tier's weight. */
  priorityLow: number;
  priorityHigh: number;
  category: RiskCategory;
  isAssessed: boolean;
}

const ASSESSED_FROM = 0.5;

/** Priority and category of a score (METHODS 3.5): 70, 50 and 30 points; unassessed is at least MEDIUM. */
export function priorityOf(score: Score, tier: TierEvidence): Priority {
  const priority = tier.weight * (score.score + 0.5 * (score.scoreHigh - score.score));
  const isAssessed = score.coverage >= ASSESSED_FROM;
  const category = categoryOf(priority);
  return {
    priority,
    priorityLow: Math.min(priority, tier.low * score.scoreLow),
    priorityHigh: Math.max(priority, tier.high * score.scoreHigh),
    category: category === 'LOW' && !isAssessed ? 'MEDIUM' : category,
    isAssessed,
  };
}

/** The worse of two categories. */
export function worseCategory(a: RiskCategory, b: RiskCategory): RiskCategory {
  return compareCategories(a, b) <= 0 ? a : b;
}

/** Worst first. */
export function compareCategories(a: RiskCategory, b: RiskCategory): number {
  return WORST_FIRST.indexOf(a) - WORST_FIRST.indexOf(b);
}

const WORST_FIRST: readonly RiskCategory[] = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'];

/** Category of a number of priority points. */
function categoryOf(priority: number): RiskCategory {
  if (priority >= 70) return 'CRITICAL';
  if (priority >= 50) return 'HIGH';
  return priority >= 30 ? 'MEDIUM' : 'LOW';
}

/** The tier that weighs most, as for a job whose workloads differ; assumed if there is none. */
export function highestTier(tiers: readonly TierEvidence[]): TierEvidence {
  const known = tiers.filter(({ basis }) => basis !== 'assumed');
  let highest = known[0];
  for (const tier of known) if (highest && tier.weight > highest.weight) highest = tier;
  return highest ?? ASSUMED_TIER;
}
