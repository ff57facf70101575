import * as z from 'zod';
import { answerShape, dataState } from '../../answer.ts';
import { changeRow, comparison } from './changes-shape.ts';
import { complianceRow, complianceTier } from './compliance-shape.ts';
import { whatIfAnswer } from './what-if-shape.ts';

const number = z.number().nullable();
const text = z.string().nullable();

const drivers = z.object({
  job_failure: z.number(),
  capacity: z.number(),
  efficiency: z.number(),
  recovery: z.number(),
  data_quality: z.number(),
});

const riskRow = z.object({
  source_id: z.string(),
  item_id: z.string(),
  scope_type: z.string(),
  scope_id: z.string(),
  name: z.string(),
  job_name: z.string().optional(),
  rank: z.number(),
  risk_category: z.string(),
  composite_score: z.number(),
  score_low: z.number(),
  score_high: z.number(),
  business_impact_score: z.number(),
  tier: number,
  drivers,
  /** Drivers of which nothing was measured: their numbers are assumptions. */
  drivers_assumed: z.array(z.string()).optional(),
  coverage: z.number(),
  confidence: z.string(),
  main_hazard: text,
  reasons: z.array(z.string()),
  flags: z.array(z.string()),
  affected_jobs: z.number(),
  affected_workloads: z.number(),
  part_of: z.array(z.string()).optional(),
  /** Of a machine: other sources that protect it, which count here. */
  other_sources: z.array(z.string()).optional(),
  /** Priority of what is not part of another risk, where that decides the rank. */
  own_priority: number.optional(),
  business_impact_low: z.number().optional(),
  business_impact_high: z.number().optional(),
  tier_weight: z.number().optional(),
  tier_rule: text.optional(),
  tier_basis: z.string().optional(),
});

const contribution = z.object({
  hazard: z.string(),
  meaning: z.string(),
  severity: z.number(),
  q: z.number(),
  q_low: z.number(),
  q_high: z.number(),
  points: z.number(),
  basis: z.string(),
  evidence_at: text,
  age_days: number,
  stale: z.boolean(),
  reasons: z.array(z.string()),
  evidence: z.array(z.object({ table: z.string(), run_id: text, id: z.string() })),
  evidence_rows: z.number(),
});

const related = z.object({
  item_id: z.string(),
  scope_type: z.string(),
  name: z.string(),
  composite_score: z.number(),
  risk_category: z.string(),
});

/** One item, with what its score is made of. */
const card = riskRow.extend({
  run_id: z.string(),
  tier_weight: z.number(),
  tier_weight_low: z.number(),
  tier_weight_high: z.number(),
  tier_rule: text,
  tier_basis: z.string(),
  business_impact_low: z.number(),
  business_impact_high: z.number(),
  own_priority: z.number(),
  assumption_points: z.number(),
  listed: z.boolean(),
  explanation: z.string(),
  contributions: z.array(contribution),
  shared_causes: z.array(
    z.object({ hazard: z.string(), item_id: z.string(), name: text, points: z.number() }),
  ),
});

const estate = z.object({
  status: z.string(),
  score: number,
  score_low: number,
  score_high: number,
  assumption_points: number,
  contributions: z.record(z.string(), z.number()),
  coverage: number,
  overall_confidence: text,
  worst_item_id: text,
  total_analyzed: z.number(),
  workloads: z.number(),
  /** Of the workloads: machines that other sources protect too, each counted once, here. */
  in_several_sources: z.number().optional(),
  jobs: z.number(),
  critical_risk_count: z.number(),
  high_risk_count: z.number(),
  medium_risk_count: z.number(),
  low_risk_count: z.number(),
  part_of_others: z.number(),
  not_assessed: z.number(),
  not_tested: number,
  unprotected: z.number(),
  config_file: text,
});

const inputRow = z.object({
  source_id: z.string(),
  worker: z.string(),
  status: z.string(),
  run_id: text,
  concluded_at: text,
  age_hours: number,
  expected_hours: z.number(),
  completeness: number,
  missing: z.array(z.string()),
  hazards: z.array(z.string()),
  reason: text,
});

const unprotectedRow = z.object({
  source_id: z.string(),
  /** null: a disabled job of which no workload is known. */
  workload_id: text,
  job_id: z.string().optional(),
  name: z.string(),
  reason: z.string(),
});

/** The answer of analyze_risks: the list, or one item explained; with changed_since what changed; with what_if both scores. */
export const riskShape = z.object({
  ...answerShape,
  estate: estate
    .optional()
    .describe('Scores 0 to 100; tier-weighted mean, its category is that of the worst'),
  per_source: z
    .array(
      estate.extend({
        source_id: z.string(),
        source_name: z.string(),
        data_state: dataState,
        run_id: z.string(),
      }),
    )
    .optional(),
  risks_matching: z.number().optional(),
  risks: z
    .array(riskRow)
    .optional()
    .describe('Most urgent first; business_impact_score is the priority; drivers 0 to 100'),
  risk: card.optional().describe('contributions add up to composite_score'),
  affected: z.array(related).optional(),
  inputs: z.array(inputRow).optional().describe('State of the data when the risk was worked out'),
  unprotected: z.array(unprotectedRow).optional(),
  compliance_tiers: z.array(complianceTier).optional().describe('Workloads per status; tier 0: none given'),
  compliance: z.array(complianceRow).optional(),
  comparison: comparison.optional(),
  changes: z.array(changeRow).optional(),
  what_if: whatIfAnswer.optional(),
});

export type RiskAnswer = z.input<typeof riskShape>;
export type RiskRow = z.infer<typeof riskRow>;
export type RiskCard = z.infer<typeof card>;
export type EstateAnswer = z.infer<typeof estate>;
export type Contribution = RiskCard['contributions'][number];
