import type { RiskScope } from '../risk/facts.ts';
import { DAY_MS, type HazardName } from '../risk/hazard.ts';
import { HAZARD_INPUTS, type InputState } from '../risk/staleness.ts';
import type { RemediationFacts, RiskType, Subject } from './evidence.ts';
import { isMalwarePlan, isWaiting } from './malware.ts';
import { inputsOfMetric, type Measured, measure } from './metrics.ts';
import type { PlanList } from './order.ts';
import { comparePlans } from './order.ts';
import type { Plan } from './plan.ts';
import type { MetricSpec } from './rule.ts';

export type PlanStatus = 'OPEN' | 'VERIFIED' | 'REOPENED' | 'SUPERSEDED' | 'WITHDRAWN';

/** A plan as it was last written, and what has become of it. */
export interface KnownPlan {
  planId: string;
  version: number;
  status: PlanStatus;
  scope: RiskScope;
  id: string;
  itemKey: string;
  type: RiskType;
  firstRuleId: string;
  scoreNow: number;
  expectedScoreAfter: number | null;
  verify: readonly MetricSpec[];
  /** Whether it said that malware has to be cleared first. */
  isWaiting?: boolean;
  subject: Subject;
  /** When its trouble was last seen, epoch milliseconds. */
  lastPresentAt: number;
}

export interface PlanEvent {
  planId: string;
  version: number;
  status: PlanStatus;
  /** Our own words. */
  reason: string;
  metrics: readonly Measured[];
  /** Score of the item now; null: the item is gone. */
  scoreThen: number | null;
  predictedScore: number | null;
  supersededBy: { planId: string; version: number } | null;
}

/** How an open or verified plan stands in this run. */
export interface PlanCheck {
  planId: string;
  version: number;
  status: PlanStatus;
  isPresent: boolean;
  isFrozen: boolean;
  rank: number | null;
  scoreNow: number | null;
  metrics: readonly Measured[];
}

export interface Lifecycle {
  /** Versions to write. */
  written: { plan: Plan; version: number; rank: number }[];
  events: PlanEvent[];
  checks: PlanCheck[];
}

/** Points of the score that make a plan another one. */
const MATERIAL_POINTS = 5;
/** Days after which a risk that ended without its plan's metrics takes the plan with it. */
const GONE_DAYS = 14;

/**
 * What becomes of plans in one run (METHODS 3.6). A plan is VERIFIED when all its metrics hold and REOPENED when its trouble
 * is back and one of them does not; a new version is written only if the score moved by 5 points or another hypothesis is
 * likeliest, and the former version is SUPERSEDED; WITHDRAWN when its subject is gone. Nothing of that happens while an
 * input that the plan rests on is stale or missing: no news is neither good nor bad.
 */
export function advancePlans(
  known: readonly KnownPlan[],
  list: PlanList,
  facts: RemediationFacts,
): Lifecycle {
  const result: Lifecycle = { written: [], events: [], checks: [] };
  const scores = new Map(facts.assessment.items.map(({ key, score }) => [key, score]));
  const context: Context = {
    facts,
    list,
    scores,
    result,
    byId: new Map(known.map((plan) => [plan.planId, plan])),
  };
  const successors = new Map(list.plans.map((plan) => [caseKey(plan), plan]));
  for (const plan of known) {
    const next = successors.get(caseKey(plan));
    advanceKnown(plan, next, context);
  }
  for (const plan of list.plans) if (!context.byId.has(plan.planId)) open(plan, 1, 'OPEN', 'new', context);
  return result;
}

interface Context {
  facts: RemediationFacts;
  list: PlanList;
  scores: ReadonlyMap<string, number>;
  byId: ReadonlyMap<string, KnownPlan>;
  result: Lifecycle;
}

export const isOpen = (status: PlanStatus): boolean => status === 'OPEN' || status === 'REOPENED';

