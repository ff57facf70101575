import * as z from 'zod';
import { answerShape, dataState } from '../../answer.ts';
import { massResult, whatIf } from './what-if-shape.ts';

const number = z.number().nullable();
const text = z.string().nullable();
const counts = z.record(z.string(), z.number());

const probability = z.object({ mean: number, low: number, high: number });

const workloadRow = z.object({
  source_id: z.string(),
  workload_id: z.string(),
  workload_name: z.string(),
  job_name: text,
  tier: number,
  sla_status: z.string(),
  p_in_time: probability,
  basis: z.string(),
  rto_target_minutes: z.number(),
  rto_target_basis: z.string(),
  q50_minutes: number,
  q90_minutes: number,
  q90_status: z.string(),
  quantile_basis: z.string(),
  recency: z.string(),
  last_test_at: text,
  restores: z.number(),
  restores_ok: z.number(),
  surebackup_available: z.boolean(),
  rpo_status: z.string(),
  rpo_age_hours: number,
  rpo_target_hours: z.number(),
  rpo_target_basis: z.string(),
  hidden_by_job: text.optional(),
  last_safe_at: text,
  /** POINT: that point itself was tested; CHAIN: a later clean one; ASSUMED_NEWEST: the source does not say which. */
  last_safe_proof: text,
  grade: z.string(),
  confidence_score: number,
  /** Other sources that protect the same machine: what is said counts their points and tests too. */
  other_sources: z.array(z.string()).optional(),
  /** The source with which the machine is listed, if it is another one. */
  listed_with: z.string().optional(),
  detail: z
    .object({
      size_bytes: number,
      platform: text,
      tier_basis: z.string(),
      verifications: z.number(),
      verifications_ok: z.number(),
      newest_point_at: text,
      breached_share_30_days: number,
      immutable_until_estimated: text,
      reasons: z.array(z.string()),
    })
    .optional(),
});

const point = z.object({
  point_id: z.string(),
  created_at: text,
  age_hours: number,
  malware_status: text,
  backup_name: text,
  repository_name: text,
});

const otherProtection = z.object({
  source_id: z.string(),
  workload_id: z.string(),
  workload_name: z.string(),
  /** What showed that it is the same machine, and how sure that is. */
  basis: z.string(),
  probability: number,
  rpo_status: z.string(),
  newest_point_at: text,
  age_hours: number,
  stale: z.boolean(),
});

const card = workloadRow.omit({ detail: true }).extend({
  other_protections: z.array(otherProtection).optional(),
  platform: text,
  size_bytes: number,
  size_display: text,
  tier_basis: z.string(),
  tier_rule: text,
  job_names: z.array(z.string()),
  predicted_rto_min: number.describe('As q90_minutes'),
  restore_in_words: z.string(),
  q50_range_95: z.object({ low: number, high: number }),
  q90_range_95: z.object({ low: number, high: number }),
  max_guarantee: number,
  overhead_minutes: number,
  gib_per_minute: number,
  rate_basis: z.string(),
  restores_failed: z.number(),
  verifications: z.number(),
  verifications_ok: z.number(),
  last_test_class: text,
  last_failure_at: text,
  last_failure_reason: text,
  restore_points: z.number(),
  points: z.object({
    safe: point
      .extend({
        proof: z.object({
          kind: text,
          verified_at: text,
          trial_id: text,
          used_point_id: text,
          scope: text,
          reason: text,
          clean_by: text,
        }),
      })
      .nullable(),
    why_not_safe: text,
    newest_clean: point.nullable(),
    newest: point.nullable(),
  }),
  breached_share_30_days: number,
  immutable_until_estimated: text,
  immutable_basis: text,
  replicas: z.number(),
  newest_replica_at: text,
  confidence_range: z.object({ low: number, high: number }),
  components: z.record(
    z.string(),
    z.object({ weight: z.number(), value: number, low: number, high: number }),
  ),
  next_test: z
    .object({ rank: z.number(), benefit: number, failure_now: number, failure_after_pass: number })
    .nullable(),
  reasons: z.array(z.string()),
  run_id: z.string(),
});

