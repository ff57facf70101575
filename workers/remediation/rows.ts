import type { Subject } from '../../src/analysis/remediation/evidence.ts';
import type { KnownPlan, Lifecycle, PlanCheck, PlanEvent } from '../../src/analysis/remediation/lifecycle.ts';
import { isWaiting } from '../../src/analysis/remediation/malware.ts';
import type { Measured } from '../../src/analysis/remediation/metrics.ts';
import type { Plan, PlanHypothesis, PlanOption } from '../../src/analysis/remediation/plan.ts';
import type { Cite } from '../../src/analysis/remediation/rule.ts';
import type { RiskScope } from '../../src/analysis/risk/facts.ts';
import type { RiskRow } from '../../src/pipeline/bulk.ts';
import type { StoredPlan } from '../../src/queries/remediation-plans.ts';

type Row<T extends 'remediation_plan' | 'remediation_event' | 'remediation_check'> = Omit<
  RiskRow<T>,
  'source_id' | 'run_id'
>;

const iso = (at: number | null) => (at === null ? null : new Date(at).toISOString());

/** A version of a plan as the table has it. */
export function toPlanRow(
  { plan, version, rank }: Lifecycle['written'][number],
  about: { riskRunId: string; now: Date },
): Row<'remediation_plan'> {
  return {
    plan_id: plan.planId,
    version,
    risk_run_id: about.riskRunId,
    item_id: plan.itemKey,
    created_at: about.now,
    scope_type: plan.scope.toUpperCase(),
    scope_id: plan.id,
    name: plan.name,
    risk_type: plan.type,
    rule_ids: plan.ruleIds,
    title: plan.title,
    urgency: plan.urgency,
    urgency_reason: plan.reason,
    tier: plan.tier.tier,
    tier_weight: plan.tier.weight,
    score_now: plan.scoreNow,
    expected_score_after: plan.expectedScoreAfter,
    delta: plan.delta,
    effort_low_hours: plan.lowHours,
    effort_high_hours: plan.highHours,
    benefit_per_hour: plan.benefitPerHour,
    rank,
    hypotheses: plan.hypotheses.map(toHypothesis),
    evidence: plan.evidence.map(toCite),
    investigation_steps: plan.steps.map(({ text, minutes, ruleId }) => ({ text, minutes, rule_id: ruleId })),
    options: plan.options.map(toOption),
    verify: plan.verify.map(toMetric),
    subject: toSubject(plan),
    covers: plan.covers,
    not_known: plan.notKnown,
  };
}

function toHypothesis({ ruleId, text, weight, cites }: PlanHypothesis) {
  return { rule_id: ruleId, text, weight, cites: cites.map(toCite) };
}

function toCite({ asOf, ...cite }: Cite) {
  return { ...cite, as_of: iso(asOf) };
}

function toOption(option: PlanOption) {
  return {
    option_id: option.id,
    rule_id: option.ruleId,
    text: option.text,
    steps: option.steps,
    prerequisites: option.prerequisites,
    risks: option.risks,
    rollback: option.rollback,
    verification: option.verification,
    effort_low_hours: option.lowHours,
    effort_high_hours: option.highHours,
    what_if: option.whatIf,
    expected_score_after: option.expectedScoreAfter,
    delta: option.delta,
    doubt_removed: option.doubtRemoved,
    benefit_per_hour: option.benefitPerHour,
  };
}

function toMetric({ metric, op, target, windowHours, current, asOf, met }: Measured) {
  return { metric, op, target, window_hours: windowHours, current, as_of: iso(asOf), met };
}

function toSubject({ subject: { jobIds, workloadIds, repositoryIds } }: Plan): StoredPlan['subject'] {
  return { job_ids: [...jobIds], workload_ids: [...workloadIds], repository_ids: [...repositoryIds] };
}

export function toEventRow(event: PlanEvent, at: Date): Row<'remediation_event'> {
  return {
    plan_id: event.planId,
    version: event.version,
    status: event.status,
    at,
    reason: event.reason,
    metrics: event.metrics.map(toMetric),
    score_then: event.scoreThen,
    predicted_score: event.predictedScore,
    superseded_by: event.supersededBy?.planId ?? null,
    superseded_by_version: event.supersededBy?.version ?? null,
  };
}

export function toCheckRow(check: PlanCheck, at: Date): Row<'remediation_check'> {
  return {
    plan_id: check.planId,
    version: check.version,
    checked_at: at,
    status: check.status,
    is_present: check.isPresent,
    is_frozen: check.isFrozen,
    rank: check.rank,
    score_now: check.scoreNow,
    metrics: check.metrics.map(toMetric),
  };
}

/** A stored plan as the lifecycle takes it. */
export function toKnownPlan(stored: StoredPlan): KnownPlan {
  const { job_ids: jobIds, workload_ids: workloadIds, repository_ids: repositoryIds } = stored.subject;
  const subject: Subject = { jobIds, workloadIds, repositoryIds };
  return {
    planId: stored.planId,
    version: stored.version,
    status: stored.status as KnownPlan['status'],
    scope: stored.scopeType.toLowerCase() as RiskScope,
    id: stored.scopeId,
    itemKey: stored.itemId,
    type: stored.riskType as KnownPlan['type'],
    firstRuleId: stored.ruleIds[0] ?? '',
    scoreNow: stored.scoreNow,
    expectedScoreAfter: stored.expectedScoreAfter,
    verify: stored.verify.map(({ metric, op, target, window_hours: windowHours }) => ({
      metric,
      op,
      target,
      windowHours,
    })),
    isWaiting: isWaiting(stored.options.map(({ prerequisites = [] }) => ({ prerequisites }))),
    subject,
    lastPresentAt: stored.presentAt.getTime(),
  };
}