/** Whether an input that the plan or its metrics rest on has no news. */
function isFrozen(type: RiskType, verify: readonly MetricSpec[], inputs: readonly InputState[]): boolean {
  const needed = new Set([
    ...(type === 'evidence' ? [] : HAZARD_INPUTS[type satisfies HazardName]),
    ...verify.flatMap(({ metric }) => inputsOfMetric(metric)),
  ]);
  return inputs.some(
    ({ worker, status }) => needed.has(worker) && (status === 'STALE' || status === 'MISSING'),
  );
}

function advanceKnown(plan: KnownPlan, next: Plan | undefined, context: Context): void {
  const { facts, list } = context;
  const metrics = plan.verify.map((spec) => measure(spec, plan.subject, facts));
  const frozen = isFrozen(plan.type, plan.verify, facts.assessment.inputs);
  const isPresent = list.presentIds.has(plan.planId);
  const same = next?.planId === plan.planId ? next : undefined;
  if (!frozen) {
    if (isOpen(plan.status)) return advanceOpen(plan, next, same, metrics, isPresent, context);
    const isBack = same !== undefined && !(metrics.length > 0 && metrics.every(({ met }) => met));
    if (isBack) return open(same, plan.version + 1, 'REOPENED', backReason(plan.status, metrics), context);
  }
  if (isOpen(plan.status) || plan.status === 'VERIFIED')
    check(plan, plan.status, metrics, isPresent, frozen, same, context);
}

function advanceOpen(
  plan: KnownPlan,
  next: Plan | undefined,
  same: Plan | undefined,
  metrics: Measured[],
  isPresent: boolean,
  context: Context,
): void {
  const event = (status: PlanStatus, reason: string, supersededBy: PlanEvent['supersededBy'] = null) =>
    context.result.events.push({ ...told(plan, metrics, context), status, reason, supersededBy });
  // First, as of what is gone nothing is wrong any more, and nobody has mended it.
  if (isGone(plan, context.facts)) return void event('WITHDRAWN', 'what it was about is gone');
  if (metrics.length > 0 && metrics.every(({ met }) => met)) {
    event('VERIFIED', 'all that the plan asked for holds');
    return check(plan, 'VERIFIED', metrics, isPresent, false, same, context);
  }
  if (same) {
    const reason = whyAnew(plan, same);
    if (!reason) return check(plan, plan.status, metrics, true, false, same, context);
    event('SUPERSEDED', reason, { planId: plan.planId, version: plan.version + 1 });
    return open(same, plan.version + 1, 'OPEN', reason, context);
  }
  const other = !same && next && canOpen(next, context) ? next : undefined;
  if (other)
    return void event('SUPERSEDED', 'another cause is likelier now', {
      planId: other.planId,
      version: (context.byId.get(other.planId)?.version ?? 0) + 1,
    });
  const owner = ownerOf(plan, context);
  if (owner)
    return void event('SUPERSEDED', owner.reason, {
      planId: owner.planId,
      version: context.byId.get(owner.planId)?.version ?? 1,
    });
  const goneDays = (context.facts.assessment.now - plan.lastPresentAt) / DAY_MS;
  if (!isPresent && goneDays >= GONE_DAYS)
    return void event(
      'WITHDRAWN',
      `its risk ended ${Math.floor(goneDays)} days ago without what the plan asked for`,
    );
  check(plan, plan.status, metrics, isPresent, false, same, context);
}

/** Why the plan is written again; undefined: it says what it said. */
function whyAnew(plan: KnownPlan, same: Plan): string | undefined {
  if (Math.abs(same.scoreNow - plan.scoreNow) >= MATERIAL_POINTS)
    return 'the score has moved by 5 points or more';
  if (plan.isWaiting === undefined || plan.isWaiting === isWaiting(same.options)) return undefined;
  return plan.isWaiting ? 'it no longer waits for malware to be cleared' : 'malware has to be cleared first';
}