const trialRow = z.object({
  source_id: z.string(),
  trial_id: z.string(),
  workload_id: text,
  workload_name: text.optional(),
  class: z.string(),
  outcome: z.string(),
  passed: z.boolean().nullable(),
  started_at: z.string(),
  minutes: number,
  minutes_at_least: z.boolean(),
  no_time_because: text,
  purpose: z.string(),
  mapped_by: z.string(),
  restore_point_id: text,
  size_bytes: number,
  message: text,
});

const locationRow = z.object({
  source_id: z.string(),
  workload_id: z.string(),
  workload_name: z.string().optional(),
  location_id: z.string(),
  location_name: text,
  kind: z.string(),
  repository_type: text,
  is_copy: z.boolean().nullable(),
  points: z.number(),
  newest_point_id: text,
  newest_point_at: text,
  rpo_age_hours: number,
  rpo_status: z.string(),
  malware_status: text,
  immutable_until_estimated: text,
  immutable_basis: text,
  /** The place is in this other source. */
  in_source_id: z.string().optional(),
});

const testRow = z.object({
  source_id: z.string(),
  workload_id: z.string(),
  workload_name: z.string(),
  tier: number,
  rank: z.number(),
  benefit: number,
  failure_now: number,
  failure_after_pass: number,
  expected_minutes: number,
  reason: text,
  expected_too_slow: z.boolean(),
});

const coverage = z.object({
  within_days: z.number(),
  workloads: z.number(),
  tested_90_days: z.number(),
  passed_90_days: number,
  share: number,
  share_of_bytes: number,
  share_by_tier_weight: number,
  unknown_sizes: z.number(),
  by_recency: counts,
  by_tier: z.array(
    z.object({
      tier: number,
      workloads: z.number(),
      tested_90_days: z.number(),
      passed_90_days: number,
      share: number,
    }),
  ),
});

const sourceRow = z.object({
  source_id: z.string(),
  source_name: z.string(),
  data_state: dataState,
  run_id: text,
  concluded_at: text,
  workloads: z.number(),
  never_tested: z.number(),
  points_read_at: text,
  restores_read_at: text,
  targets_file: z.boolean(),
});

/** The answer of get_recovery_performance: the estate, or with one workload its card; with what_if what a plan comes to. */
export const recoveryShape = z.object({
  ...answerShape,
  estate: z
    .object({
      workloads: z.number(),
      protections: z.number().optional(),
      in_several_sources: z.number().optional(),
      total_jobs_analyzed: z.number(),
      sla_compliance: counts,
      rpo: counts,
      grade_distribution: counts,
      overall_recovery_confidence_pct: number,
      surebackup_enabled_jobs: z.number(),
      critical_issues_count: z.number(),
      never_tested: z.number(),
      never_restored: z.number(),
      hidden_breaches: z.number(),
      without_safe_point: z.number(),
      safe_by_chain: z.number(),
      default_rto_targets: z.number(),
      default_rpo_targets: z.number(),
    })
    .optional()
    .describe('Of the workloads that match'),
  per_source: z.array(sourceRow).optional(),
  coverage: coverage.optional(),
  workloads_matching: z.number().optional(),
  workloads: z
    .array(workloadRow)
    .optional()
    .describe('Untested first, tier 1 first; ages are those when the run concluded; minutes'),
  workload: card.optional(),
  trials: z.array(trialRow).optional(),
  locations: z.array(locationRow).optional(),
  next_tests: z.array(testRow).optional(),
  mass_restore: z.array(massResult).optional(),
  what_if: whatIf.optional(),
});

export type RecoveryAnswer = z.input<typeof recoveryShape>;
export type WorkloadRow = z.infer<typeof workloadRow>;
export type WorkloadCard = z.infer<typeof card>;
export type OtherProtectionAnswer = z.infer<typeof otherProtection>;
export type PointAnswer = z.infer<typeof point>;
