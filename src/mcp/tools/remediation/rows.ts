import type { PlanEventRow, PlanState } from '../../../queries/remediation-answers.ts';
import { arrayOf, numberOf, objectOf, textOf } from '../../json.ts';
import { isoSeconds, round } from '../../markdown.ts';
import { cleanOrNull, cleanText } from '../../untrusted.ts';
import type { PlanCard, PlanEvent, PlanRow } from './shape.ts';

const MOST_TEXT = 400;

/** A plan as a row of the list. */
export function toPlanRow(plan: PlanState): PlanRow {
  const [cause] = arrayOf(plan.hypotheses).map(objectOf);
  const [first] = arrayOf(plan.options).map(objectOf);
  const criteria = toCriteria(plan);
  return {
    source_id: plan.sourceId,
    plan_id: cleanText(plan.planId, 250),
    version: plan.version,
    generated_at: isoSeconds(plan.createdAt),
    status: plan.status,
    status_at: isoSeconds(plan.statusAt),
    rank: plan.rank,
    risk_context: {
      item_id: cleanText(plan.itemId, 150),
      scope_type: plan.scopeType,
      name: cleanText(plan.name),
      risk_type: plan.riskType,
      tier: plan.tier,
      tier_weight: plan.tierWeight,
      composite_risk_score: round(plan.scoreNow, 1),
      score_latest: round(plan.scoreLatest, 1),
    },
    issue_summary: cleanText(plan.title, MOST_TEXT),
    urgency: plan.urgency,
    urgency_reason: cleanText(plan.urgencyReason, MOST_TEXT),
    likely_cause: cleanOrNull(textOf(cause?.text), MOST_TEXT),
    first_option: cleanOrNull(textOf(first?.text), MOST_TEXT),
    expected_score_after: round(plan.expectedScoreAfter, 1),
    delta: round(plan.delta, 1),
    effort_low_hours: round(plan.effortLow, 2),
    effort_high_hours: round(plan.effortHigh, 2),
    benefit_per_hour: round(plan.benefitPerHour, 2),
    criteria_met: criteria.filter(({ met }) => met).length,
    criteria: criteria.length,
    frozen: plan.isFrozen ?? false,
  };
}

/** A plan in full; concise leaves out the steps of all options but the first, and most of the cited numbers. */
export function toPlanCard(plan: PlanState, isDetailed: boolean): PlanCard {
  return {
    ...toPlanRow(plan),
    scope_id: cleanText(plan.scopeId, 100),
    status_reason: cleanText(plan.statusReason, MOST_TEXT),
    rule_ids: plan.ruleIds.map((id) => cleanText(id, 80)),
    risk_run_id: plan.riskRunId,
    superseded_by:
      plan.supersededBy === null
        ? null
        : `${cleanText(plan.supersededBy, 250)} version ${plan.supersededByVersion ?? 'not known'}`,
    root_cause_hypotheses: arrayOf(plan.hypotheses)
      .slice(0, isDetailed ? 10 : 3)
      .map((stored) => toHypothesis(objectOf(stored), isDetailed)),
    investigation_steps: arrayOf(plan.investigationSteps).map((stored) => {
      const { text, minutes } = objectOf(stored);
      return { text: cleanText(textOf(text) ?? '', MOST_TEXT), minutes: numberOf(minutes) };
    }),
    remediation_options: arrayOf(plan.options).map((stored, index) =>
      toOption(objectOf(stored), isDetailed || index === 0),
    ),
    success_criteria: toCriteria(plan),
    makes_needless: plan.covers.slice(0, 20).map((id) => cleanText(id, 250)),
  };
}

type Stored = Record<string, unknown>;

function toHypothesis({ rule_id, text, weight, cites }: Stored, isDetailed: boolean) {
  return {
    rule_id: cleanText(textOf(rule_id) ?? '', 80),
    text: cleanText(textOf(text) ?? '', MOST_TEXT),
    weight: round(numberOf(weight), 2),
    cites: arrayOf(cites)
      .slice(0, isDetailed ? 10 : 3)
      .map((cited) => toCite(objectOf(cited))),
  };
}

