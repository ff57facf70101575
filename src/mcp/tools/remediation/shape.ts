import * as z from 'zod';
import { answerShape } from '../../answer.ts';

const number = z.number().nullable();
const text = z.string().nullable();
const texts = z.array(z.string());
const counts = z.record(z.string(), z.number());

const planRow = z.object({
  source_id: z.string(),
  plan_id: z.string(),
  version: z.number(),
  generated_at: z.string(),
  status: z.string(),
  status_at: z.string(),
  rank: number,
  risk_context: z.object({
    item_id: z.string(),
    scope_type: z.string(),
    name: z.string(),
    risk_type: z.string(),
    tier: number,
    tier_weight: z.number(),
    composite_risk_score: z.number(),
    score_latest: number,
  }),
  issue_summary: z.string(),
  urgency: z.string(),
  urgency_reason: z.string(),
  likely_cause: text,
  first_option: text,
  expected_score_after: number,
  delta: number,
  effort_low_hours: z.number(),
  effort_high_hours: z.number(),
  benefit_per_hour: z.number(),
  criteria_met: z.number(),
  criteria: z.number(),
  frozen: z.boolean(),
});

const cite = z.object({
  source: z.string(),
  id: text,
  field: z.string(),
  value: z.union([z.string(), z.number(), z.boolean()]).nullable(),
  as_of: text,
});

const option = z.object({
  option_id: z.string(),
  text: z.string(),
  expected_score_after: number,
  delta: number,
  effort_low_hours: number,
  effort_high_hours: number,
  benefit_per_hour: number,
  effect: text,
  steps: texts.optional(),
  prerequisites: texts.optional(),
  risks: texts.optional(),
  rollback: text.optional(),
  verification: text.optional(),
});

const criterion = z.object({
  metric: z.string(),
  op: z.string(),
  target: number,
  window_hours: number,
  when_written: number,
  current: number,
  met: z.boolean().nullable(),
});

const card = planRow.extend({
  scope_id: z.string(),
  status_reason: z.string(),
  rule_ids: texts,
  risk_run_id: z.string(),
  superseded_by: text,
  root_cause_hypotheses: z.array(
    z.object({ rule_id: z.string(), text: z.string(), weight: number, cites: z.array(cite) }),
  ),
  investigation_steps: z.array(z.object({ text: z.string(), minutes: number })),
  remediation_options: z.array(option),
  success_criteria: z.array(criterion),
  makes_needless: texts,
});

const eventRow = z.object({
  source_id: z.string(),
  plan_id: z.string(),
  version: z.number(),
  item_id: z.string(),
  name: z.string(),
  issue_summary: z.string(),
  status: z.string(),
  at: z.string(),
  plan_written_at: z.string(),
  score_before: z.number(),
  predicted_score: number,
  score_then: number,
  difference: number,
  reason: z.string(),
});

/** The answer of get_remediation_plan: plans by risk removed per hour, or one in full; with history what became of them. */
export const planShape = z.object({
  ...answerShape,
  safety_notice: z.string(),
  totals: z
    .object({
      total_plans: z.number(),
      plans_shown: z.number(),
      by_status: counts,
      by_urgency: counts,
      by_risk_type: counts,
      cut: z.number(),
      frozen_plans: z.number(),
    })
    .optional()
    .describe(
      'by_status counts all plans; the rest those that match. cut: risks without a plan, since others come first',
    ),
  plans: z
    .array(planRow)
    .optional()
    .describe(
      'CRITICAL first, then most risk removed per hour, weighted by tier; delta in points of score. delta 0: benefit_per_hour is points of range narrowed, and the plan stands last',
    ),
  plan: card.optional(),
  note: z.string().optional(),
  track_record: z
    .object({
      since: z.string(),
      counts,
      verified: z.number(),
      verified_with_score: z.number(),
      as_promised: z.number(),
      as_promised_points: z.number(),
      median_difference: number,
      median_removed: number,
    })
    .optional(),
  events: z
    .array(eventRow)
    .optional()
    .describe('Outcomes first; difference: score when verified less predicted'),
});

export type PlanAnswer = z.input<typeof planShape>;
export type PlanRow = z.infer<typeof planRow>;
export type PlanCard = z.infer<typeof card>;
export type PlanEvent = z.infer<typeof eventRow>;
