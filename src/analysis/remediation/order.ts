import { withHazard } from '../risk/what-if.ts';
import { remediationCases } from './cases.ts';
import { mergeConflicts } from './conflicts.ts';
import { effortOf } from './effort.ts';
import type { Case, RemediationFacts } from './evidence.ts';
import { isMalwarePlan, malwareFirst } from './malware.ts';
import { measure } from './metrics.ts';
import { type Plan, planOf } from './plan.ts';
import { type Match, matchRules } from './rules.ts';
import { isMalware } from './signals.ts';
import { slicer } from './slice.ts';
import { urgencyOf } from './urgency.ts';

const MOST_PLANS = 50;

export interface PlanList {
  /** Most risk removed per hour first, weighted by tier; at most fifty. */
  plans: Plan[];
  /** Ids of all plans that there would be without the limit, the cut ones included. */
  presentIds: ReadonlySet<string>;
  considered: number;
  /** Cases that deserve a plan and got none because others come first. */
  cut: number;
  /** Plans that became part of another one, by id of that one. */
  merged: ReadonlyMap<string, string>;
}

/** Rule in first place of the plan that is open for a case; undefined: none. */
export type OpenRule = (of: Pick<Case, 'scope' | 'id' | 'type'>) => string | undefined;

interface Candidate {
  of: Case;
  matches: Match[];
  planId: string;
  isUrgent: boolean;
  /** What `worth` cannot exceed. */
  bound: number;
}

/**
 * All plans of one source (METHODS 3.6), CRITICAL ones first, then by tier weight · risk removed per hour. At most fifty: what is CRITICAL is
 * not cut for the sake of what is not; how many were cut is said. What-ifs are asked only for cases that can still get in.
 */
export function remediationPlans(
  facts: RemediationFacts,
  openRule: OpenRule = () => undefined,
  limit = MOST_PLANS,
): PlanList {
  const candidates = candidatesOf(facts, openRule);
  const slice = slicer(facts.risk);
  const planned: Plan[] = [];
  const urgent = candidates.filter(({ isUrgent }) => isUrgent);
  for (const { of, matches } of urgent) planned.push(planOf(of, matches, slice));
  const plan = ({ of, matches }: Candidate) => planOf(of, matches, slice);
  const others = candidates.filter(({ isUrgent }) => !isUrgent);
  const helping = bestOf(
    others.filter(({ of }) => of.type !== 'evidence'),
    limit,
    plan,
  );
  const asking = bestOf(
    others.filter(({ of }) => of.type === 'evidence'),
    limit,
    plan,
  );
  const { plans: free, merged } = mergeConflicts([...planned, ...helping, ...asking], facts);
  const plans = malwareFirst(free, facts);
  const chosen = plans
    .toSorted((a, b) => Number(isKept(b)) - Number(isKept(a)) || comparePlans(a, b))
    .slice(0, limit)
    .toSorted(comparePlans);
  return {
    plans: chosen,
    presentIds: new Set(candidates.map(({ planId }) => planId)),
    considered: candidates.length,
    cut: candidates.length - merged.size - chosen.length,
    merged,
  };
}

/** What concerns everything is a handful and often beyond the score: it is not cut either. */
function isKept(plan: Plan): boolean {
  const { urgency, scope } = plan;
  return urgency === 'CRITICAL' || scope === 'estate' || isMalwarePlan(plan);
}

const URGENCIES = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'];

/** Whether it removes no risk, only doubt: points of range are not points of risk. What is CRITICAL stands with the rest. */
function isOnlyDoubt({ delta, urgency }: Plan): boolean {
  return urgency !== 'CRITICAL' && delta !== null && delta <= 1e-9;
}

/**
 * CRITICAL ones first; those that remove no risk, only doubt, last; malware before others. Then by worth; where the score
 * says nothing, by urgency; then by id, so that two runs agree. `ORDER` of the answers is the same in SQL.
 */
export function comparePlans(a: Plan, b: Plan): number {
  return (
    Number(b.urgency === 'CRITICAL') - Number(a.urgency === 'CRITICAL') ||
    Number(isOnlyDoubt(a)) - Number(isOnlyDoubt(b)) ||
    Number(isMalwarePlan(b)) - Number(isMalwarePlan(a)) ||
    b.worth - a.worth ||
    URGENCIES.indexOf(a.urgency) - URGENCIES.indexOf(b.urgency) ||
    b.scoreNow - a.scoreNow ||
    (a.planId < b.planId ? -1 : 1)
  );
}

/** One per plan: several hazards without a rule ask for the same evidence. */
function candidatesOf(facts: RemediationFacts, openRule: OpenRule): Candidate[] {
  const all = remediationCases(facts, (of) => openRule(of) !== undefined).flatMap((of): Candidate[] => {
    const matches = matchRules(of, openRule(of));
    const [first] = matches;
    if (!first || isAnswered(of, first)) return [];
    const planId = `${of.scope}:${of.id}:${of.type}:${first.rule.id}`;
    const hours = Math.min(
      ...matches.flatMap(({ rule }) =>
        rule.options.map((option) => effortOf(rule.steps, option.hours).highHours),
      ),
    );
    const isUrgent =
      urgencyOf(of).urgency === 'CRITICAL' ||
      of.input !== null ||
      of.finding !== null ||
      (of.type === 'integrity' && of.scope === 'workload' && isMalware(of));
    return [{ of, matches, planId, isUrgent, bound: (of.item.tier.weight * mostOf(of)) / hours }];
  });
  return [...new Map(all.toReversed().map((each) => [each.planId, each])).values()].toReversed();
}

/** A request for evidence of which there is enough: it would be verified as it is written. */
function isAnswered(of: Case, { rule }: Match): boolean {
  if (of.type !== 'evidence' || of.input) return false;
  const specs = rule.verify(of);
  return specs.length > 0 && specs.every((spec) => measure(spec, of.subject, of.facts).met);
}

/** Plans in the order of what they can be worth at most, until none that is left can get among the best. */
function bestOf(candidates: readonly Candidate[], limit: number, plan: (of: Candidate) => Plan): Plan[] {
  const plans: Plan[] = [];
  const best: number[] = [];
  for (const candidate of candidates.toSorted((a, b) => b.bound - a.bound)) {
    if (best.length >= limit && (best.at(-1) as number) >= candidate.bound) break;
    const made = plan(candidate);
    plans.push(made);
    // What removes only doubt keeps nothing out that removes risk.
    if (isOnlyDoubt(made) && made.type !== 'evidence') continue;
    best.push(made.worth);
    best.sort((a, b) => b - a);
    best.splice(limit);
  }
  return plans;
}

/** Points that no option can remove more of: the whole hazard, or half of the doubt. */
function mostOf({ item, hazard, input, facts: { assessment } }: Case): number {
  if (input) return assessment.estate.scoreHigh ?? 0;
  const doubt = (item.scoreHigh - item.score) / 2;
  return hazard ? Math.max(doubt, withHazard(item, hazard.hazard, { q: 0 }).delta) : doubt;
}