/** Text of the source stands in `value` alone. */
function toCite({ source, id, field, value, as_of }: Stored) {
  return {
    source: cleanText(textOf(source) ?? '', 60),
    id: cleanOrNull(textOf(id), 120),
    field: cleanText(textOf(field) ?? '', 60),
    value: toValue(value),
    as_of: cleanOrNull(textOf(as_of), 40),
  };
}

function toValue(value: unknown): string | number | boolean | null {
  if (typeof value === 'number') return Number.isFinite(value) ? Number(value.toPrecision(6)) : null;
  if (typeof value === 'boolean' || value === null || value === undefined) return value ?? null;
  return cleanText(typeof value === 'string' ? value : JSON.stringify(value), 200);
}

function toOption(stored: Stored, isWhole: boolean): PlanCard['remediation_options'][number] {
  const lines = (value: unknown) =>
    arrayOf(value).flatMap((line) => (typeof line === 'string' ? [cleanText(line, MOST_TEXT)] : []));
  return {
    option_id: cleanText(textOf(stored.option_id) ?? '', 80),
    text: cleanText(textOf(stored.text) ?? '', MOST_TEXT),
    expected_score_after: round(numberOf(stored.expected_score_after), 1),
    delta: round(numberOf(stored.delta), 1),
    effort_low_hours: round(numberOf(stored.effort_low_hours), 2),
    effort_high_hours: round(numberOf(stored.effort_high_hours), 2),
    benefit_per_hour: round(numberOf(stored.benefit_per_hour), 2),
    effect: cleanOrNull(textOf(objectOf(stored.what_if).kind), 40),
    ...(isWhole
      ? {
          steps: lines(stored.steps),
          prerequisites: lines(stored.prerequisites),
          risks: lines(stored.risks),
          rollback: cleanOrNull(textOf(stored.rollback), MOST_TEXT),
          verification: cleanOrNull(textOf(stored.verification), MOST_TEXT),
        }
      : {}),
  };
}

/** What has to hold, as it was when the plan was written and as the last run measured it. */
function toCriteria(plan: PlanState): PlanCard['success_criteria'] {
  const latest = arrayOf(plan.metricsLatest).map(objectOf);
  return arrayOf(plan.verify).map((stored) => {
    const { metric, op, target, window_hours, current } = objectOf(stored);
    const now = latest.find((one) => one.metric === metric && one.op === op);
    return {
      metric: cleanText(textOf(metric) ?? '', 200),
      op: op === '<=' || op === '>=' ? op : cleanText(textOf(op) ?? '', 10),
      target: round(numberOf(target), 3),
      window_hours: numberOf(window_hours),
      when_written: round(numberOf(current), 3),
      current: round(numberOf(now?.current), 3),
      met: typeof now?.met === 'boolean' ? now.met : null,
    };
  });
}

export function toEventRow(event: PlanEventRow): PlanEvent {
  const { scoreThen, predictedScore } = event;
  return {
    source_id: event.sourceId,
    plan_id: cleanText(event.planId, 250),
    version: event.version,
    item_id: cleanText(event.itemId, 150),
    name: cleanText(event.name),
    issue_summary: cleanText(event.title, 200),
    status: event.status,
    at: isoSeconds(event.at),
    plan_written_at: isoSeconds(event.createdAt),
    score_before: round(event.scoreBefore, 1),
    predicted_score: round(predictedScore, 1),
    score_then: round(scoreThen, 1),
    // Only what was done can be held against what was promised.
    difference:
      event.status !== 'VERIFIED' || scoreThen === null || predictedScore === null
        ? null
        : round(scoreThen - predictedScore, 1),
    reason: cleanText(event.reason, MOST_TEXT),
  };
}