/** The plan that this one has become a part of. */
function ownerOf(plan: KnownPlan, { list, facts }: Context): { planId: string; reason: string } | null {
  const merged = list.merged.get(plan.planId);
  if (merged !== undefined) return { planId: merged, reason: 'it is part of the plan of its repository' };
  if (list.presentIds.has(plan.planId)) return null;
  const malware = list.plans.find(
    (each) => isMalwarePlan(each) && plan.scope === 'workload' && each.id === plan.id,
  );
  if (malware) return { planId: malware.planId, reason: 'malware is the matter now' };
  const item = facts.assessment.items.find(({ key }) => key === plan.itemKey);
  const cause = item?.sharedCauses.find(({ hazard }) => hazard === plan.type)?.key;
  const owner = list.plans.find(({ itemKey, type }) => itemKey === cause && type === plan.type);
  return owner ? { planId: owner.planId, reason: 'its cause is the matter of another plan' } : null;
}

/** Whether the other plan of the case will be there: not if its inputs are stale, or what it asks for holds already. */
function canOpen(next: Plan, { byId, facts }: Context): boolean {
  if (isFrozen(next.type, next.verify, facts.assessment.inputs)) return false;
  const before = byId.get(next.planId);
  return !before || !before.verify.every((spec) => measure(spec, before.subject, facts).met);
}

function open(
  plan: Plan,
  version: number,
  status: 'OPEN' | 'REOPENED',
  reason: string,
  context: Context,
): void {
  const { facts, list, result } = context;
  if (isFrozen(plan.type, plan.verify, facts.assessment.inputs)) return;
  const rank = rankOf(plan, list);
  result.written.push({ plan, version, rank });
  const { planId, verify: metrics, scoreNow, expectedScoreAfter } = plan;
  const told = { planId, version, metrics, scoreThen: scoreNow, predictedScore: expectedScoreAfter };
  result.events.push({ ...told, status, reason, supersededBy: null });
  result.checks.push({ planId, version, status, isPresent: true, isFrozen: false, rank, scoreNow, metrics });
}

function check(
  { planId, version, itemKey }: KnownPlan,
  status: PlanStatus,
  metrics: readonly Measured[],
  isPresent: boolean,
  frozen: boolean,
  same: Plan | undefined,
  { list, scores, result }: Context,
): void {
  const rank = same ? rankOf(same, list) : null;
  const scoreNow = same?.scoreNow ?? scores.get(itemKey) ?? null;
  result.checks.push({ planId, version, status, isPresent, isFrozen: frozen, rank, scoreNow, metrics });
}

function rankOf(plan: Plan, { plans }: PlanList): number {
  return plans.filter((other) => comparePlans(other, plan) < 0).length + 1;
}

function told(
  { planId, version, itemKey, expectedScoreAfter }: KnownPlan,
  metrics: readonly Measured[],
  { scores }: Context,
) {
  return {
    planId,
    version,
    metrics,
    scoreThen: scores.get(itemKey) ?? null,
    predictedScore: expectedScoreAfter,
  };
}

function backReason(was: PlanStatus, metrics: readonly Measured[]): string {
  const missed = metrics.filter(({ met }) => !met).map(({ metric }) => metric);
  return `the trouble is back after ${was}: ${missed.join(', ') || 'nothing can be measured'}`;
}

/** All that it was measured on. Only a complete reading of the inventory can say that something is gone. */
function isGone({ scope, subject }: KnownPlan, { risk, assessment }: RemediationFacts): boolean {
  const isWhole = assessment.inputs.every(({ worker, status }) => worker !== 'health' || status === 'FRESH');
  if (!isWhole || scope === 'estate') return false;
  const left = new Set(assessment.estate.left);
  const known = {
    jobIds: new Set(risk.jobs.filter(({ isDeleted }) => !isDeleted).map(({ id }) => id)),
    workloadIds: new Set(risk.workloads.filter(({ id }) => !left.has(id)).map(({ id }) => id)),
    repositoryIds: new Set(risk.repositories.map(({ id }) => id)),
  };
  const of =
    scope === 'repository'
      ? 'repositoryIds'
      : scope === 'workload' || subject.jobIds.length === 0
        ? 'workloadIds'
        : 'jobIds';
  return subject[of].length > 0 && subject[of].every((id) => !known[of].has(id));
}

/** Plans of one case take turns: a case has one open plan. */
export function caseKey({ scope, id, type }: { scope: RiskScope; id: string; type: RiskType }): string {
  return `${scope}:${id}:${type}`;
}
